"""Queries about persons, their accounts and posts."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import accounts, persons, posts, private_persons
from shared.database import NotFound, Reader, Row, Transaction
from shared.identity import Scope

_PERSON = sa.select(persons).where(persons.c.id == sa.bindparam("id", type_=sa.Uuid))
_NAME = sa.select(private_persons).where(private_persons.c.person_id == sa.bindparam("id", type_=sa.Uuid))
_ACCOUNTS = (
    sa.select(accounts)
    .where(accounts.c.person_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(accounts.c.issuer, accounts.c.subject)
)
_ACCOUNT = sa.select(accounts).where(
    accounts.c.issuer == sa.bindparam("issuer"), accounts.c.subject == sa.bindparam("subject")
)
_POSTS = (
    sa.select(posts)
    .where(posts.c.person_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(posts.c.valid_from, posts.c.id)
)
_POST = sa.select(posts).where(posts.c.id == sa.bindparam("id", type_=sa.Uuid))
_ANY_POST = sa.select(sa.exists(sa.select(posts.c.id)))
_LASTING = sa.or_(posts.c.valid_until.is_(None), posts.c.valid_until >= sa.bindparam("day", type_=sa.Date))
_HELD_IN = sa.select(posts.c.duties).where(
    posts.c.person_id == sa.bindparam("id", type_=sa.Uuid),
    posts.c.organisation_id == sa.bindparam("organisation", type_=sa.Uuid),
    _LASTING,
)
_ADMINISTERING = sa.select(posts).where(posts.c.duties.contains(["administer_posts"]), _LASTING)
_SET_ACCOUNT = (
    sa.update(accounts)
    .where(accounts.c.issuer == sa.bindparam("of_issuer"), accounts.c.subject == sa.bindparam("of_subject"))
    .values(
        enabled=sa.bindparam("now_enabled", type_=sa.Boolean),
        source_version=sa.bindparam("at_version", type_=sa.BigInteger),
    )
)
_END = (
    sa.update(posts)
    .where(posts.c.id == sa.bindparam("of_post", type_=sa.Uuid))
    .values(
        valid_until=sa.bindparam("last_day", type_=sa.Date),
        source_version=sa.bindparam("at_version", type_=sa.BigInteger),
    )
)


async def no_post_exists(tx: Transaction) -> bool:
    return not await tx.value(_ANY_POST)


async def account(tx: Transaction, issuer: str, subject: str) -> Row | None:
    return await tx.one(_ACCOUNT, issuer=issuer, subject=subject)


async def set_account(tx: Transaction, issuer: str, subject: str, person_id: UUID, *, enabled: bool) -> None:
    """Links the account to the person, or changes whether it may be used; at the version the person's key now has."""
    version = tx.versions[person_id]
    touched = await tx.run(_SET_ACCOUNT, of_issuer=issuer, of_subject=subject, now_enabled=enabled, at_version=version)
    if not touched:
        await tx.insert(
            accounts, issuer=issuer, subject=subject, person_id=person_id, enabled=enabled, source_version=version
        )


async def post(tx: Transaction, post_id: UUID) -> Row:
    """One post; raises NotFound."""
    row = await tx.one(_POST, id=post_id)
    if row is None:
        raise NotFound
    return row


async def duties_in(tx: Transaction, person_id: UUID, organisation: UUID, day: date) -> frozenset[str]:
    """Every duty the person holds in that organisation on that day or later."""
    rows = await tx.all(_HELD_IN, id=person_id, organisation=organisation, day=day)
    return frozenset(duty for row in rows for duty in row["duties"])


async def administering_posts(tx: Transaction, day: date) -> list[Row]:
    """The posts that give posts, on that day or later."""
    return await tx.all(_ADMINISTERING, day=day)


async def end(tx: Transaction, post_row: Row, last_day: date) -> None:
    await tx.run(_END, of_post=post_row["id"], last_day=last_day, at_version=tx.versions[post_row["person_id"]])


async def read_person(reader: Reader, person_id: UUID, scope: Scope) -> Row:
    """The person, for themselves and for those who administer posts where they were registered; raises NotFound."""
    row = await reader.one(_PERSON, id=person_id)
    if row is None:
        raise NotFound
    if scope.person_id != person_id and not reader.actor.holds("administer_posts", None, row["jurisdiction"]):
        raise NotFound
    return row


async def name_of(reader: Reader, person_id: UUID) -> str | None:
    row = await reader.one(_NAME, id=person_id)
    return row["display_name"] if row else None


async def accounts_of(reader: Reader, person_id: UUID) -> list[Row]:
    return await reader.all(_ACCOUNTS, id=person_id)


async def posts_of(reader: Reader, person_id: UUID) -> list[Row]:
    return await reader.all(_POSTS, id=person_id)
