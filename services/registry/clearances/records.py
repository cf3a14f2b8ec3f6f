"""Clearances, as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.work.records import Aggregate
from shared.work.states import moves


@moves(begins="open blocked", open="blocked closed")
class ClearanceState(StrEnum):
    """A clearance is open until the contract is signed, or blocked."""

    OPEN = "open"
    BLOCKED = "blocked"
    CLOSED = "closed"


Act = Literal["award", "signing"]
"""What is cleared."""


@dataclass(frozen=True, kw_only=True)
class Clearance(Aggregate):
    """The answer to a proposed award of a lot, or to a proposed signing: `subject` is the procurement or the contract,
    `acknowledged` the clauses that a recorded reason answers."""

    provider_id: UUID
    state: ClearanceState = ClearanceState.OPEN
    kind: Act
    subject: UUID
    lot: int | None
    round: int
    rulebook: str
    acknowledged: list[str]
    answered_at: datetime
