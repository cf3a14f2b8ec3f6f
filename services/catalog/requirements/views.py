"""How a requirement is written, and how it looks from outside."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from services.catalog.fields import Slug
from shared.fields.money import Ratio
from shared.fields.text import LongText, Name, ShortText
from shared.web.http import Body, View


class Indicator(Body):
    """Something the service is measured by; what can be measured has a number and its unit."""

    name: Name
    measurable: bool
    value: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")] | None = None
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None


class Standards(Body):
    """By what the service is judged: assessment for what goes on in cycles, acceptance for what is delivered."""

    assessment: LongText | None = None
    acceptance: LongText | None = None


class Uncertainty(Body):
    """Something that may come otherwise, explained, and who is responsible for it."""

    factor: ShortText | None = None
    explanation: LongText | None = None
    responsible_party: ShortText | None = None


class CoreRequirement(Body):
    """A requirement at the core, broken down or quantified in `detail`."""

    name: Name
    detail: LongText | None = None


class ResultLevel(Body):
    """A level of the result, and the share of the payment it leads to."""

    level: ShortText = Field(examples=["80-89.99"])
    share: Ratio = Field(examples=["0.9500"])


class Argumentation(Body):
    """The result of the argumentation that government procurement asks for, or the ground that exempts from it."""

    result: ShortText | None = None
    exemption: ShortText | None = None


class RequirementContent(Body):
    """The requirement. `fields` are its parts by the rulebook's names (functions_or_objectives, standards, period …)
    and any further ones."""

    fields: dict[Slug, LongText] = Field(min_length=1, max_length=60)
    indicators: list[Indicator] = Field(default=[], max_length=200)
    standards: Standards = Standards()
    uncertainties: list[Uncertainty] = Field(default=[], max_length=100)
    core_requirements: list[CoreRequirement] = Field(default=[], max_length=100)
    result_payment: list[ResultLevel] = Field(default=[], max_length=20)
    argumentation: Argumentation | None = None


class RequirementView(View):
    """A version of a project's requirement. `hash` is SHA-256 over the canonical JSON of `content`."""

    id: UUID
    version: int
    project_id: UUID
    number: int
    state: str
    content: dict[str, Any]
    hash: str
    written_on: date
    reviewed_on: date | None
    review_reason: str | None
