"""Events of contracts: signing, the term, and every movement of money."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events import Audience, Event, NamesDocuments
from shared.events.registry import ErasureAnswer
from shared.events.tendering import PaymentTerm
from shared.fields.payment_terms import Gate
from shared.fields.strict_json import canonical


class ContractsEvent(Event):
    service: ClassVar[str] = "contracts"
    audience: ClassVar[Audience] = "public"
    subject_field: ClassVar[str] = "contract_id"

    project_id: UUID
    contract_id: UUID


class PaymentLine(PaymentTerm):
    """A payment term as it stands in the signed contract; `due_on`, where no result is waited for, is its last day."""

    line_id: UUID
    due_on: date | None = None


class SourcePart(BaseModel):
    """The part of a payment that one funding source bears, CNY."""

    model_config = ConfigDict(frozen=True)

    kind: str
    amount: Decimal


class ContractDrafted(ContractsEvent):
    """A contract was drafted from a confirmed award, or as the renewal of `renews`. `facts` is SHA-256 over what is
    fixed with it: sources, terms, and how it was bought."""

    name: ClassVar[str] = "contract_drafted"
    audience: ClassVar[Audience] = "services"

    reference: str
    provider_id: UUID
    price: Decimal
    renews: UUID | None = None
    facts: str | None = None


class ContractWritten(ContractsEvent):
    """The purchaser wrote the contract in full. `text_hash` is SHA-256 over a salt, the contents, the account that is
    paid to and what the provider told of its size: what is signed. `facts` is SHA-256 over what is decided by of it,
    `account_hash` over a salt and the account."""

    name: ClassVar[str] = "contract_written"
    audience: ClassVar[Audience] = "services"

    contents: list[str]
    text_hash: str
    facts: str | None = None
    account_hash: str | None = None
    account_id: UUID | None = None


class SigningProposed(ContractsEvent):
    """Asks the registry once more before signing, and for a renewal the catalog whether the budget of `budget_year`
    holds `price` (CNY). `acknowledged`: clauses whose reference was answered by a reason."""

    name: ClassVar[str] = "signing_proposed"
    audience: ClassVar[Audience] = "services"

    round: int
    provider_id: UUID
    rulebook: str
    acknowledged: list[str] = Field(default=[])
    price: Decimal | None = None
    budget_year: int | None = None
    renews: UUID | None = None


class SignatureGiven(ContractsEvent):
    """The first of the two parties signed; the second signature is `ContractSigned`."""

    name: ClassVar[str] = "signature_given"
    audience: ClassVar[Audience] = "services"

    party: Literal["purchaser", "provider"]
    signed_by: UUID


class ContractSigned(ContractsEvent):
    """Both parties signed. `signed_by` is the purchaser's person, who may not accept the service (CD17 art. 17)."""

    name: ClassVar[str] = "contract_signed"
    audience: ClassVar[Audience] = "services"

    reference: str
    provider_id: UUID
    procurement_id: UUID
    price: Decimal
    rulebook: str
    starts_on: date
    ends_on: date
    service_class: int | None
    nature: Literal["continuous", "deliverable"]
    procurement_project: bool
    signed_by: UUID
    lines: list[PaymentLine]
    objection_window_working_days: int | None = None
    renews: UUID | None = None


class ContractPublished(ContractsEvent):
    """The signed contract is before the public, without persons."""

    name: ClassVar[str] = "contract_published"

    reference: str
    provider_id: UUID
    procurement_id: UUID
    price: Decimal
    rulebook: str
    starts_on: date
    ends_on: date
    renews: UUID | None = None


class ContractFiled(ContractsEvent):
    """The signed contract was filed with finance; `state`: before its term, or within it."""

    name: ClassVar[str] = "contract_filed"

    state: Literal["filed", "running"] | None = None


class ServiceYearEnded(ContractsEvent):
    """A year of service is over; `year` counts from 1."""

    name: ClassVar[str] = "service_year_ended"

    provider_id: UUID
    year: int
    ended_on: date


class ContractCompleted(ContractsEvent):
    """Term over and every payment resolved. `returned`: what each source gets back of the price, by kind."""

    name: ClassVar[str] = "contract_completed"

    provider_id: UUID
    paid: Decimal
    withheld: Decimal
    returned: list[SourcePart] = Field(default=[])


class TerminationProposed(ContractsEvent):
    """One person proposes to end the contract before its term, on this ground, and another has to confirm; or it is not
    proposed any more (`withdrawn`)."""

    name: ClassVar[str] = "termination_proposed"
    audience: ClassVar[Audience] = "services"

    ground: str
    withdrawn: bool = False


