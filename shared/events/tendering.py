"""Events of tendering: from the procurement opened to the award confirmed or the procurement failed."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience, Event
from shared.events.catalog import FundingSource


class _Tendering(Event):
    service: ClassVar[str] = "tendering"
    audience: ClassVar[Audience] = "public"
    subject_field: ClassVar[str] = "procurement_id"

    project_id: UUID
    procurement_id: UUID


class PaymentTerm(BaseModel):
    """One payment line of the draft contract: how much of the price, and what it waits for.

    `bands` give the share paid by score (`from` inclusive, in points, highest first); below the last one the payment
    is held until re-assessed."""

    model_config = ConfigDict(frozen=True)

    number: int
    kind: Literal["advance", "instalment", "final"]
    amount: Decimal
    gate: Literal["acceptance", "assessment", "evaluation", "contract"]
    period: int | None = None
    due_days: int = 30
    bands: list[tuple[Decimal, Decimal]] = Field(default=[])


class ContractTerms(BaseModel):
    """The draft contract in the tender file, as far as the contract is later compared with it and paid by it."""

    model_config = ConfigDict(frozen=True)

    starts_on: date
    ends_on: date
    contents: list[str]
    payments: list[PaymentTerm]
    service_years: int = 1
    objection_window_working_days: int | None = None
    pay_within_days: int = 30


class ProcurementOpened(_Tendering):
    """A procurement for a cleared project, by method (open_tender, competitive_consultation)."""

    name: ClassVar[str] = "procurement_opened"

    reference: str
    method: str
    procurement_project: bool
    budget: Decimal


class NoticePublished(_Tendering):
    """The checked file is published; bids close at `closes_at` (an instant; the bid must be there before it)."""

    name: ClassVar[str] = "notice_published"

    file_version: int
    file_hash: str
    closes_at: datetime


class BiddingClosed(_Tendering):
    """The list of bids is frozen: how many, and the hash over their receipts. No bidder is named."""

    name: ClassVar[str] = "bidding_closed"

    bids: int
    receipts_hash: str


class BidsOpened(_Tendering):
    """All bids were opened in one act, in the presence of these persons (by id)."""

    name: ClassVar[str] = "bids_opened"

    bids: int
    openers: list[UUID]


class AwardProposed(_Tendering):
    """The ranking's first asks the registry whether its standing allows the award. `round` repeats until answered."""

    name: ClassVar[str] = "award_proposed"
    audience: ClassVar[Audience] = "services"

    lot: int
    round: int
    provider_id: UUID
    rulebook: str
    acknowledged: list[str] = Field(default=[])


class AwardAnnounced(_Tendering):
    """The result is public: who, for how much, with which scores."""

    name: ClassVar[str] = "award_announced"

    lot: int
    provider_id: UUID
    amount: Decimal
    ranking: list[tuple[UUID, str]]


class AwardConfirmed(_Tendering):
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


class ProcurementFailed(_Tendering):
    """The procurement ended without an award, by this clause."""

    name: ClassVar[str] = "procurement_failed"

    code: str
    clause: str
