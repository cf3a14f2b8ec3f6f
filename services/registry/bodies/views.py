"""How bodies look from outside."""

from uuid import UUID

from shared.web.http import View
from shared.work.database import Row


class BodyView(View):
    """A body; its id is the organisation of the posts in it."""

    id: UUID
    version: int
    jurisdiction: str
    title: str
    kind: str
    state: str


def body_view(row: Row) -> BodyView:
    return BodyView(**{name: row[name] for name in BodyView.model_fields if name != "explain"})
