"""How a declared interest looks to the person and to those who supervise."""

from datetime import date
from uuid import UUID

from shared.web.http import View
from shared.work.database import Row


class InterestView(View):
    """In which provider, on which ground, by whom declared; `last_day` of one that has ended: it keeps away as long
    after that day as the law says."""

    id: UUID
    version: int
    person_id: UUID
    provider_id: UUID
    ground: str
    state: str
    declared_by: UUID
    declared_on: date
    last_day: date | None


def interest_view(row: Row) -> InterestView:
    return InterestView(**{name: row[name] for name in InterestView.model_fields if name != "explain"})
