"""Rounds of awards, as they are kept. Amounts in CNY."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves

Cover = Literal["asked", "committed", "refused"]
"""What the budget answers: whether it holds the money."""
Choice = Literal["next", "fail"]


@moves(
    begins="proposed",
    proposed="cleared blocked announced withdrawn",
    cleared="proposed blocked announced withdrawn",
    blocked="proposed",
    announced="blocked confirmed withdrawn",
    confirmed="withdrawn",
)
class AwardState(StrEnum):
    """How far a round has come: asked, answered, public, confirmed, or ended without a contract."""

    PROPOSED = "proposed"
    CLEARED = "cleared"
    BLOCKED = "blocked"
    ANNOUNCED = "announced"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


ENDED = (AwardState.BLOCKED, AwardState.WITHDRAWN)
"""States of a round after which another may follow."""
PUBLIC = (AwardState.ANNOUNCED, AwardState.CONFIRMED)
"""States in which everybody may read it."""
UNCONFIRMED = (AwardState.PROPOSED, AwardState.CLEARED, AwardState.ANNOUNCED)


@dataclass(frozen=True, kw_only=True)
class Award(Aggregate):
    """A round of an award: who, for how much, what registry and budget found (`findings`, by clause), with which
    reasons it was answered and by whom, and what two persons chose after it was blocked or got no contract."""

    procurement_id: UUID
    lot: int
    round: int
    bid_id: UUID
    provider_id: UUID
    amount: Decimal
    state: AwardState = AwardState.PROPOSED
    proposed_by: UUID
    reasons: dict[str, str]
    reasons_by: dict[str, str]
    findings: list[dict[str, Any]] = field(default_factory=list)
    cover: Cover | None = "asked"
    announced_on: date | None = None
    confirmed_by: UUID | None = None
    choice: Choice | None = None
    choice_reasons: dict[str, str] = field(default_factory=dict)
    chosen_by: UUID | None = None
    choice_confirmed_by: UUID | None = None

    def given_by(self, person: UUID, reasons: Mapping[str, str]) -> dict[str, str]:
        """Who gave each reason, once this person has given those that are new or others than before."""
        new = {clause: str(person) for clause, said in reasons.items() if self.reasons.get(clause) != said}
        return {**self.reasons_by, **new}


@dataclass(frozen=True, kw_only=True)
class ReasonCorrection(Record):
    """Reasons that another person set right, by clause: what they were, what they are, and why."""

    award_id: UUID
    number: int
    was: dict[str, str]
    reasons: dict[str, str]
    why: str
    was_by: list[UUID]
    corrected_by: UUID
    corrected_at: datetime
