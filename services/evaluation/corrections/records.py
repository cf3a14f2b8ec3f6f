"""Corrections of evaluations, as they are kept."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.evaluation.plans.records import OfContract
from shared.work.states import moves


@moves(begins="proposed", proposed="approved withdrawn")
class CorrectionState(StrEnum):
    """One person proposes; another approves, or the proposal is taken back or refused."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Correction(OfContract):
    """Other points of a party, another survey or other attained values for the version `corrects` of a result.
    `was_attained`: what that version says of the same indicators."""

    evaluation_id: UUID
    corrects: int
    purchaser_score: Decimal | None
    third_party_score: Decimal | None
    survey_id: UUID | None
    attained: dict[str, str] | None
    was_attained: dict[str, str | None] | None
    reason_hash: bytes
    proposed_by: UUID
    approved_by: UUID | None = None
    state: CorrectionState = CorrectionState.PROPOSED
