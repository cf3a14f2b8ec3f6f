"""Events of the catalog: directory editions, projects, budgets and requirements, up to the project that is cleared."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience, Event, NamesDocuments
from shared.events.registry import CitedClause, ErasureAnswer


class CatalogEvent(Event):
    service: ClassVar[str] = "catalog"
    audience: ClassVar[Audience] = "public"


class FundingSource(BaseModel):
    """Money of one kind for one project, CNY; `kind` is fiscal or a social kind (charity, community_fund …)."""

    model_config = ConfigDict(frozen=True)

    kind: str
    amount: Decimal
    earmark: str | None = None


class TableEntry(BaseModel):
    """An entry of a table that only grows: its number, and SHA-256 over what it holds."""

    model_config = ConfigDict(frozen=True)

    number: int
    facts: str


class DirectoryPublished(CatalogEvent):
    """An edition of a directory is in force from its day; it never changes. `facts` is SHA-256 over its columns."""

    name: ClassVar[str] = "directory_published"
    key_field: ClassVar[str] = "edition_id"
    subject_field: ClassVar[str] = "edition_id"

    edition_id: UUID
    title: str
    kind: Literal["guidance", "implementing"]
    valid_from: date
    items: int
    facts: str | None = None


class DirectoryDrafted(CatalogEvent):
    """An edition was imported and waits for another person to publish it; its items are private until then. `contents`
    and `declared` are SHA-256 over all of them and over the declaration that none falls under the negative list."""

    name: ClassVar[str] = "directory_drafted"
    audience: ClassVar[Audience] = "services"
    key_field: ClassVar[str] = "edition_id"
    subject_field: ClassVar[str] = "edition_id"

    edition_id: UUID
    kind: Literal["guidance", "implementing"]
    valid_from: date
    items: int
    facts: str | None = None
    contents: str | None = None
    declared: str | None = None


class ProjectEvent(CatalogEvent):
    """`facts` is SHA-256 over everything that the catalog then holds of the project; it cannot be guessed at, since it
    holds ids of persons, which no public entry names."""

    subject_field: ClassVar[str] = "project_id"

    project_id: UUID
    facts: str | None = None


class ProjectProposed(ProjectEvent):
    """A project enters the pool under the rulebook in force that day. `declared` is SHA-256 over the declaration that
    it does not fall under the negative list."""

    name: ClassVar[str] = "project_proposed"

    reference: str
    title: str
    rulebook: str
    item: str
    way: str
    declared: str | None = None


class ProjectAdvanced(ProjectEvent):
    """A step of its way into the pool was taken: residents deliberated or voted, the street consented, a community
    chose. `votes` are for and against, `entries` what was written down of the residents' step."""

    name: ClassVar[str] = "project_advanced"

    step: Literal["deliberation", "vote", "consent", "choice"]
    votes: tuple[int, int] | None = None
    entries: list[TableEntry] = Field(default=[])


class ProjectStepCorrected(ProjectEvent):
    """An entry of a step was replaced by another person, with a reason that the catalog keeps; `occurred_on` is null
    where the step was withdrawn. `state` is how the project stands by it, also one that a lost vote had ended."""

    name: ClassVar[str] = "project_step_corrected"

    step: Literal["deliberation", "vote"]
    number: int
    occurred_on: date | None = None
    votes: tuple[int, int] | None = None
    state: str
    entries: list[TableEntry] = Field(default=[])


class ProjectApproved(ProjectEvent):
    """The purchaser reviewed and fixed the project: it is in the pool."""

    name: ClassVar[str] = "project_approved"


class ProjectDeclined(ProjectEvent):
    """The project ended before the pool, by a lost vote or by the review, or was taken out of it by two persons;
    `negative_item` when it falls under one."""

    name: ClassVar[str] = "project_declined"

    ground: Literal["vote", "review", "withdrawn"]
    negative_item: str | None = None


class BudgetLineOpened(CatalogEvent):
    """Finance entered a budget line of a purchaser, CNY for one year."""

    name: ClassVar[str] = "budget_line_opened"
    audience: ClassVar[Audience] = "services"
    key_field: ClassVar[str] = "line_id"
    subject_field: ClassVar[str] = "line_id"

    line_id: UUID
    code: str
    year: int
    amount: Decimal


class BudgetLineAdjusted(CatalogEvent):
    """Another person of finance gave the line another amount, CNY, for a reason that stays in the catalog."""

    name: ClassVar[str] = "budget_line_adjusted"
    audience: ClassVar[Audience] = "services"
    key_field: ClassVar[str] = "line_id"
    subject_field: ClassVar[str] = "line_id"

    line_id: UUID
    number: int
    before: Decimal
    amount: Decimal


class BudgetSubmitted(CatalogEvent):
    """The purchaser asks finance for the money of a project, or, with `adjusts`, for a change of what was approved.
    `facts` is SHA-256 over the line and the sources."""

    name: ClassVar[str] = "budget_submitted"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "budget_id"

    project_id: UUID
    budget_id: UUID
    amount: Decimal
    year: int
    adjusts: UUID | None = None
    facts: str | None = None


