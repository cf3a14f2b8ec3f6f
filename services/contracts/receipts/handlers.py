"""Entering what became of an order to the treasury, or of a refund."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from services.contracts.contracts.records import ENDED, ContractMoney
from services.contracts.endings.handlers import complete_if_settled, tell_cost
from services.contracts.payments.handlers import (
    about,
    answer,
    keep_why,
    settle_after_end,
    settle_line,
    still_due,
    withhold,
)
from services.contracts.payments.records import NOTHING_PAID, ORDERED, LineState, Movement, Payment, PaymentLine
from services.contracts.payments.rules import Outcome, Result, decide_payment
from services.contracts.payments.store import (
    Entry,
    awaited,
    enter_all,
    entries,
    last_of,
    order_key,
    result_of,
    set_due,
    set_state,
    standing,
    waiting,
)
from services.contracts.receipts import store
from services.contracts.receipts.records import Receipt, ReceiptCorrection
from services.contracts.receipts.rules import may_confirm_return, may_correct, may_settle
from services.contracts.rulebook import PaymentSection
from services.contracts.tables import CORRECTED, MOVED, RECEIVED
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
from shared.fields.money import split
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
        open_all = await store.without_receipt(tx, line.id)
        entry = _one_of(_answered(tx, open_all, command), command.payment_id, line)
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
            line = await tx.save(line, said)
            tx.emit(ReturnSaid(**about(line, contract), payment_id=entry.id, amount=entry.amount))
            return answer(tx, line)
        key = order_key(line.id, entry.number) if order is not None else None
        if key is not None:
            await close_dispatch(tx, key)
        if line.return_waits == entry.id:
            line = await tx.save(line, replace(line, return_waits=None, return_said_by=None, return_order=None))
        receipt = await tx.add(
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
            line, _ = await _settle(tx, line, contract, entry, receipt, last=len(open_all) == 1)
        else:
            line, _ = await _return(tx, line, contract, entry, receipt)
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


def _answered(tx: Transaction, waiting: list[Movement], command: RecordReceipt) -> list[Movement]:
    """Of what waits what this receipt may answer: the treasury's word closes no refund that it does not name."""
    of_orders = command.payment_id is None and (command.paid_by is not None or _machine(tx))
    return [one for one in waiting if one.kind != "refund"] if of_orders else waiting


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
    tx: Transaction, line: PaymentLine, contract: ContractMoney, entry: Movement, receipt: Receipt, *, last: bool
) -> tuple[PaymentLine, ContractMoney]:
    if last and (line.state in ORDERED or _paid_in_whole(tx, line, contract)):
        line = await set_state(tx, line, LineState.SETTLED)
        await meet_deadline(tx, "payment_due", line.id)
    moved = {"amount": entry.amount, "kind": entry.kind, **_said(receipt)}
    tx.emit(PaymentSettled.model_validate({**about(line, contract), **moved}))
    return line, await complete_if_settled(tx, contract)


def _paid_in_whole(tx: Transaction, line: PaymentLine, contract: ContractMoney) -> bool:
    """Whether the line waits for somebody to ask or approve although nothing more is owed."""
    outcome = _outcome(tx, line, contract)
    asked = line.state in (LineState.PLANNED, LineState.REQUESTED)
    return asked and outcome.verdict == "release" and outcome.amount == line.paid


def _outcome(tx: Transaction, line: PaymentLine, contract: ContractMoney) -> Outcome:
    return decide_payment(line.terms, result_of(line), tx.law(contract, PaymentSection)).or_refuse()


async def _return(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, entry: Movement, receipt: Receipt
) -> tuple[PaymentLine, ContractMoney]:
    """An order came back unpaid: an entry of its own reverses it. The line may be asked for again as far as its result
    owes more than the other orders paid."""
    outcome = _outcome(tx, line, contract)
    line, contract = await _restate(tx, line, contract, entry, "return", outcome, receipt)
    await tell_cost(tx, contract)
    return line, await complete_if_settled(tx, contract)


async def _restate(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    entry: Movement,
    kind: Literal["return", "reinstate"],
    outcome: Outcome,
    receipt: Receipt,
) -> tuple[PaymentLine, ContractMoney]:
    """Reverses an order, or counts it again, and measures what the provider then has against the result: refunds that
    have not come in are owed as far as that is more, the oldest first, and what they leave is demanded anew. What line
    and contract have paid moves once, by all of it."""
    before, was = await entries(tx, line.id), line.state
    owed_back = awaited(before)
    slip = last_of(before, entry)
    moved = entry.amount if kind == "reinstate" else -entry.amount
    has = line.paid + moved + sum((one.amount for one in owed_back), Decimal(0))
    if has < 0:
        raise WrongState("refund_came_in", "refund_receipt_corrected")
    too_much = max(has - outcome.amount, Decimal(0))
    void = []
    for refund in owed_back:
        if refund.amount <= too_much:
            too_much -= refund.amount
        else:
            void.append(refund)
    reversal = Entry(kind, entry.amount, entry.shared, reverses=slip.id)
    demand = [_demand(too_much, void or [entry], result_of(line))] if too_much else []
    no_longer = [Entry("reinstate", one.amount, one.shared, reverses=last_of(before, one).id) for one in void]
    new = [*no_longer, *demand, reversal] if kind == "reinstate" else [*no_longer, reversal, *demand]
    left = [one for one in waiting(before) if one not in void and one.id != entry.id]
    after = replace(line, paid=min(has, outcome.amount))
    state = _state(after, outcome, waits=bool(left or demand), returned=kind == "return")
    entered, line, contract = await enter_all(tx, line, contract, before, new, state)
    if has < outcome.amount:
        line = await still_due(tx, line, contract)
    elif line.state == LineState.SETTLED:
        await meet_deadline(tx, "payment_due", line.id)
    elif all(one.kind == "refund" for one in left):  # no money is on its way to the provider
        line = await set_due(tx, line, None)
    for payment in entered:
        await _tell(tx, line, contract, payment, receipt, counts_again=payment.reverses == slip.id)
    held = outcome.verdict == "withhold" or (outcome.verdict == "hold" and contract.state in ENDED)
    result = result_of(line)
    if held and was not in NOTHING_PAID and result is not None:
        line = await withhold(tx, line, contract, outcome, result)
    return line, contract


