"""Commands on payment lines, and what the results of evaluation do to them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypedDict
from uuid import UUID

from services.contracts.accounts import store as accounts
from services.contracts.accounts.rules import Party, payee_of
from services.contracts.contracts import handlers as of_contract
from services.contracts.contracts.records import ENDED, IN_FORCE, ContractMoney
from services.contracts.contracts.store import keep_reason
from services.contracts.endings.handlers import complete_if_settled, tell_cost
from services.contracts.payments import store
from services.contracts.payments.events import PaymentDue
from services.contracts.payments.records import (
    DECIDED_BY_RESULT,
    NOT_ORDERED,
    NOTHING_PAID,
    ORDERED,
    LineState,
    PaymentLine,
)
from services.contracts.payments.rules import (
    LastDay,
    Outcome,
    Result,
    decide_payment,
    last_day_to_pay,
    may_approve,
    may_request,
    replaces,
)
from services.contracts.payments.views import LineView
from services.contracts.rulebook import PaymentSection
from services.contracts.tables import LINE, MOVED
from services.contracts.terms.rules import last_day
from shared.bus.records import Mismatch, together
from shared.errands.deadlines import Deadline, meet_deadline
from shared.errands.dispatches import dispatch
from shared.errands.notices import notify
from shared.events.contracts import (
    BankAccount,
    Payee,
    PaymentApproved,
    PaymentReduced,
    PaymentRefunded,
    PaymentRefused,
    PaymentReleased,
    PaymentReopened,
    PaymentRequested,
    PaymentResolved,
    PaymentSupplemented,
    PaymentWithdrawn,
    PaymentWithheld,
    SourcePart,
    TreasuryOrder,
)
from shared.events.evaluation import AcceptanceConcluded, AssessmentConfirmed, AssessmentNotified, EvaluationConcluded
from shared.fields.money import split_cumulatively
from shared.fields.payment_terms import Gate
from shared.law.decision import Clause
from shared.people.interest import apart
from shared.road.consumer import Waits
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState, must_be

PURPOSES = {"advance": "预付款", "instalment": "进度款", "final": "尾款"}
"""What a transfer is for, by the kind of its line, in the words that the payee reads."""


@dataclass(frozen=True, slots=True)
class RequestPayment:
    """Person A asks for a line to be paid; `papers` is the acceptance or assessment it rests on, `documents` how many
    documents it names."""

    line_id: UUID
    papers: UUID | None = None
    documents: int = 0


@dataclass(frozen=True, slots=True)
class ApprovePayment:
    """Person B, not A, approves; together with the result this releases."""

    line_id: UUID


@dataclass(frozen=True, slots=True)
class RefusePayment:
    """Who would approve says no, for a reason; it may be asked for anew."""

    line_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Person A takes back what they asked for."""

    line_id: UUID


async def request_payment(call: Call, command: RequestPayment) -> Answer:
    async with call.transaction() as tx:
        planned, contract, person = await _open(tx, command.line_id, "request_payment")
        section = tx.law(contract, PaymentSection)
        facts = await store.request_facts(tx, planned, contract, command.papers, command.documents)
        tx.decided(may_request(facts, section))
        must_be(contract, (*IN_FORCE, *ENDED))
        must_be(planned, (LineState.PLANNED, LineState.RETURNED))
        # After a return the approval of before no longer counts.
        asked = replace(
            planned, state=LineState.REQUESTED, requested_by=person, approved_by=None, papers=command.papers
        )
        line = await tx.save(planned, asked)
        tx.emit(PaymentRequested(**about(line, contract)))
        return answer(tx, line)


async def approve_payment(call: Call, command: ApprovePayment) -> Answer:
    async with call.transaction() as tx:
        asked, contract, person = await _open(tx, command.line_id, "approve_payment")
        must_be(asked, (LineState.REQUESTED,))
        tx.decided(may_approve(asked.requested_by, person, tx.law(contract, PaymentSection)))
        approved = await tx.save(asked, replace(asked, state=LineState.APPROVED, approved_by=person))
        tx.emit(PaymentApproved(**about(approved, contract)))
        line, _ = await settle_line(tx, approved, contract)
        return answer(tx, line)


