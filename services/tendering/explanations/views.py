"""How explanations look: to the panel, the purchaser's side and the bidder; never to another bidder."""

from datetime import datetime
from uuid import UUID

from shared.web.http import View
from shared.work.database import Row


class ExplanationView(View):
    """A price that was asked about: until when an answer counts, what was answered, and whether the panel found the
    price proven (null: not yet decided)."""

    id: UUID
    version: int
    procurement_id: UUID
    bid_id: UUID
    asked_at: datetime
    answer_until: datetime
    answered_at: datetime | None
    text: str | None
    proven: bool | None
    decided_at: datetime | None


def explanation_view(row: Row) -> ExplanationView:
    return ExplanationView(**{name: row[name] for name in ExplanationView.model_fields if name != "explain"})
