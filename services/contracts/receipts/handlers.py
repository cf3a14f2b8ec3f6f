"""Entering what became of an order to the treasury, or of a refund."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from services.contracts.contracts.records import ENDED, ContractMoney
from services.contracts.endings.handlers import complete_if_settled, tell_cost
from services.contracts.payments.handlers import about, answer, keep_why, settle_after_end, settle_line
from services.contracts.payments.records import ORDERED, LineState, Movement, PaymentLine
from services.contracts.payments.store import enter, entries, order_key, set_state, standing, waits_for_receipt
from services.contracts.receipts import store
from services.contracts.receipts.records import Receipt, ReceiptCorrection
from services.contracts.receipts.rules import may_confirm_return, may_correct, may_settle
from services.contracts.rulebook import PaymentSection
from shared.errands.deadlines import meet_deadline
from shared.errands.dispatches import Taken, close_dispatch, lock_dispatch
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
from shared.fields.ids import new_id
from shared.fields.places import city_of
from shared.people.interest import apart
from shared.work.conflicts import Conflict
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState


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
        line, contract, person = await _open(tx, command.line_id)
        section = tx.law(contract, PaymentSection)
        waiting = await store.without_receipt(tx, line.id)
        entry = _one_of(waiting, command.payment_id, line)
        reference = command.treasury_reference or ""
        if command.settled:
            reference = tx.decided(may_settle(command.treasury_reference, section))
            await _only_here(tx, contract, reference)
        elif entry.kind == "refund":
            raise WrongState("refund_of_provider", "order_to_treasury")
        if entry.settled is not None:
            raise WrongState("refund_receipt_taken_back", "receipt_corrected")
        order = await _order(tx, line, entry, reference, command)
        alone = command.settled or _machine(tx)
        said_by = person if alone else _said_before(tx, line, entry, order, person, section)
        if said_by is None:
            at = order.state if order else None
            said = replace(line, return_waits=entry.id, return_said_by=person, return_order=at)
            tx.emit(ReturnSaid(**about(line, contract), payment_id=entry.id, amount=entry.amount))
            return answer(tx, await tx.save(line, said))
        key = order_key(line.id, entry.number) if order is not None else None
        if key is not None:
            await close_dispatch(tx, key)
        if line.return_waits == entry.id:
            line = await tx.save(line, replace(line, return_waits=None, return_said_by=None, return_order=None))
        await tx.add(
            Receipt(
                payment_id=entry.id,
                settled=command.settled,
                treasury_reference=reference,
                recorded_by=said_by,
                recorded_at=tx.now,
                confirmed_by=person if said_by != person else None,
                order_key=key,
                city=city_of(contract.jurisdiction),
                treasury_reference_folded=store.told_apart(command.settled, reference),
            )
        )
        if command.settled:
            line, _ = await _settle(tx, line, contract, entry, reference, last=len(waiting) == 1)
        else:
            line, _ = await _return(tx, line, contract, entry, reference)
        return answer(tx, line)


async def _open(tx: Transaction, line_id: UUID) -> tuple[PaymentLine, ContractMoney, UUID]:
    """The line, its contract and the person of the treasury's place, who has no interest in the provider."""
    line, contract, person = await tx.open_part(PaymentLine, line_id, ContractMoney, "record_receipt", by=None)
    apart(tx, contract.rulebook, [contract.provider_id])
    return line, contract, person


def _said_before(
    tx: Transaction, line: PaymentLine, entry: Movement, order: Taken | None, person: UUID, section: PaymentSection
) -> UUID | None:
    """Who has said that this order came back, where another person now says so too. None: nobody has, or the order has
    gone on since, so that it was said of something else."""
    first = line.return_said_by
    if first is None or line.return_waits != entry.id:
        return None
    tx.decided(may_confirm_return(first, person, section))
    return first if order is None or order.state == line.return_order else None


def _one_of(waiting: Iterable[Movement], payment_id: UUID | None, line: PaymentLine) -> Movement:
    for entry in waiting:
        if payment_id in (None, entry.id):
            return entry
    raise WrongState(line.state, "order_without_receipt")


async def _only_here(tx: Transaction, contract: ContractMoney, reference: str) -> None:
    """A treasury's reference settles one payment, in whatever contract."""
    paid = await store.payment_of(tx, city_of(contract.jurisdiction), reference) if reference else None
    if paid is not None:
        seen = tx.actor.holds("record_receipt", None, paid.jurisdiction)
        record = paid.line_id if seen else None
        raise Conflict("uq_receipts_city_treasury_reference_folded", ["treasury_reference"], record)


def _machine(tx: Transaction) -> bool:
    return tx.actor.token is not None and tx.actor.token.client


async def _order(
    tx: Transaction, line: PaymentLine, entry: Movement, reference: str, command: RecordReceipt
) -> Taken | None:
    """The order of a payment, to be closed, so that it is never sent after its receipt: the worker takes no order that
    is locked here, and one that it has taken may be paid by the treasury, so that only the treasury's answer closes
    it."""
    order = await lock_dispatch(tx, order_key(line.id, entry.number))
    if order is None:
        return None
    if (paid_by := command.paid_by or ("order" if _machine(tx) else None)) != "order":
        may_be_there = order.state == "sending" or (order.state == "waiting" and order.unsure)
        if may_be_there or (paid_by == "hand" and order.state == "sent"):
            raise WrongState(order.state, "order_not_with_treasury")
    if command.settled and order.reference is not None and not store.same(order.reference, reference):
        raise WrongState("taken_under_another_reference", "reference_of_the_treasury")
    return order