async def refuse_payment(call: Call, command: RefusePayment) -> Answer:
    async with call.transaction() as tx:
        asked, contract, person = await _open(tx, command.line_id, "approve_payment")
        must_be(asked, (LineState.REQUESTED,))
        clause = tx.law(contract, PaymentSection).separate_payment_approval.clause
        await keep_why(tx, asked, contract, clause, command.reason, person)
        line = await store.set_state(tx, asked, LineState.PLANNED)
        tx.emit(PaymentRefused(**about(line, contract)))
        facts = {"reference": contract.reference, "line": str(line.number)}
        await notify(tx, contract.organisation, "payment_refused", line.id, facts)
        return answer(tx, line)


async def withdraw_request(call: Call, command: WithdrawRequest) -> Answer:
    async with call.transaction() as tx:
        asked, contract, person = await _open(tx, command.line_id, "request_payment")
        must_be(asked, (LineState.REQUESTED,))
        if asked.requested_by != person:
            raise WrongState("requested_by_another", "requested_by_yourself")
        line = await store.set_state(tx, asked, LineState.PLANNED)
        tx.emit(PaymentWithdrawn(**about(line, contract)))
        return answer(tx, line)


async def _open(tx: Transaction, line_id: UUID, duty: str) -> tuple[PaymentLine, ContractMoney, UUID]:
    """The line, its contract and the person of the purchaser, who has no interest in the provider."""
    line, contract, person = await tx.open_part(PaymentLine, line_id, ContractMoney, duty)
    apart(tx, contract.rulebook, [contract.provider_id])
    return line, contract, person


async def keep_why(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, clause: Clause, reason: str, person: UUID
) -> UUID:
    """Keeps why somebody decided so of a payment line, as long as the files of its contract."""
    keep_until = last_day(contract.ends_on, tx.law(contract, PaymentSection).file_retention_years.value)
    return await keep_reason(tx, contract.id, clause.id, reason, person, keep_until, about=line.id)


async def on_acceptance_concluded(tx: Transaction, event: AcceptanceConcluded) -> Waits | None:
    result = Result(event.acceptance_id, event.result_version, passed=event.passed)
    return await _take_result(tx, event, "acceptance", result)


async def on_assessment_notified(tx: Transaction, event: AssessmentNotified) -> None:
    """A result that is not confirmed moves nothing yet; it is kept of its own contract alone."""
    await _of_its_contract(tx, event)


async def on_assessment_confirmed(tx: Transaction, event: AssessmentConfirmed) -> Waits | None:
    result = Result(event.assessment_id, event.result_version, score=event.score)
    return await _take_result(tx, event, "assessment", result)


async def on_evaluation_concluded(tx: Transaction, event: EvaluationConcluded) -> Waits | None:
    result = Result(event.evaluation_id, event.result_version, score=event.score, grade=event.grade)
    return await _take_result(tx, event, "evaluation", result)


async def _take_result(
    tx: Transaction,
    event: AcceptanceConcluded | AssessmentConfirmed | EvaluationConcluded,
    gate: str,
    result: Result,
) -> Waits | None:
    """Keeps a newer result on the line that waits for it, then settles the line. A result that gates no line, or
    comes over the wrong gate, moves no money; one whose contract is not here yet waits for it, and one about another
    contract than its line's, or about a line that its contract does not have, is parked."""
    await tx.flush()  # or a row missed by what was written before would look like this contract missing
    if event.line_id is None:
        await _of_its_contract(tx, event)
        return None
    try:
        line, contract = await tx.lock_part(PaymentLine, event.line_id, ContractMoney)
    except NotFound:
        if await _of_its_contract(tx, event):
            raise Mismatch("its contract has no such line") from None
        return Waits(event.project_id)
    together(event, contract, contract_id="id", project_id="key", provider_id="provider_id")
    if line.gate == gate and replaces(store.result_of(line), line.paid, result):
        line = await store.set_result(tx, line, result)
        line = await _falls_due(tx, line, contract, _told_on(tx, event))
        tx.emit(PaymentDue(**about(line, contract), due_on=line.due_on))
        await (settle_after_end if contract.state in ENDED else settle_line)(tx, line, contract)
    return None


async def _of_its_contract(
    tx: Transaction, event: AcceptanceConcluded | AssessmentNotified | AssessmentConfirmed | EvaluationConcluded
) -> bool:
    """A result is kept of the contract whose project and provider it names. Whether the contract is here. Raises
    Mismatch."""
    try:
        contract = await tx.lock_record(ContractMoney, event.contract_id)
    except NotFound:
        return False
    together(event, contract, project_id="key", provider_id="provider_id")
    return True