def _demand(amount: Decimal, of: Sequence[Movement], result: Result | None) -> Entry:
    """A refund that goes back to the sources that bore these movements."""
    bore: dict[str, Decimal] = {}
    for one in of:
        for kind, part in one.shared.items():
            bore[kind] = bore.get(kind, Decimal(0)) + part
    return Entry("refund", amount, split(amount, bore), result)


def _state(line: PaymentLine, outcome: Outcome, *, waits: bool, returned: bool) -> LineState:
    """Where a line is whose movements were restated."""
    owing = line.paid < outcome.amount
    if returned and owing:
        return LineState.RETURNED
    if outcome.verdict != "release":
        if line.state in NOTHING_PAID:
            return line.state
        return LineState.APPROVED if line.approved_by is not None else line.ordered
    asked_for = owing and line.approved_by is None
    return line.ordered if waits or asked_for else LineState.SETTLED


async def _tell(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    payment: Payment,
    receipt: Receipt,
    *,
    counts_again: bool,
) -> None:
    """Tells of a movement that was entered because of this receipt. `counts_again`: an order is reinstated by it, and
    no refund."""
    said = {**about(line, contract), "amount": payment.amount, "movement": MOVED(payment)}
    if payment.kind == "return":
        tx.emit(PaymentReturned.model_validate({**said, **_said(receipt)}))
        return
    said["parts"] = [SourcePart(kind=kind, amount=part) for kind, part in payment.shared.items()]
    if payment.kind == "refund":
        told = {"gate": line.gate, "result_id": payment.result_id, "result_version": payment.result_version}
        tx.emit(PaymentRefunded.model_validate({**said, **told}))
        await _tell_both(tx, line, contract, "refund_demanded", payment.amount)
        return
    tx.emit(PaymentReinstated.model_validate(said))
    if not counts_again:
        await _tell_both(tx, line, contract, "refund_not_owed", payment.amount)


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
        receipt = await store.correct_receipt(tx, correction)
        taken_back = was.settled and not command.settled
        if taken_back and entry.kind == "refund" and line.state == LineState.SETTLED:
            line = await set_state(tx, line, line.ordered)  # it is waited for again
        tx.emit(
            ReceiptCorrected(
                **about(line, contract),
                **_said(receipt),
                amount=entry.amount,
                correction_id=correction.id,
                correction=CORRECTED(correction),
                settled=command.settled,
                was_settled=was.settled,
                was_reference=was.reference,
            )
        )
        if taken_back and entry.kind != "refund":  # it was not paid: its order is reversed and asked for anew
            line, _ = await _return(tx, line, contract, entry, receipt)
        elif command.settled and not was.settled:
            line = await _reinstate(tx, line, contract, entry, receipt, before)
        return answer(tx, line)


async def _reinstate(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    entry: Movement,
    receipt: Receipt,
    before: list[Movement],
) -> PaymentLine:
    """It was paid: an order that had come back counts again, and what the treasury paid beyond the result because of
    that is demanded back; a refund has come in."""
    if entry.kind == "refund":
        if entry not in standing(before):
            raise WrongState("refund_not_owed", "refund_demanded")
        rest = [one for one in waiting(before) if one.id != entry.id]
        line, _ = await _settle(tx, line, contract, entry, receipt, last=not rest)
        return line
    slip = last_of(before, entry)
    again = [one for one in standing(before) if one.number > slip.number and one.kind != "refund"]
    if any(one.settled is None for one in again):
        raise WrongState("ordered_again", "new_order_has_receipt")
    outcome = _outcome(tx, line, contract)
    line, contract = await _restate(tx, line, contract, entry, "reinstate", outcome, receipt)
    if line.paid < outcome.amount:
        settle = settle_after_end if contract.state in ENDED else settle_line
        line, contract = await settle(tx, line, contract)
    await tell_cost(tx, contract)
    await complete_if_settled(tx, contract)
    return line


async def _tell_both(tx: Transaction, line: PaymentLine, contract: ContractMoney, what: str, amount: Decimal) -> None:
    facts = {"reference": contract.reference, "line": str(line.number), "amount": str(amount)}
    for party in (contract.organisation, contract.provider_id):
        await notify(tx, party, what, line.id, facts)


def _said(receipt: Receipt) -> dict[str, Any]:
    """What an event says of a receipt as it now is."""
    shown = {"payment_id": receipt.payment_id, "treasury_reference": receipt.treasury_reference}
    return {**shown, "receipt": RECEIVED(receipt)}
