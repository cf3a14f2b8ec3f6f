"""How purchasers look from outside."""

from uuid import UUID

from shared.web.http import View


class PurchaserView(View):
    """A body that may buy; its id is the organisation of its posts and purchases."""

    id: UUID
    version: int
    jurisdiction: str
    title: str
    kind: str
    attributes: list[str]
    opts_in: bool
    rulebook: str
    state: str
