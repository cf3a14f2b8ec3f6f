"""Entering what became of an order to the treasury, or of a refund."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.contracts.endings.handlers import complete_if_settled, tell_cost
from services.contracts.payments.handlers import about, answer, keep_why, settle_after_end, settle_line
from services.contracts.payments.store import (
    add_entry,
    entries,
    lock_line,
    order_key,
    set_state,
    standing,
    waits_for_receipt,
)
from services.contracts.receipts import store
from services.contracts.receipts.rules import may_confirm_return, may_correct, may_settle
from services.contracts.rulebook import PaymentSection
from services.contracts.tables import ENDED
from shared.errands.deadlines import meet_deadline
from shared.errands.dispatches import close_dispatch, lock_dispatch
from shared.errands.notices import notify
from shared.events.contracts import (
    PaymentRefunded,
    PaymentReinstated,
    PaymentReturned,
    PaymentSettled,
    ReceiptCorrected,
    ReturnSaid,
    SourcePart,
)
from shared.fields.places import city_of
from shared.people.interest import apart
from shared.work.conflicts import Conflict
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """What became of an order or refund: settled, or returned unpaid. Without `payment_id` the oldest one open.
    `paid_by`: what is answered is the order that the treasury has, or a payment by hand in its place."""

    line_id: UUID
    settled: bool
    treasury_reference: str | None = None
    payment_id: UUID | None = None
    paid_by: Literal["order", "hand"] | None = None


@dataclass(frozen=True, slots=True)
class CorrectReceipt:
    """What holds of a payment instead of what another person entered."""

    line_id: UUID
    payment_id: UUID
    settled: bool
    treasury_reference: str | None
    reason: str


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
        elif entry["kind"] == "refund":
            raise WrongState("refund_of_provider", "order_to_treasury")
        if entry["settled"] is not None:
            raise WrongState("refund_receipt_taken_back", "receipt_corrected")
        order = await _order(tx, line, entry, reference, command)
        alone = command.settled or _machine(tx)
        said_by = person if alone else _said_before(tx, line, entry, order, person, section)
        if said_by is None:
            await store.say_returned(tx, line, entry, order["state"] if order else None, person)
            tx.emit(ReturnSaid(**about(line, contract), payment_id=entry["id"], amount=entry["amount"]))
            return await answer(tx, command.line_id)
        key = order_key(line["id"], entry["number"]) if order is not None else None
        if key is not None:
            await close_dispatch(tx, key)
        if line["return_waits"] == entry["id"]:
            await store.forget_return(tx, line)
        second = person if said_by != person else None
        await store.add_receipt(tx, entry, contract, key, command.settled, reference, said_by, second)
        if command.settled:
            await _settle(tx, line, contract, entry, reference, last=len(waiting) == 1)
        else:
            await _return(tx, line, contract, entry, reference)
        return await answer(tx, command.line_id)


def _said_before(
    tx: Transaction, line: Row, entry: Row, order: Row | None, person: UUID, section: PaymentSection
) -> UUID | None:
    """Who has said that this order came back, where another person now says so too. None: nobody has, or the order has
    gone on since, so that it was said of something else."""
    if line["return_waits"] != entry["id"]:
        return None
    first: UUID = line["return_said_by"]
    tx.decided(may_confirm_return(first, person, section))
    return first if order is None or order["state"] == line["return_order"] else None


def _one_of(waiting: Iterable[Row], payment_id: UUID | None, line: Row) -> Row:
    for entry in waiting:
        if payment_id in (None, entry["id"]):
            return entry
    raise WrongState(line["state"], "order_without_receipt")


async def _only_here(tx: Transaction, contract: Row, reference: str) -> None:
    """A treasury's reference settles one payment, in whatever contract."""
    paid = await store.payment_of(tx, city_of(contract["jurisdiction"]), reference) if reference else None
    if paid is not None:
        seen = tx.actor.holds("record_receipt", None, paid["jurisdiction"])
        record = paid["line_id"] if seen else None
        raise Conflict("uq_receipts_city_treasury_reference_folded", ["treasury_reference"], record)


def _machine(tx: Transaction) -> bool:
    return tx.actor.token is not None and tx.actor.token.client


async def _order(tx: Transaction, line: Row, entry: Row, reference: str, command: RecordReceipt) -> Row | None:
    """The order of a payment, to be closed, so that it is never sent after its receipt: the worker takes no order that
    is locked here, and one that it has taken may be paid by the treasury, so that only the treasury's answer closes
    it."""
    order = await lock_dispatch(tx, order_key(line["id"], entry["number"]))
    if order is None:
        return None
    if (paid_by := command.paid_by or ("order" if _machine(tx) else None)) != "order":
        may_be_there = order["state"] == "sending" or (order["state"] == "waiting" and order["unsure"])
        if may_be_there or (paid_by == "hand" and order["state"] == "sent"):
            raise WrongState(order["state"], "order_not_with_treasury")
    if command.settled and order["reference"] is not None and not store.same(order["reference"], reference):
        raise WrongState("taken_under_another_reference", "reference_of_the_treasury")
    return order


async def _settle(tx: Transaction, line: Row, contract: Row, entry: Row, reference: str, *, last: bool) -> None:
    if last and line["state"] in ("released", "reduced"):
        await set_state(tx, line, "settled")
        await meet_deadline(tx, "payment_due", line["id"])
    moved = {"amount": entry["amount"], "kind": entry["kind"]}
    tx.emit(PaymentSettled(**about(line, contract), **moved, treasury_reference=reference))
    await complete_if_settled(tx, contract["id"])


