"""What contracts' journal says of money: lines, movements, receipts and what was agreed."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from services.contracts.accounts.events import PayeeAccountAgreed, PayeeAccountProposed
from services.contracts.accounts.records import PayeeAccount
from services.contracts.accounts.rules import Account
from services.contracts.accounts.store import hashed, said
from services.contracts.contracts.store import hash_of
from services.contracts.payments.events import PaymentDue
from services.contracts.signing.events import ServiceStarted, SigningAnswered
from services.contracts.tables import ANSWERED, CORRECTED, DRAFTED, LINE, MOVED, RECEIVED, WRITTEN
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
    SigningProposed,
    TerminationProposed,
    WithdrawalProposed,
    order_hash,
)
from shared.events.road import DispatchCancelled, DispatchRetried, of_service
from shared.road.recorded import (
    ACTOR,
    ANY,
    DAY,
    EACH,
    INSTANT,
    OPEN_OR_OVER,
    OWNED,
    Adds,
    Is,
    Nth,
    OneOf,
    Rows,
    Says,
    Value,
    if_told,
    watched,
)


def _loaded(payload: Any) -> dict[str, Any]:
    """As text, or as a connection of ours has read it."""
    return payload if isinstance(payload, dict) else dict(json.loads(payload))


def _account(row: Mapping[str, Any]) -> str:
    return hashed(PayeeAccount.of(dict(row)))


def _text(row: Mapping[str, Any]) -> str:
    """The hash that was signed, as the text, the account and the size give it; of what is erased nothing is said."""
    if not row["salt"]:
        return "*"
    account = Account(row["title"], row["bank"], row["account_number"], row["bank_code"])
    beside = {"account": said(account) if row["title"] else None, "small_or_medium": row["small_or_medium"]}
    return hash_of(row["salt"], _loaded(row["contents"]), beside).hex()


def _shared(row: Mapping[str, Any]) -> list[str]:
    """From which sources; an order without a payment has none."""
    return [f"{kind} {Decimal(amount):.2f}" for kind, amount in _loaded(row["parts"] or "{}").items()]


LINES = Rows(
    "payment_lines",
    # A draft's lines are nobody's yet.
    "SELECT l.*, l.bands::text AS bands FROM payment_lines l JOIN contracts c ON c.id = l.contract_id"
    " WHERE c.signed_on IS NOT NULL",
    ("id",),
    whole=True,
    makes={"facts": LINE},
    owned=("key",),
)
PAYMENTS = Rows(
    "payments",
    # An order without a payment is told of by nobody.
    "SELECT p.id, p.line_id, p.number, p.contract_id, p.kind, p.attempt, p.amount, p.result_id, p.result_version,"
    " p.reverses, p.released_at, p.parts,"
    " d.payload AS order_hash, d.channel, d.business_key,"
    " d.state IS DISTINCT FROM 'closed' OR EXISTS (SELECT FROM receipts r WHERE r.payment_id = p.id) AS closed,"
    " CASE d.state WHEN 'cancelled' THEN concat(d.cancel_asked_by, ' ', d.cancelled_by) WHEN 'closed' THEN '*' END"
    " AS cancelled"
    " FROM payments p FULL JOIN (SELECT * FROM dispatches WHERE channel = 'treasury') d"
    " ON d.business_key = 'payment/' || p.line_id || '/' || p.number",
    ("line_id", "number"),
    whole=True,
    reads={"order_hash": lambda payload: payload and order_hash(_loaded(payload))},
    makes={"movement": MOVED, "parts": _shared},
)
RECEIPTS = Rows(
    "receipts",
    "SELECT r.*, p.line_id FROM receipts r JOIN payments p ON p.id = r.payment_id",
    ("line_id", "payment_id"),
    whole=True,
    makes={"receipt": RECEIVED},
)
CORRECTIONS = Rows(
    "receipt_corrections", "SELECT * FROM receipt_corrections", ("id",), whole=True, makes={"correction": CORRECTED}
)
ACCOUNTS = Rows(
    "private_accounts",
    # To the account that is written in the contract the provider's signer agrees.
    "SELECT a.id, a.contract_id, a.number, a.title, a.bank, a.account_number, a.bank_code, a.salt, a.named_by,"
    " a.agreed_on,"
    " CASE WHEN a.number = 1 AND a.agreed_by = c.provider_signed_by THEN 'signed' ELSE a.agreed_by::text END"
    " AS agreed FROM private_accounts a JOIN contracts c ON c.id = a.contract_id",
    ("contract_id", "number"),
    whole=True,
    swept=True,
    makes={"account": _account},
)
TEXTS = Rows(
    "private_texts",
    "SELECT t.contract_id, t.contents, t.salt, c.small_or_medium, a.title, a.bank, a.account_number, a.bank_code"
    " FROM private_texts t JOIN contracts c ON c.id = t.contract_id"
    " LEFT JOIN private_accounts a ON a.contract_id = t.contract_id AND a.number = 1",
    ("contract_id",),
    whole=True,
    swept=True,
    makes={"text": _text},
)
# The last day of the n-th year of service; from 29 February a year without one ends on the 28th.
_YEAR_END = (
    "greatest((c.starts_on + make_interval(years => n))::date - 1, (c.starts_on - 1 + make_interval(years => n))::date)"
)
CONTRACTS = Rows(
    "contracts",
    # What begins the service is there, what ends each of its years, and until it is filed what asks for that.
    f"SELECT c.*, (c.state <> 'filed' OR {watched('service_start', 'c', 'c.starts_on - 1')})"
    " AND (c.state <> 'signed' OR EXISTS (SELECT FROM deadlines d WHERE d.kind = 'contract_filing'"
    " AND d.subject = c.id AND d.key = c.key AND d.state = 'open' AND d.counted_from = c.signed_on))"
    " AND (c.state NOT IN ('signed', 'filed', 'running')"
    f" OR {watched('service_year', 'c', 'c.ends_on', states=OPEN_OR_OVER)}"
    f" OR EXISTS (SELECT FROM generate_series(1, 99) n WHERE {_YEAR_END} < c.ends_on"
    f" AND {watched('service_year', 'c', _YEAR_END)})) AS watched"
    " FROM contracts c",
    ("id",),
    whole=True,
    reads={"text_hash": lambda column: column and column.hex()},
    makes={"drafted": DRAFTED, "written": WRITTEN, "answered": ANSWERED},
    owned=OWNED,
)

_LINE = {"id": "line_id"}
_MOVEMENT = {"line_id": "line_id", "number": Nth()}


def _of_order(nth: int) -> Value:
    """A part of an order's business key: the line, then the number of the movement."""
    return lambda event, _: event["business_key"].split("/")[nth]


