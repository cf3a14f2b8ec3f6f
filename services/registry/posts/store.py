"""Queries about posts, given and proposed, and about who administers them."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.registry.posts.rules import Desk
from services.registry.tables import accounts, organisations, post_proposals, posts
from shared.fields.places import within
from shared.reading.visibility import lies_in
from shared.work.database import NotFound, Reader, Row, Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_DAY = sa.bindparam("day", type_=sa.Date)
_PLACE = sa.bindparam("place", type_=sa.Text)


def _lasting(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.valid_until.is_(None), table.c.valid_until >= _DAY)


_LIES_AT = sa.func.coalesce(organisations.c.jurisdiction, posts.c.jurisdiction).label("lies_at")
_POST = sa.select(posts).where(posts.c.id == _ID)
_PROPOSAL = sa.select(post_proposals).where(post_proposals.c.id == _ID)
_HELD = (
    sa.select(posts, _LIES_AT)
    .select_from(posts.outerjoin(organisations, organisations.c.id == posts.c.organisation_id))
    .where(posts.c.person_id == _ID, _lasting(posts))
)
_before = (
    sa.select(posts, sa.func.acts_for(posts.c.organisation_id, type_=sa.Uuid).label("before"))
    .where(posts.c.person_id == _ID, _lasting(posts))
    .subquery()
)
_INHERITED = sa.select(_before, organisations.c.jurisdiction.label("lies_at")).join_from(
    _before, organisations, organisations.c.id == _before.c.before
)
_PLACES = (
    sa.select(organisations.c.jurisdiction)
    .where(
        sa.or_(
            organisations.c.id == _ID,
            organisations.c.id.in_(sa.select(sa.func.acts_for(_ID, type_=sa.Uuid).column_valued("before"))),
        )
    )
    .order_by(organisations.c.id != _ID, organisations.c.id)
)
_PROPOSED = (
    sa.select(post_proposals, organisations.c.jurisdiction.label("lies_at"))
    .select_from(post_proposals.join(organisations, organisations.c.id == post_proposals.c.organisation))
    .where(post_proposals.c.person_id == _ID, post_proposals.c.state == "proposed")
    .order_by(post_proposals.c.id)
)
_ADMINISTRATORS = (
    sa.select(posts.c.person_id, posts.c.id)
    .join(accounts, accounts.c.person_id == posts.c.person_id)
    .where(
        posts.c.duties.contains(["administer_posts"]),
        _lasting(posts),
        lies_in(_PLACE, posts.c.jurisdiction),
        accounts.c.enabled,
    )
    .order_by(posts.c.id, accounts.c.issuer, accounts.c.subject)
    .with_for_update()
)
_END = (
    sa.update(posts)
    .where(posts.c.id == sa.bindparam("of_post", type_=sa.Uuid))
    .values(
        valid_until=sa.bindparam("last_day", type_=sa.Date),
        source_version=sa.bindparam("at_version", type_=sa.BigInteger),
    )
)


async def post(tx: Transaction, post_id: UUID) -> Row:
    """One post; raises NotFound."""
    row = await tx.one(_POST, id=post_id)
    if row is None:
        raise NotFound
    return row


async def proposal(tx: Transaction, post_id: UUID) -> Row | None:
    return await tx.one(_PROPOSAL, id=post_id)


async def held(reader: Reader, person_id: UUID, day: date) -> list[Row]:
    """The person's posts on that day or later, each with where its organisation lies."""
    return await reader.all(_HELD, id=person_id, day=day)


async def proposed(reader: Reader, person_id: UUID) -> list[Row]:
    """What was proposed for the person and waits, each with where its organisation lies."""
    return await reader.all(_PROPOSED, id=person_id)


async def places_of(reader: Reader, organisation: UUID) -> list[str]:
    """Where it lies, then where those lay for which it acts."""
    return [row["jurisdiction"] for row in await reader.all(_PLACES, id=organisation)]


async def desks(reader: Reader, person_id: UUID, day: date, *, but: UUID | None = None) -> list[Desk]:
    """Every post the person holds or is to hold on that day or later, `but` that one, as the rules see it: once more
    where an organisation lay for which it acts."""
    inherited = await reader.all(_INHERITED, id=person_id, day=day)
    rows = [*await held(reader, person_id, day), *inherited, *await proposed(reader, person_id)]
    return [
        Desk(row["lies_at"], frozenset(row["duties"]), row["valid_from"], row["valid_until"])
        for row in rows
        if row["id"] != but
    ]


async def places(reader: Reader, person_id: UUID) -> frozenset[str]:
    """Where the organisations lie in which the person holds or is to hold posts, today or later."""
    rows = [*await held(reader, person_id, reader.today), *await proposed(reader, person_id)]
    return frozenset(row["lies_at"] for row in rows)


async def administers(reader: Reader, person_id: UUID, place: str) -> bool:
    """Whether that person may give posts there today."""
    return any(
        "administer_posts" in row["duties"]
        and row["valid_from"] <= reader.today
        and within(place, row["jurisdiction"])
        and within(row["lies_at"], row["jurisdiction"])
        for row in await held(reader, person_id, reader.today)
    )


async def administrators(
    reader: Reader, place: str, day: date, *, but: Collection[UUID] = frozenset()
) -> frozenset[UUID]:
    """Who can log in and may give posts there on that day or later, not counting those posts. Their posts and logins
    are locked, so that two who end one another's are counted one after the other."""
    rows = await reader.all(_ADMINISTRATORS, place=place, day=day)
    return frozenset(row["person_id"] for row in rows if row["id"] not in but)


async def end(tx: Transaction, post_row: Row, last_day: date) -> None:
    await tx.run(_END, of_post=post_row["id"], last_day=last_day, at_version=tx.versions[post_row["person_id"]])
