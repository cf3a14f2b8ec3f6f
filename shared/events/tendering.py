"""Events of tendering: from the procurement opened to the award confirmed or the procurement failed."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience, Event, NamesDocuments
from shared.events.catalog import FundingSource
from shared.events.registry import ErasureAnswer


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


class ProcurementOpened(_Tendering):
    """A procurement for a cleared project, by method (open_tender, competitive_consultation). It is before the public
    with its notice. `facts` is SHA-256 over what is fixed with it."""

    name: ClassVar[str] = "procurement_opened"
    audience: ClassVar[Audience] = "services"

    reference: str
    method: str
    procurement_project: bool
    budget: Decimal
    facts: str | None = None


class NoticePublished(_Tendering):
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


class BiddingClosed(_Tendering):
    """The list of bids is frozen: how many, and the hash over their receipts. No bidder is named."""

    name: ClassVar[str] = "bidding_closed"

    bids: int
    receipts_hash: str


class BidsOpened(_Tendering):
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


class OpenedOffer(BaseModel):
    """Whose bid it is, what it asks (CNY) and what it holds, as SHA-256 over the salt that was sealed with it and its
    content: whoever has both can tell later that neither was changed."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    provider_id: UUID
    content: str
    price: Decimal | None = None


class AwardProposed(_Tendering):
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


class AwardAnnounced(_Tendering):
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


class _Internal(_Tendering):
    """An entry for the audit trail alone: it names neither bidders nor points."""

    audience: ClassVar[Literal["internal"]] = "internal"


class FileDrafted(_Internal):
    """A person wrote a version of the tender file."""

    name: ClassVar[str] = "file_drafted"

    file_version: int
    file_hash: str


class FileChecked(_Internal):
    """Another person checked this version; nobody can change it from now on. `asked` counts how often the rules of the
    check had been made stricter."""

    name: ClassVar[str] = "file_checked"

    file_version: int
    file_hash: str
    asked: int | None = None


class CancellationProposed(_Internal):
    """A person proposed to end the procurement on this ground, or it is not proposed any more (`withdrawn`); its end is
    `ProcurementFailed`."""

    name: ClassVar[str] = "cancellation_proposed"

    ground: str
    withdrawn: bool = False


class AwardWithdrawn(_Internal):
    """The award of a round stands no more, and no contract comes of it: `ground` says why, `findings` is SHA-256 over
    the clauses cited."""

    name: ClassVar[str] = "award_withdrawn"

    lot: int
    round: int
    ground: str
    findings: str | None = None


class AwardAnswered(_Internal):
    """Registry or catalog answered: the round's `state`, and its `cover` by the budget. `findings` is SHA-256 over what
    they found."""

    name: ClassVar[str] = "award_answered"

    lot: int
    round: int
    state: str
    cover: str | None = None
    findings: str


class ClosingChangeProposed(_Internal):
    """One person proposes a later closing, which changes nothing before another confirms it; or it is not proposed any
    more (`withdrawn`)."""

    name: ClassVar[str] = "closing_change_proposed"

    closes_at: datetime
    withdrawn: bool = False


class ClosingMoved(_Tendering):
    """Bids close later than was announced, by two persons."""

    name: ClassVar[str] = "closing_moved"

    closes_at: datetime


class _Bid(_Internal):
    """A bid has a key of its own: the versions of the purchase's key would tell each bidder how many came before."""

    key_field: ClassVar[str] = "bid_id"
    subject_field: ClassVar[str] = "bid_id"

    bid_id: UUID


class BidSubmitted(_Bid):
    """A sealed bid was received in time: the hash of its envelope, as on the receipt, its suite, and who sealed it
    (bidder, server)."""

    name: ClassVar[str] = "bid_submitted"

    hash: str
    suite: str
    sealed_by: str
    submitted_at: datetime | None = None
    replaces: UUID | None = None


class BidWithdrawn(_Bid):
    """The bidder withdrew its bid before the closing; it is never opened."""

    name: ClassVar[str] = "bid_withdrawn"


class OpeningKeyRegistered(_Internal):
    """The purchaser registered the key that bids will be sealed to: its hash, and how many of which openers open."""

    name: ClassVar[str] = "opening_key_registered"

    opening_key: str
    suite: str
    threshold: int
    openers: list[UUID]


