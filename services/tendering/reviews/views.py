"""How the qualification review looks from outside."""

from datetime import datetime
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


class FoundView(BaseModel):
    """One bid against one of the purchaser's own conditions, as a reviewer found it."""

    bid_id: UUID
    condition: str
    met: bool


class FindingsView(BaseModel):
    """What one reviewer found, and when. The review counts when another finds the same after it."""

    found: list[FoundView]
    found_at: datetime


class ReviewView(View):
    """The review of all bids; without results while another person's findings are waited for."""

    procurement_id: UUID
    state: str
    qualified: list[UUID]
    results: list[ResultView]
    findings: list[FindingsView]


def review_view(procurement: Row, results: list[Row], findings: list[Row]) -> ReviewView:
    failed = {row["bid_id"] for row in results if not row["met"]}
    return ReviewView(
        procurement_id=procurement["id"],
        state=procurement["state"],
        qualified=sorted({row["bid_id"] for row in results} - failed),
        results=[ResultView(**{name: row[name] for name in ResultView.model_fields}) for row in results],
        findings=[FindingsView(**{name: row[name] for name in FindingsView.model_fields}) for row in findings],
    )
