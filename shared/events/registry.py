"""Events of the registry: people and posts, purchasers and providers, and a provider's standing."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience, Event
from shared.law.decision import Finding


class RegistryEvent(Event):
    service: ClassVar[str] = "registry"


class CitedClause(BaseModel):
    """A clause that speaks against something, as the service that was asked found it."""

    model_config = ConfigDict(frozen=True)

    code: str
    clause: str
    article: str
    rulebook: str
    effect: Literal["bar", "qualification", "reference"]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> list[Self]:
        """What does not hold, as the answer to another service names it."""
        return [
            cls(
                code=found.code,
                clause=found.clause.id,
                article=found.clause.article,
                rulebook=found.clause.rulebook,
                effect=found.effect.value,
            )
            for found in findings
            if not found.satisfied
        ]


class AccountLinked(RegistryEvent):
    """A login belongs to this person; one person may have several. `account` is what stands for it everywhere, SHA-256
    of issuer and subject, never the subject itself. `enabled=False` ends its use at once. `machine`: it is a
    program's, and so is the person. `proposal_id`: which proposal another administrator confirmed by it."""

    name: ClassVar[str] = "account_linked"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "person_id"

    person_id: UUID
    issuer: str
    account: str
    enabled: bool
    machine: bool = False
    proposal_id: UUID | None = None


class PostGiven(RegistryEvent):
    """A person holds duties in an organisation, in a jurisdiction and below, from–until (last day)."""

    name: ClassVar[str] = "post_given"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "post_id"

    post_id: UUID
    person_id: UUID
    duties: list[str]
    valid_from: date
    valid_until: date | None = None


class PostEnded(RegistryEvent):
    """A post ends; `valid_until` is its last day."""

    name: ClassVar[str] = "post_ended"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "post_id"

    post_id: UUID
    person_id: UUID
    duties: list[str]
    valid_from: date
    valid_until: date


class InterestRecorded(RegistryEvent):
    """A person has an interest in a provider, by declaration, or had it until that day (GPR-9.1). `annulled`: it was
    declared wrongly, and never counted. `act` is SHA-256 over a salt and how and why it was declared, ended or
    annulled."""

    name: ClassVar[str] = "interest_recorded"
    audience: ClassVar[Audience] = "services"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "interest_id"

    interest_id: UUID
    person_id: UUID
    provider_id: UUID
    until: date | None = None
    annulled: bool = False
    act: str | None = None


class ErasureProposed(RegistryEvent):
    """One administrator proposes to erase what identifies a person, or takes it back. Every other service answers until
    when its record needs the person (`ErasureAnswered`)."""

    name: ClassVar[str] = "erasure_proposed"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    person_id: UUID
    withdrawn: bool = False


class ErasureAnswer(Event):
    """What a service answers: until which day its record goes of matters in which the person acted or is named; none:
    it knows of none. Each publishes its own."""

    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "erasure_id"

    person_id: UUID
    erasure_id: UUID
    last_recorded_on: date | None = None


class PersonErased(RegistryEvent):
    """Two administrators erased what identifies a person; every service erases what it keeps of them. The id stays, and
    stands for nobody who can be named."""

    name: ClassVar[str] = "person_erased"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "person_id"

    erasure_id: UUID
    person_id: UUID


class OrganisationRegistered(RegistryEvent):
    """An organisation in which posts can be given, and where it lies; `kind` is `purchaser`, `provider`, or what kind
    of body it is (finance_bureau, registration_authority …). A post counts only where its organisation lies."""

    name: ClassVar[str] = "organisation_registered"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "organisation"

    title: str
    kind: str


class OrganisationChanged(RegistryEvent):
    """What is known of an organisation changed, by evidence: these facts hold from the day on (null: they correct what
    was entered). The organisation is told anew as registered, with what holds now."""

    name: ClassVar[str] = "organisation_changed"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "organisation"

    facts: list[str]
    title: str
    valid_from: date | None = None


class OrganisationSucceeded(RegistryEvent):
    """The organisation takes the place of another from that day on, by merger, division or conversion, or is given its
    functions. Records stay in the other's name; once it has left, the successor's people act upon them."""

    name: ClassVar[str] = "organisation_succeeded"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "organisation"

    predecessor: UUID
    from_day: date
    manner: str = "merger"


class SuccessionAnnulled(RegistryEvent):
    """The organisation never took that one's place: what `organisation_succeeded` said was entered wrongly."""

    name: ClassVar[str] = "succession_annulled"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "organisation"

    predecessor: UUID
    from_day: date


class OrganisationLeft(RegistryEvent):
    """The organisation is no more, since that day: dissolved, merged or divided. Nothing is begun in its name; what it
    had open is carried on by its successors. One that is registered again is back."""

    name: ClassVar[str] = "organisation_left"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "organisation"

    kind: str
    departure: str
    left_on: date


class PurchaserRegistered(RegistryEvent):
    """An organisation that may buy; `kind` as the rulebooks name it (street_office, administrative_organ …). `facts` is
    SHA-256 over what it was registered by."""

    name: ClassVar[str] = "purchaser_registered"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "organisation"

    title: str
    kind: str
    facts: str | None = None


class ProviderRegistered(RegistryEvent):
    """A provider with a checked unified social credit code; `verified` after the registry has seen its evidence.
    `facts` is SHA-256 over how and by whom it was entered."""

    name: ClassVar[str] = "provider_registered"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    title: str
    kind: str
    credit_code: str
    founded_on: date
    verified: bool = False
    facts: str | None = None


class ProviderControlTold(RegistryEvent):
    """Who heads the provider, by random id, and which organisations directly hold or manage it, as far as they are
    registered: whoever one person heads, or one of which holds or manages the other, bid for one contract together by
    no text."""

    name: ClassVar[str] = "provider_control_told"
    audience: ClassVar[Audience] = "services"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    head: UUID | None = None
    held_by: list[UUID]
    managed_by: list[UUID]


