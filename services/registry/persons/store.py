"""Queries about persons, their accounts and posts."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from services.registry.erasures.records import Erasure, ServiceAnswer
from services.registry.persons.records import (
    Account,
    NamedAccount,
    NamedAccountProposal,
    Person,
    PrivatePerson,
    ProposalState,
)
from services.registry.persons.views import Details
from services.registry.posts.records import Post
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
from shared.web.paging import Slice
from shared.work.bounds import MOST
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope


def _with_name(table: sa.Table) -> sa.Join:
    """Each login with how its issuer calls it, as long as that is kept."""
    same = sa.and_(private_logins.c.person_id == table.c.person_id, private_logins.c.login == table.c.subject)
    return table.outerjoin(private_logins, same)


_PERSON = sa.select(persons).where(persons.c.id == sa.bindparam("id", type_=sa.Uuid))
_NAMES = sa.select(private_persons).where(private_persons.c.person_id == sa.bindparam("id", type_=sa.Uuid))
_NAME = _NAMES.with_only_columns(private_persons.c.display_name).order_by(private_persons.c.number.desc()).limit(1)
_ACCOUNTS = (
    sa.select(accounts, private_logins.c.account)
    .select_from(_with_name(accounts))
    .where(accounts.c.person_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(accounts.c.enabled, accounts.c.source_version, accounts.c.issuer, accounts.c.subject)
)
"""Those that are disabled first, so that the latest of them are shown beside those that are used."""
_ACCOUNT = (
    sa.select(accounts, private_logins.c.account)
    .select_from(_with_name(accounts))
    .where(accounts.c.issuer == sa.bindparam("issuer"), accounts.c.subject == sa.bindparam("subject"))
)
_ALL_POSTS = sa.select(posts).where(posts.c.person_id == sa.bindparam("id", type_=sa.Uuid))
_POSTS = _ALL_POSTS.order_by(posts.c.valid_until.desc().nulls_first(), posts.c.id.desc()).limit(MOST)
"""Those that last, and the latest that have ended."""
_PROPOSED = (
    sa.select(account_proposals, private_logins.c.account)
    .select_from(_with_name(account_proposals))
    .where(
        account_proposals.c.person_id == sa.bindparam("id", type_=sa.Uuid),
        account_proposals.c.state == ProposalState.PROPOSED,
    )
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
    erasures.c.person_id == sa.bindparam("id", type_=sa.Uuid), erasures.c.state == ProposalState.PROPOSED
)
_ANSWERS = (
    sa.select(erasure_answers)
    .where(erasure_answers.c.erasure_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(erasure_answers.c.service)
)


async def account(tx: Transaction, issuer: str, subject: str) -> NamedAccount | None:
    return await tx.one(_ACCOUNT, NamedAccount, issuer=issuer, subject=subject)


async def set_account(
    tx: Transaction, person: Person, issuer: str, subject: str, *, known: bool, enabled: bool
) -> None:
    """Links the account to the person, or, where it is `known`, changes whether it may be used; at the version the
    person's key now has."""
    version = tx.versions[person.id]
    if known:
        await tx.run(_SET_ACCOUNT, of_issuer=issuer, of_subject=subject, now_enabled=enabled, at_version=version)
    else:
        login = Account(
            issuer=issuer,
            subject=subject,
            person_id=person.id,
            enabled=enabled,
            source_version=version,
            machine=person.machine,
        )
        await tx.add(login)


async def proposed_account(tx: Transaction, person_id: UUID, login: str) -> NamedAccountProposal | None:
    """The proposal of this login for the person that waits for a second administrator."""
    return next((each for each in await proposed_accounts(tx, person_id) if each.subject == login), None)


async def proposed_accounts(reader: Reader, person_id: UUID) -> list[NamedAccountProposal]:
    """The logins of the person that wait for a second administrator."""
    return await reader.all(_PROPOSED, NamedAccountProposal, id=person_id)


async def keep_account(tx: Transaction, person_id: UUID, login: str, account: str, purpose: str) -> None:
    """Keeps how the issuer calls a login of the person."""
    await tx.run(_KEEP, person_id=person_id, login=login, account=account, purpose=purpose)


async def erasure_answered(reader: Reader, erasure_id: UUID) -> list[ServiceAnswer]:
    """What the services have answered so far."""
    return await reader.all(_ANSWERS, ServiceAnswer, id=erasure_id)


async def erasure(reader: Reader, person_id: UUID) -> Erasure | None:
    """The erasing of the person that waits for a second administrator."""
    return await reader.one(_ERASURE, Erasure, id=person_id)


async def read_person(reader: Reader, person_id: UUID, scope: Scope) -> Person:
    """The person, for themselves and for those who administer posts where they were registered or hold a post; raises
    NotFound."""
    person = await reader.one(_PERSON, Person, id=person_id)
    if person is None:
        raise NotFound
    if scope.person_id == person_id:
        return person
    known_at = {person.jurisdiction, *await places(reader, person_id)}
    if not any(reader.actor.holds("administer_posts", None, place) for place in known_at):
        raise NotFound
    return person


async def details(reader: Reader, person: Person, login: NamedAccount | None = None) -> Details:
    """What hangs on a person whom the caller may see: to the person everything; to an administrator the posts of their
    own places, the logins that use these, and where the person was registered the name. Who knows the person by one
    `login` alone sees that one."""
    mine = reader.actor.person_id == person.id

    def seen(place: str) -> bool:
        return mine or reader.actor.holds("administer_posts", None, place)

    latest = [post for post in await reader.all(_POSTS, Post, id=person.id) if seen(post.jurisdiction)]
    held = sorted(latest, key=lambda post: (post.valid_from, post.id))
    waits = [post for post in await proposed(reader, person.id) if seen(post.jurisdiction)]
    home = seen(person.jurisdiction)
    whole = home or bool(held or waits)
    waiting = await erasure(reader, person.id) if home else None
    return Details(
        home,
        await reader.value(_NAME, id=person.id) if home else None,
        await accounts_of(reader, person.id) if whole else [login] if login else [],
        held,
        waits,
        await proposed_accounts(reader, person.id) if whole else [],
        waiting,
        await erasure_answered(reader, waiting.id) if waiting else [],
    )


async def accounts_of(reader: Reader, person_id: UUID) -> list[NamedAccount]:
    """The accounts of the person, those too that are disabled."""
    return await reader.all(_ACCOUNTS, NamedAccount, id=person_id)


async def logins(reader: Reader, person_id: UUID) -> list[NamedAccount]:
    """The accounts with which the person can log in."""
    return [each for each in await accounts_of(reader, person_id) if each.enabled]


async def names_of(reader: Reader, person_id: UUID) -> list[PrivatePerson]:
    """The names by which the person is and was known, as long as they are kept, the last one counts."""
    return await reader.all(_NAMES.order_by(private_persons.c.number), PrivatePerson, id=person_id)


async def list_names(reader: Reader, person_id: UUID, shown: Slice) -> list[PrivatePerson]:
    """A page of them."""
    return await reader.all(shown.of(_NAMES), PrivatePerson, id=person_id)


async def list_posts(reader: Reader, person_id: UUID, shown: Slice) -> list[Post]:
    """A page of all posts that the person ever had."""
    return await reader.all(shown.of(_ALL_POSTS), Post, id=person_id)
