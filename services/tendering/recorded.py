"""What tendering's journal says of purchases, files, bids, offers, panels, points and awards."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from services.tendering.explanations.store import CONDITION
from services.tendering.files.store import hash_of
from services.tendering.opening.store import CONTENT_HASH
from services.tendering.opening_keys.store import openers
from services.tendering.panels.store import digest
from services.tendering.tables import FOUND, PLACED, REASONED, REVIEWED, STARTED
from shared.events.tendering import (
    AwardAnnounced,
    AwardAnswered,
    AwardChoiceMade,
    AwardConfirmed,
    AwardProposed,
    AwardReasonsGiven,
    AwardWithdrawn,
    BiddingClosed,
    BidsOpened,
    BidsQualified,
    BidsRanked,
    BidSubmitted,
    BidWithdrawn,
    CancellationProposed,
    ClosingChangeProposed,
    ClosingMoved,
    FileChecked,
    FileDrafted,
    InterestDeclared,
    LotsDrawn,
    LowPriceExplained,
    LowPriceJudged,
    LowPriceQuestioned,
    NoticePublished,
    OffersOpened,
    OpeningAbandoned,
    OpeningKeyRegistered,
    OpeningProposed,
    OpeningShareGiven,
    PanelFormed,
    ProcurementFailed,
    ProcurementOpened,
    QualificationFound,
    QualificationReviewed,
    ScoresGiven,
)
from shared.road.recorded import ACTOR, ANY, DAY, INSTANT, OWNED, Is, OneOf, Rows, Says, as_json, if_told
from shared.sealing.shares import OpeningKey

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
    "SELECT *, (SELECT b.provider_id FROM bids b WHERE b.id = bid_id) AS bidder FROM awards",
    ("procurement_id", "lot", "round"),
    whole=True,
    makes={"reasoned": REASONED, "found": FOUND},
    owned=OWNED,
)
ANNOUNCED = Rows(
    "announced_awards",
    # Before another round of a lot is announced, the award of the one before was blocked.
    "SELECT DISTINCT ON (procurement_id, lot) procurement_id, lot, provider_id, amount FROM awards"
    " WHERE announced_on IS NOT NULL ORDER BY procurement_id, lot, round DESC",
    ("procurement_id", "lot"),
    whole=True,
)


def _key_of(document: Any) -> str | None:
    """The opening key that bids are sealed to: which, and how many of whom open."""
    if document is None:
        return None
    key = OpeningKey.model_validate(as_json(document))
    return _key(key.fingerprint(), key.threshold, openers(key))


def _key(fingerprint: str, threshold: int, persons: list[Any]) -> str:
    return f"{fingerprint} {threshold} of {' '.join(sorted(map(str, persons)))}"


PROCUREMENTS = Rows(
    "procurements",
    "SELECT p.*, f.number AS file_number, k.document AS opening_key, k.registered_by AS key_by FROM procurements p"
    " LEFT JOIN tender_files f ON f.id = p.file_id LEFT JOIN opening_keys k ON k.id = p.opening_key_id",
    ("id",),
    whole=True,
    reads={"opening_key": _key_of},
    makes={"started": STARTED},
    owned=OWNED,
)
FILES = Rows(
    "tender_files",
    "SELECT f.*, c.hash, c.document FROM tender_files f LEFT JOIN tender_file_contents c ON c.file_id = f.id",
    ("procurement_id", "number"),
    whole=True,
    reads={"document": lambda column: column and hash_of(as_json(column))},
    owned=OWNED,
)


_OF_PANEL = itemgetter("id", "members")


def _panel(row: Mapping[str, Any]) -> str:
    names = ("person_id", "role", "declared_at", "interests", "scored_at")
    panel, seats = _OF_PANEL(row)
    return digest(panel, [dict(zip(names, seat, strict=True)) for seat in as_json(seats) or ()])


PANELS = Rows(
    "panels",
    "SELECT p.*, (SELECT jsonb_agg(jsonb_build_array(m.person_id, m.role, m.declared_at IS NOT NULL, m.interests,"
    " m.scored_at IS NOT NULL)) FROM panel_members m WHERE m.panel_id = p.id) AS members FROM panels p",
    ("procurement_id",),
    whole=True,
    makes={"members": _panel},
    owned=OWNED,
)
FINDINGS = Rows(
    "qualification_findings",
    "SELECT * FROM qualification_findings",
    ("procurement_id", "number"),
    whole=True,
    makes={"facts": REVIEWED},
)
EXPLANATIONS = Rows(
    "explanations",
    "SELECT e.*, encode(sha256(x.salt || convert_to(x.text, 'UTF8')), 'hex') AS text_hash FROM explanations e"
    " LEFT JOIN private_explanations x ON x.explanation_id = e.id",
    ("bid_id",),
    whole=True,
    owned=OWNED,
)
VOTES = Rows(
    "explanation_votes",
    "SELECT e.bid_id, v.person_id, v.proven, v.voted_at FROM explanation_votes v"
    " JOIN explanations e ON e.id = v.explanation_id",
    ("bid_id", "person_id"),
    whole=True,
)
LOTS = Rows(
    "lots",
    # An order that nobody confirmed is drawn anew: the last one counts.
    "SELECT DISTINCT ON (procurement_id) *, array_to_string(bid_ids, ' ') AS drawn FROM lots"
    " ORDER BY procurement_id, id DESC",
    ("procurement_id",),
    whole=True,
    owned=OWNED,
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
    " WHERE q.bid_id = b.id) AS met, coalesce((SELECT string_agg(DISTINCT concat(q.reviewed_by, ' ', q.first_found_by),"
    " ',') FROM qualification_results q WHERE q.bid_id = b.id AND q.basis <> 'panel'), '*') AS reviewers"
    " FROM bids b WHERE b.qualified IS NOT NULL",
    ("bid_id",),
    whole=True,
)
SCORES = Rows(
    "scores",
    "SELECT procurement_id, person_id, bid_id, factor, sheet, points FROM scores",
    ("procurement_id", "person_id", "bid_id", "factor", "sheet"),
    whole=True,
)
RANKINGS = Rows("rankings", "SELECT * FROM rankings", ("bid_id",), whole=True, makes={"facts": PLACED})

_PROCUREMENT = {"id": "procurement_id"}


_NOT_YET = ("closes_at", "later_closes_at", "later_proposed_by", "bids", "receipts_hash", "closed_at", "noticed_on")
_NOBODY = ("opening_proposed_by", "opening_confirmed_by", "opened_at", "opened_with", "abandonment_proposed_by")
_NO_END = ("cancellation_ground", "cancellation_proposed_by", "cancellation_confirmed_by", "failure_code")
_NO_KEY = ("failure_clause", "opening_key", "file_number")
_AWARD = {"procurement_id": "procurement_id", "lot": "lot", "round": "round"}


def _proposer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who confirms the choice of the next in rank begins its round, which the one who chose proposes; who asks again
    proposes nothing."""
    return before.get("proposed_by", event["actor"]) if event["round"] == 1 else ANY


