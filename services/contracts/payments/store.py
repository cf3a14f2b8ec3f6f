"""Queries about payment lines, payments and their receipts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.contracts.payments.rules import LastDay, Line, Request, Result
from services.contracts.tables import contracts, payment_lines, payments, private_reasons, receipts, results
from shared.errands.deadlines import meet_deadline, set_deadline
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.fields.money import split
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

Kind = Literal["release", "supplement", "refund", "return", "reinstate"]
REVERSES = ("return", "reinstate")
GIVES_BACK = ("refund", "return")
OF_CONTRACT = (
    *("id", "key", "jurisdiction", "organisation", "provider_id", "provider_title", "reference", "rulebook"),
    *("state", "signed_on", "price", "paid", "sources", "small_or_medium", "ends_on"),
)
"""What the handlers of payments need of the contract."""

_OF_CONTRACT = sa.bindparam("contract_id", type_=sa.Uuid)
_OF_LINE = sa.bindparam("line_id", type_=sa.Uuid)
_CONTRACT = sa.select(contracts).where(contracts.c.id == sa.bindparam("id", type_=sa.Uuid))
_LINE = sa.select(payment_lines).where(payment_lines.c.id == sa.bindparam("id", type_=sa.Uuid))
_OWNED_LINE = _LINE.join(contracts).add_columns(
    contracts.c.organisation, contracts.c.provider_id, contracts.c.jurisdiction
)
_LINES = sa.select(payment_lines).where(payment_lines.c.contract_id == _OF_CONTRACT).order_by(payment_lines.c.number)
_SIBLINGS = _LINES.with_only_columns(*(payment_lines.c[n] for n in ("id", "number", "kind", "planned", "state")))
_RESULT = sa.select(results).where(results.c.id == sa.bindparam("id", type_=sa.Uuid))
_PARTS = sa.select(payments.c.kind, payments.c.parts).where(payments.c.contract_id == _OF_CONTRACT)
_ENTRIES = (
    sa.select(payments, receipts.c.settled, receipts.c.treasury_reference, receipts.c.recorded_by)
    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)
    .where(payments.c.line_id == _OF_LINE)
    .order_by(payments.c.number)
)
_REASONS = sa.select(*(private_reasons.c[name] for name in ("id", "clause", "reason", "given_by", "given_at"))).where(
    private_reasons.c.about == _OF_LINE
)


async def lock_line(tx: Transaction, line_id: UUID) -> tuple[Row, Row]:
    """The line, locked behind its key, and its contract."""
    return await tx.lock_with(payment_lines, line_id, contracts, OF_CONTRACT)


async def contract_of(reader: Reader, line: Row) -> Row:
    """The contract of a line."""
    contract = await reader.one(_CONTRACT, id=line["contract_id"])
    if contract is None:
        raise NotFound
    return contract


async def request_facts(tx: Transaction, line: Row, contract: Row, papers: UUID | None, documents: int) -> Request:
    """What advances were asked for before, which earlier lines were not, and whether the papers are this line's."""
    others = [row for row in await tx.all(_SIBLINGS, contract_id=contract["id"]) if row["id"] != line["id"]]
    advances = sum((r["planned"] for r in others if r["kind"] == "advance" and r["state"] != "planned"), Decimal(0))
    unasked = tuple(r["number"] for r in others if r["number"] < line["number"] and r["state"] == "planned")
    signed = contract["signed_on"] is not None
    fit = await _papers_fit(tx, line, papers)
    return Request(line_of(line), contract["price"], advances, signed, fit, documents > 0, unasked)


async def _papers_fit(tx: Transaction, line: Row, papers: UUID | None) -> bool:
    found = await tx.one(_RESULT, id=papers) if papers else None
    if found is None or found["contract_id"] != line["contract_id"] or found["kind"] != line["gate"]:
        return False
    return found["line_id"] in (None, line["id"])


def line_of(row: Row) -> Line:
    bands = tuple((Decimal(score), Decimal(share)) for score, share in row["bands"])
    return Line(row["kind"], row["planned"], row["gate"], bands)


def result_of(row: Row) -> Result | None:
    if row["result_id"] is None:
        return None
    found: dict[str, Any] = row["result"]
    score = Decimal(found["score"]) if found.get("score") is not None else None
    return Result(row["result_id"], row["result_version"], found.get("passed"), score, found.get("grade"))


async def set_request(tx: Transaction, line: Row, person: UUID, papers: UUID | None) -> None:
    """Asked for by this person, again after a return; the approval of before no longer counts."""
    await tx.update(payment_lines, line["id"], state="requested", requested_by=person, approved_by=None, papers=papers)


async def set_approval(tx: Transaction, line: Row, person: UUID) -> None:
    await tx.update(payment_lines, line["id"], state="approved", approved_by=person)


async def set_result(tx: Transaction, line: Row, result: Result) -> None:
    """Keeps the result that gates the line, as it came."""
    score = str(result.score) if result.score is not None else None
    found = {"passed": result.passed, "score": score, "grade": result.grade}
    await tx.update(payment_lines, line["id"], result_id=result.id, result_version=result.version, result=found)


