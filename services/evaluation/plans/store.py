"""Queries about contracts as evaluation knows them, their duties and targets."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.plans.rules import Duty, Line, Term
from services.evaluation.tables import contracts, duties, evaluations, targets
from shared.errands.deadlines import meet_deadline
from shared.events.contracts import ContractSigned
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook, rulebooks
from shared.people.interest import apart
from shared.reading.visibility import seen_by
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope
from shared.work.records import value_of

DONE = ("notified", "concluded", "dropped")
"""States in which a duty has been done: what is notified only waits for the window of its objections."""

_CONTRACT = sa.select(contracts).where(contracts.c.id == sa.bindparam("id", type_=sa.Uuid))
_DUTY = sa.select(duties).where(duties.c.id == sa.bindparam("id", type_=sa.Uuid))
_DUTIES = sa.select(duties, sa.func.coalesce(duties.c.number, 1000).label("place")).where(
    duties.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid)
)
_DUTY_OF = sa.select(duties).where(
    duties.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
    duties.c.kind == sa.bindparam("kind", type_=sa.Text),
    sa.or_(
        duties.c.line_id == sa.bindparam("line_id", type_=sa.Uuid),
        sa.and_(sa.bindparam("line_id", type_=sa.Uuid).is_(None), duties.c.final),
    ),
)
_TARGETS = sa.select(targets).where(
    targets.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
    targets.c.state == sa.bindparam("of_state", type_=sa.Text),
)
_EVALUATED = sa.select(sa.exists().where(evaluations.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid)))


def contract_row(event: ContractSigned) -> dict[str, Any]:
    """The copy of a signed contract. Its lines stay together with it, because a copy is one row an event."""
    return {
        "id": event.contract_id,
        "key": event.project_id,
        "jurisdiction": event.jurisdiction,
        "organisation": event.organisation,
        "provider_id": event.provider_id,
        "procurement_id": event.procurement_id,
        "reference": event.reference,
        "rulebook": event.rulebook,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "service_class": event.service_class,
        "nature": event.nature,
        "procurement_project": event.procurement_project,
        "signed_by": event.signed_by,
        "objection_window_working_days": event.objection_window_working_days,
        "lines": [line.model_dump(mode="json") for line in event.lines],
    }


async def read_contract(reader: Reader, contract_id: UUID) -> Row:
    """The contract, whoever asks: for those who decide whether that person may."""
    row = await reader.one(_CONTRACT, id=contract_id)
    if row is None:
        raise NotFound
    return row


async def lock_contract(tx: Transaction, contract_id: UUID) -> Row:
    """The contract, behind the lock of its key: for a new record under it."""
    row = await read_contract(tx, contract_id)
    await tx.lock(row["key"])
    return row


def law(tx: Transaction, contract: Row) -> Rulebook:
    """The rulebook the contract is bound to; every entry that follows names it."""
    return tx.under(rulebooks().get(contract["rulebook"]))


def law_apart(tx: Transaction, contract: Row, duty: str) -> Rulebook:
    """The same, for a person who decides about this contract by that duty: raises Refused for one with an interest in
    its provider (GPR-9.1). Whoever holds the duty in the provider alone acts for it, and is refused as an organiser."""
    provider = contract["provider_id"]
    able = [post for post in tx.actor.posts if post.covers(duty, None, contract["jurisdiction"])]
    with_it = {post.id for post in able if post.organisation == provider}
    only_with_it = bool(able) and with_it == {post.id for post in able}
    return apart(tx, contract["rulebook"], [] if only_with_it else [provider])


def lines_of(contract: Row) -> tuple[Line, ...]:
    return tuple(_line(line) for line in contract["lines"])


def _line(given: dict[str, Any]) -> Line:
    pays_from = min((Decimal(score) for score, _ in given["bands"]), default=None)
    return Line(UUID(given["line_id"]), given["number"], given["gate"], given["period"], pays_from)


def line_of(contract: Row, line_id: UUID) -> Line:
    """A payment line of this contract; raises NotFound for another's."""
    for line in lines_of(contract):
        if line.id == line_id:
            return line
    raise NotFound


def term_of(contract: Row) -> Term:
    return Term(contract["starts_on"], contract["ends_on"], lines_of(contract))


def owner(contract: Row) -> dict[str, Any]:
    """The columns that a new record takes from its contract."""
    names = ("key", "jurisdiction", "organisation", "provider_id")
    return {**{name: contract[name] for name in names}, "contract_id": contract["id"], "version": 1}


def about(record: Any) -> dict[str, Any]:
    """The fields that an event takes from its record, or from a row that is none."""
    names = ("jurisdiction", "organisation", "contract_id", "provider_id")
    return {**{name: value_of(record, name) for name in names}, "project_id": value_of(record, "key")}


