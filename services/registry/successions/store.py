"""Queries about successions, and about what an organisation that leaves would leave behind."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from services.registry.posts.records import Post
from services.registry.successions.records import KnownContract, ProvenSuccession, Succession
from services.registry.successions.vocabulary import ANNULLED
from services.registry.tables import contracts, organisation_changes, posts, projects
from services.registry.tables import successors as successors_table
from shared.work.database import Reader, Transaction
from shared.work.records import Identified

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
            _CHANGES.manner != ANNULLED,
        ),
    )
    .where(sa.or_(successors_table.c.predecessor == _ID, successors_table.c.successor == _ID))
    .ext(distinct_on(successors_table.c.successor, successors_table.c.predecessor))
    .order_by(successors_table.c.successor, successors_table.c.predecessor, _CHANGES.id.desc())
)
_ONE = sa.select(successors_table).where(
    successors_table.c.successor == _ID, successors_table.c.predecessor == sa.bindparam("predecessor", type_=sa.Uuid)
)
_SET = (
    "UPDATE successors SET from_day = $3, annulled = $4, source_version = $5 WHERE successor = $1 AND predecessor = $2"
)
_TOOK = ~successors_table.c.annulled
_BEFORE = sa.func.acts_for(_ID, type_=sa.Uuid).column_valued("before")


def _reached(step: sa.Column[UUID], taken: sa.Column[UUID]) -> sa.CTE:
    """This one, and in however many steps whoever took its place, or whose place it took."""
    found = sa.select(_ID.label("id")).cte(recursive=True)
    return found.union(sa.select(step).where(taken == found.c.id, _TOOK))


_LATER = _reached(successors_table.c.successor, successors_table.c.predecessor)
_SUCCESSORS = sa.select(_LATER.c.id).where(_LATER.c.id != _ID)
_CARRIERS = (
    sa.select(sa.func.carried_on_by(successors_table.c.successor, type_=sa.Uuid).label("id"))
    .where(successors_table.c.predecessor == _ID, _TOOK)
    .distinct()
)


_LINEAGE = sa.select(_reached(successors_table.c.predecessor, successors_table.c.successor).c.id)
_TAKEN = sa.select(successors_table).where(
    successors_table.c.successor == sa.any_(sa.bindparam("organisations", type_=ARRAY(sa.Uuid))), _TOOK
)
_MINE = sa.union(sa.select(_ID), sa.select(_BEFORE)).scalar_subquery()
_KNOWN = sa.select(contracts).where(contracts.c.id == sa.bindparam("id", type_=sa.Uuid))
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


async def known_contract(reader: Reader, contract_id: UUID) -> KnownContract | None:
    """A contract as contracts last told it; None for one that this service has not heard of yet."""
    return await reader.one(_KNOWN, KnownContract, id=contract_id)


async def successions_of(reader: Reader, organisation: UUID) -> list[ProvenSuccession]:
    """Those in which it takes a place or gives its own, with manner and evidence, annulled ones too."""
    found = await reader.all(_OF, ProvenSuccession, id=organisation)
    return sorted(found, key=lambda each: each.from_day)


async def succession(reader: Reader, successor: UUID, predecessor: UUID) -> Succession | None:
    """That the one took the other's place, in force or annulled; None when it was never said."""
    return await reader.one(_ONE, Succession, id=successor, predecessor=predecessor)


async def successors(reader: Reader, organisation: UUID) -> list[UUID]:
    """All who took its place, in however many steps."""
    return [found.id for found in await reader.all(_SUCCESSORS, Identified, id=organisation)]


async def lineage(reader: Reader, organisation: UUID) -> list[UUID]:
    """Itself, and all whose place it took, in however many steps."""
    return [found.id for found in await reader.all(_LINEAGE, Identified, id=organisation)]


async def places_taken(reader: Reader, organisations: Sequence[UUID]) -> list[tuple[UUID, UUID, date]]:
    """Successor, predecessor and first day of every place that these took."""
    taken = await reader.all(_TAKEN, Succession, organisations=list(organisations))
    return [(each.successor, each.predecessor, each.from_day) for each in taken]


async def carriers(reader: Reader, organisation: UUID) -> list[UUID]:
    """Who carries on what it has, once it has left."""
    return [found.id for found in await reader.all(_CARRIERS, Identified, id=organisation)]


async def open_matters(reader: Reader, organisation: UUID) -> int:
    """Purchases that have no end yet and contracts in force, of its own or of those for whom it acts."""
    return len(await reader.all(_OPEN, id=organisation))


async def live_posts(tx: Transaction, organisations: Sequence[UUID]) -> list[Post]:
    """Posts in these organisations that last today or longer."""
    return await tx.all(_LIVE_POSTS, Post, organisations=list(organisations), on=tx.today)


def set_again(tx: Transaction, taken: Succession) -> None:
    """What is known of the pair from now on."""
    said = (taken.successor, taken.predecessor, taken.from_day, taken.annulled, taken.source_version)
    tx.write("successors", _SET, *said)
