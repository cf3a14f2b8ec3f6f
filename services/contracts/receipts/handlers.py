"""Entering what became of an order to the treasury, or of a refund."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.contracts.endings.handlers import complete_if_settled, tell_cost
from services.contracts.payments.handlers import about, answer
from services.contracts.payments.store import add_entry, entries, lock_line, order_key, set_state
from services.contracts.receipts import store
from services.contracts.receipts.rules import may_settle
from services.contracts.rulebook import PaymentSection
from shared.errands.deadlines import meet_deadline
from shared.errands.dispatches import close_dispatch, lock_dispatch
from shared.events.contracts import PaymentReturned, PaymentSettled
from shared.fields.places import city_of
from shared.people.interest import apart
from shared.work.conflicts import Conflict
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """What became of an order or refund: settled, or returned unpaid. Without `payment_id` the oldest one open.
    `paid_by`: what is answered is the order that the treasury has, or a payment by hand in its place."""

    line_id: UUID
    settled: bool
    treasury_reference: str | None = None
    payment_id: UUID | None = None
    paid_by: Literal["order", "hand"] | None = None


async def record_receipt(call: Call, command: RecordReceipt) -> Answer:
    async with call.transaction() as tx:
        line, contract = await lock_line(tx, command.line_id)
        person = tx.require("record_receipt", None, contract["jurisdiction"])
        book = apart(tx, contract["rulebook"], [contract["provider_id"]])
        tx.expect(line["version"])
        waiting = await store.without_receipt(tx, command.line_id)
        entry = _one_of(waiting, command.payment_id, line)
        section = book.section(PaymentSection)
        reference = command.treasury_reference or ""
        if command.settled:
            reference = tx.decided(may_settle(command.treasury_reference, section))
            await _only_here(tx, contract, reference)
        order = await _close_order(tx, line, entry, reference, command)
        await store.add_receipt(tx, entry, contract, order, command.settled, reference, person)
        if command.settled:
            await _settle(tx, line, contract, entry, reference, last=len(waiting) == 1)
        else:
            await _return(tx, line, contract, entry, reference)
        return await answer(tx, command.line_id)


def _one_of(waiting: Iterable[Row], payment_id: UUID | None, line: Row) -> Row:
    for entry in waiting:
        if payment_id in (None, entry["id"]):
            return entry
    raise WrongState(line["state"], "released, with an order that has no receipt yet")


async def _only_here(tx: Transaction, contract: Row, reference: str) -> None:
    """A treasury's reference settles one payment, in whatever contract."""
    paid = await store.payment_of(tx, city_of(contract["jurisdiction"]), reference) if reference else None
    if paid is not None:
        seen = tx.actor.holds("record_receipt", None, paid["jurisdiction"])
        record = paid["line_id"] if seen else None
        raise Conflict("uq_receipts_city_treasury_reference_folded", ["treasury_reference"], record)


async def _close_order(tx: Transaction, line: Row, entry: Row, reference: str, command: RecordReceipt) -> str | None:
    """Closes the order of a payment, so that it is never sent after its receipt: the worker takes no order that is
    locked here, and one that it has taken may be paid by the treasury, so that only the treasury's answer closes it."""
    key = order_key(line["id"], entry["number"])
    order = await lock_dispatch(tx, key)
    if order is None:
        return None
    machine = tx.actor.token is not None and tx.actor.token.client
    if (paid_by := command.paid_by or ("order" if machine else None)) != "order":
        may_be_there = order["state"] == "sending" or (order["state"] == "waiting" and order["unsure"])
        if may_be_there or (paid_by == "hand" and order["state"] == "sent"):
            raise WrongState(_where(order), "not with the treasury; cancelled; or answered with paid_by = order")
    if command.settled and order["reference"] is not None and not store.same(order["reference"], reference):
        raise WrongState("an order that the treasury took under another reference", "settled under that reference")
    await close_dispatch(tx, key)
    return key


def _where(order: Row) -> str:
    state = {"sending": "being sent to the treasury", "sent": "an order that the treasury has taken"}
    return state.get(order["state"], "an order that the treasury may have taken")


async def _settle(tx: Transaction, line: Row, contract: Row, entry: Row, reference: str, *, last: bool) -> None:
    if last and line["state"] in ("released", "reduced"):
        await set_state(tx, line, "settled")
        await meet_deadline(tx, "payment_due", line["id"])
    moved = {"amount": entry["amount"], "kind": entry["kind"]}
    tx.emit(PaymentSettled(**about(line, contract), **moved, treasury_reference=reference))
    await complete_if_settled(tx, contract["id"])


async def _return(tx: Transaction, line: Row, contract: Row, entry: Row, reference: str) -> None:
    """An order came back unpaid: an entry of its own reverses it, and the line may be asked for again."""
    if entry["kind"] == "refund":
        raise WrongState("a refund that the provider owes", "an order to the treasury")
    parts = {kind: Decimal(amount) for kind, amount in entry["parts"].items()}
    before = await entries(tx, line["id"])
    await add_entry(tx, line, contract, before, "return", entry["amount"], parts, reverses=entry["id"])
    await set_state(tx, line, "returned")
    await meet_deadline(tx, "payment_due", line["id"])
    tx.emit(PaymentReturned(**about(line, contract), amount=entry["amount"], treasury_reference=reference))
    await tell_cost(tx, contract["id"])
