"""What tendering's journal says of bids, offers, points and awards."""

from collections.abc import Mapping
from typing import Any

from services.tendering.opening.store import CONTENT_HASH
from shared.events.tendering import (
    AwardAnnounced,
    AwardConfirmed,
    AwardProposed,
    AwardWithdrawn,
    BidsRanked,
    BidSubmitted,
    BidWithdrawn,
    ClosingMoved,
    NoticePublished,
    OffersOpened,
    ProcurementOpened,
    QualificationReviewed,
    ScoresGiven,
)
from shared.road.recorded import ACTOR, ANY, Is, Rows, Says, if_told

BIDS = Rows(
    "bids",
    # All bids of a procurement are opened by one entry, which names none of them.
    "SELECT id, procurement_id, provider_id, hash, sealed_by, submitted_by, submitted_at,"
    " CASE state WHEN 'opened' THEN 'submitted' ELSE state END AS state FROM bids",
    ("id",),
    whole=True,
)
AWARDS = Rows(
    "awards",
    "SELECT procurement_id, lot, round, provider_id, amount, proposed_by, state FROM awards",
    ("procurement_id", "lot", "round"),
    whole=True,
)
ANNOUNCED = Rows(
    "announced_awards",
    # Before another round of a lot is announced, the award of the one before was blocked.
    "SELECT DISTINCT ON (procurement_id, lot) procurement_id, lot, provider_id, amount FROM awards"
    " WHERE announced_on IS NOT NULL ORDER BY procurement_id, lot, round DESC",
    ("procurement_id", "lot"),
    whole=True,
)

PROCUREMENTS = Rows("procurements", "SELECT id, budget, closes_at FROM procurements", ("id",), whole=True)
OFFERS = Rows("private_offers", f"SELECT bid_id, {CONTENT_HASH} AS content FROM private_offers", ("bid_id",))
QUALIFIED = Rows(
    "qualified bids",
    "SELECT procurement_id, count(*) FILTER (WHERE qualified) AS qualified FROM bids GROUP BY procurement_id",
    ("procurement_id",),
)
SCORES = Rows(
    "scores",
    "SELECT procurement_id, person_id, bid_id, factor, points FROM scores",
    ("procurement_id", "person_id", "bid_id", "factor"),
)
RANKINGS = Rows("rankings", "SELECT bid_id, price, total FROM rankings", ("bid_id",))

_PROCUREMENT = {"id": "procurement_id"}


_AWARD = {"procurement_id": "procurement_id", "lot": "lot", "round": "round"}


def _proposer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who confirms the choice of the next in rank begins its round, which the one who chose proposes; who asks again
    proposes nothing."""
    return before.get("proposed_by", event["actor"]) if event["round"] == 1 else ANY


RECORDED = (
    Says(
        BidSubmitted,
        BIDS,
        {"id": "bid_id"},
        {
            "procurement_id": "procurement_id",
            "hash": "hash",
            "sealed_by": "sealed_by",
            "submitted_by": ACTOR,
            "submitted_at": if_told("submitted_at"),
            "state": Is("submitted"),
        },
    ),
    Says(BidSubmitted, BIDS, {"id": "replaces"}, {"state": Is("replaced")}, begins=False),
    Says(BidWithdrawn, BIDS, {"id": "bid_id"}, {"state": Is("withdrawn")}),
    Says(ProcurementOpened, PROCUREMENTS, _PROCUREMENT, {"budget": "budget", "closes_at": Is(None)}),
    Says(NoticePublished, PROCUREMENTS, _PROCUREMENT, {"closes_at": "closes_at"}),
    Says(ClosingMoved, PROCUREMENTS, _PROCUREMENT, {"closes_at": "closes_at"}),
    Says(OffersOpened, OFFERS, {"bid_id": "bid_id"}, {"content": "content"}, each="offers"),
    Says(OffersOpened, BIDS, {"id": "bid_id"}, {"provider_id": "provider_id"}, begins=False, each="offers"),
    Says(QualificationReviewed, QUALIFIED, {"procurement_id": "procurement_id"}, {"qualified": "qualified"}),
    Says(
        ScoresGiven,
        SCORES,
        {"procurement_id": "procurement_id", "person_id": ACTOR, "bid_id": "bid_id", "factor": "factor"},
        {"points": "points"},
        each="points",
    ),
    Says(BidsRanked, RANKINGS, {"bid_id": "bid_id"}, {"price": "price", "total": "total"}, each="ranking"),
    Says(AwardProposed, AWARDS, _AWARD, {"provider_id": "provider_id", "proposed_by": _proposer}),
    Says(
        AwardAnnounced,
        ANNOUNCED,
        {"procurement_id": "procurement_id", "lot": "lot"},
        {"provider_id": "provider_id", "amount": "amount"},
    ),
    Says(
        AwardConfirmed,
        AWARDS,
        _AWARD,
        {"provider_id": "provider_id", "amount": "amount", "state": Is("confirmed")},
    ),
    Says(AwardWithdrawn, AWARDS, _AWARD, {"state": Is("withdrawn")}),
)
