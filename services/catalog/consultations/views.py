"""How consultations and answers look from outside."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.web.http import Shown, View


class ConsultationView(View):
    """A proposed requirement put to the public through channels until `closes_at` (an instant; an answer must be there
    before it). `withdrawal_reason` says why another person took it back, where somebody did."""

    id: UUID
    version: int
    project_id: UUID
    requirement_id: UUID
    channels: list[str]
    channel_reason: str | None
    opened_on: date
    closes_at: datetime
    withdrawal_reason: str | None
    content: dict[str, Any]
    hash: str


class ReceiptView(View):
    """That an answer has been received, and until which day it is kept; its text is for the purchaser alone."""

    id: UUID
    consultation_id: UUID
    received_at: datetime
    keep_until: date


class FeedbackView(ReceiptView):
    """An answer, and what the purchaser decided on it."""

    version: int
    content: str
    adopted: bool | None
    reason: str | None


class DispositionCorrectionView(Shown):
    """A decision that was a slip, what another person put in its place, and why."""

    number: int
    was_adopted: bool
    was_reason: str | None
    was_by: UUID
    adopted: bool
    reason: str | None
    why: str
    corrected_by: UUID
    corrected_on: date


class DisposedView(View):
    """The answers that one decision was about."""

    consultation_id: UUID
    feedback: list[UUID]
