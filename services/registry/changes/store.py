"""Queries about changes, versions and successions of organisations. All but the changes themselves is public."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import (
    bodies,
    organisation_changes,
    organisation_versions,
    organisations,
    posts,
    providers,
    purchasers,
)
from shared.fields.text import folded
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_ORGANISATION = sa.select(organisations).where(organisations.c.id == _ID)
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

FACTS: dict[str, tuple[sa.Table, tuple[str, ...]]] = {
    "purchaser": (purchasers, ("title", "jurisdiction", "kind", "attributes", "opts_in")),
    "provider": (
        providers,
        (
            "title",
            "jurisdiction",
            "kind",
            "form",
            "credit_code",
            "registered_with",
            "registration_number",
            "founded_on",
        ),
    ),
    "body": (bodies, ("title", "jurisdiction", "kind")),
}
"""The table of each sort of organisation, and what of its row may change."""


async def sort_of(reader: Reader, organisation: UUID) -> str:
    """`purchaser`, `provider` or `body`; raises NotFound."""
    row = await reader.one(_ORGANISATION, id=organisation)
    if row is None:
        raise NotFound
    return row["kind"] if row["kind"] in FACTS else "body"


async def read_record(reader: Reader, organisation: UUID) -> Row:
    table, _ = FACTS[await sort_of(reader, organisation)]
    return await reader.one(sa.select(table).where(table.c.id == _ID), id=organisation)


def facts_of(sort: str, row: Row) -> dict[str, Any]:
    """What the row says of those facts, as JSON holds it."""
    return {name: _plain(row[name]) for name in FACTS[sort][1]}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


async def versions(reader: Reader, organisation: UUID) -> list[Row]:
    return await reader.all(_VERSIONS, id=organisation)


async def add_version(
    tx: Transaction,
    organisation: UUID,
    known: Mapping[str, Any],
    facts: Mapping[str, Any],
    valid_from: date | None,
    change: Row | None = None,
) -> None:
    """The next version; what was known since the registration becomes the first one. `change` names the evidence; one
    who comes back brings the facts of the new registration."""
    number = len(await versions(tx, organisation)) + 1
    if number == 1:
        await _add(tx, organisation, 1, known, None, None)
    await _add(tx, organisation, max(number, 2), {**known, **facts}, valid_from, change)


async def _add(
    tx: Transaction, organisation: UUID, number: int, facts: Mapping[str, Any], valid_from: date | None, change: Any
) -> None:
    await tx.insert(
        organisation_versions,
        organisation=organisation,
        number=number,
        valid_from=valid_from,
        facts=dict(facts),
        title_folded=folded(str(facts["title"])),
        change_id=change["id"] if change else None,
        document_hash=change["document_hash"] if change else None,
    )


async def find_change(reader: Reader, change_id: UUID) -> Row:
    row = await reader.one(_CHANGE, id=change_id)
    if row is None:
        raise NotFound
    return row


async def named(reader: Reader, title: str, shown: Slice) -> list[Row]:
    """Organisations that have or had this name."""
    return await reader.all(shown.of(sa.select(_NAMED.subquery())), title=folded(title))


async def duties_held(tx: Transaction, organisation: UUID) -> frozenset[str]:
    """Duties of its live posts."""
    rows = await tx.all(_LIVE_POSTS, id=organisation, on=tx.today)
    return frozenset(duty for row in rows for duty in row["duties"])
