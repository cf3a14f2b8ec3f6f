"""Commands on persons: register, link and disable accounts, give and end posts, and the first administrator."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from services.registry.fields import WrongField
from services.registry.persons import store
from services.registry.persons.rules import conflicting
from services.registry.persons.views import person_view
from services.registry.tables import persons, posts, private_persons
from shared.database import Answer, Call, Database, Row, Transaction, WrongState
from shared.events.registry import AccountLinked, PostEnded, PostGiven
from shared.identity import NotAllowed
from shared.ids import new_id
from shared.places import within

FIRST_ADMINISTRATOR = uuid5(NAMESPACE_OID, "goufu.registry.first_administrator")
"""Key under which two bootstraps at once stand in line."""

NAME_PURPOSE = "shown to those who administer posts"


@dataclass(frozen=True, slots=True)
class DisplayName:
    """How administrators know the person, and the last day on which the name is kept."""

    text: str
    keep_until: date


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """A person of an organisation, with a first account."""

    organisation: UUID
    jurisdiction: str
    issuer: str
    account: str
    name: DisplayName | None


@dataclass(frozen=True, slots=True)
class LinkAccount:
    """Another login of the same person, or one taken into use again."""

    person_id: UUID
    issuer: str
    account: str


@dataclass(frozen=True, slots=True)
class DisableAccount:
    """Ends the use of a login at once."""

    person_id: UUID
    issuer: str
    account: str


@dataclass(frozen=True, slots=True)
class GivePost:
    """Duties in an organisation, in a jurisdiction and below, from–until (last day)."""

    person_id: UUID
    organisation: UUID
    jurisdiction: str
    duties: frozenset[str]
    valid_from: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class EndPost:
    """Ends a post with a last day, or at once when none is given."""

    post_id: UUID
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Administrator:
    """The first administrator, as the command line prints it."""

    person_id: UUID
    organisation: UUID
    post_id: UUID


async def register_person(call: Call, command: RegisterPerson) -> Answer:
    async with call.transaction() as tx:
        administrator = tx.require("administer_posts", None, command.jurisdiction)
        person_id = uuid4()
        await tx.lock(person_id)
        await _add(tx, person_id, command.organisation, command.jurisdiction, administrator)
        if command.name is not None:
            await tx.insert(
                private_persons,
                person_id=person_id,
                display_name=command.name.text,
                purpose=NAME_PURPOSE,
                keep_until=command.name.keep_until,
            )
        person = await tx.lock_row(persons, person_id)
        await _set_account(tx, person, command.issuer, command.account, enabled=True)
        return await _answer(tx, person_id, 201)


async def link_account(call: Call, command: LinkAccount) -> Answer:
    async with call.transaction() as tx:
        person = await _administered(tx, command.person_id)
        await _set_account(tx, person, command.issuer, command.account, enabled=True)
        return await _answer(tx, command.person_id)


async def disable_account(call: Call, command: DisableAccount) -> Answer:
    async with call.transaction() as tx:
        person = await _administered(tx, command.person_id)
        await _set_account(tx, person, command.issuer, command.account, enabled=False)
        return await _answer(tx, command.person_id)


async def give_post(call: Call, command: GivePost) -> Answer:
    async with call.transaction() as tx:
        person = await tx.lock_row(persons, command.person_id)
        administrator = tx.require("administer_posts", None, command.jurisdiction)
        if administrator == command.person_id:
            raise NotAllowed("another_administrator")
        tx.expect(person["version"])
        valid_from = command.valid_from or tx.today
        _check_period(valid_from, command.valid_until, tx.today)
        held = await store.duties_in(tx, command.person_id, command.organisation, valid_from)
        _check_conflicts(held | command.duties)
        await _give(tx, command, valid_from)
        return await _answer(tx, command.person_id, 201)


async def end_post(call: Call, command: EndPost) -> Answer:
    async with call.transaction() as tx:
        person_id = (await store.post(tx, command.post_id))["person_id"]
        person = await tx.lock_row(persons, person_id)
        post = await store.post(tx, command.post_id)
        tx.require("administer_posts", None, post["jurisdiction"])
        tx.expect(person["version"])
        last_day = command.last_day or tx.today - timedelta(days=1)
        if command.last_day is not None and command.last_day < tx.today:
            raise WrongField("last_day", "in_the_past", "give today or a later day, or none to end the post at once")
        if post["valid_until"] is not None and post["valid_until"] <= last_day:
            raise WrongState("ends_no_later", "lasting longer")
        await _keep_an_administrator(tx, post)
        tx.emit(PostEnded(**_about(post), valid_until=last_day))
        await store.end(tx, post, last_day)
        await tx.update(persons, person_id)
        return await _answer(tx, person_id)


async def bootstrap_administrator(database: Database, issuer: str, account: str, jurisdiction: str) -> Administrator:
    """Makes the first administrator of a deployment, with a post in an organisation of its own. Raises WrongState
    once any post exists: from then on posts are given by those who hold `administer_posts`."""
    call = Call(database, "bootstrap_administrator", token=None)
    async with call.transaction() as tx:
        first = Administrator(uuid4(), new_id(), new_id())
        await tx.lock(FIRST_ADMINISTRATOR, first.person_id)
        if not await store.no_post_exists(tx):
            raise WrongState("administered", "without any post")
        await _add(tx, first.person_id, first.organisation, jurisdiction, None)
        person = await tx.lock_row(persons, first.person_id)
        await _set_account(tx, person, issuer, account, enabled=True)
        duties = frozenset({"administer_posts"})
        post = GivePost(first.person_id, first.organisation, jurisdiction, duties, tx.today, None)
        await _give(tx, post, tx.today, post_id=first.post_id)
        return first


async def _administered(tx: Transaction, person_id: UUID) -> Row:
    """The person, locked, whose accounts the caller administers."""
    person = await tx.lock_row(persons, person_id)
    tx.require("administer_posts", None, person["jurisdiction"])
    tx.expect(person["version"])
    return person


async def _add(
    tx: Transaction, person_id: UUID, organisation: UUID, jurisdiction: str, registered_by: UUID | None
) -> None:
    await tx.insert(
        persons,
        id=person_id,
        key=person_id,
        version=1,
        jurisdiction=jurisdiction,
        organisation=organisation,
        state="registered",
        registered_by=registered_by,
    )


async def _set_account(tx: Transaction, person: Row, issuer: str, account: str, *, enabled: bool) -> None:
    """An account belongs to one person for ever; what it is now it need not be told again."""
    known = await store.account(tx, issuer, account)
    if known is not None and known["person_id"] != person["id"]:
        raise WrongState("linked_to_another_person", "an account nobody else has")
    if known is None and not enabled:
        raise WrongState("not_linked", "an account of this person")
    if known is not None and known["enabled"] == enabled:
        raise WrongState("enabled" if enabled else "disabled", "the other")
    tx.emit(
        AccountLinked(
            jurisdiction=person["jurisdiction"],
            organisation=person["organisation"],
            person_id=person["id"],
            issuer=issuer,
            account=account,
            enabled=enabled,
        )
    )
    await store.set_account(tx, issuer, account, person["id"], enabled=enabled)
    await tx.update(persons, person["id"])


async def _give(tx: Transaction, command: GivePost, valid_from: date, *, post_id: UUID | None = None) -> None:
    post = {
        "id": post_id or new_id(),
        "person_id": command.person_id,
        "organisation_id": command.organisation,
        "jurisdiction": command.jurisdiction,
        "duties": sorted(command.duties),
        "valid_from": valid_from,
    }
    tx.emit(PostGiven(**_about(post), valid_until=command.valid_until))
    version = tx.versions[command.person_id]
    await tx.insert(posts, **post, valid_until=command.valid_until, source_version=version)
    await tx.update(persons, command.person_id)


def _about(post: Row | dict[str, Any]) -> dict[str, Any]:
    return {
        "jurisdiction": post["jurisdiction"],
        "organisation": post["organisation_id"],
        "post_id": post["id"],
        "person_id": post["person_id"],
        "duties": post["duties"],
        "valid_from": post["valid_from"],
    }


def _check_period(valid_from: date, valid_until: date | None, today: date) -> None:
    if valid_from < today:
        raise WrongField("valid_from", "in_the_past", "give today or a later day: a post is not given backwards")
    if valid_until is not None and valid_until < valid_from:
        raise WrongField("valid_until", "before_valid_from", "give a last day that is not before the first")


def _check_conflicts(together: frozenset[str]) -> None:
    conflicts = conflicting(together)
    if conflicts:
        listed = ", ".join(sorted(conflicts))
        raise WrongField(
            "duties",
            "oversight_apart",
            f"audit and supervision stay apart from these duties in one organisation: {listed}",
        )


async def _keep_an_administrator(tx: Transaction, post: Row) -> None:
    """The last post that gives posts in its jurisdiction stays: without it nobody could give another."""
    if "administer_posts" not in post["duties"]:
        return
    others = [row for row in await store.administering_posts(tx, tx.today) if row["id"] != post["id"]]
    if not any(within(post["jurisdiction"], other["jurisdiction"]) for other in others):
        raise WrongState("last_administrator", "another administrator in this jurisdiction")


async def _answer(tx: Transaction, person_id: UUID, status: int = 200) -> Answer:
    person = await tx.lock_row(persons, person_id)
    name = await store.name_of(tx, person_id)
    view = person_view(person, name, await store.accounts_of(tx, person_id), await store.posts_of(tx, person_id))
    location = f"/v1/persons/{person_id}" if status == 201 else None
    return tx.answer(status, view, version=person["version"], location=location)
