"""Queries about directory editions and their items."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from services.catalog.directories.records import Edition, EditionItem, EditionState, Item
from services.catalog.tables import ITEM, edition_items, editions
from shared.fields.places import upwards
from shared.fields.strict_json import canonical
from shared.reading.visibility import seen_by
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope


def contents_hash(items: Iterable[Any]) -> str:
    """SHA-256 over all items of an edition, records or rows, in any order."""
    return hashlib.sha256(canonical(sorted(map(ITEM, items)))).hexdigest()


_PLACES = sa.bindparam("places", type_=ARRAY(sa.Text))
_DAY = sa.bindparam("day", type_=sa.Date)
_IN_FORCE = (
    sa.select(editions.c.id)
    .ext(distinct_on(editions.c.jurisdiction, editions.c.kind))
    .where(
        editions.c.state == EditionState.PUBLISHED,
        editions.c.valid_from <= _DAY,
        editions.c.jurisdiction == sa.any_(_PLACES),
    )
    .order_by(editions.c.jurisdiction, editions.c.kind, editions.c.valid_from.desc())
)
_ITEMS_IN_FORCE = (
    sa.select(edition_items.c.code, edition_items.c.level, edition_items.c.path)
    .join(editions, editions.c.id == edition_items.c.edition_id)
    .where(editions.c.id.in_(_IN_FORCE))
)
_ITEM = (
    _ITEMS_IN_FORCE.where(edition_items.c.code == sa.bindparam("code", type_=sa.Text))
    .order_by(sa.func.length(editions.c.jurisdiction).desc(), editions.c.kind.desc())
    .limit(1)
)
_EDITION = sa.select(editions).where(editions.c.id == sa.bindparam("id", type_=sa.Uuid))


async def paths_above(reader: Reader, jurisdiction: str, day: date) -> dict[str, Sequence[str]]:
    """The items of the city that a district's edition extends on that day, each with its path."""
    items = await reader.all(_ITEMS_IN_FORCE, Item, places=upwards(jurisdiction)[1:], day=day)
    return {item.code: item.path for item in items}


async def item_in_force(reader: Reader, jurisdiction: str, code: str, day: date) -> Item | None:
    """The item with this code in the directory in force there that day; the nearest jurisdiction's comes first."""
    return await reader.one(_ITEM, Item, places=upwards(jurisdiction), code=code, day=day)


async def read_edition(reader: Reader, edition_id: UUID, scope: Scope) -> Edition:
    """A published edition is everybody's; a draft its organisation's and its overseers'. Raises NotFound."""
    row = await reader.one(_EDITION, Edition, id=edition_id)
    if row is None or not (row.state == EditionState.PUBLISHED or scope.sees((row.organisation,), row.jurisdiction)):
        raise NotFound
    return row


async def list_editions(
    reader: Reader, jurisdiction: str, on: date | None, after: Sequence[object] | None, limit: int, scope: Scope
) -> list[Edition]:
    """Editions of a jurisdiction and those above it, newest first; with `on`, those in force that day."""
    order = [editions.c.valid_from, editions.c.id]
    published = sa.or_(
        editions.c.state == EditionState.PUBLISHED, seen_by(scope, editions.c.jurisdiction, editions.c.organisation)
    )
    statement = (
        sa.select(editions)
        .where(editions.c.jurisdiction == sa.any_(_PLACES), published)
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(keyset_condition(order, after, descending=True))
    if on is not None:
        statement = statement.where(editions.c.id.in_(_IN_FORCE))
    return await reader.all(statement, Edition, places=upwards(jurisdiction), day=on)


async def list_items(
    reader: Reader, edition_id: UUID, *, parent: str | None, level: int | None, after: str, limit: int
) -> list[EditionItem]:
    """Items in the order of their codes; the caller has read the edition before."""
    statement = (
        sa.select(edition_items)
        .where(edition_items.c.edition_id == edition_id, edition_items.c.code > after)
        .order_by(edition_items.c.code)
        .limit(limit)
    )
    if parent is not None:
        statement = statement.where(edition_items.c.parent == parent)
    if level is not None:
        statement = statement.where(edition_items.c.level == level)
    return await reader.all(statement, EditionItem)
