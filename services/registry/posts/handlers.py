"""Commands on posts: give, or propose and confirm, and end."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypedDict
from uuid import UUID

from services.registry.bodies.handlers import lies_there
from services.registry.bodies.kinds import FITTING
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.persons import store as people
from services.registry.persons.duties import WEIGHTY
from services.registry.persons.handlers import answer, must_stay
from services.registry.persons.records import Person, ProposalState
from services.registry.posts import store
from services.registry.posts.administrators import keep_administrators
from services.registry.posts.events import PostProposed
from services.registry.posts.records import Post, PostProposal
from services.registry.posts.rules import Desk, may_confirm, may_hold
from services.registry.rulebook import PostSection
from shared.events.registry import PostEnded, PostGiven
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.work.bounds import must_have_room
from shared.work.database import Answer, Call, Transaction, WrongState, must_be
from shared.work.identity import MACHINE_DUTIES, NotAllowed, login_of


@dataclass(frozen=True, slots=True)
class GivePost:
    """Duties in an organisation, in a jurisdiction and below, from–until (last day). `login`: issuer and account by
    which a giver knows somebody who was registered elsewhere."""

    person_id: UUID
    organisation: UUID
    jurisdiction: str
    duties: frozenset[str]
    valid_from: date | None
    valid_until: date | None
    login: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ConfirmPost:
    """Another administrator confirms a weighty post; it counts from then on."""

    post_id: UUID


@dataclass(frozen=True, slots=True)
class EndPost:
    """Ends a post with a last day, or at once when none is given; takes back one that is only proposed."""

    post_id: UUID
    last_day: date | None


async def give_post(call: Call, command: GivePost) -> Answer:
    async with call.transaction() as tx:
        at = command.jurisdiction
        person, administrator = await tx.open(
            Person, command.person_id, "administer_posts", by=None, at=at, fresh=False
        )
        await _may_give(tx, person, command)
        await _known_by_login(tx, person, command)
        tx.expect(person.version)
        must_have_room(await store.posts_of(tx, person.id))
        valid_from = command.valid_from or tx.today
        _check_period(valid_from, command.valid_until, tx.today)
        post = _post(new_id(), command, valid_from)
        await _decide(tx, post)
        if command.duties & WEIGHTY:
            person = await _propose(tx, person, post, administrator)
        else:
            person = await give(tx, person, post)
        return await answer(tx, person, 201)


async def confirm_post(call: Call, command: ConfirmPost) -> Answer:
    async with call.transaction() as tx:
        proposed, administrator = await tx.open(PostProposal, command.post_id, "administer_posts", by=None, fresh=False)
        person = await tx.lock_record(Person, proposed.person_id)
        place = (proposed.organisation, proposed.jurisdiction)
        asked = GivePost(person.id, *place, frozenset(proposed.duties), proposed.valid_from, proposed.valid_until)
        await _may_give(tx, person, asked)
        tx.expect(person.version)
        must_be(proposed, (ProposalState.PROPOSED,))
        tx.decided(may_confirm(proposed.proposed_by, administrator, _section(tx)))
        first, last = max(proposed.valid_from, tx.today), proposed.valid_until
        if last is not None and last < first:
            raise WrongState("over", "lasting_today_or_later")
        post = _post(proposed.id, asked, first)
        await _decide(tx, post)
        await tx.save(proposed, replace(proposed, state=ProposalState.CONFIRMED, confirmed_by=administrator))
        person = await give(tx, person, post)
        return await answer(tx, person)


async def end_post(call: Call, command: EndPost) -> Answer:
    async with call.transaction() as tx:
        proposal = await store.proposal(tx, command.post_id)
        if proposal is not None and proposal.state == ProposalState.PROPOSED:
            return await _take_back(tx, command.post_id)
        known = await store.post(tx, command.post_id)
        person, _ = await tx.open(Person, known.person_id, "administer_posts", by=None, at=known.jurisdiction)
        post = await store.post(tx, command.post_id)
        last_day = command.last_day or tx.today - timedelta(days=1)
        if command.last_day is not None and command.last_day < tx.today:
            raise WrongField("last_day", "in_the_past", "give today or a later day, or none to end the post at once")
        if post.valid_until is not None and post.valid_until <= last_day:
            raise WrongState("ends_no_later", "lasting_longer")
        await keep_administrators(tx, [post])
        await end(tx, post, last_day)
        person = await tx.save(person, person)
        return await answer(tx, person)


async def give(tx: Transaction, person: Person, post: Post) -> Person:
    """From now on the post counts."""
    tx.emit(PostGiven(**_about(post), valid_until=post.valid_until))
    await tx.add(replace(post, source_version=tx.versions[person.id]))
    return await tx.save(person, person)


async def end(tx: Transaction, post: Post, last_day: date) -> None:
    """The post has that last day; one that has not begun by then never does. Its person is locked."""
    tx.emit(PostEnded(**_about(post), valid_until=last_day))
    await tx.save(post, replace(post, valid_until=last_day, source_version=tx.versions[post.person_id]))


async def _may_give(tx: Transaction, person: Person, command: GivePost) -> None:
    """Whether the administrator may give this post: to another person, in an organisation of theirs, with duties of its
    kind. Raises NotAllowed, WrongField, WrongState."""
    administrator, kind = await lies_there(tx, command.organisation, command.jurisdiction)
    if administrator == person.id:
        raise NotAllowed("another_administrator")
    await must_stay(tx, person)
    if person.machine and not command.duties <= MACHINE_DUTIES:
        message = f"a program holds these duties only: {', '.join(sorted(MACHINE_DUTIES))}"
        raise WrongField("duties", "not_for_a_machine", message)
    unfit = sorted(command.duties - FITTING[kind])
    if unfit:
        message = f"these duties are held in another kind of organisation than a {kind}: {', '.join(unfit)}"
        raise WrongField("duties", "unfit_for_organisation", message)


async def _known_by_login(tx: Transaction, person: Person, command: GivePost) -> None:
    """Who gives the first post of a place to somebody whom another place registered names their login, and it is the
    only one: else whoever administers logins there had prepared a second one, and used the post that is given here.
    From then on no login joins without a word from here. Raises NotAllowed, WrongState."""
    places = {person.jurisdiction, *await store.places(tx, person.id)}
    if any(tx.actor.holds("administer_posts", None, place) for place in places):
        return
    login = command.login and login_of(*command.login)
    account = await people.account(tx, command.login[0], login) if command.login and login else None
    if account is None or account.person_id != person.id:
        raise NotAllowed("administer_posts", person.jurisdiction)
    if any(each.subject != login for each in await people.logins(tx, person.id)):
        raise WrongState("other_logins", "this_login_alone")


def _section(tx: Transaction) -> PostSection:
    """Posts are a matter of national law."""
    return tx.under(governing(NATION, tx.today)).section(PostSection)


async def _decide(tx: Transaction, post: Post) -> None:
    """Where the organisation lies, and where those lay for which it acts."""
    held = await store.desks(tx, post.person_id, tx.today, but=post.id)
    for place in await store.places_of(tx, post.organisation_id):
        given = Desk(place, frozenset(post.duties), post.valid_from, post.valid_until)
        tx.decided(may_hold(given, held, _section(tx)))


async def _propose(tx: Transaction, person: Person, post: Post, administrator: UUID) -> Person:
    tx.emit(PostProposed(**_about(post), valid_until=post.valid_until))
    await tx.add(
        PostProposal(
            id=post.id,
            key=person.id,
            version=1,
            jurisdiction=post.jurisdiction,
            organisation=post.organisation_id,
            person_id=person.id,
            duties=post.duties,
            valid_from=post.valid_from,
            valid_until=post.valid_until,
            proposed_by=administrator,
        )
    )
    return await tx.save(person, person)


async def _take_back(tx: Transaction, post_id: UUID) -> Answer:
    proposed, _ = await tx.open(PostProposal, post_id, "administer_posts", by=None, fresh=False)
    person = await tx.lock_record(Person, proposed.person_id)
    tx.expect(person.version)
    must_be(proposed, (ProposalState.PROPOSED,))
    withdrawn = await tx.save(proposed, replace(proposed, state=ProposalState.WITHDRAWN))
    tx.emit(PostProposed(**_about(withdrawn), valid_until=withdrawn.valid_until, withdrawn=True))
    person = await tx.save(person, person)
    return await answer(tx, person)


def _post(post_id: UUID, command: GivePost, valid_from: date) -> Post:
    return Post(
        id=post_id,
        person_id=command.person_id,
        organisation_id=command.organisation,
        jurisdiction=command.jurisdiction,
        duties=sorted(command.duties),
        valid_from=valid_from,
        valid_until=command.valid_until,
    )


class _About(TypedDict):
    jurisdiction: str
    organisation: UUID
    post_id: UUID
    person_id: UUID
    duties: list[str]
    valid_from: date


def _about(post: Post | PostProposal) -> _About:
    return {
        "jurisdiction": post.jurisdiction,
        "organisation": post.organisation_id if isinstance(post, Post) else post.organisation,
        "post_id": post.id,
        "person_id": post.person_id,
        "duties": post.duties,
        "valid_from": post.valid_from,
    }


def _check_period(valid_from: date, valid_until: date | None, today: date) -> None:
    if valid_from < today:
        raise WrongField("valid_from", "in_the_past", "give today or a later day: a post is not given backwards")
    if valid_until is not None and valid_until < valid_from:
        raise WrongField("valid_until", "before_valid_from", "give a last day that is not before the first")
