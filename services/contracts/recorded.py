"""What contracts' journal says of money: lines, movements, receipts and what was agreed."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from services.contracts.tables import ANSWERED, DRAFTED, WRITTEN
from shared.events.contracts import (
    ContractCompleted,
    ContractDrafted,
    ContractFiled,
    ContractSigned,
    ContractTerminated,
    ContractWithdrawn,
    ContractWritten,
    PaymentApproved,
    PaymentReduced,
    PaymentRefunded,
    PaymentRefused,
    PaymentReinstated,
    PaymentReleased,
    PaymentReopened,
    PaymentRequested,
    PaymentResolved,
    PaymentReturned,
    PaymentSettled,
    PaymentSupplemented,
    PaymentWithdrawn,
    PaymentWithheld,
    ReceiptCorrected,
    ReturnSaid,
    SignatureGiven,
    SigningAnswered,
    SigningProposed,
    TerminationProposed,
    WithdrawalProposed,
    order_hash,
)
from shared.road.recorded import ACTOR, ANY, DAY, INSTANT, OWNED, Adds, Is, Nth, OneOf, Rows, Says, if_told


def _loaded(payload: Any) -> dict[str, Any]:
    """As text, or as a connection of ours has read it."""
    return payload if isinstance(payload, dict) else dict(json.loads(payload))


LINES = Rows(
    "payment_lines",
    # Lines still open are cancelled together with their contract, which has an entry of its own; a draft's lines are
    # nobody's yet.
    "SELECT l.id, l.key, l.contract_id, l.number, l.period, l.planned, l.kind, l.gate, l.due_days,"
    " l.bands::text AS bands, l.paid, l.requested_by, l.approved_by, l.return_waits, l.return_said_by,"
    " CASE WHEN l.state = 'cancelled' AND l.paid = 0 AND c.state IN ('terminated', 'withdrawn') THEN '*'"
    " ELSE l.state END AS state FROM payment_lines l JOIN contracts c ON c.id = l.contract_id"
    " WHERE c.signed_on IS NOT NULL",
    ("id",),
    whole=True,
    owned=("key",),
)
PAYMENTS = Rows(
    "payments",
    # An order without a payment is told of by nobody.
    "SELECT p.line_id, p.number, p.contract_id, p.kind, p.amount, p.result_id, p.result_version, p.released_at,"
    " ARRAY(SELECT concat(key, ' ', value::numeric(18, 2)) FROM jsonb_each_text(p.parts)) AS parts,"
    " d.payload AS order_hash"
    " FROM payments p FULL JOIN (SELECT * FROM dispatches WHERE channel = 'treasury') d"
    " ON d.business_key = 'payment/' || p.line_id || '/' || p.number",
    ("line_id", "number"),
    whole=True,
    reads={"order_hash": lambda payload: payload and order_hash(_loaded(payload))},
)
RECEIPTS = Rows(
    "receipts",
    # What was entered before a correction stays, and the receipt that holds is read last.
    "SELECT line_id, treasury_reference, settled, amount FROM ("
    "SELECT c.payment_id, c.was_reference AS treasury_reference, c.was_settled AS settled, c.corrected_at AS at,"
    " 0 AS turn FROM receipt_corrections c UNION ALL"
    " SELECT payment_id, treasury_reference, settled, recorded_at, 1 FROM receipts"
    ") r JOIN payments p ON p.id = r.payment_id ORDER BY r.turn, r.at",
    ("line_id", "treasury_reference"),
    whole=True,
)
CONTRACTS = Rows(
    "contracts",
    "SELECT * FROM contracts",
    ("id",),
    whole=True,
    reads={"text_hash": lambda column: column and column.hex()},
    makes={"drafted": DRAFTED, "written": WRITTEN, "answered": ANSWERED},
    owned=OWNED,
)

_LINE = {"id": "line_id"}
_MOVEMENT = {"line_id": "line_id", "number": Nth()}
_RECEIPT = {"line_id": "line_id", "treasury_reference": "treasury_reference"}
_CONTRACT = {"id": "contract_id"}


def _by_what_was_paid(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A supplement brings the line to its whole amount, or not."""
    whole = Decimal(before.get("paid") or "0") + Decimal(event["amount"]) == Decimal(event["planned"])
    return "released" if whole else "reduced"


