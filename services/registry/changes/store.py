"""Queries about changes, versions and successions of organisations. All but the changes themselves is public."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.bodies.records import Body, Registered
from services.registry.bodies.store import organisation
from services.registry.changes.records import OrganisationChange, OrganisationVersion
from services.registry.providers.records import Provider
from services.registry.purchasers.records import Purchaser
from services.registry.tables import (
    bodies,
    organisation_changes,
    organisation_versions,
    organisations,
    persons,
    posts,
    providers,
    purchasers,
)
from shared.fields.text import folded
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
from shared.work.records import Identified
from shared.work.sql import table_of

_ID = sa.bindparam("id", type_=sa.Uuid)
_CHANGE = sa.select(organisation_changes).where(organisation_changes.c.id == _ID)
_VERSIONS = (
    sa.select(organisation_versions)
    .where(organisation_versions.c.organisation == _ID)
    .order_by(organisation_versions.c.number)
)
_TITLE = sa.bindparam("title", type_=sa.Text)
_NAMED = sa.union(
    *(sa.select(table.c.id).where(table.c.title_folded == _TITLE) for table in (bodies, purchasers, providers)),
    sa.select(organisation_versions.c.organisation).where(organisation_versions.c.title_folded == _TITLE),
)
_LIVE_POSTS = sa.select(posts.c.duties).where(
    posts.c.organisation_id == _ID,
    sa.or_(posts.c.valid_until.is_(None), posts.c.valid_until >= sa.bindparam("on", type_=sa.Date)),
)

_PERSON = sa.select(sa.exists().where(persons.c.id == _ID, ~persons.c.machine))
_KNOWN = sa.select(organisations.c.id).where(organisations.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))))

SORTS: dict[str, type[Registered]] = {sort.sort: sort for sort in (Purchaser, Provider, Body)}


async def sort_of(reader: Reader, organisation_id: UUID) -> type[Registered]:
    """Whether it is a purchaser, a provider or a body; raises NotFound."""
    known = await organisation(reader, organisation_id)
    if known is None:
        raise NotFound
    return SORTS.get(known.kind, Body)


async def read_record(reader: Reader, organisation_id: UUID) -> Registered:
    """What is known of it; raises NotFound."""
    sort = await sort_of(reader, organisation_id)
    table = table_of(sort)
    known = await reader.one(sa.select(table).where(table.c.id == _ID), sort, id=organisation_id)
    if known is None:
        raise NotFound
    return known


def facts_of(organisation: Registered) -> dict[str, Any]:
    """What is known of it and may change, as JSON holds it."""
    return {name: _plain(getattr(organisation, name)) for name in organisation.facts}


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case list():
            return [_plain(each) for each in value]
        case _:
            return value


async def versions(reader: Reader, organisation_id: UUID) -> list[OrganisationVersion]:
    return await reader.all(_VERSIONS, OrganisationVersion, id=organisation_id)


async def add_version(
    tx: Transaction,
    organisation_id: UUID,
    known: Mapping[str, Any],
    facts: Mapping[str, Any],
    valid_from: date | None,
    change: OrganisationChange | None = None,
) -> None:
    """The next version; what was known since the registration becomes the first one. `change` names the evidence; one
    who comes back brings the facts of the new registration."""
    number = len(await versions(tx, organisation_id)) + 1
    if number == 1:
        await _add(tx, organisation_id, 1, known, None, None)
    await _add(tx, organisation_id, max(number, 2), {**known, **facts}, valid_from, change)


async def _add(
    tx: Transaction,
    organisation_id: UUID,
    number: int,
    facts: Mapping[str, Any],
    valid_from: date | None,
    change: OrganisationChange | None,
) -> None:
    await tx.add(
        OrganisationVersion(
            organisation=organisation_id,
            number=number,
            valid_from=valid_from,
            facts=dict(facts),
            title_folded=folded(str(facts["title"])),
            change_id=change.id if change else None,
            document_hash=change.document_hash if change else None,
        )
    )


async def find_change(reader: Reader, change_id: UUID) -> OrganisationChange:
    """A change; raises NotFound."""
    change = await reader.one(_CHANGE, OrganisationChange, id=change_id)
    if change is None:
        raise NotFound
    return change


async def named(reader: Reader, title: str, shown: Slice) -> list[Identified]:
    """Organisations that have or had this name."""
    return await reader.all(shown.of(sa.select(_NAMED.subquery())), Identified, title=folded(title))


async def is_person(reader: Reader, person_id: UUID) -> bool:
    """Whether this is a person of the register, and no program."""
    return bool(await reader.value(_PERSON, id=person_id))


async def unknown(reader: Reader, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids that are no registered organisation."""
    known = {found for (found,) in await reader.all(_KNOWN, ids=list(ids))} if ids else set()
    return set(ids) - known


async def duties_held(tx: Transaction, organisation_id: UUID) -> frozenset[str]:
    """Duties of its live posts."""
    return frozenset(
        duty for (duties,) in await tx.all(_LIVE_POSTS, id=organisation_id, on=tx.today) for duty in duties
    )
