"""What awards and contracts hold of the budgets, as it is kept."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shared.work.records import Aggregate
from shared.work.states import moves


@moves(begins="held signed", held="signed ended", signed="ended")
class CommitmentState(StrEnum):
    """Held by an award or an asked renewal, by a signed contract, or by what was paid of one that has ended."""

    HELD = "held"
    SIGNED = "signed"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Commitment(Aggregate):
    """What an award (`subject` is its procurement) or a renewal (its contract) holds of its project's budget of a year,
    CNY."""

    subject: UUID
    contract_id: UUID | None
    year: int
    amount: Decimal
    state: CommitmentState