def borne_by_source(contract: Row) -> dict[str, Decimal]:
    """What each funding source bears of the price, in proportion to what it was approved for (CNY)."""
    approved: dict[str, Decimal] = {}
    for source in contract["sources"]:
        approved[source["kind"]] = approved.get(source["kind"], Decimal("0.00")) + Decimal(source["amount"])
    return split(contract["price"], approved)


async def paid_by_source(tx: Transaction, contract: Row) -> dict[str, Decimal]:
    """What each funding source has borne of the contract so far; refunds and returned orders count back."""
    paid = dict.fromkeys(borne_by_source(contract), Decimal("0.00"))
    for row in await tx.all(_PARTS, contract_id=contract["id"]):
        sign = -1 if row["kind"] in GIVES_BACK else 1
        for kind, amount in row["parts"].items():
            paid[kind] += sign * Decimal(amount)
    return paid


async def entries(reader: Reader, line_id: UUID) -> list[Row]:
    """Every movement of money for a line, in order, with its receipt."""
    return await reader.all(_ENTRIES, line_id=line_id)


async def list_entries(reader: Reader, line_id: UUID, shown: Slice) -> list[Row]:
    """A page of them."""
    return await reader.all(shown.of(_ENTRIES), line_id=line_id)


def order_key(line_id: UUID, number: int) -> str:
    """The business key of the order for a movement of the line."""
    return f"payment/{line_id}/{number}"


async def contract_of_order(reader: Reader, key: str) -> Row:
    """The contract that an order pays, by the order's business key; raises NotFound."""
    line = await reader.one(_LINE, id=UUID(key.split("/")[1]))
    if line is None:
        raise NotFound
    return await contract_of(reader, line)


def has_release(before: Sequence[Row]) -> bool:
    """Whether the line, of which these are the movements, has been released and that order was not returned."""
    return any(row["kind"] == "release" for row in standing(before))


def standing(before: Sequence[Row]) -> list[Row]:
    """Of these movements of a line those that nothing has reversed; a return that was a slip reverses nothing."""
    slips = {row["reverses"] for row in before if row["kind"] == "reinstate"}
    reversed_ones = {row["reverses"] for row in before if row["kind"] == "return" and row["id"] not in slips}
    return [row for row in before if row["kind"] not in REVERSES and row["id"] not in reversed_ones]


def waits_for_receipt(row: Row) -> bool:
    """Nobody has yet said what became of the order, or the refund has not come in."""
    return row["kind"] not in REVERSES and (row["settled"] is None or (row["kind"] == "refund" and not row["settled"]))


async def add_entry(
    tx: Transaction,
    line: Row,
    contract: Row,
    before: Sequence[Row],
    kind: Kind,
    amount: Decimal,
    parts: Mapping[str, Decimal],
    *,
    result: Result | None = None,
    reverses: UUID | None = None,
) -> tuple[UUID, int]:
    """Enters a movement of money after those `before`, never changed again, and moves what line and contract have
    paid; returns its id and its number on the line."""
    payment_id = new_id()
    await tx.insert(
        payments,
        id=payment_id,
        contract_id=contract["id"],
        line_id=line["id"],
        number=len(before) + 1,
        kind=kind,
        attempt=1 + sum(row["kind"] == "return" for row in before),
        amount=amount,
        parts={source: str(part) for source, part in parts.items()},
        result_id=result.id if result else None,
        result_version=result.version if result else None,
        reverses=reverses,
        released_at=tx.now,
    )
    moved = -amount if kind in GIVES_BACK else amount
    await tx.update(payment_lines, line["id"], paid=line["paid"] + moved)
    await tx.update(contracts, contract["id"], paid=contract["paid"] + moved)
    return payment_id, len(before) + 1


async def set_due(tx: Transaction, line: Row, last: LastDay | None) -> None:
    """Keeps the last day to pay the line; where a clause watches it, it becomes overdue the day after. None: nothing
    is due."""
    await tx.update(payment_lines, line["id"], due_on=last.day if last else None)
    if last is None:
        await meet_deadline(tx, "payment_due", line["id"])
    elif last.clause is not None:
        await set_deadline(tx, "payment_due", line["id"], line["key"], closes_at(last.day), last.clause)


async def set_state(tx: Transaction, line: Row, state: str) -> None:
    await tx.update(payment_lines, line["id"], state=state)


async def reasons(reader: Reader, line_id: UUID, shown: Slice) -> list[Row]:
    """Why what was decided of the line, the oldest first."""
    return await reader.all(shown.of(_REASONS), line_id=line_id)


async def lines_of(reader: Reader, contract_id: UUID) -> list[Row]:
    return await reader.all(_LINES, contract_id=contract_id)


async def list_lines(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    """A page of the lines of a contract that the reader may see; raises NotFound for another's."""
    contract = await reader.one(_CONTRACT, id=contract_id)
    if contract is None or not scope.sees(
        (contract["organisation"],), contract["jurisdiction"], contract["provider_id"]
    ):
        raise NotFound
    return await reader.all(shown.of(_LINES), contract_id=contract_id)


async def read_line(reader: Reader, line_id: UUID, scope: Scope) -> Row:
    """A line of a contract that the reader may see; raises NotFound for another's."""
    line = await reader.one(_OWNED_LINE, id=line_id)
    if line is None or not scope.sees((line["organisation"],), line["jurisdiction"], line["provider_id"]):
        raise NotFound
    return line
