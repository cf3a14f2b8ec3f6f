"""Payment lines, the movements of their money, and what evaluation found, as it is kept. Amounts in CNY."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple
from uuid import UUID

from shared.fields.payment_terms import Gate, LineKind, PaymentTerms
from shared.work.records import Identified, Versioned
from shared.work.states import moves

PaymentKind = Literal["release", "supplement", "refund", "return", "reinstate"]


@moves(
    begins="planned",
    planned="requested approved released reduced withheld settled returned cancelled",
    requested="planned approved withheld settled returned cancelled",
    approved="released reduced withheld settled cancelled",
    released="approved reduced settled returned",
    reduced="planned approved released withheld settled returned",
    withheld="planned released reduced settled",
    settled="planned approved released reduced withheld returned",
    returned="planned requested approved released reduced withheld settled cancelled",
    cancelled="planned reduced settled",
)
class LineState(StrEnum):
    """How far a payment line has come: asked for, ordered, held back, resolved."""

    PLANNED = "planned"
    REQUESTED = "requested"
    APPROVED = "approved"
    RELEASED = "released"
    REDUCED = "reduced"
    WITHHELD = "withheld"
    SETTLED = "settled"
    RETURNED = "returned"
    CANCELLED = "cancelled"


DECIDED_BY_RESULT = (
    LineState.APPROVED,
    LineState.WITHHELD,
    LineState.RELEASED,
    LineState.REDUCED,
    LineState.SETTLED,
)
"""States in which request and approval stand, so that the result, also a corrected one, decides what is paid."""
ORDERED = (LineState.RELEASED, LineState.REDUCED)
"""States in which the treasury has an order whose receipt is not in."""
NOT_ORDERED = (LineState.PLANNED, LineState.REQUESTED, LineState.APPROVED, LineState.RETURNED)
"""States in which a payment may be due, by its result, and has no order."""
NOTHING_PAID = (LineState.WITHHELD, LineState.CANCELLED)
"""States in which nothing is paid, or what was paid is demanded back: nothing more can be demanded of it."""


@dataclass(frozen=True, kw_only=True)
class PaymentLine(Versioned):
    """A line of a contract by which it is paid. `bands` are pairs of a score from which on, and the share then paid;
    `result` is what the result that gates the line said. `return_waits`: the payment of which one person says that it
    came back, with its order in the state `return_order`; another confirms."""

    contract_id: UUID
    number: int
    kind: LineKind
    planned: Decimal
    gate: Gate
    period: int | None
    due_days: int
    bands: list[list[str]]
    state: LineState = LineState.PLANNED
    requested_by: UUID | None = None
    approved_by: UUID | None = None
    papers: UUID | None = None
    result_id: UUID | None = None
    result_version: int | None = None
    result: dict[str, Any] | None = None
    paid: Decimal = Decimal("0.00")
    due_on: date | None = None
    return_waits: UUID | None = None
    return_said_by: UUID | None = None
    return_order: str | None = None

    @property
    def terms(self) -> PaymentTerms:
        """By what terms it is paid."""
        bands = tuple((Decimal(score), Decimal(share)) for score, share in self.bands)
        return PaymentTerms(
            number=self.number,
            kind=self.kind,
            amount=self.planned,
            gate=self.gate,
            period=self.period,
            due_days=self.due_days,
            bands=bands,
        )

    @property
    def ordered(self) -> LineState:
        """As long as the treasury has an order, or a refund is waited for: for all of the line, or for less. A line
        that nobody has approved has no order; it is asked for first."""
        if self.approved_by is None:
            return LineState.REQUESTED if self.state == LineState.REQUESTED else LineState.PLANNED
        return LineState.RELEASED if self.paid == self.planned else LineState.REDUCED


@dataclass(frozen=True, kw_only=True)
class OwnedLine(PaymentLine):
    """A line, and whose contract's."""

    organisation: UUID
    provider_id: UUID
    jurisdiction: str


@dataclass(frozen=True, kw_only=True)
class Payment(Identified):
    """A movement of money for a line, never changed; `parts` is what each funding source bears. `number` counts the
    movements of the line, `attempt` how often it is paid anew."""

    contract_id: UUID
    line_id: UUID
    number: int
    kind: PaymentKind
    attempt: int
    amount: Decimal
    parts: dict[str, str]
    result_id: UUID | None
    result_version: int | None
    reverses: UUID | None
    released_at: datetime

    @property
    def shared(self) -> dict[str, Decimal]:
        """What each funding source bears."""
        return {kind: Decimal(part) for kind, part in self.parts.items()}


class Entered(NamedTuple):
    """What somebody entered of a payment."""

    settled: bool
    reference: str
    by: UUID


@dataclass(frozen=True, kw_only=True)
class Movement(Payment):
    """A movement with its receipt; None while nobody has said what became of it."""

    settled: bool | None
    treasury_reference: str | None
    recorded_by: UUID | None

    @property
    def entered(self) -> Entered | None:
        if self.settled is None or self.treasury_reference is None or self.recorded_by is None:
            return None
        return Entered(self.settled, self.treasury_reference, self.recorded_by)


@dataclass(frozen=True, kw_only=True)
class ResultTold(Identified):
    """What evaluation found of a contract, as it was last told."""

    contract_id: UUID
    line_id: UUID | None
    kind: str
    confirmed: bool
    passed: bool | None
    score: Decimal | None
    grade: str | None
    concluded_on: date | None
    source_version: int
