"""Queries about contracts as evaluation knows them, their duties and targets."""

from dataclasses import replace
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.plans.records import (
    DONE,
    OVER,
    Contract,
    Duty,
    DutyKind,
    DutyState,
    OfContract,
    PlacedDuty,
    Targets,
    TargetsState,
)
from services.evaluation.plans.rules import Line, Owed, Term
from services.evaluation.tables import contracts, duties, evaluations, targets
from shared.errands.deadlines import meet_deadline
from shared.events.contracts import ContractSigned, PaymentLine
from shared.fields.ids import new_id
from shared.law.rulebook import Rulebook, rulebooks
from shared.people.interest import apart
from shared.reading.visibility import seen_by
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Transaction
from shared.work.facts import Facts
from shared.work.identity import Scope

_CONTRACT = sa.select(contracts).where(contracts.c.id == sa.bindparam("id", type_=sa.Uuid))
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
_is_open = sa.and_(*(duties.c.state != state for state in OVER))
_OPEN_OF = (
    sa.select(duties)
    .where(duties.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid), _is_open)
    .order_by(duties.c.id)
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


class Owner(TypedDict):
    """The columns that a new record takes from its contract."""

    key: UUID
    version: int
    jurisdiction: str
    organisation: UUID
    provider_id: UUID
    contract_id: UUID


class About(TypedDict):
    """What every event says of the contract that it is about."""

    facts: str | None
    jurisdiction: str
    organisation: UUID
    project_id: UUID
    contract_id: UUID
    provider_id: UUID


async def read_contract(reader: Reader, contract_id: UUID) -> Contract:
    """The contract, whoever asks: for those who decide whether that person may."""
    contract = await reader.one(_CONTRACT, Contract, id=contract_id)
    if contract is None:
        raise NotFound
    return contract


def law(tx: Transaction, contract: Contract) -> Rulebook:
    """The rulebook the contract is bound to; every entry that follows names it."""
    return tx.under(rulebooks().get(contract.rulebook))


def law_apart(tx: Transaction, contract: Contract, duty: str) -> Rulebook:
    """The same, for a person who decides about this contract by that duty: raises Refused for one with an interest in
    its provider (GPR-9.1). Whoever holds the duty in the provider alone acts for it, and is refused as an organiser."""
    provider = contract.provider_id
    able = [post for post in tx.actor.posts if post.covers(duty, None, contract.jurisdiction)]
    with_it = {post.id for post in able if post.organisation == provider}
    only_with_it = bool(able) and with_it == {post.id for post in able}
    return apart(tx, contract.rulebook, [] if only_with_it else [provider])


def lines_of(contract: Contract) -> tuple[Line, ...]:
    told = [PaymentLine.model_validate(line) for line in contract.lines]
    return tuple(Line(line.line_id, line.number, line.gate, line.period, line.pays_from) for line in told)


def line_of(contract: Contract, line_id: UUID) -> Line:
    """A payment line of this contract; raises NotFound for another's."""
    for line in lines_of(contract):
        if line.id == line_id:
            return line
    raise NotFound


def term_of(contract: Contract) -> Term:
    return Term(contract.starts_on, contract.ends_on, lines_of(contract))


def owner(contract: Contract) -> Owner:
    return {
        "key": contract.key,
        "version": 1,
        "jurisdiction": contract.jurisdiction,
        "organisation": contract.organisation,
        "provider_id": contract.provider_id,
        "contract_id": contract.id,
    }


def about(record: OfContract, facts: Facts | None = None) -> About:
    """The fields that an event takes from its record; `facts`: what it says by a hash."""
    return {
        "facts": facts(record) if facts else None,
        "jurisdiction": record.jurisdiction,
        "organisation": record.organisation,
        "project_id": record.key,
        "contract_id": record.contract_id,
        "provider_id": record.provider_id,
    }


async def add_duty(tx: Transaction, contract: Contract, owed: Owed) -> Duty:
    line = owed.line
    return await tx.add(
        Duty(
            id=new_id(),
            **owner(contract),
            kind=owed.kind,
            final=owed.final,
            line_id=line.id if line else None,
            number=line.number if line else None,
            period=line.period if line else None,
            due_on=owed.due_on,
            clause=owed.clause.id,
        )
    )


async def find_duty(reader: Reader, contract_id: UUID, kind: DutyKind, line_id: UUID | None) -> Duty | None:
    """The duty of that kind for the line; without a line, the final evaluation of the contract."""
    return await reader.one(_DUTY_OF, Duty, contract_id=contract_id, kind=kind, line_id=line_id)


async def still_owed(tx: Transaction, contract_id: UUID) -> list[Duty]:
    """The duties of a contract that were not concluded."""
    return await tx.all(_OPEN_OF, Duty, contract_id=contract_id)


async def drop_duties(tx: Transaction, contract_id: UUID, only: DutyKind | None = None) -> list[Duty]:
    """Ends the duties of a contract that were not concluded, of all kinds or of one; returns them."""
    owed = await still_owed(tx, contract_id)
    return [await set_duty(tx, duty, DutyState.DROPPED) for duty in owed if only in (None, duty.kind)]


async def set_duty(tx: Transaction, duty: Duty, state: DutyState) -> Duty:
    """What is done about a duty shows on it; done, it waits for no day."""
    if state in DONE:
        await meet_deadline(tx, "duty", duty.id)
    return await tx.save(duty, replace(duty, state=state))


async def move_duty(tx: Transaction, contract_id: UUID, kind: DutyKind, line_id: UUID | None, state: DutyState) -> None:
    """The same for the duty of this kind and line; an act for which nothing was planned moves none. Before other
    writes, which would go out when it is looked for."""
    duty = await find_duty(tx, contract_id, kind, line_id)
    if duty is not None:
        await set_duty(tx, duty, state)


async def read_targets(reader: Reader, contract_id: UUID, state: TargetsState = TargetsState.SET) -> Targets | None:
    """The targets that stand, or those that are proposed; None when there are none."""
    return await reader.one(_TARGETS, Targets, contract_id=contract_id, of_state=state)


async def evaluation_begun(reader: Reader, contract_id: UUID) -> bool:
    """Whether an evaluation of the contract is under way or over."""
    return bool(await reader.value(_EVALUATED, contract_id=contract_id))


async def seen_contract(reader: Reader, contract_id: UUID, scope: Scope) -> Contract:
    """The contract, for its parties and those who oversee them; raises NotFound for others."""
    contract = await read_contract(reader, contract_id)
    if not scope.sees((contract.organisation,), contract.jurisdiction, contract.provider_id):
        raise NotFound
    return contract


async def read_duties(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[PlacedDuty]:
    """The duties of a contract that the reader may see."""
    await seen_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_DUTIES), PlacedDuty, contract_id=contract_id)


async def open_duties(
    reader: Reader, scope: Scope, overdue_on: date | None, after: tuple[object, ...] | None, limit: int
) -> list[Duty]:
    """Duties not concluded, of the reader's organisations and of what they oversee, by day; `overdue_on` keeps only
    those whose day lies before."""
    mine = seen_by(scope, duties.c.jurisdiction, duties.c.organisation, provider=duties.c.provider_id)
    statement = sa.select(duties).where(_is_open, mine)
    if overdue_on is not None:
        statement = statement.where(duties.c.due_on < overdue_on, duties.c.state != DutyState.NOTIFIED)
    if after is not None:
        statement = statement.where(keyset_condition((duties.c.due_on, duties.c.id), after, descending=False))
    return await reader.all(statement.order_by(duties.c.due_on, duties.c.id).limit(limit), Duty)
