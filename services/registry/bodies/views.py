"""How bodies look from outside."""

from uuid import UUID

from shared.web.http import View


class BodyView(View):
    """A body; its id is the organisation of the posts in it."""

    id: UUID
    version: int
    jurisdiction: str
    title: str
    kind: str
    state: str
