"""How panels look from outside."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.tendering.panels.records import FormedPanel, Replacement, Seat
from shared.web.http import Shown, View
from shared.work.bounds import latest


class MemberView(Shown):
    """A member of the panel, by id: whether they declared, whether for an interest, whether they scored."""

    person_id: UUID
    role: str
    declared: bool
    interested: bool
    scored: bool


class ReplacementView(Shown):
    """A member whose place another took, because they did not score again: their sheets count no more."""

    person_id: UUID
    role: str
    reason: str
    replaced_at: datetime


class PanelView(View):
    """A panel. Who sits on it stays with the purchaser's side and its members until the result is public."""

    id: UUID
    version: int
    procurement_id: UUID
    draw_reference: str
    state: str
    members: list[MemberView]
    replaced: list[ReplacementView]


def panel_view(panel: FormedPanel, members: Sequence[Seat], replaced: Sequence[Replacement]) -> PanelView:
    return PanelView(
        id=panel.id,
        version=panel.version,
        procurement_id=panel.procurement_id,
        draw_reference=panel.draw_reference,
        state=panel.state,
        members=[MemberView.model_validate(member) for member in members],
        replaced=[ReplacementView.model_validate(one) for one in latest(replaced)],
    )
