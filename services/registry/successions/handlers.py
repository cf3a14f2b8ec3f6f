"""What a succession and a departure ask of the organisations concerned, and what they bring about."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from services.registry.bodies.records import Registered
from services.registry.bodies.store import organisation as known_organisation
from services.registry.changes import overtaken
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.posts import store as posts
from services.registry.posts.administrators import ADMINISTRATORS
from services.registry.posts.handlers import end
from services.registry.posts.rules import Desk
from services.registry.rulebook import PostSection, SuccessionSection
from services.registry.successions import rules, store
from services.registry.successions.records import Succession
from services.registry.tables import persons
from shared.events.registry import OrganisationLeft, OrganisationSucceeded, SuccessionAnnulled
from shared.fields.places import NATION, city_of
from shared.work.database import Transaction, WrongState

LINEAGES = uuid5(NAMESPACE_OID, "goufu.registry.successions")
"""Key under which all successions and departures stand in line, so that no two of them close a circle together."""


async def stand_in_line(tx: Transaction, organisation_id: UUID, departure: str | None) -> None:
    """Locks what a succession or departure of the organisation touches, before any of it is read."""
    holders = await store.live_posts(tx, [organisation_id]) if departure else []
    waiting = await overtaken.proposed_posts(tx, organisation_id) if departure else []
    touched = {*(post.person_id for post in holders), *(post.person_id for post in waiting)}
    await tx.lock(LINEAGES, organisation_id, *touched)


async def may_succeed(tx: Transaction, organisation: Registered, predecessor: UUID, manner: str) -> None:
    """Whether the organisation may take that one's place. Raises WrongField, WrongState, Refused."""
    known, own = await known_organisation(tx, predecessor), await known_organisation(tx, organisation.id)
    if own is None or own.left_on is not None:
        raise WrongState("left", "registered")
    if known is None or known.kind != own.kind:
        raise WrongField("successor_of", "another_kind", "give an organisation of the same kind, registered here")
    if organisation.sort != "provider" and city_of(known.jurisdiction) != city_of(own.jurisdiction):
        raise WrongField("successor_of", "another_city", "give an organisation of the same city")
    if predecessor in await store.successors(tx, organisation.id) or predecessor == organisation.id:
        raise WrongField("successor_of", "circle", "give another organisation, which did not take this one's place")
    taken = await store.succession(tx, organisation.id, predecessor)
    if taken is not None and not taken.annulled:
        raise WrongField("successor_of", "known", "it has taken this organisation's place already")
    section = tx.under(governing(organisation.jurisdiction, tx.today)).section(SuccessionSection)
    tx.decided(rules.may_succeed(organisation.sort, manner, section))
    if known.left_on is not None:
        await _may_take_over(tx, organisation.id, predecessor)


async def may_leave(tx: Transaction, organisation: UUID, place: str) -> None:
    """Whether what it has open is carried on without it. Raises Refused."""
    section = tx.under(governing(place, tx.today)).section(SuccessionSection)
    carriers = await store.carriers(tx, organisation)
    tx.decided(rules.may_leave(await store.open_matters(tx, organisation), bool(carriers), section, tx.today))
    for carrier in carriers:
        await _may_take_over(tx, carrier, organisation)


async def succeed(tx: Transaction, organisation: Registered, predecessor: UUID, manner: str, from_day: date) -> None:
    """The organisation takes the other's place, from that day on."""
    tx.emit(
        OrganisationSucceeded(
            jurisdiction=organisation.jurisdiction,
            organisation=organisation.id,
            predecessor=predecessor,
            from_day=from_day,
            manner=manner,
        )
    )
    taken = Succession(
        successor=organisation.id,
        predecessor=predecessor,
        from_day=from_day,
        source_version=tx.versions[organisation.id],
    )
    if await store.succession(tx, organisation.id, predecessor) is None:
        await tx.add(taken)
    else:
        store.set_again(tx, taken)


async def must_have_succeeded(tx: Transaction, organisation: Registered, predecessor: UUID) -> Succession:
    """That it took that one's place, as the register has it. Raises WrongField."""
    taken = await store.succession(tx, organisation.id, predecessor)
    if taken is None or taken.annulled:
        raise WrongField("successor_of", "unknown", "give an organisation whose place it is said to have taken")
    return taken


async def annul(tx: Transaction, organisation: Registered, predecessor: UUID) -> None:
    """It never took that place: whoever acts for it acts for the other no more, and the other's bars are not its."""
    taken = await must_have_succeeded(tx, organisation, predecessor)
    tx.emit(
        SuccessionAnnulled(
            jurisdiction=organisation.jurisdiction,
            organisation=organisation.id,
            predecessor=predecessor,
            from_day=taken.from_day,
        )
    )
    store.set_again(tx, replace(taken, annulled=True, source_version=tx.versions[organisation.id]))


async def leave(tx: Transaction, organisation: Registered, departure: str) -> None:
    """The organisation is no more: nothing is begun in its name, and the posts in it end, as does what one person
    proposed about it."""
    known = await known_organisation(tx, organisation.id)
    assert known is not None
    tx.emit(
        OrganisationLeft(
            jurisdiction=organisation.jurisdiction,
            organisation=organisation.id,
            kind=known.kind,
            departure=departure,
            left_on=tx.today,
        )
    )
    await tx.save(known, replace(known, left_on=tx.today, source_version=tx.versions[known.id]))
    await overtaken.end_changes(tx, organisation.id)
    await overtaken.end_posts(tx, organisation.id)
    ended = await store.live_posts(tx, [organisation.id])
    for post in ended:
        await end(tx, post, tx.today - timedelta(days=1))
        await tx.update(persons, post.person_id)
    for place in {post.jurisdiction for post in ended if "administer_posts" in post.duties}:
        if len(await posts.administrators(tx, place, tx.today)) < ADMINISTRATORS:
            raise WrongState("last_administrator", "two_other_administrators")


async def _may_take_over(tx: Transaction, successor: UUID, left: UUID) -> None:
    """Whoever holds a post in the successor comes to its duties where the other lies, and those for which it acts."""
    section = tx.under(governing(NATION, tx.today)).section(PostSection)
    places, given = await posts.places_of(tx, left), []
    for post in await store.live_posts(tx, [successor]):
        held = await posts.desks(tx, post.person_id, tx.today, but=post.id)
        given += [(Desk(place, frozenset(post.duties), post.valid_from, post.valid_until), held) for place in places]
    tx.decided(rules.may_take_over(given, section))
