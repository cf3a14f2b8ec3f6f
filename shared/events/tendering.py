"""Events of tendering: from the procurement opened to the award confirmed or the procurement failed."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience, Event, NamesDocuments
from shared.events.catalog import FundingSource
from shared.events.registry import ErasureAnswer
from shared.fields.payment_terms import PaymentTerms


class TenderingEvent(Event):
    service: ClassVar[str] = "tendering"
    audience: ClassVar[Audience] = "public"
    subject_field: ClassVar[str] = "procurement_id"

    project_id: UUID
    procurement_id: UUID


class PaymentTerm(PaymentTerms):
    """One payment line of the draft contract: how much of the price, and what it waits for.

    `bands` give the share paid by score (`from` inclusive, in points, highest first); below the last one the payment
    is held until re-assessed."""

    model_config = ConfigDict(extra="ignore")


class ContractTerms(BaseModel):
    """The draft contract in the tender file, as far as the contract is later compared with it and paid by it. `older`:
    the file was checked before its rules became as strict as they are; what it says binds."""

    model_config = ConfigDict(frozen=True)

    starts_on: date
    ends_on: date
    contents: list[str]
    payments: list[PaymentTerm]
    older: bool = False
    service_years: int = 1
    objection_window_working_days: int | None = None
    pay_within_days: int = 30


class ProcurementOpened(TenderingEvent):
    """A procurement for a cleared project, by method (open_tender, competitive_consultation). It is before the public
    with its notice. `facts` is SHA-256 over what is fixed with it."""

    name: ClassVar[str] = "procurement_opened"
    audience: ClassVar[Audience] = "services"

    reference: str
    method: str
    procurement_project: bool
    budget: Decimal
    facts: str | None = None


class NoticePublished(TenderingEvent):
    """The checked file is published; bids close at `closes_at` (an instant; the bid must be there before it). They are
    sealed to the opening key of this hash, which any `threshold` of the openers open. With it the purchase is before
    the public: what it is, by which method, for how much at most."""

    name: ClassVar[str] = "notice_published"

    file_version: int
    file_hash: str
    closes_at: datetime
    opening_key: str | None = None
    suite: str | None = None
    threshold: int | None = None
    reference: str | None = None
    title: str | None = None
    method: str | None = None
    procurement_project: bool | None = None
    budget: Decimal | None = None


class BiddingClosed(TenderingEvent):
    """The list of bids is frozen: how many, and the hash over their receipts. No bidder is named."""

    name: ClassVar[str] = "bidding_closed"

    bids: int
    receipts_hash: str


class BidsOpened(TenderingEvent):
    """All bids were opened in one act by two persons, with `shares` openers' shares, of which `threshold` were needed;
    the minutes name them. `hashes` are those of the sealed bids, `unreadable` how many of them held nothing that could
    be read."""

    name: ClassVar[str] = "bids_opened"

    bids: int
    shares: int
    threshold: int | None = None
    suite: str | None = None
    hashes: list[str] = Field(default=[])
    unreadable: int = 0


class InterestedSkipFound(TenderingEvent):
    """An event of this purchase was left out before the opening (without `confirmed_by`: one person asked for it, which
    is void now), and the opening shows that of the two these have an interest in a bidder, by `clause`. What was left
    out is kept, and those who oversee decide what follows."""

    name: ClassVar[str] = "interested_skip_found"
    audience: ClassVar[Audience] = "services"

    event: UUID
    of_type: str
    asked_by: UUID
    confirmed_by: UUID | None = None
    interested: list[UUID]
    clause: str


class AwardProposed(TenderingEvent):
    """The ranking's first asks the registry whether its standing allows the award, and the catalog whether the budget
    of `budget_year` holds `amount` (CNY). `round` repeats until answered. `facts` is SHA-256 over the reasons given,
    `givers` over who gave each."""

    name: ClassVar[str] = "award_proposed"
    audience: ClassVar[Audience] = "services"

    lot: int
    round: int
    provider_id: UUID
    rulebook: str
    acknowledged: list[str] = Field(default=[])
    amount: Decimal | None = None
    budget_year: int | None = None
    facts: str | None = None
    award_id: UUID | None = None
    givers: str | None = None


class AwardAnnounced(TenderingEvent):
    """The result is public: who, for how much, with which scores. `points` are those of each provider by factor,
    `acknowledged` the clauses whose reference was answered by a reason."""

    name: ClassVar[str] = "award_announced"

    lot: int
    provider_id: UUID
    amount: Decimal
    ranking: list[tuple[UUID, str]]
    points: dict[UUID, dict[str, str]] = Field(default_factory=dict)
    acknowledged: list[str] = Field(default_factory=list)
    round: int | None = None


class AwardConfirmed(TenderingEvent):
    """The award stands; contracts drafts the contract from it."""

    name: ClassVar[str] = "award_confirmed"

    lot: int
    round: int
    provider_id: UUID
    provider_title: str
    amount: Decimal
    rulebook: str
    noticed_on: date
    service_class: int | None
    nature: Literal["continuous", "deliverable"]
    procurement_project: bool
    requirement_id: UUID
    requirement_version: int
    sources: list[FundingSource]
    terms: ContractTerms


class ProcurementFailed(TenderingEvent):
    """The procurement ended without an award, by this clause."""

    name: ClassVar[str] = "procurement_failed"

    code: str
    clause: str


class InternalTenderingEvent(TenderingEvent):
    """An entry for the audit trail alone: it names neither bidders nor points."""

    audience: ClassVar[Literal["internal"]] = "internal"


class ClosingMoved(TenderingEvent):
    """Bids close later than was announced, by two persons."""

    name: ClassVar[str] = "closing_moved"

    closes_at: datetime


class PanelInterestDeclared(TenderingEvent):
    """A member of the panel has an interest in this bidder: the registry keeps it as a record of the person."""

    name: ClassVar[str] = "panel_interest_declared"
    audience: ClassVar[Audience] = "services"

    person_id: UUID
    provider_id: UUID


class QualificationReviewed(TenderingEvent):
    """Every bid was held against every condition; how many passed. Told again when two others found otherwise: `panel`
    is then SHA-256 over who sits on it and has scored, which is nobody."""

    name: ClassVar[str] = "qualification_reviewed"
    audience: ClassVar[Audience] = "services"

    bids: int
    qualified: int
    panel: str | None = None


class ErasureAnswered(ErasureAnswer):
    """Until when tendering's record needs a person whom the registry is to erase."""

    service: ClassVar[str] = "tendering"
    name: ClassVar[str] = "erasure_answered"


class DocumentsNamed(NamesDocuments):
    """A record of that kind names documents: their ids and, in the same order, their SHA-256 in hex."""

    service: ClassVar[str] = "tendering"
    name: ClassVar[str] = "documents_named"