_ORDER: dict[str, Value] = {"line_id": _of_order(1), "number": _of_order(2)}
_RECEIPT = {"line_id": "line_id", "payment_id": "payment_id"}
_ACCOUNT = {"contract_id": "contract_id", "number": "number"}
_CONTRACT = {"id": "contract_id"}


def _as_signed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """The contract says how much a line pays: what a request repeats was read from the row itself."""
    return before.get("planned", event["planned"])


def _bands(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return json.dumps([[str(score), str(share)] for score, share in event["bands"]])


def _parts(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """From which sources; what is returned was told where it was released."""
    return [f"{part['kind']} {Decimal(part['amount']):.2f}" for part in event["parts"]] if "parts" in event else ANY


_HELD = ("papers", "result", "result_id", "result_version", "return_order")


def _now(state: str | None = None, /, **said: Value) -> dict[str, Value]:
    """What each event of a line says of it; entries of before it was told say of some where the line was then."""
    where = ANY if state is None else state
    return {
        "contract_id": "contract_id",
        **dict.fromkeys((*_HELD, "due_on"), ANY),
        "state": lambda event, _: event.get("line_state") or where,
        "facts": if_told("facts"),
        **said,
    }


def _if_known(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    """The field where the entry has it and it is not empty."""
    return lambda event, _: event.get(name) or ANY


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


def _unless_waits(column: str) -> Value:
    """A receipt ends what was said of its own payment, and the entry does not tell whose it is."""
    return lambda event, before: None if before.get(column) is None else ANY


_RETURN_ENDS: dict[str, Value] = {name: _unless_waits(name) for name in ("return_waits", "return_said_by")}
_NOTHING: dict[str, Value] = {}
_AGREED_BY_NOBODY = {"agreed": Is(None), "agreed_on": Is(None)}


def _filed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event.get("state") or OneOf(("filed", "running"))


_UNSIGNED = ("written_by", "written_on", "text_hash", "standing", "cover", "signed_by", "provider_signed_by")
_UNENDED = ("signed_on", "filed_on", "ending_ground", "ending_proposed_by", "ending_confirmed_by", "ended_on")
_ENDED = {"ending_confirmed_by": ACTOR, "ended_on": DAY}

RECORDED = (
    Says(
        of_service(DispatchCancelled, "contracts"),
        PAYMENTS,
        _ORDER,
        {"cancelled": lambda event, _: f"{event['asked_by']} {event['confirmed_by']}"},
        begins=False,
    ),
    Says(of_service(DispatchRetried, "contracts"), PAYMENTS, _ORDER, {"cancelled": Is(None)}, begins=False),
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
            "watched": Is(value=True),
        },
    ),
    Says(ContractFiled, CONTRACTS, _CONTRACT, {"state": _filed, "filed_on": DAY}, begins=False),
    Says(ServiceStarted, CONTRACTS, _CONTRACT, {"state": Is("running")}, begins=False),
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
            "due_on": if_told("due_on"),
            "paid": Is("0"),
            **dict.fromkeys((*_HELD, "return_waits", "return_said_by", "requested_by", "approved_by"), Is(None)),
        },
        each="lines",
    ),
    Says(
        PaymentRequested,
        LINES,
        _LINE,
        _now("requested", planned=_as_signed, requested_by=ACTOR, approved_by=Is(None)),
    ),
    Says(PaymentDue, LINES, _LINE, _now(due_on="due_on"), begins=False),
    Says(PaymentApproved, LINES, _LINE, _now("approved", approved_by=ACTOR)),
    Says(ReturnSaid, LINES, _LINE, _now(return_waits="payment_id", return_said_by=ACTOR)),
    Says(PaymentSettled, LINES, _LINE, {**_now(), **_RETURN_ENDS}),
    *(
        Says(event, LINES, _LINE, {**_now(state, paid=Adds("amount", sign)), **also})
        for event, state, sign, also in (
            (PaymentReleased, "released", 1, _NOTHING),
            (PaymentReduced, "reduced", 1, _NOTHING),
            (PaymentSupplemented, None, 1, _NOTHING),
            (PaymentRefunded, None, -1, _NOTHING),
            (PaymentReturned, "returned", -1, _RETURN_ENDS),
            (PaymentReinstated, None, 1, _NOTHING),
        )
    ),
    *(
        Says(event, LINES, _LINE, _now(state))
        for event, state in (
            (PaymentWithheld, "withheld"),
            (PaymentRefused, "planned"),
            (PaymentWithdrawn, "planned"),
            (PaymentReopened, "planned"),
            (PaymentResolved, None),
            (ReceiptCorrected, None),
        )
    ),
    Says(ContractTerminated, LINES, {"id": EACH}, {"state": Is("cancelled")}, begins=False, each="cancelled"),
    *(
        Says(event, RECEIPTS, _RECEIPT, {"receipt": _if_known("receipt"), **said})
        for event, said in (
            (PaymentSettled, {"settled": Is(value=True)}),
            (PaymentReturned, {"settled": Is(value=False)}),
            (ReceiptCorrected, {"settled": "settled"}),
        )
    ),
    Says(
        ReceiptCorrected,
        CORRECTIONS,
        {"id": "correction_id"},
        {"payment_id": "payment_id", "correction": "correction", "corrected_by": ACTOR, "corrected_at": INSTANT},
    ),
    Says(
        ContractWritten,
        ACCOUNTS,
        {"contract_id": "contract_id", "number": Is(1)},
        {"id": _if_known("account_id"), "account": _if_known("account_hash"), "named_by": ACTOR, **_AGREED_BY_NOBODY},
    ),
    Says(ContractWritten, TEXTS, {"contract_id": "contract_id"}, {"text": "text_hash"}),
    Says(
        ContractSigned,
        ACCOUNTS,
        {"contract_id": "contract_id", "number": Is(1)},
        {"agreed": Is("signed"), "agreed_on": DAY},
        begins=False,
    ),
    Says(
        PayeeAccountProposed,
        ACCOUNTS,
        _ACCOUNT,
        {"id": _if_known("account_id"), "account": "account_hash", "named_by": ACTOR, **_AGREED_BY_NOBODY},
    ),
    Says(
        PayeeAccountAgreed,
        ACCOUNTS,
        _ACCOUNT,
        {"id": _if_known("account_id"), "account": "account_hash", "agreed": ACTOR, "agreed_on": DAY},
    ),
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
                "movement": if_told("movement"),
                "contract_id": "contract_id",
                "released_at": INSTANT,
                "closed": Is(value=True),
                "cancelled": Is(None),
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
)