async def _return(tx: Transaction, line: Row, contract: Row, entry: Row, reference: str) -> None:
    """An order came back unpaid: an entry of its own reverses it, and the line may be asked for again."""
    parts = {kind: Decimal(amount) for kind, amount in entry["parts"].items()}
    before = await entries(tx, line["id"])
    await add_entry(tx, line, contract, before, "return", entry["amount"], parts, reverses=entry["id"])
    await set_state(tx, line, "returned")
    await meet_deadline(tx, "payment_due", line["id"])
    tx.emit(PaymentReturned(**about(line, contract), amount=entry["amount"], treasury_reference=reference))
    await tell_cost(tx, contract["id"])


async def correct_receipt(call: Call, command: CorrectReceipt) -> Answer:
    async with call.transaction() as tx:
        line, contract = await lock_line(tx, command.line_id)
        person = tx.require("record_receipt", None, contract["jurisdiction"])
        book = apart(tx, contract["rulebook"], [contract["provider_id"]])
        tx.expect(line["version"])
        before = await entries(tx, line["id"])
        entry = next((row for row in before if row["id"] == command.payment_id and row["settled"] is not None), None)
        if entry is None:
            raise NotFound
        section, reference = book.section(PaymentSection), command.treasury_reference or ""
        tx.decided(may_correct(entry["recorded_by"], person, section))
        if command.settled:
            reference = tx.decided(may_settle(command.treasury_reference, section))
            if not (entry["settled"] and store.same(reference, entry["treasury_reference"])):
                await _only_here(tx, contract, reference)
        was = entry["settled"], entry["treasury_reference"]
        if was == (command.settled, reference):
            raise WrongState("entered_just_so", "other_particulars")
        clause = section.incompatible_posts_separated.clause
        reason = await keep_why(tx, line, contract, clause, command.reason, person)
        await store.correct_receipt(tx, entry, command.settled, reference, person, reason)
        told = {"payment_id": entry["id"], "amount": entry["amount"], "treasury_reference": reference}
        now = {"settled": command.settled, "was_settled": was[0], "was_reference": was[1]}
        tx.emit(ReceiptCorrected.model_validate({**about(line, contract), **told, **now}))
        if entry["settled"] and not command.settled:
            await _unsettle(tx, line, contract, entry, reference)
        elif command.settled and not entry["settled"]:
            await _reinstate(tx, line, contract, entry, before)
        return await answer(tx, command.line_id)


async def _unsettle(tx: Transaction, line: Row, contract: Row, entry: Row, reference: str) -> None:
    """It was not paid: an order is reversed and asked for anew, a refund is waited for again."""
    if entry["kind"] == "refund":
        if line["state"] == "settled":
            await set_state(tx, line, "released" if line["paid"] == line["planned"] else "reduced")
    elif entry["amount"] > line["paid"]:
        raise WrongState("refund_demanded", "nothing_given_back")
    else:
        await _return(tx, line, contract, entry, reference)


async def _reinstate(tx: Transaction, line: Row, contract: Row, entry: Row, before: list[Row]) -> None:
    """It was paid: an order that had come back counts again, and what was ordered in its place is demanded back when
    the treasury paid that too; a refund has come in."""
    if entry["kind"] == "refund":
        rest = [row for row in before if row["id"] != entry["id"] and waits_for_receipt(row)]
        await _settle(tx, line, contract, entry, entry["treasury_reference"], last=not rest)
        return
    [slip] = [row for row in before if row["reverses"] == entry["id"]]
    again = [row for row in standing(before) if row["number"] > slip["number"] and row["kind"] != "refund"]
    if any(row["settled"] is None for row in again):
        raise WrongState("ordered_again", "new_order_has_receipt")
    if sum(row["amount"] for row in again) > line["paid"]:
        raise WrongState("ordered_again", "nothing_given_back")
    for row in again:
        line, contract = await _twice(tx, line, contract, row)
    parts = {kind: Decimal(amount) for kind, amount in entry["parts"].items()}
    movements = await entries(tx, line["id"])
    await add_entry(tx, line, contract, movements, "reinstate", entry["amount"], parts, reverses=slip["id"])
    waits = any(map(waits_for_receipt, movements))
    whole = line["paid"] + entry["amount"] == line["planned"]
    await set_state(tx, line, ("released" if whole else "reduced") if waits else "settled")
    await meet_deadline(tx, "payment_due", line["id"])
    shared = [SourcePart(kind=kind, amount=part) for kind, part in parts.items()]
    tx.emit(PaymentReinstated(**about(line, contract), amount=entry["amount"], parts=shared))
    await (settle_after_end if contract["state"] in ENDED else settle_line)(tx, line["id"])
    await tell_cost(tx, contract["id"])
    await complete_if_settled(tx, contract["id"])


async def _twice(tx: Transaction, line: Row, contract: Row, row: Row) -> tuple[Row, Row]:
    """Money that moved twice is the provider's debt from now on: it is told, and waited for."""
    parts = {kind: Decimal(amount) for kind, amount in row["parts"].items()}
    before = await entries(tx, line["id"])
    await add_entry(tx, line, contract, before, "refund", row["amount"], parts)
    shared = [SourcePart(kind=kind, amount=part) for kind, part in parts.items()]
    tx.emit(PaymentRefunded(**about(line, contract), amount=row["amount"], parts=shared, gate=line["gate"]))
    facts = {"reference": contract["reference"], "line": str(line["number"]), "amount": str(row["amount"])}
    for party in (contract["organisation"], contract["provider_id"]):
        await notify(tx, party, "refund_demanded", line["id"], facts)
    return await lock_line(tx, line["id"])
