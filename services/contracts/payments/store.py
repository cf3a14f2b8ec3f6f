"""Queries about payment lines, payments and their receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from services.contracts.contracts.records import Contract, ContractMoney, Reason
from services.contracts.contracts.store import read_contract
from services.contracts.payments.records import (
    LineState,
    Movement,
    OwnedLine,
    Payment,
    PaymentKind,
    PaymentLine,
    ResultTold,
)
from services.contracts.payments.rules import LastDay, Request, Result
from services.contracts.tables import contracts, payment_lines, payments, private_reasons, receipts, results
from shared.errands.deadlines import meet_deadline, set_deadline
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.fields.money import split
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

REVERSES = ("return", "reinstate")
GIVES_BACK = ("refund", "return")


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement of money to be entered; `reverses` is the movement that it takes back."""

    kind: PaymentKind
    amount: Decimal
    parts: Mapping[str, Decimal]
    result: Result | None = None
    reverses: UUID | None = None


_OF_CONTRACT = sa.bindparam("contract_id", type_=sa.Uuid)
_OF_LINE = sa.bindparam("line_id", type_=sa.Uuid)
_OWNED_LINE = (
    sa.select(payment_lines, contracts.c.organisation, contracts.c.provider_id, contracts.c.jurisdiction)
    .join(contracts)
    .where(payment_lines.c.id == sa.bindparam("id", type_=sa.Uuid))
)
_CONTRACT_OF_LINE = (
    sa.select(contracts).join(payment_lines).where(payment_lines.c.id == sa.bindparam("id", type_=sa.Uuid))
)
_LINES = sa.select(payment_lines).where(payment_lines.c.contract_id == _OF_CONTRACT).order_by(payment_lines.c.number)
_RESULT = sa.select(results).where(results.c.id == sa.bindparam("id", type_=sa.Uuid))
_PARTS = sa.select(payments.c.kind, payments.c.parts).where(payments.c.contract_id == _OF_CONTRACT)
_ENTRIES = (
    sa.select(payments, receipts.c.settled, receipts.c.treasury_reference, receipts.c.recorded_by)
    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
    .where(payments.c.line_id == _OF_LINE)
    .order_by(payments.c.number)
)
_REASONS = sa.select(private_reasons).where(private_reasons.c.about == _OF_LINE)


async def request_facts(
    tx: Transaction, line: PaymentLine, contract: ContractMoney, papers: UUID | None, documents: int
) -> Request:
    """What advances were asked for before, which earlier lines were not, and whether the papers are this line's."""
    others = [one for one in await lines_of(tx, contract.id) if one.id != line.id]
    asked = [one.planned for one in others if one.terms.is_advance and one.state != LineState.PLANNED]
    unasked = tuple(one.number for one in others if one.number < line.number and one.state == LineState.PLANNED)
    signed = contract.signed_on is not None
    fit = await _papers_fit(tx, line, papers)
    over, advances = tx.today > contract.ends_on, sum(asked, Decimal(0))
    return Request(line.terms, contract.price, advances, signed, fit, documents > 0, unasked, over)


async def _papers_fit(tx: Transaction, line: PaymentLine, papers: UUID | None) -> bool:
    found = await tx.one(_RESULT, ResultTold, id=papers) if papers else None
    if found is None or found.contract_id != line.contract_id or found.kind != line.gate:
        return False
    return found.line_id in (None, line.id)


def result_of(line: PaymentLine) -> Result | None:
    """The result that gates the line, as it was kept: all of it or nothing."""
    if line.result_id is None or line.result_version is None or line.result is None:
        return None
    said = line.result
    score = Decimal(said["score"]) if said.get("score") is not None else None
    return Result(line.result_id, line.result_version, said.get("passed"), score, said.get("grade"))


async def set_result(tx: Transaction, line: PaymentLine, result: Result) -> PaymentLine:
    """Keeps the result that gates the line, as it came."""
    score = str(result.score) if result.score is not None else None
    said = {"passed": result.passed, "score": score, "grade": result.grade}
    return await tx.save(line, replace(line, result_id=result.id, result_version=result.version, result=said))


def borne_by_source(contract: ContractMoney) -> dict[str, Decimal]:
    """What each funding source bears of the price, in proportion to what it was approved for (CNY)."""
    approved: dict[str, Decimal] = {}
    for source in contract.sources:
        approved[source["kind"]] = approved.get(source["kind"], Decimal("0.00")) + Decimal(source["amount"])
    return split(contract.price, approved)


async def paid_by_source(tx: Transaction, contract: ContractMoney) -> dict[str, Decimal]:
    """What each funding source has borne of the contract so far; refunds and returned orders count back."""
    paid = dict.fromkeys(borne_by_source(contract), Decimal("0.00"))
    for moved, parts in await tx.all(_PARTS, contract_id=contract.id):
        sign = -1 if moved in GIVES_BACK else 1
        for kind, amount in parts.items():
            paid[kind] += sign * Decimal(amount)
    return paid


async def entries(reader: Reader, line_id: UUID) -> list[Movement]:
    """Every movement of money for a line, in order, with its receipt."""
    return await reader.all(_ENTRIES, Movement, line_id=line_id)


async def list_entries(reader: Reader, line_id: UUID, shown: Slice) -> list[Movement]:
    """A page of them."""
    return await reader.all(shown.of(_ENTRIES), Movement, line_id=line_id)


