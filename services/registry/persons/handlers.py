"""Commands on persons: register, link and disable accounts."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.registry.bodies.handlers import lies_there
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.persons import store
from services.registry.persons.views import person_view
from services.registry.posts import store as posts
from services.registry.posts.administrators import keep_administrators
from services.registry.posts.rules import may_confirm
from services.registry.rulebook import PostSection
from services.registry.tables import account_proposals, persons, private_persons
from shared.events.registry import AccountLinked, AccountProposed
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.work.database import Answer, Call, Row, Transaction, WrongState
from shared.work.identity import NotAllowed, login_of

NAME_PURPOSE = "shown to those who administer posts"
LOGIN_PURPOSE = "shown to those who administer the logins"


@dataclass(frozen=True, slots=True)
class DisplayName:
    """How administrators know the person, and the last day on which the name is kept."""

    text: str
    keep_until: date


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """A person of an organisation, with a first account; or one of its programs (`machine`)."""

    organisation: UUID
    jurisdiction: str
    issuer: str
    account: str
    name: DisplayName | None
    machine: bool = False


@dataclass(frozen=True, slots=True)
class LinkAccount:
    """Another login of the same person, or one taken into use again: proposed, whatever the person holds now, because
    a weighty post that is given later would vouch for a login that one administrator alone had linked."""

    person_id: UUID
    issuer: str
    account: str


@dataclass(frozen=True, slots=True)
class ConfirmAccount:
    """Another administrator confirms the proposed login."""

    person_id: UUID
    issuer: str
    account: str


@dataclass(frozen=True, slots=True)
class DisableAccount:
    """Ends the use of a login at once; takes back one that is only proposed."""

    person_id: UUID
    issuer: str
    account: str


async def register_person(call: Call, command: RegisterPerson) -> Answer:
    """A login has one person for ever: where it has one already, that is the answer, whoever registered it, and nothing
    is changed. Posts are then given to that person here as they were there."""
    async with call.transaction() as tx:
        administrator, _ = await lies_there(tx, command.organisation, command.jurisdiction)
        known = await store.account(tx, command.issuer, login_of(command.issuer, command.account))
        if known is not None:
            return await _found(tx, known, command)
        person_id = uuid4()
        await tx.lock(person_id)
        place = command.organisation, command.jurisdiction
        await add_person(tx, person_id, *place, administrator, machine=command.machine)
        if command.name is not None:
            await tx.insert(
                private_persons,
                person_id=person_id,
                display_name=command.name.text,
                purpose=NAME_PURPOSE,
                keep_until=command.name.keep_until,
            )
        person = await tx.lock_row(persons, person_id)
        await set_account(tx, person, command.issuer, command.account, enabled=True)
        return await answer(tx, person_id, 201)


async def link_account(call: Call, command: LinkAccount) -> Answer:
    async with call.transaction() as tx:
        person, administrator = await administered(tx, command.person_id, another=True)
        await must_stay(tx, person)
        await _propose(tx, person, command, administrator)
        return await answer(tx, command.person_id)


async def confirm_account(call: Call, command: ConfirmAccount) -> Answer:
    async with call.transaction() as tx:
        person, administrator = await administered(tx, command.person_id, another=True)
        row = await store.proposed_account(tx, person["id"], login_of(command.issuer, command.account))
        if row is None:
            raise WrongState("not_proposed", "account_proposed")
        section = tx.under(governing(NATION, tx.today)).section(PostSection)
        tx.decided(may_confirm(row["proposed_by"], administrator, section))
        for place in await _vouching(tx, person, command):
            if not await posts.administers(tx, row["proposed_by"], place):
                tx.require("administer_posts", None, place)
        await tx.update(account_proposals, row["id"], state="confirmed", confirmed_by=administrator)
        await set_account(tx, person, command.issuer, command.account, enabled=True)
        return await answer(tx, command.person_id)


async def disable_account(call: Call, command: DisableAccount) -> Answer:
    async with call.transaction() as tx:
        person, _ = await administered(tx, command.person_id)
        row = await store.proposed_account(tx, person["id"], login_of(command.issuer, command.account))
        if row is not None:
            tx.emit(AccountProposed(**about(person), proposal_id=row["id"], withdrawn=True))
            await tx.update(account_proposals, row["id"], state="withdrawn")
            await tx.update(persons, person["id"])
        else:
            await _used_here_alone(tx, person)
            await set_account(tx, person, command.issuer, command.account, enabled=False)
            if not await store.logins(tx, command.person_id):
                await keep_administrators(tx, await posts.held(tx, command.person_id, tx.today))
        return await answer(tx, command.person_id)


async def add_person(
    tx: Transaction,
    person_id: UUID,
    organisation: UUID,
    jurisdiction: str,
    registered_by: UUID | None,
    *,
    machine: bool = False,
) -> None:
    """A person without accounts and posts, the key locked."""
    await tx.insert(
        persons,
        id=person_id,
        key=person_id,
        version=1,
        jurisdiction=jurisdiction,
        organisation=organisation,
        state="registered",
        registered_by=registered_by,
        machine=machine,
    )


async def set_account(tx: Transaction, person: Row, issuer: str, account: str, *, enabled: bool) -> None:
    """What the account is now it need not be told again."""
    login = login_of(issuer, account)
    await _check_account(tx, person, issuer, login, enabled=enabled)
    await store.keep_account(tx, person["id"], login, account, LOGIN_PURPOSE)
    await put_account(tx, person, issuer, login, enabled=enabled)


async def put_account(tx: Transaction, person: Row, issuer: str, login: str, *, enabled: bool) -> None:
    """From now on the login may be used, or may not."""
    machine: bool = person["machine"]
    tx.emit(AccountLinked(**about(person), issuer=issuer, account=login, enabled=enabled, machine=machine))
    await store.set_account(tx, issuer, login, person["id"], enabled=enabled, machine=machine)
    await tx.update(persons, person["id"])


def must_be_registered(person: Row) -> None:
    """Raises WrongState for a person who has been erased."""
    if person["state"] != "registered":
        raise WrongState(person["state"], "registered")


async def must_stay(tx: Transaction, person: Row) -> None:
    """Nothing is given to a person who has been erased or is to be: what the services answered would not hold any
    more. Raises WrongState."""
    must_be_registered(person)
    if await store.erasure(tx, person["id"]) is not None:
        raise WrongState("erasure_proposed", "erasure_not_proposed")


async def answer(tx: Transaction, person_id: UUID, status: int = 200, login: Row | None = None) -> Answer:
    """The person with accounts and posts, those included that wait for a second administrator, as far as the caller may
    see them; a caller who knows no more than one login sees that one."""
    person = await tx.lock_row(persons, person_id)
    view = person_view(person, await store.details(tx, person, login))
    location = f"/v1/persons/{person_id}" if status == 201 else None
    return tx.answer(status, view, version=person["version"], location=location)


async def _found(tx: Transaction, account: Row, command: RegisterPerson) -> Answer:
    """The person whose login it is, with no more than the giver of a post needs. Raises WrongState where a program is
    taken for a person or the reverse, or where the person was erased, WrongField for a name, which is kept where the
    person was registered first."""
    person = await tx.lock_row(persons, account["person_id"])
    must_be_registered(person)
    if person["machine"] != command.machine:
        raise WrongState("program" if person["machine"] else "person", "of_the_same_kind")
    if command.name is not None:
        raise WrongField("display_name", "registered", "leave it out: this login has a person already")
    return await answer(tx, person["id"], login=account)


async def administered(tx: Transaction, person_id: UUID, *, another: bool = False) -> tuple[Row, UUID]:
    """The person, locked, and the caller, who administers posts where the person was registered or holds one;
    `another`: who decides how somebody is known here is somebody else. Raises NotAllowed."""
    person = await tx.lock_row(persons, person_id)
    places = {person["jurisdiction"], *await posts.places(tx, person_id)}
    here = next((place for place in sorted(places) if tx.actor.holds("administer_posts", None, place)), None)
    administrator = tx.require("administer_posts", None, here or person["jurisdiction"])
    if another and administrator == person_id:
        raise NotAllowed("another_administrator")
    tx.expect(person["version"])
    return person, administrator


async def _vouching(tx: Transaction, person: Row, login: LinkAccount | ConfirmAccount) -> list[str]:
    """Each place that one of the two who let a login act as the person administers: wherever the person holds or is to
    hold a post, because the login then uses it, and where they were registered. A login that is the person's already
    needs no word of a place that the person has left."""
    places = await posts.places(tx, person["id"])
    known = await store.account(tx, login.issuer, login_of(login.issuer, login.account))
    return sorted(places if known is not None and places else places | {person["jurisdiction"]})


async def _used_here_alone(tx: Transaction, person: Row) -> None:
    """Nobody ends the login of another place's officer: there are the posts of one's own place to end. Raises
    WrongState."""
    held = {desk["lies_at"] for desk in await posts.held(tx, person["id"], tx.today)} or {person["jurisdiction"]}
    if not all(tx.actor.holds("administer_posts", None, place) for place in held):
        raise WrongState("used_elsewhere", "without_posts_elsewhere")


async def _propose(tx: Transaction, person: Row, command: LinkAccount, administrator: UUID) -> None:
    login = login_of(command.issuer, command.account)
    await _check_account(tx, person, command.issuer, login, enabled=True)
    if await store.proposed_account(tx, person["id"], login) is not None:
        raise WrongState("proposed", "account_not_proposed")
    await store.keep_account(tx, person["id"], login, command.account, LOGIN_PURPOSE)
    proposal_id = new_id()
    tx.emit(AccountProposed(**about(person), proposal_id=proposal_id))
    places = await _vouching(tx, person, command)
    other = next((place for place in places if not tx.actor.holds("administer_posts", None, place)), None)
    await tx.insert(
        account_proposals,
        id=proposal_id,
        key=person["id"],
        version=1,
        jurisdiction=other or person["jurisdiction"],  # where the task of confirming is shown
        organisation=person["organisation"],
        state="proposed",
        person_id=person["id"],
        issuer=command.issuer,
        subject=login,
        proposed_by=administrator,
    )
    await tx.update(persons, person["id"])


async def _check_account(tx: Transaction, person: Row, issuer: str, login: str, *, enabled: bool) -> None:
    """An account belongs to one person for ever. Raises WrongState."""
    known = await store.account(tx, issuer, login)
    if known is not None and known["person_id"] != person["id"]:
        raise WrongState("linked_to_another_person", "account_of_nobody_else")
    if known is None and not enabled:
        raise WrongState("not_linked", "account_of_this_person")
    if known is not None and known["enabled"] == enabled:
        raise WrongState(*(("enabled", "disabled") if enabled else ("disabled", "enabled")))


def about(person: Row) -> dict[str, Any]:
    return {
        "jurisdiction": person["jurisdiction"],
        "organisation": person["organisation"],
        "person_id": person["id"],
    }
