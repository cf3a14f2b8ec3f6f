"""Reversals and their reasons, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves

Ground = Literal["entered_wrongly", "revoked"]


@moves(begins="proposed", proposed="confirmed withdrawn")
class ReversalState(StrEnum):
    """A reversal counts once another person has confirmed it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Reversal(Aggregate):
    """What takes back a bar, an imported result, or what misconduct or a termination put against the provider; the
    document (SHA-256) shows why."""

    provider_id: UUID
    state: ReversalState = ReversalState.PROPOSED
    bar_id: UUID | None
    result_id: UUID | None
    standing_id: UUID | None = None
    rulebook: str
    ground: Ground
    document_hash: str
    proposed_by: UUID
    proposed_on: date
    confirmed_by: UUID | None = None
    confirmed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ReversalWithReason(Reversal):
    """A reversal with its reason, as long as that is kept."""

    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ReversalReason(Record):
    """Why something was taken back, until when that is kept and for what."""

    reversal_id: UUID
    reason: str
    purpose: str
    keep_until: date
