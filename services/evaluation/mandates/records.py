"""Mandates of third parties, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.evaluation.plans.records import OfContract
from shared.work.states import moves


@moves(begins="live", live="ended")
class MandateState(StrEnum):
    """A third party is entrusted, or was."""

    LIVE = "live"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Mandate(OfContract):
    """Whom the purchaser has entrusted with a contract's acceptance, assessment and evaluation, for which days."""

    third_party: UUID
    valid_from: date
    valid_until: date
    independent: bool
    given_by: UUID
    state: MandateState = MandateState.LIVE