def _unless_withdrawn(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    """What was proposed, or nothing once it is not proposed any more."""
    return lambda event, before: None if event.get("withdrawn") else event[name]


def _proposed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Of an award proposed before answers had entries nobody tells how it stood in between."""
    return "proposed" if "facts" in event else ANY


def _cover(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "asked" if "facts" in event else ANY


def _announced_before(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("announced_on")


def _chosen(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if event["confirmed"]:
        return before.get("chosen_by", ANY)
    return None if event.get("withdrawn") else event["actor"]


def _choice_confirmed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["actor"] if event["confirmed"] else None


def _procurement_answered(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A round that is blocked after its announcement takes the purchase back to where it was proposed."""
    return "proposed" if event["state"] == "blocked" else before.get("state", ANY)


def _opened_with(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("_givers", ANY)


def _givers(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return [*before.get("_givers", ()), event["opener"]]


def _named_key(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return _key(event["opening_key"], event["threshold"], event["openers"])


def _cancelled(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who confirmed what another had proposed; what ends by itself nobody confirms."""
    return event["actor"] if event["code"] == before.get("cancellation_ground") else None


def _abandons(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if event["confirmed"]:
        return before.get("abandonment_proposed_by", ANY)
    return None if event.get("withdrawn") else event["actor"]


def _drawn_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("drawn_by", ANY) if event["confirmed"] else event["actor"]


def _drawn(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if event["confirmed"]:
        return before.get("drawn", ANY)
    return " ".join(event["order"]) if event.get("order") else ANY


def _lots_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "confirmed" if event["confirmed"] else "drawn"


def _reviewers(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return f"{event['actor']} {event['first_found_by'] or ''}" if "first_found_by" in event else ANY


def _judged(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A bid whose price is not proven passes no more."""
    return before.get("qualified") and event["decided"] is not False


def _price_found(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if event["decided"] is None:
        return before.get("met", ANY)
    return [*before.get("met", ()), f"{CONDITION} {'t' if event['decided'] else 'f'}"]


def _proven(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["decided"]


def _decided_at(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return None if event["decided"] is None else event["recorded_at"]


def _met(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return [f"{condition} {'t' if met else 'f'}" for condition, met in event["met"].items()]


_RANKED = {
    "price": "price",
    "total": "total",
    "provider_id": if_told("provider_id"),
    "rank": if_told("rank"),
    "facts": if_told("facts"),
}
_FILE = {"procurement_id": "procurement_id", "number": "file_version"}
_PANEL = {"procurement_id": "procurement_id"}
_BID = {"bid_id": "bid_id"}

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
    Says(
        ProcurementOpened,
        PROCUREMENTS,
        _PROCUREMENT,
        {
            **dict.fromkeys((*_NOT_YET, *_NOBODY, *_NO_END, *_NO_KEY), Is(None)),
            "budget": "budget",
            "state": Is("drafted"),
            "started_by": ACTOR,
            "started_on": DAY,
            "started": if_told("facts"),
        },
    ),
    Says(FileDrafted, PROCUREMENTS, _PROCUREMENT, {"state": Is("drafted"), "file_number": Is(None)}, begins=False),
    Says(
        FileChecked, PROCUREMENTS, _PROCUREMENT, {"state": Is("checked"), "file_number": "file_version"}, begins=False
    ),
    Says(OpeningKeyRegistered, PROCUREMENTS, _PROCUREMENT, {"opening_key": _named_key, "key_by": ACTOR}, begins=False),
    Says(
        NoticePublished,
        PROCUREMENTS,
        _PROCUREMENT,
        {"state": Is("noticed"), "noticed_on": DAY, "closes_at": "closes_at"},
    ),
    Says(
        ClosingChangeProposed,
        PROCUREMENTS,
        _PROCUREMENT,
        {"later_closes_at": _unless_withdrawn("closes_at"), "later_proposed_by": _unless_withdrawn("actor")},
        begins=False,
    ),
    Says(
        ClosingMoved,
        PROCUREMENTS,
        _PROCUREMENT,
        {"closes_at": "closes_at", "later_closes_at": Is(None), "later_proposed_by": Is(None)},
    ),
    Says(
        BiddingClosed,
        PROCUREMENTS,
        _PROCUREMENT,
        {"state": Is("closed"), "bids": "bids", "receipts_hash": "receipts_hash", "closed_at": INSTANT},
    ),
    Says(
        OpeningProposed,
        PROCUREMENTS,
        _PROCUREMENT,
        {"opening_proposed_by": _unless_withdrawn("actor"), "_givers": Is(())},
        begins=False,
    ),
    Says(OpeningShareGiven, PROCUREMENTS, _PROCUREMENT, {"_givers": _givers}, begins=False),
    Says(OpeningAbandoned, PROCUREMENTS, _PROCUREMENT, {"abandonment_proposed_by": _abandons}, begins=False),
    Says(
        BidsOpened,
        PROCUREMENTS,
        _PROCUREMENT,
        {"state": Is("opened"), "opening_confirmed_by": ACTOR, "opened_at": INSTANT, "opened_with": _opened_with},
        begins=False,
    ),
    *(
        Says(event, PROCUREMENTS, _PROCUREMENT, {"state": Is(state)}, begins=False)
        for event, state in (
            (QualificationReviewed, "reviewed"),
            (BidsRanked, "scored"),
            (AwardProposed, "proposed"),
            (AwardAnnounced, "announced"),
            (AwardConfirmed, "confirmed"),
        )
    ),
    Says(AwardAnswered, PROCUREMENTS, _PROCUREMENT, {"state": _procurement_answered}, begins=False),
    Says(AwardWithdrawn, PROCUREMENTS, _PROCUREMENT, {"state": OneOf(("proposed", "failed"))}, begins=False),
    Says(
        CancellationProposed,
        PROCUREMENTS,
        _PROCUREMENT,
        {"cancellation_ground": _unless_withdrawn("ground"), "cancellation_proposed_by": _unless_withdrawn("actor")},
        begins=False,
    ),
    Says(
        ProcurementFailed,
        PROCUREMENTS,
        _PROCUREMENT,
        {
            "state": Is("failed"),
            "failure_code": "code",
            "failure_clause": "clause",
            "cancellation_confirmed_by": _cancelled,
        },
        begins=False,
    ),
    Says(
        FileDrafted,
        FILES,
        _FILE,
        {
            "drafted_by": ACTOR,
            "state": Is("drafted"),
            "checked_by": Is(None),
            "checked_on": Is(None),
            "hash": "file_hash",
            "document": "file_hash",
        },
    ),
    Says(FileChecked, FILES, _FILE, {"state": Is("checked"), "checked_by": ACTOR, "checked_on": DAY}),
    Says(PanelFormed, PANELS, _PANEL, {"formed_by": ACTOR, "state": Is("formed"), "members": if_told("panel")}),
    *(Says(event, PANELS, _PANEL, {"members": if_told("panel")}) for event in (InterestDeclared, ScoresGiven)),
    Says(BidsRanked, PANELS, _PANEL, {"state": Is("scored")}, begins=False),
    Says(
        QualificationFound,
        FINDINGS,
        {"procurement_id": "procurement_id", "number": "number"},
        {"found_by": ACTOR, "found_at": INSTANT, "facts": if_told("facts")},
    ),
    Says(
        LowPriceQuestioned,
        EXPLANATIONS,
        _BID,
        {
            **dict.fromkeys(("answered_by", "answered_at", "proven", "decided_at", "text_hash"), Is(None)),
            "procurement_id": "procurement_id",
            "asked_by": ACTOR,
            "asked_at": INSTANT,
            "answer_until": "answer_until",
        },
    ),
    Says(
        LowPriceExplained,
        EXPLANATIONS,
        _BID,
        {"answered_by": ACTOR, "answered_at": INSTANT, "text_hash": "text_hash"},
        begins=False,
    ),
    Says(LowPriceJudged, EXPLANATIONS, _BID, {"proven": _proven, "decided_at": _decided_at}, begins=False),
    Says(
        LowPriceJudged,
        VOTES,
        {"bid_id": "bid_id", "person_id": ACTOR},
        {"proven": "proven", "voted_at": INSTANT},
    ),
    Says(LowPriceJudged, QUALIFIED, _BID, {"qualified": _judged, "met": _price_found}, begins=False),
    Says(
        LotsDrawn,
        LOTS,
        _PANEL,
        {"drawn_by": _drawn_by, "drawn": _drawn, "confirmed_by": _choice_confirmed, "state": _lots_state},
    ),
    Says(OffersOpened, OFFERS, {"bid_id": "bid_id"}, {"content": "content"}, each="offers"),
    Says(OffersOpened, BIDS, {"id": "bid_id"}, {"provider_id": "provider_id"}, begins=False, each="offers"),
    Says(
        OffersOpened,
        OPENED,
        {"bid_id": "bid_id"},
        {"provider_id": "provider_id", "price": if_told("price")},
        each="offers",
    ),
    Says(
        BidsQualified,
        QUALIFIED,
        _BID,
        {"qualified": "qualified", "met": _met, "reviewers": _reviewers},
        each="bids",
    ),
    Says(
        ScoresGiven,
        SCORES,
        {
            "procurement_id": "procurement_id",
            "person_id": ACTOR,
            "bid_id": "bid_id",
            "factor": "factor",
            "sheet": lambda event, _: event.get("sheet", 1),  # the only one, before there could be others
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
        {
            "provider_id": "provider_id",
            "bidder": "provider_id",
            "amount": if_told("amount"),
            "proposed_by": _proposer,
            "state": _proposed,
            "cover": _cover,
            "reasoned": if_told("facts"),
            "found": ANY,
            "announced_on": _announced_before,
            **dict.fromkeys(("confirmed_by", "choice", "chosen_by", "choice_confirmed_by"), Is(None)),
        },
    ),
    Says(AwardAnswered, AWARDS, _AWARD, {"state": "state", "cover": "cover", "found": "findings"}, begins=False),
    Says(AwardReasonsGiven, AWARDS, _AWARD, {"reasoned": if_told("facts")}, begins=False),
    Says(AwardAnnounced, AWARDS, _AWARD, {"state": Is("announced"), "announced_on": DAY}, begins=False),
    Says(
        AwardChoiceMade,
        AWARDS,
        _AWARD,
        {"choice": _unless_withdrawn("choice"), "chosen_by": _chosen, "choice_confirmed_by": _choice_confirmed},
        begins=False,
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
        {"provider_id": "provider_id", "amount": "amount", "state": Is("confirmed"), "confirmed_by": ACTOR},
    ),
    Says(AwardWithdrawn, AWARDS, _AWARD, {"state": Is("withdrawn"), "found": if_told("findings")}),
)