def order_key(line_id: UUID, number: int) -> str:
    """The business key of the order for a movement of the line."""
    return f"payment/{line_id}/{number}"


async def contract_of_order(reader: Reader, key: str) -> Contract:
    """The contract that an order pays, by the order's business key; raises NotFound."""
    contract = await reader.one(_CONTRACT_OF_LINE, Contract, id=UUID(key.split("/")[1]))
    if contract is None:
        raise NotFound
    return contract


def has_release(before: Sequence[Movement]) -> bool:
    """Whether the line, of which these are the movements, has been released and that order was not returned."""
    return any(one.kind == "release" for one in standing(before))


def standing(before: Sequence[Movement]) -> list[Movement]:
    """Of these movements of a line those that hold: nothing has reversed them, or what did was a slip."""
    return [one for one in before if one.kind not in REVERSES and _holds(one, last_of(before, one))]


def _holds(one: Movement, last: Movement) -> bool:
    """A refund that is no longer owed was reversed once and for all."""
    return last is one or (one.kind != "refund" and last.kind == "reinstate")


def last_of(before: Sequence[Movement], one: Movement) -> Movement:
    """The last in the row of a movement: itself, or the return or reinstatement that reversed the one before it."""
    following = next((each for each in before if each.reverses == one.id), None)
    return one if following is None else last_of(before, following)


def awaited(before: Sequence[Movement]) -> list[Movement]:
    """Of these movements of a line the refunds that are owed and have not come in, the oldest first."""
    return [one for one in standing(before) if one.kind == "refund" and not one.settled]


def waiting(before: Sequence[Movement]) -> list[Movement]:
    """Of these movements of a line the orders and refunds of which nobody has yet said what became of them."""
    return [one for one in standing(before) if waits_for_receipt(one)]


def waits_for_receipt(one: Movement) -> bool:
    """Nobody has yet said what became of the order, or the refund has not come in."""
    return one.kind not in REVERSES and (one.settled is None or (one.kind == "refund" and not one.settled))


async def enter(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    before: Sequence[Movement],
    kind: PaymentKind,
    amount: Decimal,
    parts: Mapping[str, Decimal],
    state: LineState,
    *,
    result: Result | None = None,
) -> tuple[Payment, PaymentLine, ContractMoney]:
    """Enters a movement of money after those `before`, never changed again, and moves what line and contract have paid;
    the line is in this state then."""
    [payment], line, contract = await enter_all(tx, line, contract, before, [Entry(kind, amount, parts, result)], state)
    return payment, line, contract


async def enter_all(
    tx: Transaction,
    line: PaymentLine,
    contract: ContractMoney,
    before: Sequence[Movement],
    new: Sequence[Entry],
    state: LineState,
) -> tuple[list[Payment], PaymentLine, ContractMoney]:
    """Enters movements one after another; what line and contract have paid moves once, by all of them together."""
    attempt = 1 + sum(one.kind == "return" for one in before)
    entered = [
        await tx.add(
            Payment(
                id=new_id(),
                contract_id=line.contract_id,
                line_id=line.id,
                number=number,
                kind=one.kind,
                attempt=attempt,
                amount=one.amount,
                parts={source: str(part) for source, part in one.parts.items()},
                result_id=one.result.id if one.result else None,
                result_version=one.result.version if one.result else None,
                reverses=one.reverses,
                released_at=tx.now,
            )
        )
        for number, one in enumerate(new, start=len(before) + 1)
    ]
    moved = sum((_signed(one.kind, one.amount) for one in new), Decimal(0))
    line = await tx.save(line, replace(line, paid=line.paid + moved, state=state))
    return entered, line, await tx.save(contract, replace(contract, paid=contract.paid + moved))


def _signed(kind: str, amount: Decimal) -> Decimal:
    return -amount if kind in GIVES_BACK else amount


async def set_due(tx: Transaction, line: PaymentLine, last: LastDay | None) -> PaymentLine:
    """Keeps the last day to pay the line; where a clause watches it, it becomes overdue the day after. None: nothing
    is due."""
    if last is None:
        await meet_deadline(tx, "payment_due", line.id)
    elif last.clause is not None:
        await set_deadline(tx, "payment_due", line.id, line.key, closes_at(last.day), last.clause)
    return await tx.save(line, replace(line, due_on=last.day if last else None))


async def set_state(tx: Transaction, line: PaymentLine, state: LineState) -> PaymentLine:
    return await tx.save(line, replace(line, state=state))


async def reasons(reader: Reader, line_id: UUID, shown: Slice) -> list[Reason]:
    """Why what was decided of the line, the oldest first."""
    return await reader.all(shown.of(_REASONS), Reason, line_id=line_id)


async def lines_of(reader: Reader, contract_id: UUID) -> list[PaymentLine]:
    """The payment lines of a contract, in order."""
    return await reader.all(_LINES, PaymentLine, contract_id=contract_id)


async def list_lines(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[PaymentLine]:
    """A page of the lines of a contract that the reader may see; raises NotFound for another's."""
    await read_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_LINES), PaymentLine, contract_id=contract_id)


async def read_line(reader: Reader, line_id: UUID, scope: Scope) -> OwnedLine:
    """A line of a contract that the reader may see; raises NotFound for another's."""
    line = await reader.one(_OWNED_LINE, OwnedLine, id=line_id)
    if line is None or not scope.sees((line.organisation,), line.jurisdiction, line.provider_id):
        raise NotFound
    return line
