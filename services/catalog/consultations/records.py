"""Consultations and the answers to them, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.work.records import Aggregate, Record


@dataclass(frozen=True, kw_only=True)
class Consultation(Aggregate):
    """The public is asked about a requirement; an answer must be there before `closes_at`. One that was opened by
    mistake is withdrawn by another person than the one who opened it."""

    project_id: UUID
    requirement_id: UUID
    channels: list[str]
    channel_reason: str | None
    opened_by: UUID
    opened_on: date
    closes_at: datetime
    withdrawn_by: UUID | None = None
    withdrawal_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenedConsultation(Consultation):
    """A consultation with the requirement it puts to the public."""

    content: dict[str, Any]
    hash: str


@dataclass(frozen=True, kw_only=True)
class Feedback(Aggregate):
    """An answer, and what the purchaser decided on it. `giver` tells givers of one consultation apart, and nothing else
    of them."""

    consultation_id: UUID
    giver: bytes | None
    content: str
    received_at: datetime
    adopted: bool | None = None
    reason: str | None = None
    disposed_by: UUID | None = None
    purpose: str
    keep_until: date


@dataclass(frozen=True, kw_only=True)
class DispositionCorrection(Record):
    """A decision on an answer that was a slip: what it was and by whom, what another put in its place, and why."""

    feedback_id: UUID
    number: int
    was_adopted: bool
    was_reason: str | None
    was_by: UUID
    adopted: bool
    reason: str | None
    why: str
    corrected_by: UUID
    corrected_on: date
