"""How the qualification review looks from outside."""

from uuid import UUID

from pydantic import BaseModel

from shared.web.http import View
from shared.work.database import Row


class ResultView(BaseModel):
    """One bid against one condition; `basis` says on whose word: registry, reviewer, the price itself, the opening (of
    a bid that held nothing readable), or the panel (on a price that it asked about)."""

    bid_id: UUID
    condition: str
    met: bool
    basis: str
    clause: str


class ReviewView(View):
    """The review of all bids."""

    procurement_id: UUID
    state: str
    qualified: list[UUID]
    results: list[ResultView]


def review_view(procurement: Row, results: list[Row]) -> ReviewView:
    failed = {row["bid_id"] for row in results if not row["met"]}
    return ReviewView(
        procurement_id=procurement["id"],
        state=procurement["state"],
        qualified=sorted({row["bid_id"] for row in results} - failed),
        results=[ResultView(**{name: row[name] for name in ResultView.model_fields}) for row in results],
    )