def _told_on(tx: Transaction, event: AcceptanceConcluded | AssessmentConfirmed | EvaluationConcluded) -> date:
    """The day of the result, however late it arrives; of an event of before it was told, today."""
    return event.concluded_on or tx.today


async def _falls_due(tx: Transaction, line: PaymentLine, contract: ContractMoney, day: date) -> PaymentLine:
    """The last day to pay counts from the result, whether or not anybody has asked for the payment; a result that
    gives nothing more has none."""
    section = tx.law(contract, PaymentSection)
    outcome = decide_payment(line.terms, store.result_of(line), section).outcome
    if outcome is None or outcome.amount <= line.paid:
        return line if line.state in ORDERED else await store.set_due(tx, line, None)
    last = last_day_to_pay(line.due_days, section, day, small=contract.small_or_medium).or_refuse()
    facts = {"reference": contract.reference, "line": str(line.number), "last_day": last.day.isoformat()}
    for party in (contract.organisation, contract.provider_id):
        await notify(tx, party, "payment_due", line.id, facts)
    return await store.set_due(tx, line, last)


async def still_due(tx: Transaction, line: PaymentLine, contract: ContractMoney) -> PaymentLine:
    """An order that came back, or was never paid, was due on its day and is due on that day still, as far as the line
    owes more than was paid; where nothing more was due meanwhile it counts from today."""
    section = tx.law(contract, PaymentSection)
    since = line.due_on - timedelta(days=line.due_days) if line.due_on is not None else tx.today
    last = last_day_to_pay(line.due_days, section, since, small=contract.small_or_medium)
    return await store.set_due(tx, line, last.or_refuse())


async def falls_due_by_contract(
    tx: Transaction, contract: ContractMoney, lines: Iterable[PaymentLine]
) -> list[PaymentLine]:
    """Of a contract that is signed: what waits for no result is due all the same, an advance from the signing on, the
    rest at the latest when the service is over. A request before counts from its approval. Returns all lines."""
    found: list[PaymentLine] = []
    section = tx.law(contract, PaymentSection)
    for line in lines:
        if line.gate == "contract":
            since = tx.today if line.kind == "advance" else contract.ends_on
            days = last_day_to_pay(line.due_days, section, since, small=contract.small_or_medium)
            found.append(await store.set_due(tx, line, days.or_refuse()))
        else:
            found.append(line)
    return found


async def settle_line(tx: Transaction, line: PaymentLine, contract: ContractMoney) -> tuple[PaymentLine, ContractMoney]:
    """Releases, reduces or withholds when request, approval and result all stand, and corrects what was paid when a
    later version of the result says otherwise; else the line goes on waiting. Returns both as they then are."""
    if contract.state not in (*IN_FORCE, *ENDED):
        return line, contract
    section, result, before = tx.law(contract, PaymentSection), store.result_of(line), line.state
    decision = decide_payment(line.terms, result, section)
    owed = decision.or_refuse().amount - line.paid
    # What was ordered before and is owed no more needs nobody who asks for it; what is still owed does.
    asked_again = before in NOT_ORDERED and (line.paid > 0 or before == LineState.RETURNED) and owed <= 0
    if before not in DECIDED_BY_RESULT and not asked_again:
        return line, contract
    outcome = tx.decided(decision)
    if owed > 0 and line.approved_by is None:
        return await _reopen(tx, line, contract, result, owed), contract
    if owed > 0:
        known = line.due_on - timedelta(days=line.due_days) if line.due_on is not None else tx.today
        since = min(known, tx.today)  # what is asked for late is due no later
        last = tx.decided(last_day_to_pay(line.due_days, section, since, small=contract.small_or_medium))
        line = await store.set_due(tx, line, last)
        line, contract = await _order(tx, line, contract, owed, outcome, result, last)
    elif owed < 0:
        line, contract = await _demand_back(tx, line, contract, -owed, outcome, result)
    elif outcome.verdict == "release" and before in NOT_ORDERED:
        line, contract = await _resolve(tx, line, contract)
    if outcome.verdict == "withhold" and before != LineState.WITHHELD and result is not None:
        line = await withhold(tx, line, contract, outcome, result)
    return line, contract