class ProviderVerified(RegistryEvent):
    """The registry has seen the provider's evidence; the conditions it meets are listed by code."""

    name: ClassVar[str] = "provider_verified"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    conditions: list[str]
    assessment_grade: str | None = None


class EnteredPaper(BaseModel):
    """A paper as it was entered: `facts` is SHA-256 over what it says."""

    model_config = ConfigDict(frozen=True)

    evidence_id: UUID
    kind: str
    facts: str


class EvidenceEntered(RegistryEvent):
    """Evidence was entered for a provider, by kind; it counts once another person has verified it."""

    name: ClassVar[str] = "evidence_entered"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    kinds: list[str]
    papers: list[EnteredPaper] = Field(default=[])


class EvidenceAnnulled(RegistryEvent):
    """A paper accepted by mistake counts no longer; the conditions that are still met are told anew."""

    name: ClassVar[str] = "evidence_annulled"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    kind: str
    evidence_id: UUID | None = None


class ProviderLeft(RegistryEvent):
    """The provider's registration or filing was withdrawn: it may no longer be awarded anywhere."""

    name: ClassVar[str] = "provider_left"
    audience: ClassVar[Literal["public"]] = "public"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    left_on: date


class ProviderReturned(RegistryEvent):
    """A provider that had left is registered again: the same record, with everything that stands against it."""

    name: ClassVar[str] = "provider_returned"
    audience: ClassVar[Literal["public"]] = "public"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    returned_on: date


class _Standing(RegistryEvent):
    """`cause` (an evaluation, an imported result, a finding, a bar) and the event's type tell standings apart. One that
    ends before its time is published once more with its last day; `ended` then says why."""

    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    rulebook: str
    clause: str
    effect: Literal["bar", "qualification", "reference"]
    cause: UUID
    project_id: UUID | None = None
    grade: str | None = None
    score: str | None = None
    from_day: date
    until_day: date | None = None
    concluded_on: date | None = None
    ended: Literal["replaced", "expired", "lifted"] | None = None
    standing_id: UUID | None = None
    origin: str | None = None


class ProviderWatched(_Standing):
    """A poor result stands against the provider; what it does in an award round is the rulebook's `effect`."""

    name: ClassVar[str] = "provider_watched"
    audience: ClassVar[Audience] = "services"


class ProviderPreferred(_Standing):
    """A good result stands for the provider."""

    name: ClassVar[str] = "provider_preferred"
    audience: ClassVar[Audience] = "services"


class ProviderBarred(_Standing):
    """The provider may not be awarded in this jurisdiction and below until the last day."""

    name: ClassVar[str] = "provider_barred"


class BarProposed(RegistryEvent):
    """One person proposes a bar of some months, or one takes it back; it binds once another has confirmed it. `facts`
    is SHA-256 over clause and order."""

    name: ClassVar[str] = "bar_proposed"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "bar_id"

    provider_id: UUID
    bar_id: UUID
    ground: str
    months: int
    withdrawn: bool = False
    facts: str | None = None


class ResultImportProposed(RegistryEvent):
    """A result of before Goufu was entered with the hash of its evidence, or is taken back; it counts once another has
    confirmed it."""

    name: ClassVar[str] = "result_import_proposed"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "result_id"

    provider_id: UUID
    result_id: UUID
    grade: str
    concluded_on: date
    evidence_hash: str
    withdrawn: bool = False
    facts: str | None = None


class ReversalProposed(RegistryEvent):
    """One person proposes to take back a bar, an imported result or a standing for misconduct or a termination, or
    takes the proposal back; what two persons confirmed stands until another has confirmed this too. `facts` is SHA-256
    over text and document."""

    name: ClassVar[str] = "reversal_proposed"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "reversal_id"

    provider_id: UUID
    reversal_id: UUID
    bar_id: UUID | None = None
    result_id: UUID | None = None
    standing_id: UUID | None = None
    ground: Literal["entered_wrongly", "revoked"]
    withdrawn: bool = False
    facts: str | None = None


class ReversalConfirmed(RegistryEvent):
    """A bar, an imported result or such a standing counts from now on as if nobody had entered it. The standing that it
    gave is told of once more, with its last day; a lifted one says so in `ended`."""

    name: ClassVar[str] = "reversal_confirmed"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "reversal_id"

    provider_id: UUID
    reversal_id: UUID
    bar_id: UUID | None = None
    result_id: UUID | None = None
    standing_id: UUID | None = None


class _AwardAnswer(RegistryEvent):
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "procurement_id"

    project_id: UUID
    procurement_id: UUID
    lot: int
    round: int
    provider_id: UUID
    findings: list[CitedClause] = Field(default=[])


class AwardCleared(_AwardAnswer):
    """Nothing stands against this award now. `findings` carry references that ask for a reason."""

    name: ClassVar[str] = "award_cleared"


class AwardBlocked(_AwardAnswer):
    """The provider may not be awarded; the clauses say why. May follow a clearance, until the contract is signed."""

    name: ClassVar[str] = "award_blocked"


class _SigningAnswer(RegistryEvent):
    subject_field: ClassVar[str] = "contract_id"

    project_id: UUID
    contract_id: UUID
    round: int
    provider_id: UUID
    findings: list[CitedClause] = Field(default=[])


class SigningCleared(_SigningAnswer):
    """The provider's standing still allows to sign."""

    name: ClassVar[str] = "signing_cleared"


class SigningBlocked(_SigningAnswer):
    """The provider's standing forbids to sign."""

    name: ClassVar[str] = "signing_blocked"
