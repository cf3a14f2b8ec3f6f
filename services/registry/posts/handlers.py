"""Commands on posts: give, or propose and confirm, and end."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.registry.bodies.handlers import lies_there
from services.registry.bodies.kinds import FITTING
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.persons import store as people
from services.registry.persons.duties import WEIGHTY
from services.registry.persons.handlers import answer, must_stay
from services.registry.posts import store
from services.registry.posts.administrators import keep_administrators
from services.registry.posts.rules import Desk, may_confirm, may_hold
from services.registry.rulebook import PostSection
from services.registry.tables import persons, post_proposals, posts
from shared.events.registry import PostEnded, PostGiven, PostProposed
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.work.database import Answer, Call, Row, Transaction, WrongState
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
        person = await tx.lock_row(persons, command.person_id)
        administrator = await _gives(tx, command)
        await _known_by_login(tx, person, command)
        tx.expect(person["version"])
        valid_from = command.valid_from or tx.today
        _check_period(valid_from, command.valid_until, tx.today)
        post = _post(new_id(), command, valid_from)
        await _decide(tx, post)
        if command.duties & WEIGHTY:
            await _propose(tx, post, administrator)
        else:
            await give(tx, post)
        return await answer(tx, command.person_id, 201)


async def confirm_post(call: Call, command: ConfirmPost) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(post_proposals, command.post_id)
        person = await tx.lock_row(persons, row["person_id"])
        asked = GivePost(
            row["person_id"], row["organisation"], row["jurisdiction"], frozenset(row["duties"]), None, None
        )
        administrator = await _gives(tx, asked)
        tx.expect(person["version"])
        _must_be_proposed(row)
        tx.decided(may_confirm(row["proposed_by"], administrator, _section(tx)))
        first, last = max(row["valid_from"], tx.today), row["valid_until"]
        if last is not None and last < first:
            raise WrongState("over", "lasting_today_or_later")
        post = {**_post(row["id"], asked, first), "valid_until": last}
        await _decide(tx, post)
        await tx.update(post_proposals, row["id"], state="confirmed", confirmed_by=administrator)
        await give(tx, post)
        return await answer(tx, row["person_id"])


async def end_post(call: Call, command: EndPost) -> Answer:
    async with call.transaction() as tx:
        proposal = await store.proposal(tx, command.post_id)
        if proposal is not None and proposal["state"] == "proposed":
            return await _take_back(tx, command.post_id)
        person_id = (await store.post(tx, command.post_id))["person_id"]
        person = await tx.lock_row(persons, person_id)
        post = await store.post(tx, command.post_id)
        tx.require("administer_posts", None, post["jurisdiction"])
        tx.expect(person["version"])
        last_day = command.last_day or tx.today - timedelta(days=1)
        if command.last_day is not None and command.last_day < tx.today:
            raise WrongField("last_day", "in_the_past", "give today or a later day, or none to end the post at once")
        if post["valid_until"] is not None and post["valid_until"] <= last_day:
            raise WrongState("ends_no_later", "lasting_longer")
        await keep_administrators(tx, [post])
        tx.emit(PostEnded(**_about(post), valid_until=last_day))
        await store.end(tx, post, last_day)
        await tx.update(persons, person_id)
        return await answer(tx, person_id)


async def give(tx: Transaction, post: dict[str, Any]) -> None:
    """From now on the post counts; the person is locked."""
    tx.emit(PostGiven(**_about(post), valid_until=post["valid_until"]))
    await tx.insert(posts, **post, source_version=tx.versions[post["person_id"]])
    await tx.update(persons, post["person_id"])


async def _gives(tx: Transaction, command: GivePost) -> UUID:
    """The administrator, when they may give this post: to another person, in an organisation of theirs, with duties
    of its kind."""
    administrator, kind = await lies_there(tx, command.organisation, command.jurisdiction)
    if administrator == command.person_id:
        raise NotAllowed("another_administrator")
    person = await tx.lock_row(persons, command.person_id)
    await must_stay(tx, person)
    if person["machine"] and not command.duties <= MACHINE_DUTIES:
        message = f"a program holds these duties only: {', '.join(sorted(MACHINE_DUTIES))}"
        raise WrongField("duties", "not_for_a_machine", message)
    unfit = sorted(command.duties - FITTING[kind])
    if unfit:
        message = f"these duties are held in another kind of organisation than a {kind}: {', '.join(unfit)}"
        raise WrongField("duties", "unfit_for_organisation", message)
    return administrator


async def _known_by_login(tx: Transaction, person: Row, command: GivePost) -> None:
    """Who gives the first post of a place to somebody whom another place registered names their login, and it is the
    only one: else whoever administers logins there had prepared a second one, and used the post that is given here.
    From then on no login joins without a word from here. Raises NotAllowed, WrongState."""
    places = {person["jurisdiction"], *await store.places(tx, person["id"])}
    if any(tx.actor.holds("administer_posts", None, place) for place in places):
        return
    login = command.login and login_of(*command.login)
    account = await people.account(tx, command.login[0], login) if command.login and login else None
    if account is None or account["person_id"] != person["id"]:
        raise NotAllowed("administer_posts", person["jurisdiction"])
    if any(row["subject"] != login for row in await people.logins(tx, person["id"])):
        raise WrongState("other_logins", "this_login_alone")


def _section(tx: Transaction) -> PostSection:
    """Posts are a matter of national law."""
    return tx.under(governing(NATION, tx.today)).section(PostSection)


async def _decide(tx: Transaction, post: dict[str, Any]) -> None:
    """Where the organisation lies, and where those lay for which it acts."""
    held = await store.desks(tx, post["person_id"], tx.today, but=post["id"])
    for place in await store.places_of(tx, post["organisation_id"]):
        given = Desk(place, frozenset(post["duties"]), post["valid_from"], post["valid_until"])
        tx.decided(may_hold(given, held, _section(tx)))


async def _propose(tx: Transaction, post: dict[str, Any], administrator: UUID) -> None:
    about = _about(post)
    tx.emit(PostProposed(**about, valid_until=post["valid_until"]))
    columns = {name: about[name] for name in ("person_id", "jurisdiction", "organisation", "duties", "valid_from")}
    await tx.insert(
        post_proposals,
        id=post["id"],
        key=post["person_id"],
        version=1,
        state="proposed",
        **columns,
        valid_until=post["valid_until"],
        proposed_by=administrator,
    )
    await tx.update(persons, post["person_id"])


async def _take_back(tx: Transaction, post_id: UUID) -> Answer:
    row = await tx.lock_row(post_proposals, post_id)
    person = await tx.lock_row(persons, row["person_id"])
    tx.require("administer_posts", None, row["jurisdiction"])
    tx.expect(person["version"])
    _must_be_proposed(row)
    about = _about({**row, "organisation_id": row["organisation"]})
    tx.emit(PostProposed(**about, valid_until=row["valid_until"], withdrawn=True))
    await tx.update(post_proposals, post_id, state="withdrawn")
    await tx.update(persons, row["person_id"])
    return await answer(tx, row["person_id"])


def _post(post_id: UUID, command: GivePost, valid_from: date) -> dict[str, Any]:
    return {
        "id": post_id,
        "person_id": command.person_id,
        "organisation_id": command.organisation,
        "jurisdiction": command.jurisdiction,
        "duties": sorted(command.duties),
        "valid_from": valid_from,
        "valid_until": command.valid_until,
    }


def _about(post: Row | dict[str, Any]) -> dict[str, Any]:
    return {
        "jurisdiction": post["jurisdiction"],
        "organisation": post["organisation_id"],
        "post_id": post["id"],
        "person_id": post["person_id"],
        "duties": post["duties"],
        "valid_from": post["valid_from"],
    }


def _must_be_proposed(row: Row) -> None:
    if row["state"] != "proposed":
        raise WrongState(row["state"], "proposed")


def _check_period(valid_from: date, valid_until: date | None, today: date) -> None:
    if valid_from < today:
        raise WrongField("valid_from", "in_the_past", "give today or a later day: a post is not given backwards")
    if valid_until is not None and valid_until < valid_from:
        raise WrongField("valid_until", "before_valid_from", "give a last day that is not before the first")