async def _reopen(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, result: Result | None, owed: Decimal
) -> PaymentLine:
    """What a result gives beyond what was paid is asked for and approved anew."""
    line = await store.set_state(tx, line, LineState.PLANNED)
    if result is not None:
        told = PaymentReopened(**about(line, contract), result_id=result.id, result_version=result.version, owed=owed)
        tx.emit(told)
    return line


async def settle_after_end(
    tx: Transaction, line: PaymentLine, contract: ContractMoney
) -> tuple[PaymentLine, ContractMoney]:
    """What a result does to a line of a contract that has ended. What was paid too much is demanded back as before;
    what is owed is asked for and approved anew, because the money of the contract has gone back to its budget."""
    result, before = store.result_of(line), line.state
    outcome = tx.decided(decide_payment(line.terms, result, tx.law(contract, PaymentSection)))
    owed = outcome.amount - line.paid
    if result is None:
        return line, contract
    if owed > 0 and line.state not in NOT_ORDERED:
        line = await _reopen(tx, line, contract, result, owed)
    elif owed < 0:
        line, contract = await _demand_back(tx, line, contract, -owed, outcome, result)
        facts = {"reference": contract.reference, "line": str(line.number), "amount": str(-owed)}
        await notify(tx, contract.organisation, "refund_demanded", line.id, facts)
    elif owed == 0 and outcome.verdict == "release" and line.state in (*NOT_ORDERED, *NOTHING_PAID):
        line, contract = await _resolve(tx, line, contract)
    if outcome.verdict != "release" and before not in NOTHING_PAID:
        line = await withhold(tx, line, contract, outcome, result)
    await tell_cost(tx, contract)
    return line, contract


async def _resolve(tx: Transaction, line: PaymentLine, contract: ContractMoney) -> tuple[PaymentLine, ContractMoney]:
    """Nothing more is to be paid: the line is settled without another order, once the last one has its receipt."""
    waits = store.waiting(await store.entries(tx, line.id))
    line = await store.set_state(tx, line, line.ordered if waits else LineState.SETTLED)
    await meet_deadline(tx, "payment_due", line.id)
    tx.emit(PaymentResolved(**about(line, contract), paid=line.paid))
    return line, await complete_if_settled(tx, contract)


async def apart_from_payee(tx: Transaction, channel: str, business_key: str) -> None:
    """Who cancels or sends a payment order again decides about its contract, which its key leads to whatever the order
    says. Raises Refused (GPR-9.1), and NotFound for an order to the treasury of which no line is known."""
    if channel == "treasury":
        contract = await store.contract_of_order(tx, business_key)
        apart(tx, contract.rulebook, [contract.provider_id])


async def _order(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    amount: Decimal,
    outcome: Outcome,
    result: Result | None,
    last: LastDay,
) -> tuple[PaymentLine, ContractMoney]:
    paid = await store.paid_by_source(tx, contract)
    parts = split_cumulatively(paid, contract.paid, amount, store.borne_by_source(contract))
    before = await store.entries(tx, line.id)
    kind: Literal["release", "supplement"] = "supplement" if store.has_release(before) else "release"
    whole = outcome.amount == line.planned
    state = LineState.RELEASED if whole else LineState.REDUCED
    payment, line, contract = await store.enter(tx, line, contract, before, kind, amount, parts, state, result=result)
    purchaser = await _payer(tx, contract)
    order = TreasuryOrder(
        business_key=store.order_key(line.id, payment.number),
        payment_id=payment.id,
        kind=kind,
        line_id=line.id,
        line=line.number,
        contract_id=contract.id,
        contract_reference=contract.reference,
        purchaser_id=purchaser.id if purchaser else contract.organisation,
        purchaser_title=purchaser.title if purchaser else None,
        jurisdiction=contract.jurisdiction,
        payee=await _payee(tx, contract),
        project_id=contract.key,
        budget_year=tx.today.year,
        amount=amount,
        parts=parts,
        purpose=f"{contract.reference} 第{line.number}期{PURPOSES[line.kind]}",
        last_day=last.day,
    )
    first = PaymentReleased if whole else PaymentReduced
    event = PaymentSupplemented if kind == "supplement" else first
    moved = _moved(line, amount, parts, result)
    tx.emit(event(**about(line, contract), **moved, order_hash=order.hash(), movement=MOVED(payment)))
    await dispatch(tx, order.business_key, "treasury", order.model_dump(mode="json"))
    return line, contract


