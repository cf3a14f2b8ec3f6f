"""Commands on persons: register, link and disable accounts."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict
from uuid import UUID, uuid4

from services.registry.bodies.handlers import lies_there
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.persons import store
from services.registry.persons.events import AccountProposed, PersonNamed
from services.registry.persons.records import (
    AccountProposal,
    NamedAccount,
    Person,
    PersonState,
    PrivatePerson,
    ProposalState,
)
from services.registry.persons.views import person_view
from services.registry.posts import store as posts
from services.registry.posts.administrators import keep_administrators
from services.registry.posts.rules import may_confirm, may_correct
from services.registry.rulebook import PostSection
from services.registry.tables import LOGIN
from shared.events.registry import AccountLinked
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.work.bounds import must_have_room
from shared.work.database import Answer, Call, Transaction, WrongState, must_be
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
class CorrectName:
    """The name that was meant, by another administrator than who gave the one before, and why."""

    person_id: UUID
    name: DisplayName
    reason: str


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
        person = await add_person(tx, person_id, *place, administrator, machine=command.machine)
        if command.name is not None:
            await tx.add(
                PrivatePerson(
                    person_id=person_id,
                    display_name=command.name.text,
                    given_by=administrator,
                    purpose=NAME_PURPOSE,
                    keep_until=command.name.keep_until,
                )
            )
        person = await set_account(tx, person, command.issuer, command.account, enabled=True)
        return await answer(tx, person, 201)


async def correct_name(call: Call, command: CorrectName) -> Answer:
    """Where the person was registered; in the place of a name that another administrator gave, which stays."""
    async with call.transaction() as tx:
        await tx.lock(command.person_id)
        person, administrator = await tx.open(Person, command.person_id, "administer_posts", by=None, fresh=False)
        tx.expect(person.version)
        must_be_registered(person)
        names = await store.names_of(tx, person.id)
        was = names[-1] if names else None
        if was is not None and was.display_name == command.name.text:
            raise WrongField("display_name", "unchanged", "give another name than the person has")
        if was is not None and was.given_by is not None:
            section = tx.under(governing(NATION, tx.today)).section(PostSection)
            tx.decided(may_correct(was.given_by, administrator, section))
        given = PrivatePerson(
            person_id=person.id,
            number=was.number + 1 if was is not None else 1,
            display_name=command.name.text,
            given_by=administrator,
            was_by=was.given_by if was is not None else None,
            reason=command.reason,
            purpose=NAME_PURPOSE,
            keep_until=command.name.keep_until,
        )
        await tx.add(given)
        person = await tx.save(person, person)
        tx.emit(PersonNamed(**about(person), number=given.number))
        return await answer(tx, person)


async def link_account(call: Call, command: LinkAccount) -> Answer:
    async with call.transaction() as tx:
        person, administrator = await administered(tx, command.person_id, another=True)
        await must_stay(tx, person)
        must_have_room(len([*await store.logins(tx, person.id), *await store.proposed_accounts(tx, person.id)]))
        person = await _propose(tx, person, command, administrator)
        return await answer(tx, person)


async def confirm_account(call: Call, command: ConfirmAccount) -> Answer:
    async with call.transaction() as tx:
        person, administrator = await administered(tx, command.person_id, another=True)
        proposed = await store.proposed_account(tx, person.id, login_of(command.issuer, command.account))
        if proposed is None:
            raise WrongState("not_proposed", "account_proposed")
        section = tx.under(governing(NATION, tx.today)).section(PostSection)
        tx.decided(may_confirm(proposed.proposed_by, administrator, section))
        for place in await _vouching(tx, person, command):
            if not await posts.administers(tx, proposed.proposed_by, place):
                tx.require("administer_posts", None, place)
        await tx.save(proposed, replace(proposed, state=ProposalState.CONFIRMED, confirmed_by=administrator))
        confirmed = proposed.id
        person = await set_account(tx, person, command.issuer, command.account, enabled=True, proposal=confirmed)
        return await answer(tx, person)


async def disable_account(call: Call, command: DisableAccount) -> Answer:
    async with call.transaction() as tx:
        person, _ = await administered(tx, command.person_id)
        proposed = await store.proposed_account(tx, person.id, login_of(command.issuer, command.account))
        if proposed is not None:
            tx.emit(AccountProposed(**about(person), proposal_id=proposed.id, withdrawn=True))
            await tx.save(proposed, replace(proposed, state=ProposalState.WITHDRAWN))
            person = await tx.save(person, person)
        else:
            await _used_here_alone(tx, person)
            person = await set_account(tx, person, command.issuer, command.account, enabled=False)
            if not await store.logins(tx, person.id):
                await keep_administrators(tx, await posts.held(tx, person.id, tx.today))
        return await answer(tx, person)


async def add_person(
    tx: Transaction,
    person_id: UUID,
    organisation: UUID,
    jurisdiction: str,
    registered_by: UUID | None,
    *,
    machine: bool = False,
) -> Person:
    """A person without accounts and posts, the key locked."""
    return await tx.add(
        Person(
            id=person_id,
            key=person_id,
            version=1,
            jurisdiction=jurisdiction,
            organisation=organisation,
            registered_by=registered_by,
            machine=machine,
        )
    )


async def set_account(
    tx: Transaction, person: Person, issuer: str, account: str, *, enabled: bool, proposal: UUID | None = None
) -> Person:
    """What the account is now it need not be told again; `proposal`: what another administrator confirmed by it."""
    login = login_of(issuer, account)
    known = await _known_account(tx, person, issuer, login, enabled=enabled)
    await store.keep_account(tx, person.id, login, account, LOGIN_PURPOSE)
    return await put_account(tx, person, issuer, login, known=known, enabled=enabled, proposal=proposal)


async def put_account(
    tx: Transaction,
    person: Person,
    issuer: str,
    login: str,
    *,
    known: bool,
    enabled: bool,
    proposal: UUID | None = None,
) -> Person:
    """From now on the login may be used, or may not."""
    tx.emit(
        AccountLinked(
            **about(person),
            issuer=issuer,
            account=login,
            enabled=enabled,
            machine=person.machine,
            proposal_id=proposal,
        )
    )
    await store.set_account(tx, person, issuer, login, known=known, enabled=enabled)
    return await tx.save(person, person)


def must_be_registered(person: Person) -> None:
    """Raises WrongState for a person who has been erased."""
    must_be(person, (PersonState.REGISTERED,))


async def must_stay(tx: Transaction, person: Person) -> None:
    """Nothing is given to a person who has been erased or is to be: what the services answered would not hold any
    more. Raises WrongState."""
    must_be_registered(person)
    if await store.erasure(tx, person.id) is not None:
        raise WrongState("erasure_proposed", "erasure_not_proposed")


async def answer(tx: Transaction, person: Person, status: int = 200, login: NamedAccount | None = None) -> Answer:
    """The person with accounts and posts, those included that wait for a second administrator, as far as the caller may
    see them; a caller who knows no more than one login sees that one."""
    view = person_view(person, await store.details(tx, person, login))
    location = f"/v1/persons/{person.id}" if status == 201 else None
    return tx.answer(status, view, version=person.version, location=location)


async def _found(tx: Transaction, account: NamedAccount, command: RegisterPerson) -> Answer:
    """The person whose login it is, with no more than the giver of a post needs. Raises WrongState where a program is
    taken for a person or the reverse, or where the person was erased, WrongField for a name, which is kept where the
    person was registered first."""
    person = await tx.lock_record(Person, account.person_id)
    must_be_registered(person)
    if person.machine != command.machine:
        raise WrongState("program" if person.machine else "person", "of_the_same_kind")
    if command.name is not None:
        raise WrongField("display_name", "registered", "leave it out: this login has a person already")
    return await answer(tx, person, login=account)


async def administered(tx: Transaction, person_id: UUID, *, another: bool = False) -> tuple[Person, UUID]:
    """The person, opened, and the caller, who administers posts where the person was registered or holds one;
    `another`: who decides how somebody is known here is somebody else. Raises NotAllowed."""
    await tx.lock(person_id)
    places = sorted(await posts.places(tx, person_id))
    at = next((place for place in places if tx.actor.holds("administer_posts", None, place)), None)
    person, administrator = await tx.open(Person, person_id, "administer_posts", by=None, at=at, fresh=False)
    if another and administrator == person_id:
        raise NotAllowed("another_administrator")
    tx.expect(person.version)
    return person, administrator


async def _vouching(tx: Transaction, person: Person, login: LinkAccount | ConfirmAccount) -> list[str]:
    """Each place that one of the two who let a login act as the person administers: wherever the person holds or is to
    hold a post, because the login then uses it, and where they were registered. A login that is the person's already
    needs no word of a place that the person has left."""
    places = await posts.places(tx, person.id)
    known = await store.account(tx, login.issuer, login_of(login.issuer, login.account))
    return sorted(places if known is not None and places else places | {person.jurisdiction})


async def _used_here_alone(tx: Transaction, person: Person) -> None:
    """Nobody ends the login of another place's officer: there are the posts of one's own place to end. Raises
    WrongState."""
    held = {desk.lies_at for desk in await posts.held(tx, person.id, tx.today)} or {person.jurisdiction}
    if not all(tx.actor.holds("administer_posts", None, place) for place in held):
        raise WrongState("used_elsewhere", "without_posts_elsewhere")


async def _propose(tx: Transaction, person: Person, command: LinkAccount, administrator: UUID) -> Person:
    login = login_of(command.issuer, command.account)
    await _known_account(tx, person, command.issuer, login, enabled=True)
    if await store.proposed_account(tx, person.id, login) is not None:
        raise WrongState("proposed", "account_not_proposed")
    await store.keep_account(tx, person.id, login, command.account, LOGIN_PURPOSE)
    places = await _vouching(tx, person, command)
    other = next((place for place in places if not tx.actor.holds("administer_posts", None, place)), None)
    proposed = await tx.add(
        AccountProposal(
            id=new_id(),
            key=person.id,
            version=1,
            jurisdiction=other or person.jurisdiction,  # where the task of confirming is shown
            organisation=person.organisation,
            person_id=person.id,
            issuer=command.issuer,
            subject=login,
            proposed_by=administrator,
        )
    )
    tx.emit(AccountProposed(**about(person), proposal_id=proposed.id, facts=LOGIN(proposed)))
    return await tx.save(person, person)


async def _known_account(tx: Transaction, person: Person, issuer: str, login: str, *, enabled: bool) -> bool:
    """Whether the account is known as this person's; it belongs to one person for ever. Raises WrongState."""
    known = await store.account(tx, issuer, login)
    if known is not None and known.person_id != person.id:
        raise WrongState("linked_to_another_person", "account_of_nobody_else")
    if known is None and not enabled:
        raise WrongState("not_linked", "account_of_this_person")
    if known is not None and known.enabled == enabled:
        raise WrongState(*(("enabled", "disabled") if enabled else ("disabled", "enabled")))
    return known is not None


class About(TypedDict):
    jurisdiction: str
    organisation: UUID
    person_id: UUID


def about(person: Person) -> About:
    """What every event of a person says of it."""
    return {"jurisdiction": person.jurisdiction, "organisation": person.organisation, "person_id": person.id}