async def add_duty(tx: Transaction, contract: Row, duty: Duty) -> Row:
    duty_id = new_id()
    line = duty.line
    await tx.insert(
        duties,
        id=duty_id,
        **owner(contract),
        kind=duty.kind,
        final=duty.final,
        line_id=line.id if line else None,
        number=line.number if line else None,
        period=line.period if line else None,
        due_on=duty.due_on,
        clause=duty.clause.id,
        state="planned",
    )
    return await read_duty(tx, duty_id)


async def read_duty(reader: Reader, duty_id: UUID) -> Row:
    row = await reader.one(_DUTY, id=duty_id)
    if row is None:
        raise NotFound
    return row


_OPEN_OF = (
    sa.select(duties)
    .where(
        duties.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
        duties.c.state != "concluded",
        duties.c.state != "dropped",
    )
    .order_by(duties.c.id)
)


async def find_duty(reader: Reader, contract_id: UUID, kind: str, line_id: UUID | None) -> Row | None:
    """The duty of that kind for the line; without a line, the final evaluation of the contract."""
    return await reader.one(_DUTY_OF, contract_id=contract_id, kind=kind, line_id=line_id)


async def drop_duties(tx: Transaction, contract_id: UUID) -> list[Row]:
    """Ends the duties of a contract that were not concluded; returns them."""
    dropped = await tx.all(_OPEN_OF, contract_id=contract_id)
    for duty in dropped:
        await tx.update(duties, duty["id"], state="dropped")
        await meet_deadline(tx, "duty", duty["id"])
    return dropped


async def move_duty(tx: Transaction, contract_id: UUID, kind: str, line_id: UUID | None, state: str) -> None:
    """What is done about a duty shows on it; an act for which nothing was planned moves none."""
    duty = await find_duty(tx, contract_id, kind, line_id)
    if duty is not None:
        await tx.update(duties, duty["id"], state=state)
        if state in DONE:
            await meet_deadline(tx, "duty", duty["id"])


async def add_targets(tx: Transaction, contract: Row, **given: Any) -> Row:
    """Targets that stand at once, or (with the hash of a reason) are proposed and take the place of others proposed."""
    state = "proposed" if given.get("reason_hash") else "set"
    before = await read_targets(tx, contract["id"], "proposed") if state == "proposed" else None
    if before is not None:
        await tx.update(targets, before["id"], state="replaced")
    await tx.insert(targets, **owner(contract), set_on=tx.today, state=state, **given)
    row = await read_targets(tx, contract["id"], state)
    assert row is not None
    return row


async def set_approved(tx: Transaction, proposed: Row, person: UUID) -> Row:
    """Proposed targets stand, in the place of those before."""
    before = await read_targets(tx, proposed["contract_id"])
    if before is not None:
        await tx.update(targets, before["id"], state="replaced")
        await tx.flush()
    await tx.update(targets, proposed["id"], state="set", approved_by=person, set_on=tx.today)
    row = await read_targets(tx, proposed["contract_id"])
    assert row is not None
    return row


async def read_targets(reader: Reader, contract_id: UUID, state: str = "set") -> Row | None:
    """The targets that stand, or those that are proposed; None when there are none."""
    return await reader.one(_TARGETS, contract_id=contract_id, of_state=state)


async def evaluation_begun(reader: Reader, contract_id: UUID) -> bool:
    """Whether an evaluation of the contract is under way or over."""
    return bool(await reader.value(_EVALUATED, contract_id=contract_id))


async def seen_contract(reader: Reader, contract_id: UUID, scope: Scope) -> Row:
    """The contract, for its parties and those who oversee them; raises NotFound for others."""
    row = await read_contract(reader, contract_id)
    if not scope.sees((row["organisation"],), row["jurisdiction"], row["provider_id"]):
        raise NotFound
    return row


async def read_duties(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    """The duties of a contract that the reader may see."""
    await seen_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_DUTIES), contract_id=contract_id)


async def open_duties(
    reader: Reader, scope: Scope, overdue_on: date | None, after: tuple[object, ...] | None, limit: int
) -> list[Row]:
    """Duties not concluded, of the reader's organisations and of what they oversee, by day; `overdue_on` keeps only
    those whose day lies before."""
    mine = seen_by(scope, duties.c.jurisdiction, duties.c.organisation, provider=duties.c.provider_id)
    statement = sa.select(duties).where(duties.c.state != "concluded", duties.c.state != "dropped", mine)
    if overdue_on is not None:
        statement = statement.where(duties.c.due_on < overdue_on, duties.c.state != "notified")
    if after is not None:
        statement = statement.where(keyset_condition((duties.c.due_on, duties.c.id), after, descending=False))
    return await reader.all(statement.order_by(duties.c.due_on, duties.c.id).limit(limit))


def overdue(duty: Row, today: date) -> bool:
    """A day is over when it is over: due today is not overdue."""
    return bool(duty["state"] not in DONE and today > duty["due_on"])