def _as_signed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The contract says how much a line pays: what a request repeats was read from the row itself."""
    return before.get("planned", event["planned"])


def _bands(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return json.dumps([[str(score), str(share)] for score, share in event["bands"]])


def _parts(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """From which sources; what is returned was told where it was released."""
    return [f"{part['kind']} {Decimal(part['amount']):.2f}" for part in event["parts"]] if "parts" in event else ANY


def _settled(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The last receipt that is waited for settles the line; which one it is, the journal does not tell."""
    return ANY


def _signed_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The purchaser's signer; the entry that concludes the contract names them whoever of both signed last."""
    return event["signed_by"] if event.get("party") != "provider" else before.get("signed_by")


def _provider_signed_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The provider's signer, as the first of the two, or with the signature that concludes the contract."""
    if "party" in event:
        return event["signed_by"] if event["party"] == "provider" else before.get("provider_signed_by")
    first = before.get("provider_signed_by", ANY)
    return event["actor"] if first is None else first


def _ground(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """None once it is not proposed any more."""
    return None if event.get("withdrawn") else event["ground"]


def _proposer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return None if event.get("withdrawn") else event["actor"]


def _asked(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Of a contract drafted before answers had entries nobody tells how it stood in between."""
    return ANY if before.get("drafted", ANY) is ANY else "asked"


def _cover_asked(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return _asked(event, before) if event["renews"] else None


def _unless_waits(column: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    """A receipt ends what was said of its own payment, and the entry does not tell whose it is."""
    return lambda event, before: None if before.get(column) is None else ANY


_RETURN_ENDS = {name: _unless_waits(name) for name in ("return_waits", "return_said_by")}
_UNSIGNED = ("written_by", "written_on", "text_hash", "standing", "cover", "signed_by", "provider_signed_by")
_UNENDED = ("signed_on", "filed_on", "ending_ground", "ending_proposed_by", "ending_confirmed_by", "ended_on")
_ENDED = {"ending_confirmed_by": ACTOR, "ended_on": DAY}

RECORDED = (
    Says(
        ContractDrafted,
        CONTRACTS,
        _CONTRACT,
        {
            **{name: name for name in ("reference", "provider_id", "price", "renews")},
            **dict.fromkeys((*_UNSIGNED, *_UNENDED), Is(None)),
            "paid": Is("0"),
            "state": Is("drafted"),
            "signing_round": Is(0),
            "drafted": if_told("facts"),
        },
    ),
    Says(
        ContractWritten,
        CONTRACTS,
        _CONTRACT,
        {
            "written_by": ACTOR,
            "written_on": DAY,
            "text_hash": "text_hash",
            "contents": "contents",
            "written": if_told("facts"),
        },
        begins=False,
    ),
    Says(
        SigningProposed,
        CONTRACTS,
        _CONTRACT,
        {"signing_round": "round", "standing": _asked, "cover": _cover_asked, "answered": ANY},
        begins=False,
    ),
    Says(
        SigningAnswered,
        CONTRACTS,
        _CONTRACT,
        {"signing_round": "round", "standing": "standing", "cover": "cover", "answered": "findings"},
        begins=False,
    ),
    Says(
        SignatureGiven,
        CONTRACTS,
        _CONTRACT,
        {"signed_by": _signed_by, "provider_signed_by": _provider_signed_by},
        begins=False,
    ),
    Says(
        ContractSigned,
        CONTRACTS,
        _CONTRACT,
        {
            "price": "price",
            "provider_id": "provider_id",
            "paid": Is("0"),
            "state": Is("signed"),
            "signed_on": DAY,
            "provider_signed_by": _provider_signed_by,
            "signed_by": _signed_by,
            "standing": Is("cleared"),
            "starts_on": "starts_on",
            "ends_on": "ends_on",
        },
    ),
    Says(ContractFiled, CONTRACTS, _CONTRACT, {"state": OneOf(("filed", "running")), "filed_on": DAY}, begins=False),
    Says(ContractCompleted, CONTRACTS, _CONTRACT, {"state": Is("completed"), "ended_on": DAY}, begins=False),
    *(
        Says(event, CONTRACTS, _CONTRACT, {"ending_ground": _ground, "ending_proposed_by": _proposer}, begins=False)
        for event in (TerminationProposed, WithdrawalProposed)
    ),
    Says(ContractTerminated, CONTRACTS, _CONTRACT, {"state": Is("terminated"), **_ENDED}, begins=False),
    Says(ContractWithdrawn, CONTRACTS, _CONTRACT, {"state": Is("withdrawn"), **_ENDED}, begins=False),
    Says(
        ContractSigned,
        LINES,
        _LINE,
        {
            "contract_id": "contract_id",
            "number": "number",
            "period": "period",
            "planned": "amount",
            "kind": "kind",
            "gate": "gate",
            "due_days": "due_days",
            "bands": _bands,
            "state": Is("planned"),
            "return_waits": Is(None),
            "return_said_by": Is(None),
        },
        each="lines",
    ),
    Says(
        PaymentRequested,
        LINES,
        _LINE,
        {
            "contract_id": "contract_id",
            "planned": _as_signed,
            "state": Is("requested"),
            "requested_by": ACTOR,
            "approved_by": Is(None),
        },
    ),
    Says(PaymentApproved, LINES, _LINE, {"state": Is("approved"), "approved_by": ACTOR}),
    Says(ReturnSaid, LINES, _LINE, {"return_waits": "payment_id", "return_said_by": ACTOR}),
    *(Says(event, LINES, _LINE, _RETURN_ENDS) for event in (PaymentSettled, PaymentReturned)),
    *(
        Says(event, LINES, _LINE, {"state": state, "paid": Adds("amount", sign)})
        for event, state, sign in (
            (PaymentReleased, Is("released"), 1),
            (PaymentReduced, Is("reduced"), 1),
            (PaymentSupplemented, _by_what_was_paid, 1),
            (PaymentRefunded, ANY, -1),
            (PaymentReturned, Is("returned"), -1),
            (PaymentReinstated, ANY, 1),
        )
    ),
    Says(PaymentWithheld, LINES, _LINE, {"state": Is("withheld")}),
    *(Says(event, LINES, _LINE, {"state": Is("planned")}) for event in (PaymentRefused, PaymentWithdrawn)),
    Says(ReceiptCorrected, LINES, _LINE, {"state": ANY}),
    Says(ReceiptCorrected, RECEIPTS, _RECEIPT, {"settled": "settled", "amount": "amount"}),
    Says(PaymentReopened, LINES, _LINE, {"state": Is("planned")}),
    Says(PaymentResolved, LINES, _LINE, {"state": _settled}),
    Says(PaymentSettled, LINES, _LINE, {"state": _settled}),
    *(
        Says(
            event,
            PAYMENTS,
            _MOVEMENT,
            {
                "kind": Is(kind),
                "amount": "amount",
                "parts": _parts,
                "result_id": if_told("result_id"),
                "result_version": if_told("result_version"),
                "contract_id": "contract_id",
                "released_at": INSTANT,
                "order_hash": if_told("order_hash") if kind in ("release", "supplement") else Is(None),
            },
        )
        for event, kind in (
            (PaymentReleased, "release"),
            (PaymentReduced, "release"),
            (PaymentSupplemented, "supplement"),
            (PaymentRefunded, "refund"),
            (PaymentReturned, "return"),
            (PaymentReinstated, "reinstate"),
        )
    ),
    *(
        Says(event, CONTRACTS, _CONTRACT, {"paid": Adds("amount", sign)}, begins=False)
        for event, sign in (
            (PaymentReleased, 1),
            (PaymentReduced, 1),
            (PaymentSupplemented, 1),
            (PaymentRefunded, -1),
            (PaymentReturned, -1),
            (PaymentReinstated, 1),
        )
    ),
    Says(PaymentSettled, RECEIPTS, _RECEIPT, {"settled": Is(value=True), "amount": "amount"}),
    Says(PaymentReturned, RECEIPTS, _RECEIPT, {"settled": Is(value=False), "amount": "amount"}),
)
