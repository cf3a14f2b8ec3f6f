"""How changes and versions of organisations look from outside."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from shared.web.http import Shown, View


class ChangeView(View):
    """A change: the new facts, the first day on which they hold (null: as long as the version they correct), and the
    evidence. A weighty one counts once another person has confirmed it."""

    id: UUID
    version: int
    organisation: UUID
    state: str
    weighty: bool
    facts: dict[str, Any]
    successor_of: UUID | None
    manner: str | None
    departure: str | None
    valid_from: date | None
    reason: str
    document_hash: str


def _of_no_person(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "head"}


class VersionView(Shown):
    """What was known of the organisation from `valid_from` on (null: since its registration); who headed it is told to
    nobody here."""

    number: int
    valid_from: date | None
    facts: Annotated[dict[str, Any], AfterValidator(_of_no_person)]
    document_hash: str | None


class SuccessionView(Shown):
    """One organisation took the place of another on a day, by merger, division, conversion or transfer; `annulled`: it
    was entered wrongly and taken back."""

    predecessor: UUID
    successor: UUID
    manner: str
    from_day: date
    document_hash: str
    annulled: bool


class OrganisationView(BaseModel):
    """An organisation by whatever name it has or had."""

    id: UUID
    kind: str
    title: str
    versions: list[VersionView]
    successions: list[SuccessionView]
