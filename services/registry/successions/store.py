"""Queries about successions, and about what an organisation that leaves would leave behind."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.tables import contracts, organisation_changes, organisations, posts, projects
from services.registry.tables import successors as successors_table
from shared.work.database import Reader, Row, Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_CHANGES = organisation_changes.c
_OF = (
    sa.select(successors_table, _CHANGES.manner, _CHANGES.document_hash)
    .join_from(
        successors_table,
        organisation_changes,
        sa.and_(
            _CHANGES.organisation == successors_table.c.successor,
            _CHANGES.successor_of == successors_table.c.predecessor,
            _CHANGES.state == "confirmed",
        ),
    )
    .where(sa.or_(successors_table.c.predecessor == _ID, successors_table.c.successor == _ID))
    .order_by(successors_table.c.from_day, _CHANGES.id)
)
_BEFORE = sa.func.acts_for(_ID, type_=sa.Uuid).column_valued("before")


def _reached(step: sa.Column[UUID], taken: sa.Column[UUID]) -> sa.CTE:
    """This one, and in however many steps whoever took its place, or whose place it took."""
    found = sa.select(_ID.label("id")).cte(recursive=True)
    return found.union(sa.select(step).where(taken == found.c.id))


_LATER = _reached(successors_table.c.successor, successors_table.c.predecessor)
_SUCCESSORS = sa.select(_LATER.c.id).where(_LATER.c.id != _ID)
_CARRIERS = (
    sa.select(sa.func.carried_on_by(successors_table.c.successor, type_=sa.Uuid).label("id"))
    .where(successors_table.c.predecessor == _ID)
    .distinct()
)


_LINEAGE = sa.select(_reached(successors_table.c.predecessor, successors_table.c.successor).c.id)
_TAKEN = sa.select(successors_table).where(
    successors_table.c.successor == sa.any_(sa.bindparam("organisations", type_=ARRAY(sa.Uuid)))
)
_MINE = sa.union(sa.select(_ID), sa.select(_BEFORE)).scalar_subquery()
_COMPLETED = sa.exists().where(contracts.c.project_id == projects.c.id, contracts.c.completed)
_OPEN = sa.union(
    sa.select(projects.c.id).where(projects.c.organisation.in_(_MINE), ~projects.c.declined, ~_COMPLETED),
    sa.select(contracts.c.project_id).where(
        sa.or_(contracts.c.organisation.in_(_MINE), contracts.c.provider_id.in_(_MINE)), contracts.c.open
    ),
)
_LIVE_POSTS = (
    sa.select(posts)
    .where(
        posts.c.organisation_id == sa.any_(sa.bindparam("organisations", type_=ARRAY(sa.Uuid))),
        sa.or_(posts.c.valid_until.is_(None), posts.c.valid_until >= sa.bindparam("on", type_=sa.Date)),
    )
    .order_by(posts.c.id)
)
_LEAVE = (
    sa.update(organisations)
    .where(organisations.c.id == sa.bindparam("of_id", type_=sa.Uuid))
    .values(left_on=sa.bindparam("day", type_=sa.Date), source_version=sa.bindparam("at_version", type_=sa.BigInteger))
)


async def successions_of(reader: Reader, organisation: UUID) -> list[Row]:
    """Those in which it takes a place or gives its own, with manner and evidence."""
    return await reader.all(_OF, id=organisation)


async def successors(reader: Reader, organisation: UUID) -> list[UUID]:
    """All who took its place, in however many steps."""
    return [row["id"] for row in await reader.all(_SUCCESSORS, id=organisation)]


async def lineage(reader: Reader, organisation: UUID) -> list[UUID]:
    """Itself, and all whose place it took, in however many steps."""
    return [row["id"] for row in await reader.all(_LINEAGE, id=organisation)]


async def places_taken(reader: Reader, organisations: Sequence[UUID]) -> list[tuple[UUID, UUID, date]]:
    """Successor, predecessor and first day of every place that these took."""
    rows = await reader.all(_TAKEN, organisations=list(organisations))
    return [(row["successor"], row["predecessor"], row["from_day"]) for row in rows]


async def carriers(reader: Reader, organisation: UUID) -> list[UUID]:
    """Who carries on what it has, once it has left."""
    return [row["id"] for row in await reader.all(_CARRIERS, id=organisation)]


async def open_matters(reader: Reader, organisation: UUID) -> int:
    """Purchases that have no end yet and contracts in force, of its own or of those for whom it acts."""
    return len(await reader.all(_OPEN, id=organisation))


async def live_posts(tx: Transaction, organisations: Sequence[UUID]) -> list[Row]:
    """Posts in these organisations that last today or longer."""
    return await tx.all(_LIVE_POSTS, organisations=list(organisations), on=tx.today)


async def set_left(tx: Transaction, organisation: UUID) -> None:
    await tx.run(_LEAVE, of_id=organisation, day=tx.today, at_version=tx.versions[organisation])


async def add_succession(tx: Transaction, successor: UUID, predecessor: UUID, from_day: object) -> None:
    """At the version that the successor's key now has."""
    version = tx.versions[successor]
    await tx.insert(
        successors_table, successor=successor, predecessor=predecessor, from_day=from_day, source_version=version
    )
