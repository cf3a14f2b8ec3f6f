"""What tendering's journal says of purchases, files, bids, offers, panels, points and awards."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from services.tendering.awards.events import (
    AwardAnswered,
    AwardChoiceMade,
    AwardReasonsCorrected,
    AwardReasonsGiven,
    AwardWithdrawn,
)
from services.tendering.bids.events import BidSubmitted, BidWithdrawn
from services.tendering.cancellations.events import CancellationProposed
from services.tendering.consents.events import ConsentAsked, ConsentDecided, ConsentUsed, ConsentWithdrawn
from services.tendering.explanations.events import (
    LowPriceExplained,
    LowPriceJudged,
    LowPriceLookedAt,
    LowPriceQuestioned,
)
from services.tendering.explanations.store import CONDITION
from services.tendering.files.events import FileChecked, FileDrafted
from services.tendering.files.store import hash_of
from services.tendering.notices.events import ClosingChangeProposed
from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening.events import OffersOpened, OpeningAbandoned, OpeningProposed, OpeningShareGiven
from services.tendering.opening.store import CONTENT_HASH
from services.tendering.opening_keys.events import OpeningKeyRegistered
from services.tendering.opening_keys.store import openers
from services.tendering.panels.events import InterestDeclared, PanelFormed
from services.tendering.panels.store import digest
from services.tendering.rescorings.events import RescoringEnded, RescoringJudged, ScoresReopened
from services.tendering.reviews.events import BidsQualified, QualificationFound
from services.tendering.scores.events import BidsRanked, LotsDrawn, ScoresGiven
from services.tendering.tables import (
    CORRECTED,
    FOUND,
    GIVERS,
    GONE,
    PLACED,
    REASONED,
    REOPENED,
    REVIEWED,
    SAID_OF_SIGNS,
    STARTED,
)
from shared.events.tendering import (
    AwardAnnounced,
    AwardConfirmed,
    AwardProposed,
    BiddingClosed,
    BidsOpened,
    ClosingMoved,
    NoticePublished,
    ProcurementFailed,
    ProcurementOpened,
    QualificationReviewed,
)
from shared.road.recorded import ACTOR, ANY, DAY, INSTANT, OWNED, Is, Nth, OneOf, Rows, Says, as_json, if_told
from shared.sealing.shares import OpeningKey

BIDS = Rows(
    "bids",
    # All bids of a procurement are opened by one entry, which names none of them.
    # The journal names no bidder: the envelope does, in its header, and its hash is told.
    "SELECT b.id, b.key, b.jurisdiction, b.procurement_id, b.provider_id, b.hash, b.sealed_by, b.submitted_by,"
    " b.submitted_at, CASE WHEN b.state IN ('submitted', 'opened') THEN"
    " CASE WHEN (b.state = 'opened') = (p.opened_at IS NOT NULL) THEN 'submitted' ELSE 'of another state' END"
    " ELSE b.state END AS state, b.organisation = b.provider_id AS owned,"
    " 'sha256:' || encode(sha256(e.envelope), 'hex') = b.hash AND e.hash = b.hash AND e.sealed_by = b.sealed_by"
    " AND e.procurement_id = b.procurement_id AND e.provider_id = b.provider_id AND"
    " position(convert_to(b.provider_id::text, 'UTF8') IN substring(e.envelope FOR 4096)) > 0 AS envelope"
    " FROM bids b JOIN envelopes e ON e.id = b.envelope_id LEFT JOIN procurements p ON p.id = b.procurement_id",
    ("id",),
    whole=True,
    owned=("key", "jurisdiction"),
)
AWARDS = Rows(
    "awards",
    "SELECT *, (SELECT b.provider_id FROM bids b WHERE b.id = bid_id) AS bidder FROM awards",
    ("procurement_id", "lot", "round"),
    whole=True,
    makes={"reasoned": REASONED, "given_by": GIVERS, "found": FOUND},
    owned=OWNED,
)
REASONS = Rows(
    "reason_corrections",
    "SELECT a.procurement_id, a.lot, a.round, c.* FROM reason_corrections c JOIN awards a ON a.id = c.award_id",
    ("procurement_id", "lot", "round", "number"),
    whole=True,
    makes={"correction": CORRECTED},
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
    # What closes the bids is there, and at the closing.
    "SELECT p.*, f.number AS file_number, k.document AS opening_key, k.registered_by AS key_by, p.state <> 'noticed'"
    f" OR EXISTS (SELECT FROM deadlines d WHERE d.kind = '{BIDS_CLOSE}' AND d.subject = p.id AND d.key = p.key"
    " AND d.due_at = p.closes_at AND d.state = 'open' AND NOT d.provisional) AS closes FROM procurements p"
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
    panel, seats = _OF_PANEL(row)
    return digest(panel, as_json(seats) or ())


PANELS = Rows(
    "panels",
    "SELECT p.*, (SELECT jsonb_agg(jsonb_build_array(m.person_id, m.role, m.declared_at IS NOT NULL, m.interests,"
    " m.scored_at IS NOT NULL)) FROM panel_members m WHERE m.panel_id = p.id) AS members FROM panels p",
    ("procurement_id",),
    whole=True,
    makes={"members": _panel},
    owned=OWNED,
)
SEATS = Rows(
    "panel_members",
    # Who sits on the panel, has declared and has scored is told by its hash; when, by their own entries. Who was to
    # score again and then was not is taken as of the end of that.
    "SELECT p.procurement_id, m.person_id, m.declared_at, m.scored_at IS NULL OR m.scored_at IN (SELECT s.given_at"
    " FROM score_sheets s WHERE s.procurement_id = p.procurement_id AND s.person_id = m.person_id UNION"
    " SELECT r.ended_at FROM rescorings r WHERE r.procurement_id = p.procurement_id) AS scored"
    " FROM panel_members m JOIN panels p ON p.id = m.panel_id",
    ("procurement_id", "person_id"),
    reads={"declared_at": lambda at: at or "*"},
    swept=True,
)
REPLACEMENTS = Rows(
    "panel_replacements",
    "SELECT r.*, p.procurement_id FROM panel_replacements r JOIN panels p ON p.id = r.panel_id",
    ("procurement_id", "number"),
    whole=True,
    makes={"facts": GONE},
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
    # Answers go after their last day.
    "SELECT e.*, coalesce((SELECT max(x.number)::text FROM private_explanations x WHERE x.explanation_id = e.id),"
    " CASE WHEN e.answered_at IS NOT NULL THEN '*' END) AS answers FROM explanations e",
    ("bid_id",),
    whole=True,
    owned=OWNED,
)
ANSWERS = Rows(
    "private_explanations",
    "SELECT e.bid_id, x.number, x.given_by, x.given_at,"
    " encode(sha256(x.salt || convert_to(x.text, 'UTF8')), 'hex') AS text_hash"
    " FROM private_explanations x JOIN explanations e ON e.id = x.explanation_id",
    ("bid_id", "number"),
    whole=True,
    swept=True,
)
VOTES = Rows(
    "explanation_votes",
    "SELECT e.bid_id, v.person_id, v.proven, v.voted_at FROM explanation_votes v"
    " JOIN explanations e ON e.id = v.explanation_id",
    ("bid_id", "person_id"),
    whole=True,
)
LOOKS = Rows(
    "price_looks",
    "SELECT bid_id, person_id, number, needless, given_at FROM price_looks",
    ("bid_id", "person_id", "number"),
    whole=True,
)
RESCORINGS = Rows(
    "rescorings",
    "SELECT * FROM rescorings",
    ("procurement_id", "number"),
    whole=True,
    makes={"facts": REOPENED},
    owned=OWNED,
)
RESCORING_VOICES = Rows(
    "rescoring_voices",
    "SELECT r.procurement_id, r.number, v.person_id, v.found, v.said_at FROM rescoring_voices v"
    " JOIN rescorings r ON r.id = v.rescoring_id",
    ("procurement_id", "number", "person_id"),
    whole=True,
)
CONSENTS = Rows("consents", "SELECT * FROM consents", ("id",), whole=True, owned=OWNED)
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
    "private_offers",
    f"SELECT bid_id, {CONTENT_HASH} AS content FROM private_offers",
    ("bid_id",),
    whole=True,
    swept=True,
)
OPENED = Rows(
    "opened_bids",
    "SELECT bid_id, provider_id, price FROM opened_bids WHERE unreadable IS NULL",
    ("bid_id",),
    whole=True,
)
QUALIFIED = Rows(
    "qualification_results",
    # Of several results by one condition the last one holds.
    "SELECT b.id AS bid_id, b.qualified, q.* FROM bids b, LATERAL (SELECT"
    " array_agg(concat(condition, ' ', met)) AS met, array_agg(concat(condition, ' ', basis)) AS bases"
    " FROM (SELECT DISTINCT ON (condition) condition, met, basis FROM qualification_results"
    " WHERE bid_id = b.id ORDER BY condition, number DESC) r) q WHERE b.qualified IS NOT NULL",
    ("bid_id",),
    whole=True,
)
REVIEWS = Rows(
    "qualification_results",
    # What each review said, also of those that two others corrected.
    "SELECT bid_id, number, array_agg(concat(condition, ' ', met)) AS met,"
    " array_agg(concat(condition, ' ', basis)) AS bases,"
    " string_agg(DISTINCT concat(reviewed_by, ' ', first_found_by), ',') AS reviewers"
    " FROM qualification_results WHERE basis <> 'panel' GROUP BY bid_id, number",
    ("bid_id", "number"),
    whole=True,
)
SHEETS = Rows(
    "score_sheets",
    "SELECT procurement_id, person_id, number, given_at, signs FROM score_sheets",
    ("procurement_id", "person_id", "number"),
    whole=True,
    makes={"facts": SAID_OF_SIGNS},
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
    if event["confirmed"]:  # of before an act's end made it void, it may be that of another act
        return before.get("abandonment_proposed_by") or ANY
    if before.get("opening_proposed_by") is None:  # of before it needed an act: it counts no more, or did never
        return ANY
    return None if event.get("withdrawn") else event["actor"]


def _drawn_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("drawn_by", ANY) if event["confirmed"] else event["actor"]


def _drawn(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if event["confirmed"]:
        return before.get("drawn", ANY)
    return " ".join(event["order"]) if event.get("order") else ANY


def _panel_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A panel that is named anew while its scores are open has made its ranking already."""
    return before.get("state") or "formed"


