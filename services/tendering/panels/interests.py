"""Who keeps away from a purchase: by the posts they hold or held with its bidders, and by what they declared."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.panels import store
from services.tendering.procurements.records import Procurement
from shared.law.rulebook import Rulebook, rulebooks
from shared.people import interest
from shared.people.interest import InterestSection, employed
from shared.work.database import Reader, Transaction
from shared.work.identity import Tie


async def apart(tx: Transaction, procurement: Procurement) -> Rulebook:
    """The procurement's rulebook, for a person who has no interest in a bidder; raises Refused for one who has. Before
    the closing nobody is asked: who bids is secret, and a refusal would tell it."""
    if procurement.bids is None:
        return tx.under(rulebooks().get(procurement.rulebook))
    bidders = await bids.bidders(tx, procurement.id)
    return interest.apart(tx, procurement.rulebook, bidders, await declared_by_me(tx))


async def of_a_bidder(tx: Transaction, procurement: Procurement, bidders: set[UUID]) -> bool:
    """Whether the person at hand is, or was within the years that count, with one of these bidders, or declared it."""
    section = rulebooks().get(procurement.rulebook).section(InterestSection)
    held = employed(tx.actor.ties, bidders, section, tx.today)
    return bool(held or (await declared_by_me(tx)).keys() & bidders)


async def interested(
    reader: Reader, persons: Collection[UUID], suppliers: set[UUID], section: InterestSection, day: date
) -> set[UUID]:
    """Which of these persons were on that day, or within the years that count, with one of the suppliers, or declared
    it."""
    posts, found = await store.posts_of(reader, persons), set[UUID]()
    for person in persons:
        ties = [Tie(post.organisation_id, post.valid_until) for post in posts[person]]
        ties += await store.interests_of(reader, person)
        if employed(ties, suppliers, section, day) or (await store.declared(reader, person)).keys() & suppliers:
            found.add(person)
    return found


async def declared_by_me(tx: Transaction) -> dict[UUID, str]:
    """The providers in which the person at hand declared an interest, in whatever purchase, each with its ground."""
    person = tx.actor.person_id
    return await store.declared(tx, person) if person is not None else {}