class OpeningProposed(_Internal):
    """One person asks to open the frozen list, which begins an opening act; it opens nothing before enough openers
    gave their shares to the act and another person confirms it. `withdrawn`: the act is over, its shares are gone."""

    name: ClassVar[str] = "opening_proposed"

    act_id: UUID | None = None
    withdrawn: bool = False


class OpeningShareGiven(_Internal):
    """An opener gave their share to the opening act; so many are there now."""

    name: ClassVar[str] = "opening_share_given"

    act_id: UUID
    opener: UUID
    shares: int
    threshold: int


class OpeningAbandoned(_Internal):
    """Too few openers can be had: the bids cannot be opened. It counts when another person has confirmed it, and is not
    said any more where `withdrawn`."""

    name: ClassVar[str] = "opening_abandoned"

    shares: int
    threshold: int
    confirmed: bool
    withdrawn: bool = False


class OffersOpened(_Internal):
    """The readable offers of an opening, for the audit alone."""

    name: ClassVar[str] = "offers_opened"

    offers: list[OpenedOffer]


class ReplacedMember(BaseModel):
    """A member who did not score again and whose place another took; `facts` is SHA-256 over who it was."""

    model_config = ConfigDict(frozen=True)

    number: int
    facts: str


class PanelFormed(_Internal):
    """The panel, by number: its names stay secret until the result. `panel` is SHA-256 over its members, with what is
    nowhere told."""

    name: ClassVar[str] = "panel_formed"

    members: int
    experts: int
    panel: str | None = None
    replaced: list[ReplacedMember] = Field(default_factory=list)


class PanelInterestDeclared(_Tendering):
    """A member of the panel has an interest in this bidder: the registry keeps it as a record of the person."""

    name: ClassVar[str] = "panel_interest_declared"
    audience: ClassVar[Audience] = "services"

    person_id: UUID
    provider_id: UUID


class InterestDeclared(_Internal):
    """A member of the panel declared whether there is an interest in a bidder."""

    name: ClassVar[str] = "interest_declared"

    interested: bool
    panel: str | None = None


class QualificationReviewed(_Tendering):
    """Every bid was held against every condition; how many passed. Told again when two others found otherwise: `panel`
    is then SHA-256 over who sits on it and has scored, which is nobody."""

    name: ClassVar[str] = "qualification_reviewed"
    audience: ClassVar[Audience] = "services"

    bids: int
    qualified: int
    panel: str | None = None


class QualificationFound(_Tendering):
    """One reviewer held the bids against the purchaser's own conditions; the review counts when another agrees."""

    name: ClassVar[str] = "qualification_found"
    audience: ClassVar[Audience] = "internal"

    number: int
    facts: str | None = None


class _LowPrice(_Tendering):
    audience: ClassVar[Audience] = "internal"

    bid_id: UUID


class LowPriceQuestioned(_LowPrice):
    """A member of the panel asks how a bidder comes to its price; the answer is to be given before that instant."""

    name: ClassVar[str] = "low_price_questioned"

    answer_until: datetime


class LowPriceExplained(_LowPrice):
    """The bidder answered in writing; `text_hash` is SHA-256 over a salt and its text. `number` is more than 1 where
    another of its people set right what was said."""

    name: ClassVar[str] = "low_price_explained"

    text_hash: str
    number: int = 1


class LowPriceJudged(_LowPrice):
    """A member of the panel said whether the price is proven; `decided` once the majority has, and what it said."""

    name: ClassVar[str] = "low_price_judged"

    proven: bool
    decided: bool | None = None


class QualifiedBid(BaseModel):
    """Whether a bid passed, which conditions it met, and on what the finding on each rests."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    qualified: bool
    met: dict[str, bool] = Field(default_factory=dict)
    basis: dict[str, str] | None = None


class BidsQualified(_Internal):
    """Which bids passed the review, for the audit alone."""

    name: ClassVar[str] = "bids_qualified"

    bids: list[QualifiedBid]
    first_found_by: UUID | None = None


class GivenPoints(BaseModel):
    """The points of one member for one bid by one factor."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    factor: str
    points: Decimal


