"""How the qualification review looks from outside."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.tendering.procurements.records import Procurement
from services.tendering.reviews.records import ConditionResult, Findings
from shared.web.http import Shown, View
from shared.work.bounds import latest


class ResultView(Shown):
    """One bid against one condition; `basis` says on whose word: registry, reviewer, the price itself, the opening (of
    a bid that held nothing readable), the panel (on a price that it asked about), or the declaration (of its size)."""

    bid_id: UUID
    condition: str
    met: bool
    basis: str
    clause: str


class FoundView(Shown):
    """One bid against one of the purchaser's own conditions, as a reviewer found it."""

    bid_id: UUID
    condition: str
    met: bool


class FindingsView(Shown):
    """What one reviewer found, and when. The review counts when another finds the same after it. `reason`: why it was
    found otherwise after the review, which counts when yet another finds the same."""

    found: list[FoundView]
    found_at: datetime
    reason: str | None


class ReviewView(View):
    """The review of all bids; without results while another person's findings are waited for."""

    procurement_id: UUID
    state: str
    qualified: list[UUID]
    results: list[ResultView]
    findings: list[FindingsView]


def review_view(
    procurement: Procurement, results: Sequence[ConditionResult], findings: Sequence[Findings]
) -> ReviewView:
    failed = {result.bid_id for result in results if not result.met}
    return ReviewView(
        procurement_id=procurement.id,
        state=procurement.state,
        qualified=sorted({result.bid_id for result in results} - failed),
        results=[ResultView.model_validate(result) for result in results],
        findings=[FindingsView.model_validate(found) for found in latest(findings)],
    )