class ContractTerminated(ContractsEvent):
    """Ended before its term; `reason` is the ground: agreement, public_interest_harm, provider_breach. `procurement_id`
    is given when no other contract of that procurement stands any more; `paid` is what was paid until then, `owed` what
    is still to be paid of what was delivered, in CNY; `cancelled` are the lines for which nothing is paid any more;
    `rulebook` is that by which was bought."""

    name: ClassVar[str] = "contract_terminated"

    provider_id: UUID
    reason: str
    by_fault_of_provider: bool
    procurement_id: UUID | None = None
    paid: Decimal | None = None
    owed: Decimal = Decimal("0.00")
    cancelled: list[UUID] | None = None
    rulebook: str | None = None


class ContractCostMoved(ContractsEvent):
    """What a contract that has ended costs changed: `paid` until now, and `owed`, CNY."""

    name: ClassVar[str] = "contract_cost_moved"
    audience: ClassVar[Audience] = "services"

    paid: Decimal
    owed: Decimal


class WithdrawalProposed(ContractsEvent):
    """One person proposes that a draft is not signed, on this ground, and another has to confirm; or it is not proposed
    any more (`withdrawn`)."""

    name: ClassVar[str] = "withdrawal_proposed"
    audience: ClassVar[Audience] = "services"

    ground: str
    withdrawn: bool = False


class ContractWithdrawn(ContractsEvent):
    """A draft that is not signed, by this clause. `procurement_id` is given when no other contract of that procurement
    stands."""

    name: ClassVar[str] = "contract_withdrawn"
    audience: ClassVar[Audience] = "services"

    provider_id: UUID
    ground: str
    clause: str
    renews: UUID | None = None
    procurement_id: UUID | None = None


class PaymentEvent(ContractsEvent):
    """`line_state` is where the line now is, `facts` SHA-256 over what else it holds: who asked and approved, the
    result and the last day."""

    subject_field: ClassVar[str] = "line_id"

    line_id: UUID
    number: int
    provider_id: UUID
    planned: Decimal
    line_state: str | None = None
    facts: str | None = None


class PaymentRequested(PaymentEvent):
    """Person A asked for the payment."""

    name: ClassVar[str] = "payment_requested"
    audience: ClassVar[Audience] = "services"


class PaymentApproved(PaymentEvent):
    """Person B, not A, approved it."""

    name: ClassVar[str] = "payment_approved"
    audience: ClassVar[Audience] = "services"


class PaymentRefused(PaymentEvent):
    """Who would approve the payment refused it; it may be asked for anew."""

    name: ClassVar[str] = "payment_refused"
    audience: ClassVar[Audience] = "services"


class PaymentWithdrawn(PaymentEvent):
    """Person A took back what they had asked for."""

    name: ClassVar[str] = "payment_withdrawn"
    audience: ClassVar[Audience] = "services"


class PaymentReleased(PaymentEvent):
    """The order goes to the treasury: request, approval and the result it waited for stand. `order_hash` is SHA-256 of
    the order, with its payment's id, which nobody can guess; `movement` over what the movement of money holds."""

    name: ClassVar[str] = "payment_released"
    audience: ClassVar[Audience] = "services"

    amount: Decimal
    parts: list[SourcePart]
    gate: Gate
    result_id: UUID | None = None
    result_version: int | None = None
    order_hash: str | None = None
    movement: str | None = None


class PaymentReduced(PaymentReleased):
    """Released for less than planned, because the result says so."""

    name: ClassVar[str] = "payment_reduced"


class PaymentSupplemented(PaymentReleased):
    """A corrected result gives more than was paid: the difference, as an entry of its own."""

    name: ClassVar[str] = "payment_supplemented"


class PaymentRefunded(PaymentReleased):
    """A corrected result gives less than was paid: the difference the provider pays back, as an entry of its own."""

    name: ClassVar[str] = "payment_refunded"


class PaymentWithheld(PaymentEvent):
    """Not paid, by this clause; stays withheld until a corrected result releases it."""

    name: ClassVar[str] = "payment_withheld"
    audience: ClassVar[Audience] = "services"

    amount: Decimal
    clause: str
    gate: Gate
    result_id: UUID
    result_version: int


class PaymentReopened(PaymentEvent):
    """A result gives more than was paid, of a contract that has ended or without an approval: `owed` (CNY) may be
    asked for."""

    name: ClassVar[str] = "payment_reopened"
    audience: ClassVar[Audience] = "services"

    owed: Decimal
    result_id: UUID
    result_version: int