def _lots_confirmed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Of several groups of equals the order that was drawn last is compared: who confirms another's does not confirm
    this one. A confirmation of before it told its order may be of any."""
    if not event["confirmed"]:
        return None
    order = event.get("order")
    if order is None:
        return ANY if before.get("confirmed_by") else event["actor"]
    return event["actor"] if before.get("drawn") in (None, ANY, " ".join(order)) else before.get("confirmed_by")


def _lots_void(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Of an order that nobody confirmed, before a ranking made it void, it may be one that stayed drawn."""
    return before["state"] if before["state"] == "confirmed" else OneOf(("drawn", "void"))


def _lots_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if not event["confirmed"]:
        return "drawn"
    of_another = event.get("order") is not None and before.get("drawn") not in (None, ANY, " ".join(event["order"]))
    return before.get("state") if of_another else "confirmed"


def _reviewers(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return f"{event['actor']} {event['first_found_by'] or ''}" if "first_found_by" in event else ANY


def _judged(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A bid whose price is not proven passes no more."""
    return before.get("qualified") and event["decided"] is not False


def _price_found(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    if event["decided"] is None:
        return before.get("met", ANY)
    return [*before.get("met", ()), f"{CONDITION} {'t' if event['decided'] else 'f'}"]


def _answer_number(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The only one, before there could be others."""
    return event.get("number", 1)


def _declared(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who withdrew stays withdrawn since then, whatever they declare besides."""
    said = before.get("declared_at", OneOf(()))
    return OneOf((*said.values, event["recorded_at"]))


def _sheet_number(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The only one, before there could be others."""
    return event.get("sheet", 1)


def _members_told(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Of the ranking drawn anew the last sheet told who has scored."""
    return event.get("panel") or before.get("members", ANY)


def _rescoring_opened(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "open" if event["opened"] else before["state"]


def _rescoring_ended(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "dropped" if event["changed"] is None else "done"


def _proven(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["decided"]


def _decided_at(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return None if event["decided"] is None else event["recorded_at"]


def _bases(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    told = event.get("basis")
    return ANY if told is None else [f"{condition} {basis}" for condition, basis in told.items()]


def _price_basis(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    bases = before.get("bases", ANY)
    return bases if bases is ANY or event["decided"] is None else [*bases, f"{CONDITION} panel"]


def _met(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return [f"{condition} {'t' if met else 'f'}" for condition, met in event["met"].items()]


def _met_then(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """But for what the panel said of a price, which its own entry tells."""
    bases = event.get("basis") or {}
    return _met({"met": {code: met for code, met in event["met"].items() if bases.get(code) != "panel"}}, before)


def _bases_then(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    bases = event.get("basis")
    return _bases({"basis": bases and {code: of for code, of in bases.items() if of != "panel"}}, before)


_RANKED = {
    "price": "price",
    "total": "total",
    "provider_id": if_told("provider_id"),
    "rank": if_told("rank"),
    "facts": if_told("facts"),
}
_FILE = {"procurement_id": "procurement_id", "number": "file_version"}
_PANEL = {"procurement_id": "procurement_id"}
_SEAT = {"procurement_id": "procurement_id", "person_id": ACTOR}
_RESCORING = {"procurement_id": "procurement_id", "number": "number"}
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
            "owned": Is(value=True),
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
            "closes": Is(value=True),
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
        {
            "opening_proposed_by": _unless_withdrawn("actor"),
            "abandonment_proposed_by": Is(None),
            "_givers": Is(()),
        },
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
            (ScoresReopened, "rescoring"),
            (RescoringEnded, "scored"),
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
    Says(
        FileChecked,
        FILES,
        _FILE,
        {"state": Is("checked"), "checked_by": ACTOR, "checked_on": DAY, "asked": if_told("asked")},
    ),
    Says(
        PanelFormed,
        REPLACEMENTS,
        {"procurement_id": "procurement_id", "number": "number"},
        {"facts": "facts", "replaced_by": ACTOR, "replaced_at": INSTANT},
        each="replaced",
    ),
    Says(PanelFormed, PANELS, _PANEL, {"formed_by": ACTOR, "state": _panel_state, "members": if_told("panel")}),
    *(Says(event, PANELS, _PANEL, {"members": if_told("panel")}) for event in (InterestDeclared, ScoresGiven)),
    Says(InterestDeclared, SEATS, _SEAT, {"declared_at": _declared, "scored": Is(value=True)}),
    Says(ScoresGiven, SHEETS, {**_SEAT, "number": _sheet_number}, {"given_at": INSTANT, "facts": if_told("facts")}),
    Says(BidsRanked, PANELS, _PANEL, {"state": Is("scored")}, begins=False),
    *(
        Says(event, PANELS, _PANEL, {"members": _members_told}, begins=False)
        for event in (RescoringJudged, RescoringEnded)
    ),
    Says(
        ScoresReopened,
        RESCORINGS,
        _RESCORING,
        {
            "ground": "ground",
            "clause": "clause",
            "facts": "facts",
            "opened_by": ACTOR,
            "opened_at": INSTANT,
            "state": Is("asked"),
            **dict.fromkeys(("changed", "ended_at"), Is(None)),
        },
    ),
    Says(RescoringJudged, RESCORINGS, _RESCORING, {"state": _rescoring_opened}, begins=False),
    Says(
        RescoringJudged,
        RESCORING_VOICES,
        {**_RESCORING, "person_id": ACTOR},
        {"found": "found", "said_at": INSTANT},
    ),
    Says(
        RescoringEnded,
        RESCORINGS,
        _RESCORING,
        {"state": _rescoring_ended, "changed": "changed", "ended_at": INSTANT},
        begins=False,
    ),
    Says(
        ConsentAsked,
        CONSENTS,
        {"id": "consent_id"},
        {
            **{name: name for name in ("purpose", "method", "authority", "place", "amount", "clause")},
            "ground": lambda event, _: event.get("ground"),
            "asked_by": ACTOR,
            "asked_at": INSTANT,
            "state": Is("asked"),
            **dict.fromkeys(("decided_by", "decided_at", "used_for"), Is(None)),
        },
    ),
    Says(
        ConsentDecided,
        CONSENTS,
        {"id": "consent_id"},
        {
            "state": lambda event, _: "given" if event["given"] else "refused",
            "decided_by": ACTOR,
            "decided_at": INSTANT,
        },
        begins=False,
    ),
    Says(ConsentWithdrawn, CONSENTS, {"id": "consent_id"}, {"state": Is("withdrawn")}, begins=False),
    Says(
        ConsentUsed,
        CONSENTS,
        {"id": "consent_id"},
        {"state": Is("used"), "used_for": "procurement_id"},
        begins=False,
    ),
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
            **dict.fromkeys(("answered_by", "answered_at", "proven", "decided_at", "answers"), Is(None)),
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
        {"answered_by": ACTOR, "answered_at": INSTANT, "answers": _answer_number},
        begins=False,
    ),
    Says(
        LowPriceExplained,
        ANSWERS,
        {"bid_id": "bid_id", "number": _answer_number},
        {"given_by": ACTOR, "given_at": INSTANT, "text_hash": "text_hash"},
    ),
    Says(
        LowPriceLookedAt,
        LOOKS,
        {"bid_id": "bid_id", "person_id": ACTOR, "number": "number"},
        {"needless": "needless", "given_at": INSTANT},
    ),
    Says(LowPriceJudged, EXPLANATIONS, _BID, {"proven": _proven, "decided_at": _decided_at}, begins=False),
    Says(
        LowPriceJudged,
        VOTES,
        {"bid_id": "bid_id", "person_id": ACTOR},
        {"proven": "proven", "voted_at": INSTANT},
    ),
    Says(
        LowPriceJudged,
        QUALIFIED,
        _BID,
        {"qualified": _judged, "met": _price_found, "bases": _price_basis},
        begins=False,
    ),
    Says(
        LotsDrawn,
        LOTS,
        _PANEL,
        {"drawn_by": _drawn_by, "drawn": _drawn, "confirmed_by": _lots_confirmed, "state": _lots_state},
    ),
    Says(BidsRanked, LOTS, _PANEL, {"state": _lots_void}, begins=False),
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
        {"qualified": "qualified", "met": _met, "bases": _bases},
        each="bids",
    ),
    Says(
        BidsQualified,
        REVIEWS,
        {"bid_id": "bid_id", "number": Nth()},
        {"met": _met_then, "bases": _bases_then, "reviewers": _reviewers},
        each="bids",
    ),
    Says(QualificationReviewed, PANELS, _PANEL, {"members": _members_told}, begins=False),
    Says(
        ScoresGiven,
        SCORES,
        {
            "procurement_id": "procurement_id",
            "person_id": ACTOR,
            "bid_id": "bid_id",
            "factor": "factor",
            "sheet": _sheet_number,
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
            "id": lambda event, _: event.get("award_id") or ANY,
            "provider_id": "provider_id",
            "bidder": "provider_id",
            "amount": if_told("amount"),
            "proposed_by": _proposer,
            "state": _proposed,
            "cover": _cover,
            "reasoned": if_told("facts"),
            "given_by": if_told("givers"),
            "found": ANY,
            "announced_on": _announced_before,
            **dict.fromkeys(("confirmed_by", "choice", "chosen_by", "choice_confirmed_by"), Is(None)),
        },
    ),
    Says(AwardAnswered, AWARDS, _AWARD, {"state": "state", "cover": "cover", "found": "findings"}, begins=False),
    Says(
        AwardReasonsGiven, AWARDS, _AWARD, {"reasoned": if_told("facts"), "given_by": if_told("givers")}, begins=False
    ),
    Says(AwardReasonsCorrected, AWARDS, _AWARD, {"reasoned": "facts", "given_by": if_told("givers")}, begins=False),
    Says(
        AwardReasonsCorrected,
        REASONS,
        {**_AWARD, "number": "number"},
        {"correction": "correction", "corrected_by": ACTOR, "corrected_at": INSTANT},
    ),
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