class BudgetReturned(CatalogEvent):
    """Finance did not approve; what was approved before stays in force."""

    name: ClassVar[str] = "budget_returned"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "budget_id"

    project_id: UUID
    budget_id: UUID


class BudgetApproved(CatalogEvent):
    """Finance approved the money of a project; it does not change in the ordinary course."""

    name: ClassVar[str] = "budget_approved"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "project_id"

    project_id: UUID
    amount: Decimal
    sources: list[FundingSource]
    year: int
    budget_id: UUID | None = None
    adjusts: UUID | None = None
    committed: Decimal = Decimal("0.00")


class _Commitment(CatalogEvent):
    """`committed` is what awards and contracts now hold of the year's budget, in CNY."""

    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "project_id"

    project_id: UUID
    budget_id: UUID | None = None
    year: int | None = None
    budget: Decimal
    committed: Decimal


class CommitmentDecided(_Commitment):
    """The answer to an award (`procurement_id`, `lot`, `round`) or to the signing of a renewal (`contract_id`,
    `round`): the year's budget holds what is `needed`, or not, by these findings. Round 0 answers nobody: a contract
    was signed that had not asked."""

    name: ClassVar[str] = "commitment_decided"

    procurement_id: UUID | None = None
    lot: int = 1
    contract_id: UUID | None = None
    round: int
    needed: Decimal
    granted: bool
    findings: list[CitedClause] = Field(default=[])


class CommitmentFreed(_Commitment):
    """An award came to nothing, or a contract took or left less than was committed for it: `freed` is left again."""

    name: ClassVar[str] = "commitment_freed"

    procurement_id: UUID | None = None
    contract_id: UUID | None = None
    freed: Decimal


class _Requirement(CatalogEvent):
    subject_field: ClassVar[str] = "requirement_id"

    project_id: UUID
    requirement_id: UUID


class RequirementWritten(_Requirement):
    """A version of the requirement was written; its text stays in the catalog, its hash fixes it. `declared` is SHA-256
    over the declaration that it does not fall under the negative list."""

    name: ClassVar[str] = "requirement_written"
    audience: ClassVar[Audience] = "services"

    requirement_version: int
    requirement_hash: str
    declared: str | None = None


class RequirementReturned(_Requirement):
    """The reviewer sent the requirement back to be written anew."""

    name: ClassVar[str] = "requirement_returned"
    audience: ClassVar[Audience] = "services"


class RequirementFinalised(_Requirement):
    """Another person reviewed the requirement; this version stands."""

    name: ClassVar[str] = "requirement_finalised"
    audience: ClassVar[Audience] = "services"

    requirement_version: int
    requirement_hash: str


class ConsultationOpened(_Requirement):
    """The public is asked about the proposed requirement until the last day, through these channels."""

    name: ClassVar[str] = "consultation_opened"

    consultation_id: UUID
    channels: list[str]
    closes_on: date
    facts: str | None = None


class ConsultationWithdrawn(_Requirement):
    """Another person took back a consultation that was opened by mistake; it does not count any more."""

    name: ClassVar[str] = "consultation_withdrawn"

    consultation_id: UUID
    facts: str | None = None


class _Feedback(CatalogEvent):
    """`facts` is SHA-256 over what became of the answer when, and by whom: not over what was written."""

    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "feedback_id"

    project_id: UUID
    consultation_id: UUID
    feedback_id: UUID
    facts: str | None = None


class FeedbackReceived(_Feedback):
    """Somebody answered a consultation; what they wrote is private."""

    name: ClassVar[str] = "feedback_received"


class FeedbackDisposed(_Feedback):
    """The purchaser decided on one answer: adopted or not; `corrects`: in the place of a decision that was a slip, as
    `corrected` says."""

    name: ClassVar[str] = "feedback_disposed"

    adopted: bool
    corrects: bool = False
    corrected: list[TableEntry] = Field(default=[])


class ProjectCleared(ProjectEvent):
    """Project, budget and reviewed requirement stand: a procurement may be opened for exactly these."""

    name: ClassVar[str] = "project_cleared"
    audience: ClassVar[Audience] = "services"

    reference: str
    title: str
    rulebook: str
    item: str
    service_class: int | None
    nature: Literal["continuous", "deliverable"]
    purchaser_kind: str
    budget: Decimal
    sources: list[FundingSource]
    in_central_directory: bool
    requirement_id: UUID
    requirement_version: int
    requirement_hash: str
    previous_provider_id: UUID | None = None
    budget_year: int | None = None


class ErasureAnswered(ErasureAnswer):
    """Until when catalog's record needs a person whom the registry is to erase."""

    service: ClassVar[str] = "catalog"
    name: ClassVar[str] = "erasure_answered"


class DocumentsNamed(NamesDocuments):
    """A record of that kind names documents: their ids and, in the same order, their SHA-256 in hex."""

    service: ClassVar[str] = "catalog"
    name: ClassVar[str] = "documents_named"
