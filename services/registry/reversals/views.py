"""How reversals look to those who may see them."""

from datetime import date
from uuid import UUID

from services.registry.reversals.records import Reversal
from shared.web.http import View


class ReversalView(View):
    """What is taken back (a bar, an imported result, a standing for misconduct or a termination), why, and by whom."""

    id: UUID
    version: int
    provider_id: UUID
    bar_id: UUID | None
    result_id: UUID | None
    standing_id: UUID | None
    ground: str
    reason: str | None
    document_hash: str
    state: str
    proposed_by: UUID
    proposed_on: date
    confirmed_by: UUID | None
    confirmed_on: date | None


def reversal_view(reversal: Reversal, reason: str | None) -> ReversalView:
    return ReversalView(**reversal.columns(), reason=reason)