class ScoresGiven(_Internal):
    """A member of the panel scored every qualified bid; again before the ranking, where `sheet` is more than 1."""

    name: ClassVar[str] = "scores_given"

    points: list[GivenPoints] = Field(default=[])
    sheet: int = 1
    panel: str | None = None


class RankedBid(BaseModel):
    """What a bid asks, all its points, and its place."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    price: Decimal
    total: Decimal
    provider_id: UUID | None = None
    rank: int | None = None
    facts: str | None = None


class BidsRanked(_Internal):
    """All members have scored and the bids are ranked; `tied` says that lots must decide."""

    name: ClassVar[str] = "bids_ranked"

    bids: int
    tied: bool
    ranking: list[RankedBid] = Field(default=[])


class ScoresReopened(_Internal):
    """Scores are to be opened again on this ground, once the panel finds the fault; `facts` is the hash of the points
    named and of the places before."""

    name: ClassVar[str] = "scores_reopened"

    number: int
    ground: str
    clause: str
    facts: str


class RescoringJudged(_Internal):
    """A member said whether there is the fault; with `opened` the panel has found it, and members score again."""

    name: ClassVar[str] = "rescoring_judged"

    number: int
    found: bool
    opened: bool
    panel: str | None = None


class RescoringEnded(_Internal):
    """The bids are ranked anew, and `changed` says whether the places are others; null: the scores stand as they
    were."""

    name: ClassVar[str] = "rescoring_ended"

    number: int
    changed: bool | None = None
    panel: str | None = None


class _Consent(Event):
    """An entry about a consent to what a purchase is to do, on record for the audit trail."""

    service: ClassVar[str] = "tendering"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "consent_id"

    project_id: UUID
    consent_id: UUID


class ConsentAsked(_Consent):
    """An authority is asked to consent to this, for this method and up to this amount (CNY), by this clause; who gives
    it holds a post at `place`."""

    name: ClassVar[str] = "consent_asked"

    purpose: str
    method: str
    authority: str
    ground: str | None = None
    place: str
    amount: Decimal
    clause: str


class ConsentDecided(_Consent):
    """Somebody of the authority gave it, or refused it; what was given and is refused is taken back."""

    name: ClassVar[str] = "consent_decided"

    given: bool


class ConsentWithdrawn(_Consent):
    """The purchaser does without it."""

    name: ClassVar[str] = "consent_withdrawn"


class ConsentUsed(_Consent):
    """A procurement rests on it from now on."""

    name: ClassVar[str] = "consent_used"

    procurement_id: UUID


class LotsDrawn(_Internal):
    """An order among equals was drawn by lot; it counts when another person has confirmed it, and
    `ranking` says the places then."""

    name: ClassVar[str] = "lots_drawn"

    confirmed: bool
    ranking: list[RankedBid] = Field(default=[])
    order: list[UUID] | None = None


class AwardReasonsGiven(_Internal):
    """The references that the registry found were answered by reasons."""

    name: ClassVar[str] = "award_reasons_given"

    lot: int
    round: int
    acknowledged: list[str]
    facts: str | None = None
    givers: str | None = None


class AwardReasonsCorrected(_Internal):
    """Another person set the reasons of an award right: `correction` holds the hash of what they were and are."""

    name: ClassVar[str] = "award_reasons_corrected"

    lot: int
    round: int
    number: int
    facts: str
    correction: str
    givers: str | None = None


class AwardChoiceMade(_Internal):
    """After a blocked award: the next in rank, or no award; it counts when another person has confirmed it, and is void
    where `withdrawn`."""

    name: ClassVar[str] = "award_choice_made"

    lot: int
    round: int
    choice: Literal["next", "fail"]
    confirmed: bool
    withdrawn: bool = False


class ErasureAnswered(ErasureAnswer):
    """Until when tendering's record needs a person whom the registry is to erase."""

    service: ClassVar[str] = "tendering"
    name: ClassVar[str] = "erasure_answered"


class DocumentsNamed(NamesDocuments):
    """A record of that kind names documents: their ids and, in the same order, their SHA-256 in hex."""

    service: ClassVar[str] = "tendering"
    name: ClassVar[str] = "documents_named"