async def _settle(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, entry: Movement, reference: str, *, last: bool
) -> tuple[PaymentLine, ContractMoney]:
    if last and line.state in ORDERED:
        line = await set_state(tx, line, LineState.SETTLED)
        await meet_deadline(tx, "payment_due", line.id)
    moved = {"amount": entry.amount, "kind": entry.kind, "treasury_reference": reference}
    tx.emit(PaymentSettled.model_validate({**about(line, contract), **moved}))
    return line, await complete_if_settled(tx, contract)


async def _return(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, entry: Movement, reference: str
) -> tuple[PaymentLine, ContractMoney]:
    """An order came back unpaid: an entry of its own reverses it, and the line may be asked for again."""
    before, back = await entries(tx, line.id), (entry.amount, entry.shared, LineState.RETURNED)
    _, line, contract = await enter(tx, line, contract, before, "return", *back, reverses=entry.id)
    await meet_deadline(tx, "payment_due", line.id)
    tx.emit(PaymentReturned(**about(line, contract), amount=entry.amount, treasury_reference=reference))
    await tell_cost(tx, contract)
    return line, contract


async def correct_receipt(call: Call, command: CorrectReceipt) -> Answer:
    async with call.transaction() as tx:
        line, contract, person = await _open(tx, command.line_id)
        before = await entries(tx, line.id)
        entry = next((one for one in before if one.id == command.payment_id), None)
        if entry is None or (was := entry.entered) is None:
            raise NotFound
        section, reference = tx.law(contract, PaymentSection), command.treasury_reference or ""
        tx.decided(may_correct(was.by, person, section))
        if command.settled:
            reference = tx.decided(may_settle(command.treasury_reference, section))
            if not (was.settled and store.same(reference, was.reference)):
                await _only_here(tx, contract, reference)
        if (was.settled, was.reference) == (command.settled, reference):
            raise WrongState("entered_just_so", "other_particulars")
        clause = section.incompatible_posts_separated.clause
        correction = ReceiptCorrection(
            id=new_id(),
            payment_id=entry.id,
            was_settled=was.settled,
            was_reference=was.reference,
            was_by=was.by,
            settled=command.settled,
            treasury_reference=reference,
            reason=await keep_why(tx, line, contract, clause, command.reason, person),
            corrected_by=person,
            corrected_at=tx.now,
        )
        await store.correct_receipt(tx, correction)
        tx.emit(
            ReceiptCorrected(
                **about(line, contract),
                payment_id=entry.id,
                amount=entry.amount,
                treasury_reference=reference,
                settled=command.settled,
                was_settled=was.settled,
                was_reference=was.reference,
            )
        )
        if was.settled and not command.settled:
            line = await _unsettle(tx, line, contract, entry, reference)
        elif command.settled and not was.settled:
            line = await _reinstate(tx, line, contract, entry, was.reference, before)
        return answer(tx, line)


async def _unsettle(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, entry: Movement, reference: str
) -> PaymentLine:
    """It was not paid: an order is reversed and asked for anew, a refund is waited for again."""
    if entry.kind == "refund":
        return await set_state(tx, line, line.ordered) if line.state == LineState.SETTLED else line
    if entry.amount > line.paid:
        raise WrongState("refund_demanded", "nothing_given_back")
    line, _ = await _return(tx, line, contract, entry, reference)
    return line


async def _reinstate(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    entry: Movement,
    was_reference: str,
    before: list[Movement],
) -> PaymentLine:
    """It was paid: an order that had come back counts again, and what was ordered in its place is demanded back when
    the treasury paid that too; a refund has come in."""
    if entry.kind == "refund":
        rest = [one for one in before if one.id != entry.id and waits_for_receipt(one)]
        line, _ = await _settle(tx, line, contract, entry, was_reference, last=not rest)
        return line
    [slip] = [one for one in before if one.reverses == entry.id]
    again = [one for one in standing(before) if one.number > slip.number and one.kind != "refund"]
    if any(one.settled is None for one in again):
        raise WrongState("ordered_again", "new_order_has_receipt")
    if sum(one.amount for one in again) > line.paid:
        raise WrongState("ordered_again", "nothing_given_back")
    for one in again:
        line, contract = await _twice(tx, line, contract, one)
    movements = await entries(tx, line.id)
    whole = line.paid + entry.amount == line.planned
    ordered = LineState.RELEASED if whole else LineState.REDUCED
    state = ordered if any(map(waits_for_receipt, movements)) else LineState.SETTLED
    again_paid = (entry.amount, entry.shared, state)
    _, line, contract = await enter(tx, line, contract, movements, "reinstate", *again_paid, reverses=slip.id)
    await meet_deadline(tx, "payment_due", line.id)
    tx.emit(PaymentReinstated(**about(line, contract), amount=entry.amount, parts=_shared(entry)))
    settle = settle_after_end if contract.state in ENDED else settle_line
    line, contract = await settle(tx, line, contract)
    await tell_cost(tx, contract)
    await complete_if_settled(tx, contract)
    return line


async def _twice(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, paid: Movement
) -> tuple[PaymentLine, ContractMoney]:
    """Money that moved twice is the provider's debt from now on: it is told, and waited for."""
    before = await entries(tx, line.id)
    _, line, contract = await enter(tx, line, contract, before, "refund", paid.amount, paid.shared, line.state)
    tx.emit(PaymentRefunded(**about(line, contract), amount=paid.amount, parts=_shared(paid), gate=line.gate))
    facts = {"reference": contract.reference, "line": str(line.number), "amount": str(paid.amount)}
    for party in (contract.organisation, contract.provider_id):
        await notify(tx, party, "refund_demanded", line.id, facts)
    return line, contract


def _shared(entry: Movement) -> list[SourcePart]:
    return [SourcePart(kind=kind, amount=part) for kind, part in entry.shared.items()]
