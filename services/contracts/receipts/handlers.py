"""Entering what became of an order to the treasury, or of a refund."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.contracts.endings.handlers import complete_if_settled
from services.contracts.payments.handlers import about, answer
from services.contracts.payments.store import add_entry, entries, lock_line, set_state
from services.contracts.receipts import store
from services.contracts.receipts.rules import may_settle
from services.contracts.rulebook import PaymentSection
from shared.database import Answer, Call, Row, Transaction, WrongState
from shared.deadlines import meet_deadline
from shared.events.contracts import PaymentReturned, PaymentSettled
from shared.interest import apart


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """What became of an order or refund: settled, or returned unpaid. Without `payment_id` the oldest one open."""

    line_id: UUID
    settled: bool
    treasury_reference: str | None = None
    payment_id: UUID | None = None


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
        await store.add_receipt(tx, entry["id"], command.settled, reference, person)
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
