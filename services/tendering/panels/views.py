"""How panels look from outside."""

from uuid import UUID

from pydantic import BaseModel

from shared.web.http import View
from shared.work.database import Row


class MemberView(BaseModel):
    """A member of the panel, by id: whether they declared, whether for an interest, whether they scored."""

    person_id: UUID
    role: str
    declared: bool
    interested: bool
    scored: bool


class PanelView(View):
    """A panel. Who sits on it stays with the purchaser's side and its members until the result is public."""

    id: UUID
    version: int
    procurement_id: UUID
    draw_reference: str
    state: str
    members: list[MemberView]


def panel_view(panel: Row, members: list[Row]) -> PanelView:
    shown = [
        MemberView(
            person_id=member["person_id"],
            role=member["role"],
            declared=member["declared_at"] is not None,
            interested=bool(member["interests"]),
            scored=member["scored_at"] is not None,
        )
        for member in members
    ]
    given = {name: panel[name] for name in ("id", "version", "procurement_id", "draw_reference", "state")}
    return PanelView(**given, members=shown)
