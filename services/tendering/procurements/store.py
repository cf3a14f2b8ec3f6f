"""Queries about procurements and the projects they come from."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.tendering.procurements.rules import Start
from services.tendering.tables import procurements, projects, withdrawn_projects
from shared.fields.ids import new_id
from shared.reading.visibility import seen_by
from shared.web.paging import keyset_condition
from shared.work import seals
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

WITHOUT_RESULT = ("drafted", "checked", "noticed", "closed", "opened", "reviewed", "scored", "proposed", "announced")
"""States in which a procurement may still be ended without one."""
PUBLIC_RESULT = ("announced", "confirmed")
"""States in which everybody may read panel, scores and ranking."""
CONTRACT_ENDED = "contract_ended"
"""Failure of a procurement that had its contract: what was public of it stays so."""

_PROJECT = sa.select(projects).where(projects.c.id == sa.bindparam("id", type_=sa.Uuid))
_ONE = sa.select(procurements).where(procurements.c.id == sa.bindparam("id", type_=sa.Uuid))
_WITHDRAWN = sa.select(withdrawn_projects).where(withdrawn_projects.c.project_id == sa.bindparam("id", type_=sa.Uuid))
_OF_PROJECT = (
    sa.select(procurements.c.id, procurements.c.state)
    .where(procurements.c.key == sa.bindparam("project_id", type_=sa.Uuid))
    .order_by(procurements.c.started_on)
)
_ORDER = (procurements.c.started_on, procurements.c.id)


async def project(tx: Reader, project_id: UUID) -> Row:
    """The cleared project; raises NotFound while its clearance has not come."""
    row = await tx.one(_PROJECT, id=project_id)
    if row is None:
        raise NotFound
    return row


async def states_of(tx: Transaction, project_id: UUID) -> list[str]:
    """States of the project's procurements, oldest first; its key must be locked."""
    return [row["state"] for row in await tx.all(_OF_PROJECT, project_id=project_id)]


async def live_of(tx: Transaction, project_id: UUID) -> Row | None:
    """The project's procurement that has not failed, locked; its key must be locked."""
    for row in await tx.all(_OF_PROJECT, project_id=project_id):
        if row["state"] != "failed":
            return await lock(tx, row["id"])
    return None


async def withdrawn(tx: Transaction, project_id: UUID) -> bool:
    """Whether the project is not bought any more."""
    return await tx.one(_WITHDRAWN, id=project_id) is not None


async def insert(tx: Transaction, project: Row, start: Start, **given: Any) -> Row:
    """A new procurement with exactly the project's budget, sources and rulebook."""
    procurement_id = new_id()
    taken = (
        "jurisdiction",
        "organisation",
        "title",
        "rulebook",
        "budget",
        "budget_year",
        "sources",
        "service_class",
        "nature",
    )
    await tx.insert(
        procurements,
        id=procurement_id,
        key=project["id"],
        version=1,
        **{name: project[name] for name in taken},
        procurement_project=start.procurement_project,
        state="drafted",
        started_on=tx.today,
        **given,
    )
    return await get(tx, procurement_id)


async def lock(tx: Transaction, procurement_id: UUID) -> Row:
    """The procurement, locked behind its project's key. Waits for bids that are being submitted."""
    return await tx.lock_row(procurements, procurement_id)


async def update(tx: Transaction, procurement: Row, **values: Any) -> Row:
    """Sets columns. While bids may come the procurement is under a seal, and whatever ends that lifts it: the closing,
    a failure, anything else that takes it out of that state."""
    state = values.get("state", procurement["state"])
    if state == "noticed" != procurement["state"]:
        await seals.place(tx, procurement["id"])
    elif procurement["state"] == "noticed" != state:
        await seals.lift(tx, procurement["id"])
    await tx.update(procurements, procurement["id"], **values)
    return await get(tx, procurement["id"])


async def get(reader: Reader, procurement_id: UUID) -> Row:
    row = await reader.one(_ONE, id=procurement_id)
    if row is None:
        raise NotFound
    return row


def sees(scope: Scope, procurement: Row) -> bool:
    """Whether the reader belongs to the purchaser or oversees it."""
    return scope.sees((procurement["organisation"],), procurement["jurisdiction"])


def shows_result(procurement: Row) -> bool:
    """Whether everybody may read panel, scores and ranking."""
    return procurement["state"] in PUBLIC_RESULT or procurement["failure_code"] == CONTRACT_ENDED


async def read(reader: Reader, procurement_id: UUID, scope: Scope) -> Row:
    """The procurement for any reader once it is noticed, before that for the owner's side; raises NotFound."""
    row = await get(reader, procurement_id)
    if row["noticed_on"] is None and not sees(scope, row):
        raise NotFound
    return row


async def read_own(reader: Reader, procurement_id: UUID, scope: Scope) -> Row:
    """The procurement for the owner's side only; raises NotFound."""
    row = await get(reader, procurement_id)
    if not sees(scope, row):
        raise NotFound
    return row


async def read_page(
    reader: Reader, filters: Mapping[str, object], after: tuple[object, ...] | None, limit: int, scope: Scope
) -> list[Row]:
    """Noticed procurements, and those not yet noticed that the reader's side may see, oldest first."""
    own = seen_by(scope, procurements.c.jurisdiction, procurements.c.organisation)
    statement = sa.select(procurements).where(sa.or_(procurements.c.noticed_on.is_not(None), own))
    for name, value in filters.items():
        column = procurements.c.key if name == "project_id" else procurements.c[name]
        statement = statement.where(column == value)
    if after is not None:
        statement = statement.where(keyset_condition(_ORDER, after, False))
    return await reader.all(statement.order_by(*_ORDER).limit(limit))


def about(procurement: Row) -> dict[str, Any]:
    """What every event of a procurement begins with."""
    return {
        "jurisdiction": procurement["jurisdiction"],
        "organisation": procurement["organisation"],
        "project_id": procurement["key"],
        "procurement_id": procurement["id"],
    }
