"""What tendering's journal says of bids and awards."""

from shared.events.tendering import (
    AwardAnnounced,
    AwardConfirmed,
    AwardProposed,
    AwardWithdrawn,
    BidSubmitted,
    BidWithdrawn,
)
from shared.recorded import ACTOR, Is, Rows, Says

BIDS = Rows(
    "bids",
    # All bids of a procurement are opened by one entry, which names none of them.
    "SELECT id, procurement_id, hash, sealed_by, submitted_by, CASE state WHEN 'opened' THEN 'submitted' ELSE state"
    " END AS state FROM bids",
    ("id",),
    whole=True,
)
AWARDS = Rows(
    "awards",
    "SELECT procurement_id, lot, round, provider_id, amount, state FROM awards",
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

_AWARD = {"procurement_id": "procurement_id", "lot": "lot", "round": "round"}
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
            "state": Is("submitted"),
        },
    ),
    Says(BidSubmitted, BIDS, {"id": "replaces"}, {"state": Is("replaced")}, begins=False),
    Says(BidWithdrawn, BIDS, {"id": "bid_id"}, {"state": Is("withdrawn")}),
    Says(AwardProposed, AWARDS, _AWARD, {"provider_id": "provider_id"}),
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