async def _payer(tx: Transaction, contract: ContractMoney) -> Party | None:
    """The purchaser, or the one that carries on for it; None where the registry has not told of it."""
    known = await accounts.carry_on(tx, contract.organisation)
    return known[0] if len(known) == 1 else None


async def _payee(tx: Transaction, contract: ContractMoney) -> Payee:
    """The provider as the contract names it, or who carries on for it, with code and the account that both parties
    agreed on."""
    provider, known = contract.provider_id, await accounts.party(tx, contract.provider_id)
    as_named = Party(provider, contract.provider_title, known.credit_code if known else None)
    agreed = await accounts.in_force(tx, contract.id)
    party, account = payee_of(as_named, await accounts.carry_on(tx, provider), agreed)
    paid_to = None if account is None else BankAccount(**asdict(account))
    return Payee(provider_id=party.id, title=party.title, credit_code=party.credit_code, account=paid_to)


async def _demand_back(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    amount: Decimal,
    outcome: Outcome,
    result: Result | None,
) -> tuple[PaymentLine, ContractMoney]:
    """What was paid above the corrected result goes back to the sources it came from, as the rest still to be paid
    would: shared cumulatively, so that no rounding gathers."""
    paid, bears = await store.paid_by_source(tx, contract), store.borne_by_source(contract)
    unpaid = {kind: bears[kind] - paid[kind] for kind in bears}
    parts = split_cumulatively(unpaid, contract.price - contract.paid, amount, bears)
    before = await store.entries(tx, line.id)
    state = replace(line, paid=line.paid - amount).ordered
    if outcome.verdict != "release" and line.approved_by is not None:
        state = LineState.APPROVED
    entered = await store.enter(tx, line, contract, before, "refund", amount, parts, state, result=result)
    payment, line, contract = entered
    tx.emit(PaymentRefunded(**about(line, contract), **_moved(line, amount, parts, result), movement=MOVED(payment)))
    await notify(tx, contract.provider_id, "refund_demanded", line.id, {"amount": str(amount)})
    return line, contract


async def withhold(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, outcome: Outcome, result: Result
) -> PaymentLine:
    """The result holds the line's money back, which is told."""
    await meet_deadline(tx, "payment_due", line.id)
    clause = outcome.clause.id if outcome.clause else ""
    facts = {"reference": contract.reference, "amount": str(line.planned), "clause": clause}
    await notify(tx, contract.provider_id, "payment_withheld", line.id, facts)
    line = await store.set_state(tx, line, LineState.WITHHELD)
    tx.emit(
        PaymentWithheld(
            **about(line, contract),
            amount=line.planned,
            clause=clause,
            gate=line.gate,
            result_id=result.id,
            result_version=result.version,
        )
    )
    return line


async def on_payment_overdue(tx: Transaction, deadline: Deadline) -> None:
    """Tells both parties, with a provable time, that the last day to pay has passed."""
    line, contract = await tx.lock_part(PaymentLine, deadline.subject, ContractMoney)
    if line.state in (*ORDERED, *NOT_ORDERED) and contract.state in (*IN_FORCE, *ENDED):
        facts = {"reference": contract.reference, "line": str(line.number), "clause": deadline.clause}
        for party in (contract.organisation, contract.provider_id):
            await notify(tx, party, "payment_overdue", line.id, facts)


class _Moved(TypedDict):
    amount: Decimal
    parts: list[SourcePart]
    gate: Gate
    result_id: UUID | None
    result_version: int | None


def _moved(line: PaymentLine, amount: Decimal, parts: Mapping[str, Decimal], result: Result | None) -> _Moved:
    return {
        "amount": amount,
        "parts": [SourcePart(kind=kind, amount=part) for kind, part in parts.items()],
        "gate": line.gate,
        "result_id": result.id if result else None,
        "result_version": result.version if result else None,
    }


class _About(of_contract.About):
    line_id: UUID
    number: int
    provider_id: UUID
    planned: Decimal
    line_state: str
    facts: str


def about(line: PaymentLine, contract: ContractMoney) -> _About:
    """What every event of a payment line says of it."""
    return {
        **of_contract.about(contract),
        "line_id": line.id,
        "number": line.number,
        "provider_id": contract.provider_id,
        "planned": line.planned,
        "line_state": line.state,
        "facts": LINE(line),
    }


def answer(tx: Transaction, line: PaymentLine) -> Answer:
    """The line as it now stands, as a command's answer."""
    return tx.answer(200, LineView.model_validate(line), version=line.version)
