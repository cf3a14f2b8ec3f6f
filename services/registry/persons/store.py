"""Queries about persons, their accounts and posts."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from services.registry.persons.views import Details
from services.registry.posts.store import places, proposed
from services.registry.tables import (
    account_proposals,
    accounts,
    erasure_answers,
    erasures,
    persons,
    posts,
    private_logins,
    private_persons,
)
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope


def _with_name(table: sa.Table) -> sa.Join:
    """Each login with how its issuer calls it, as long as that is kept."""
    same = sa.and_(private_logins.c.person_id == table.c.person_id, private_logins.c.login == table.c.subject)
    return table.outerjoin(private_logins, same)


_PERSON = sa.select(persons).where(persons.c.id == sa.bindparam("id", type_=sa.Uuid))
_NAME = sa.select(private_persons).where(private_persons.c.person_id == sa.bindparam("id", type_=sa.Uuid))
_ACCOUNTS = (
    sa.select(accounts, private_logins.c.account)
    .select_from(_with_name(accounts))
    .where(accounts.c.person_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(accounts.c.issuer, accounts.c.subject)
)
_ACCOUNT = (
    sa.select(accounts, private_logins.c.account)
    .select_from(_with_name(accounts))
    .where(accounts.c.issuer == sa.bindparam("issuer"), accounts.c.subject == sa.bindparam("subject"))
)
_POSTS = (
    sa.select(posts)
    .where(posts.c.person_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(posts.c.valid_from, posts.c.id)
)
_PROPOSED = (
    sa.select(account_proposals, private_logins.c.account)
    .select_from(_with_name(account_proposals))
    .where(account_proposals.c.person_id == sa.bindparam("id", type_=sa.Uuid), account_proposals.c.state == "proposed")
    .order_by(account_proposals.c.id)
)
_SET_ACCOUNT = (
    sa.update(accounts)
    .where(accounts.c.issuer == sa.bindparam("of_issuer"), accounts.c.subject == sa.bindparam("of_subject"))
    .values(
        enabled=sa.bindparam("now_enabled", type_=sa.Boolean),
        source_version=sa.bindparam("at_version", type_=sa.BigInteger),
    )
)


_KEEP = (
    pg_insert(private_logins)
    .values(
        {
            name: sa.bindparam(name, type_=column.type)
            for name, column in private_logins.c.items()
            if not column.computed
        }
    )
    .on_conflict_do_nothing()
)
_ERASURE = sa.select(erasures).where(
    erasures.c.person_id == sa.bindparam("id", type_=sa.Uuid), erasures.c.state == "proposed"
)
_ANSWERS = (
    sa.select(erasure_answers)
    .where(erasure_answers.c.erasure_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(erasure_answers.c.service)
)


async def account(tx: Transaction, issuer: str, subject: str) -> Row | None:
    return await tx.one(_ACCOUNT, issuer=issuer, subject=subject)


async def set_account(
    tx: Transaction, issuer: str, subject: str, person_id: UUID, *, enabled: bool, machine: bool
) -> None:
    """Links the account to the person, or changes whether it may be used; at the version the person's key now has."""
    version = tx.versions[person_id]
    touched = await tx.run(_SET_ACCOUNT, of_issuer=issuer, of_subject=subject, now_enabled=enabled, at_version=version)
    if not touched:
        login = {"issuer": issuer, "subject": subject, "person_id": person_id}
        await tx.insert(accounts, **login, enabled=enabled, source_version=version, machine=machine)


async def proposed_account(tx: Transaction, person_id: UUID, login: str) -> Row | None:
    """The proposal of this login for the person that waits for a second administrator."""
    return next((row for row in await proposed_accounts(tx, person_id) if row["subject"] == login), None)


async def proposed_accounts(reader: Reader, person_id: UUID) -> list[Row]:
    """The logins of the person that wait for a second administrator."""
    return await reader.all(_PROPOSED, id=person_id)


async def keep_account(tx: Transaction, person_id: UUID, login: str, account: str, purpose: str) -> None:
    """Keeps how the issuer calls a login of the person."""
    await tx.run(_KEEP, person_id=person_id, login=login, account=account, purpose=purpose)


async def erasure_answered(reader: Reader, erasure_id: UUID) -> list[Row]:
    """What the services have answered so far."""
    return await reader.all(_ANSWERS, id=erasure_id)


async def erasure(reader: Reader, person_id: UUID) -> Row | None:
    """The erasing of the person that waits for a second administrator."""
    return await reader.one(_ERASURE, id=person_id)


async def read_person(reader: Reader, person_id: UUID, scope: Scope) -> Row:
    """The person, for themselves and for those who administer posts where they were registered or hold a post; raises
    NotFound."""
    row = await reader.one(_PERSON, id=person_id)
    if row is None:
        raise NotFound
    if scope.person_id == person_id:
        return row
    known_at = {row["jurisdiction"], *await places(reader, person_id)}
    if not any(reader.actor.holds("administer_posts", None, place) for place in known_at):
        raise NotFound
    return row


async def details(reader: Reader, person: Row, login: Row | None = None) -> Details:
    """What hangs on a person whom the caller may see: to the person everything; to an administrator the posts of their
    own places, the logins that use these, and where the person was registered the name. Who knows the person by one
    `login` alone sees that one."""
    mine = reader.actor.person_id == person["id"]

    def seen(place: str) -> bool:
        return mine or reader.actor.holds("administer_posts", None, place)

    held, waits = await reader.all(_POSTS, id=person["id"]), await proposed(reader, person["id"])
    home = seen(person["jurisdiction"])
    whole = home or any(seen(row["jurisdiction"]) for row in (*held, *waits))
    name = await reader.one(_NAME, id=person["id"]) if home else None
    waiting = await erasure(reader, person["id"]) if home else None
    return Details(
        home,
        name["display_name"] if name else None,
        await reader.all(_ACCOUNTS, id=person["id"]) if whole else [login] if login else [],
        [row for row in held if seen(row["jurisdiction"])],
        [row for row in waits if seen(row["jurisdiction"])],
        await proposed_accounts(reader, person["id"]) if whole else [],
        waiting,
        await erasure_answered(reader, waiting["id"]) if waiting else [],
    )


async def logins(reader: Reader, person_id: UUID) -> list[Row]:
    """The accounts with which the person can log in."""
    return [row for row in await reader.all(_ACCOUNTS, id=person_id) if row["enabled"]]
