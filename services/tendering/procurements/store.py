"""Queries about procurements and the projects they come from."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict
from uuid import UUID

import sqlalchemy as sa

from services.tendering.procurements.records import Procurement, ProcurementState, Project
from services.tendering.rulebook import PreferenceSection, RetentionSection
from services.tendering.tables import procurements, projects, withdrawn_projects
from shared.fields.days import years_later
from shared.law.rulebook import rulebooks
from shared.reading.visibility import seen_by
from shared.web.paging import keyset_condition
from shared.work import seals
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

_PROJECT = sa.select(projects).where(projects.c.id == sa.bindparam("id", type_=sa.Uuid))
_ONE = sa.select(procurements).where(procurements.c.id == sa.bindparam("id", type_=sa.Uuid))
_WITHDRAWN = sa.select(sa.exists().where(withdrawn_projects.c.project_id == sa.bindparam("id", type_=sa.Uuid)))
_OF_PROJECT = (
    sa.select(procurements)
    .where(procurements.c.key == sa.bindparam("project_id", type_=sa.Uuid))
    .order_by(procurements.c.started_on)
)
_FAILED_BY = sa.select(
    sa.exists().where(
        procurements.c.key == sa.bindparam("key", type_=sa.Uuid),
        procurements.c.state == ProcurementState.FAILED,
        procurements.c.failure_clause == sa.bindparam("clause", type_=sa.Text),
    )
)
_ORDER = (procurements.c.started_on, procurements.c.id)


async def project(reader: Reader, project_id: UUID) -> Project:
    """The cleared project; raises NotFound while its clearance has not come."""
    found = await reader.one(_PROJECT, Project, id=project_id)
    if found is None:
        raise NotFound
    return found


async def of_project(tx: Transaction, project_id: UUID) -> list[Procurement]:
    """The project's procurements, oldest first; its key must be locked."""
    return await tx.all(_OF_PROJECT, Procurement, project_id=project_id)


async def live_of(tx: Transaction, project_id: UUID) -> Procurement | None:
    """The project's procurement that has not failed, locked; its key must be locked."""
    for each in await of_project(tx, project_id):
        if each.state is not ProcurementState.FAILED:
            return await lock(tx, each.id)
    return None


async def failed_reserved(reader: Reader, procurement: Procurement) -> bool:
    """Whether its project was reserved for small and medium enterprises before, and too few were qualified."""
    least = rulebooks().get(procurement.rulebook).section(PreferenceSection).reserved_min_qualified
    if least is None:
        return False
    return bool(await reader.value(_FAILED_BY, key=procurement.key, clause=least.clause.id))


async def withdrawn(tx: Transaction, project_id: UUID) -> bool:
    """Whether the project is not bought any more."""
    return bool(await tx.value(_WITHDRAWN, id=project_id))


async def lock(tx: Transaction, procurement_id: UUID) -> Procurement:
    """The procurement, locked behind its project's key. Waits for bids that are being submitted."""
    return await tx.lock_record(Procurement, procurement_id)


async def save(tx: Transaction, before: Procurement, after: Procurement) -> Procurement:
    """Saves the procurement. While bids may come it is under a seal, and whatever ends that lifts it: the closing, a
    failure, anything else that takes it out of that state."""
    if after.state is ProcurementState.NOTICED is not before.state:
        await seals.place(tx, after.id)
    elif before.state is ProcurementState.NOTICED is not after.state:
        await seals.lift(tx, after.id)
    return await tx.save(before, after)


async def get(reader: Reader, procurement_id: UUID) -> Procurement:
    found = await reader.one(_ONE, Procurement, id=procurement_id)
    if found is None:
        raise NotFound
    return found


def sees(scope: Scope, procurement: Procurement) -> bool:
    """Whether the reader belongs to the purchaser or oversees it."""
    return scope.sees((procurement.organisation,), procurement.jurisdiction)


async def read(reader: Reader, procurement_id: UUID, scope: Scope) -> Procurement:
    """The procurement for any reader once it is noticed, before that for the owner's side; raises NotFound."""
    procurement = await get(reader, procurement_id)
    if procurement.noticed_on is None and not sees(scope, procurement):
        raise NotFound
    return procurement


async def read_own(reader: Reader, procurement_id: UUID, scope: Scope) -> Procurement:
    """The procurement for the owner's side only; raises NotFound."""
    procurement = await get(reader, procurement_id)
    if not sees(scope, procurement):
        raise NotFound
    return procurement


async def read_page(
    reader: Reader, filters: Mapping[str, object], after: tuple[object, ...] | None, limit: int, scope: Scope
) -> list[Procurement]:
    """Noticed procurements, and those not yet noticed that the reader's side may see, oldest first."""
    own = seen_by(scope, procurements.c.jurisdiction, procurements.c.organisation)
    statement = sa.select(procurements).where(sa.or_(procurements.c.noticed_on.is_not(None), own))
    for name, value in filters.items():
        column = procurements.c.key if name == "project_id" else procurements.c[name]
        statement = statement.where(column == value)
    if after is not None:
        statement = statement.where(keyset_condition(_ORDER, after, False))
    return await reader.all(statement.order_by(*_ORDER).limit(limit), Procurement)


class About(TypedDict):
    jurisdiction: str
    organisation: UUID
    project_id: UUID
    procurement_id: UUID


def about(procurement: Procurement) -> About:
    """What every event of a procurement begins with."""
    return {
        "jurisdiction": procurement.jurisdiction,
        "organisation": procurement.organisation,
        "project_id": procurement.key,
        "procurement_id": procurement.id,
    }


class Owner(TypedDict):
    key: UUID
    jurisdiction: str
    organisation: UUID
    procurement_id: UUID


def owner(procurement: Procurement) -> Owner:
    """What every record of a procurement begins with."""
    return {
        "key": procurement.key,
        "jurisdiction": procurement.jurisdiction,
        "organisation": procurement.organisation,
        "procurement_id": procurement.id,
    }


_KEEP = (
    ("private_offers", "bid_id IN (SELECT id FROM bids WHERE procurement_id = $1)"),
    ("private_annexes", "bid_id IN (SELECT id FROM bids WHERE procurement_id = $1)"),
    ("private_explanations", "explanation_id IN (SELECT id FROM explanations WHERE procurement_id = $1)"),
)


def keep_bids_until(tx: Transaction, procurement: Procurement, ended: date) -> None:
    """What bidders offered and said is kept as long as the law has the files of a purchase kept after its end, and
    erased then (GPL-42.1)."""
    years = rulebooks().get(procurement.rulebook).section(RetentionSection).file_retention_years.value
    until = years_later(ended, years)
    for table, of_procurement in _KEEP:
        tx.write(table, f"UPDATE {table} SET keep_until = $2 WHERE {of_procurement}", procurement.id, until)
