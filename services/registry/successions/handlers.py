"""What a succession and a departure ask of the organisations concerned, and what they bring about."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from services.registry.bodies.store import organisation as known_organisation
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.posts import store as posts
from services.registry.posts.administrators import ADMINISTRATORS
from services.registry.posts.rules import Desk
from services.registry.rulebook import PostSection, SuccessionSection
from services.registry.successions import rules, store
from services.registry.tables import persons
from shared.events.registry import OrganisationLeft, OrganisationSucceeded, PostEnded
from shared.fields.places import NATION, city_of
from shared.work.database import Row, Transaction, WrongState

LINEAGES = uuid5(NAMESPACE_OID, "goufu.registry.successions")
"""Key under which all successions and departures stand in line, so that no two of them close a circle together."""


async def stand_in_line(tx: Transaction, organisation: UUID, departure: str | None) -> None:
    """Locks what a succession or departure of the organisation touches, before any of it is read."""
    holders = await store.live_posts(tx, [organisation]) if departure else []
    await tx.lock(LINEAGES, organisation, *(post["person_id"] for post in holders))


async def may_succeed(tx: Transaction, sort: str, row: Row, predecessor: UUID, manner: str) -> None:
    """Whether the organisation of this row may take that one's place. Raises WrongField, WrongState, Refused."""
    known, own = await known_organisation(tx, predecessor), await known_organisation(tx, row["id"])
    if own is None or own["left_on"] is not None:
        raise WrongState("left", "registered")
    if known is None or known["kind"] != own["kind"]:
        raise WrongField("successor_of", "another_kind", "give an organisation of the same kind, registered here")
    if sort != "provider" and city_of(known["jurisdiction"]) != city_of(own["jurisdiction"]):
        raise WrongField("successor_of", "another_city", "give an organisation of the same city")
    if predecessor in await store.successors(tx, row["id"]) or predecessor == row["id"]:
        raise WrongField("successor_of", "circle", "give another organisation, which did not take this one's place")
    if any(each["predecessor"] == predecessor for each in await store.successions_of(tx, row["id"])):
        raise WrongField("successor_of", "known", "it has taken this organisation's place already")
    section = tx.under(governing(row["jurisdiction"], tx.today)).section(SuccessionSection)
    tx.decided(rules.may_succeed(sort, manner, section))
    if known["left_on"] is not None:
        await _may_take_over(tx, row["id"], predecessor)


async def may_leave(tx: Transaction, organisation: UUID, place: str) -> None:
    """Whether what it has open is carried on without it. Raises Refused."""
    section = tx.under(governing(place, tx.today)).section(SuccessionSection)
    carriers = await store.carriers(tx, organisation)
    tx.decided(rules.may_leave(await store.open_matters(tx, organisation), bool(carriers), section, tx.today))
    for carrier in carriers:
        await _may_take_over(tx, carrier, organisation)


async def succeed(tx: Transaction, row: Row, change: Mapping[str, Any]) -> None:
    """The organisation takes the other's place."""
    place = {"predecessor": change["successor_of"], "from_day": change["valid_from"], "manner": change["manner"]}
    tx.emit(OrganisationSucceeded(organisation=row["id"], jurisdiction=row["jurisdiction"], **place))
    await store.add_succession(tx, row["id"], change["successor_of"], change["valid_from"])


async def leave(tx: Transaction, row: Row, departure: str) -> None:
    """The organisation is no more: nothing is begun in its name, and the posts in it end."""
    known = await known_organisation(tx, row["id"])
    assert known is not None
    about = {"organisation": row["id"], "jurisdiction": row["jurisdiction"]}
    tx.emit(OrganisationLeft(**about, kind=known["kind"], departure=departure, left_on=tx.today))
    await store.set_left(tx, row["id"])
    ended = await store.live_posts(tx, [row["id"]])
    for post in ended:
        await _end(tx, post)
    for place in {post["jurisdiction"] for post in ended if "administer_posts" in post["duties"]}:
        if len(await posts.administrators(tx, place, tx.today)) < ADMINISTRATORS:
            raise WrongState("last_administrator", "two_other_administrators")


async def _end(tx: Transaction, post: Row) -> None:
    """At once, as `end_post` does; one that has not begun never does."""
    names = ("person_id", "jurisdiction", "duties", "valid_from")
    last = tx.today - timedelta(days=1)
    about = {"post_id": post["id"], "organisation": post["organisation_id"], **{name: post[name] for name in names}}
    tx.emit(PostEnded(**about, valid_until=last))
    await posts.end(tx, post, last)
    await tx.update(persons, post["person_id"])


async def _may_take_over(tx: Transaction, successor: UUID, left: UUID) -> None:
    """Whoever holds a post in the successor comes to its duties where the other lies, and those for which it acts."""
    section = tx.under(governing(NATION, tx.today)).section(PostSection)
    places, given = await posts.places_of(tx, left), []
    for post in await store.live_posts(tx, [successor]):
        held = await posts.desks(tx, post["person_id"], tx.today, but=post["id"])
        last = post["valid_until"]
        given += [(Desk(place, frozenset(post["duties"]), post["valid_from"], last), held) for place in places]
    tx.decided(rules.may_take_over(given, section))
