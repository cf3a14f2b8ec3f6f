"""How reversals look to those who may see them."""

from datetime import date
from uuid import UUID

from shared.web.http import View
from shared.work.database import Row


class ReversalView(View):
    """What is taken back (a bar, or an imported result), why, and by whom."""

    id: UUID
    version: int
    provider_id: UUID
    bar_id: UUID | None
    result_id: UUID | None
    ground: str
    reason: str | None
    document_hash: str
    state: str
    proposed_by: UUID
    proposed_on: date
    confirmed_by: UUID | None
    confirmed_on: date | None


def reversal_view(row: Row) -> ReversalView:
    return ReversalView(**{name: row[name] for name in ReversalView.model_fields if name != "explain"})