class PaymentResolved(PaymentEvent):
    """By its result nothing more than `paid` (CNY) is to be paid: the line ends without another order."""

    name: ClassVar[str] = "payment_resolved"
    audience: ClassVar[Audience] = "services"

    paid: Decimal


class PaymentSettled(PaymentEvent):
    """The treasury confirmed the payment, with its reference; or the provider's refund has come in. `receipt` is
    SHA-256 over what the receipt holds."""

    name: ClassVar[str] = "payment_settled"

    amount: Decimal
    treasury_reference: str
    kind: Literal["release", "supplement", "refund"] = "release"
    payment_id: UUID | None = None
    receipt: str | None = None


class PaymentReturned(PaymentEvent):
    """The treasury returned the order of `payment_id` unpaid: a movement of its own takes it back."""

    name: ClassVar[str] = "payment_returned"

    amount: Decimal
    treasury_reference: str
    payment_id: UUID | None = None
    receipt: str | None = None
    movement: str | None = None


class BankAccount(BaseModel):
    """The account to be paid to, as both parties signed or agreed it. `title` is the name that it is held under, `bank`
    the bank's branch, `bank_code` that branch's number in interbank payments where it was given."""

    model_config = ConfigDict(frozen=True)

    title: str
    bank: str
    number: str
    bank_code: str | None = None


class ReturnSaid(PaymentEvent):
    """A person says that the treasury returned the order of this payment; another person confirms."""

    name: ClassVar[str] = "return_said"
    audience: ClassVar[Audience] = "services"

    payment_id: UUID
    amount: Decimal


class ReceiptCorrected(PaymentEvent):
    """Another person corrected what was entered of this payment: `settled` and `treasury_reference` are what holds
    now, `was_settled` and `was_reference` what was entered before. What moves by it is told by events of its own."""

    name: ClassVar[str] = "receipt_corrected"
    audience: ClassVar[Audience] = "services"

    payment_id: UUID
    amount: Decimal
    settled: bool
    treasury_reference: str
    was_settled: bool
    was_reference: str
    correction_id: UUID | None = None
    correction: str | None = None
    receipt: str | None = None


class PaymentReinstated(PaymentEvent):
    """That the order came back was a slip: the treasury has paid it. Where it was ordered again and paid again, the
    part beyond the result is demanded back by a `PaymentRefunded` before this. Before a `PaymentReturned` it is a
    refund that is no longer owed, because the money never moved."""

    name: ClassVar[str] = "payment_reinstated"
    audience: ClassVar[Audience] = "services"

    amount: Decimal
    parts: list[SourcePart]
    movement: str | None = None


class Payee(BaseModel):
    """Who is paid: under which name in the contract, by which unified social credit code (none of a filed community
    organisation), to which account. A contract signed before accounts were asked for may have none."""

    model_config = ConfigDict(frozen=True)

    provider_id: UUID
    title: str
    credit_code: str | None = None
    account: BankAccount | None = None


class TreasuryOrder(BaseModel):
    """What the treasury gets for one payment: no event, but a POST with `business_key` as its Idempotency-Key. An order
    that comes again under its key is the same order. `amount` is what is to be paid, borne by funding source as `parts`
    says; the money is that of the project's budget of `budget_year`. `purpose` is the text for the transfer."""

    model_config = ConfigDict(frozen=True)

    business_key: str
    payment_id: UUID
    kind: Literal["release", "supplement"]
    line_id: UUID
    line: int
    contract_id: UUID
    contract_reference: str
    purchaser_id: UUID
    purchaser_title: str | None = None
    jurisdiction: str
    payee: Payee
    project_id: UUID
    budget_year: int
    amount: Decimal
    currency: Literal["CNY"] = "CNY"
    parts: dict[str, Decimal]
    purpose: str
    last_day: date | None = None

    def hash(self) -> str:
        """SHA-256 over its RFC 8785 form: what the journal says of the order."""
        return order_hash(self.model_dump(mode="json"))


def order_hash(order: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(order)).hexdigest()


class ErasureAnswered(ErasureAnswer):
    """Until when contracts's record needs a person whom the registry is to erase."""

    service: ClassVar[str] = "contracts"
    name: ClassVar[str] = "erasure_answered"


class DocumentsNamed(NamesDocuments):
    """A record of that kind names documents: their ids and, in the same order, their SHA-256 in hex."""

    service: ClassVar[str] = "contracts"
    name: ClassVar[str] = "documents_named"
