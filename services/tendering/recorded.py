"""What tendering's journal says of bids, offers, points and awards."""

from collections.abc import Mapping
from typing import Any

from services.tendering.opening.store import CONTENT_HASH
from shared.events.tendering import (
    AwardAnnounced,
    AwardConfirmed,
    AwardProposed,
    AwardWithdrawn,
    BiddingClosed,
    BidsQualified,
    BidsRanked,
    BidSubmitted,
    BidWithdrawn,
    ClosingMoved,
    LotsDrawn,
    NoticePublished,
    OffersOpened,
    ProcurementOpened,
    ScoresGiven,
)
from shared.road.recorded import ACTOR, ANY, Is, Rows, Says, if_told

BIDS = Rows(
    "bids",
    # All bids of a procurement are opened by one entry, which names none of them.
    # The journal names no bidder: the envelope does, in its header, and its hash is told.
    "SELECT b.id, b.procurement_id, b.provider_id, b.hash, b.sealed_by, b.submitted_by, b.submitted_at,"
    " CASE b.state WHEN 'opened' THEN 'submitted' ELSE b.state END AS state,"
    " 'sha256:' || encode(sha256(e.envelope), 'hex') = b.hash AND"
    " position(convert_to(b.provider_id::text, 'UTF8') IN substring(e.envelope FOR 4096)) > 0 AS envelope"
    " FROM bids b JOIN envelopes e ON e.id = b.envelope_id",
    ("id",),
    whole=True,
)
AWARDS = Rows(
    "awards",
    # A blocked award is told of by registry or catalog, an announced one under its lot.
    "SELECT procurement_id, lot, round, provider_id, amount, proposed_by, state = 'confirmed' AS confirmed,"
    " state = 'withdrawn' AS withdrawn, (SELECT b.provider_id FROM bids b WHERE b.id = bid_id) AS bidder FROM awards",
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

PROCUREMENTS = Rows(
    "procurements", "SELECT id, budget, closes_at, bids, receipts_hash FROM procurements", ("id",), whole=True
)
OFFERS = Rows(
    "private_offers", f"SELECT bid_id, {CONTENT_HASH} AS content FROM private_offers", ("bid_id",), whole=True
)
OPENED = Rows(
    "opened_bids",
    "SELECT bid_id, provider_id, price FROM opened_bids WHERE unreadable IS NULL",
    ("bid_id",),
    whole=True,
)
QUALIFIED = Rows(
    "qualification_results",
    "SELECT b.id AS bid_id, b.qualified, ARRAY(SELECT concat(q.condition, ' ', q.met) FROM qualification_results q"
    " WHERE q.bid_id = b.id) AS met FROM bids b WHERE b.qualified IS NOT NULL",
    ("bid_id",),
    whole=True,
)
SCORES = Rows(
    "scores",
    "SELECT procurement_id, person_id, bid_id, factor, sheet, points FROM scores",
    ("procurement_id", "person_id", "bid_id", "factor", "sheet"),
    whole=True,
)
RANKINGS = Rows("rankings", "SELECT bid_id, provider_id, price, total, rank FROM rankings", ("bid_id",), whole=True)

_PROCUREMENT = {"id": "procurement_id"}


_OPEN = {"bids": Is(None), "receipts_hash": Is(None)}
_STANDS = {"confirmed": Is(value=False), "withdrawn": Is(value=False)}
_AWARD = {"procurement_id": "procurement_id", "lot": "lot", "round": "round"}


def _proposer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who confirms the choice of the next in rank begins its round, which the one who chose proposes; who asks again
    proposes nothing."""
    return before.get("proposed_by", event["actor"]) if event["round"] == 1 else ANY


def _met(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return [f"{condition} {'t' if met else 'f'}" for condition, met in event["met"].items()]


_RANKED = {
    "price": "price",
    "total": "total",
    "provider_id": if_told("provider_id"),
    "rank": if_told("rank"),
}

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
            "envelope": Is(value=True),
            "state": Is("submitted"),
        },
    ),
    Says(BidSubmitted, BIDS, {"id": "replaces"}, {"state": Is("replaced")}, begins=False),
    Says(BidWithdrawn, BIDS, {"id": "bid_id"}, {"state": Is("withdrawn")}),
    Says(ProcurementOpened, PROCUREMENTS, _PROCUREMENT, {"budget": "budget", "closes_at": Is(None), **_OPEN}),
    Says(NoticePublished, PROCUREMENTS, _PROCUREMENT, {"closes_at": "closes_at"}),
    Says(ClosingMoved, PROCUREMENTS, _PROCUREMENT, {"closes_at": "closes_at"}),
    Says(BiddingClosed, PROCUREMENTS, _PROCUREMENT, {"bids": "bids", "receipts_hash": "receipts_hash"}),
    Says(OffersOpened, OFFERS, {"bid_id": "bid_id"}, {"content": "content"}, each="offers"),
    Says(OffersOpened, BIDS, {"id": "bid_id"}, {"provider_id": "provider_id"}, begins=False, each="offers"),
    Says(
        OffersOpened,
        OPENED,
        {"bid_id": "bid_id"},
        {"provider_id": "provider_id", "price": if_told("price")},
        each="offers",
    ),
    Says(BidsQualified, QUALIFIED, {"bid_id": "bid_id"}, {"qualified": "qualified", "met": _met}, each="bids"),
    Says(
        ScoresGiven,
        SCORES,
        {
            "procurement_id": "procurement_id",
            "person_id": ACTOR,
            "bid_id": "bid_id",
            "factor": "factor",
            "sheet": "sheet",
        },
        {"points": "points"},
        each="points",
    ),
    Says(BidsRanked, RANKINGS, {"bid_id": "bid_id"}, _RANKED, each="ranking"),
    Says(LotsDrawn, RANKINGS, {"bid_id": "bid_id"}, _RANKED, each="ranking"),
    Says(
        AwardProposed,
        AWARDS,
        _AWARD,
        {"provider_id": "provider_id", "bidder": "provider_id", "proposed_by": _proposer, **_STANDS},
    ),
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
        {"provider_id": "provider_id", "amount": "amount", "confirmed": Is(value=True)},
    ),
    Says(AwardWithdrawn, AWARDS, _AWARD, {"confirmed": Is(value=False), "withdrawn": Is(value=True)}),
)
