"""What the qualified bids ask, and which of their prices the panel has looked at."""

from collections.abc import Collection
from uuid import UUID

from services.tendering.explanations import store
from services.tendering.explanations.rules import Prices, all_looked_at, outcome
from services.tendering.opening import store as opening
from services.tendering.panels.records import Seat
from services.tendering.procurements.records import Procurement
from services.tendering.rulebook import LowPriceSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from shared.work.database import Reader, Transaction


async def prices(reader: Reader, procurement_id: UUID, active: Collection[Seat]) -> Prices:
    """What qualified bids ask; a price is looked at once it was asked about, or the majority of the active members
    found no need to."""
    asked = {bid.bid_id: bid.price for bid in await opening.opened(reader, procurement_id) if bid.qualified}
    members = {one.person_id for one in active}
    needless = {
        bid
        for bid, of_bid in (await store.looks(reader, procurement_id)).items()
        if outcome([look.needless for who, look in of_bid.items() if who in members], len(members))
    }
    looked_at = needless | await store.asked_about(reader, procurement_id)
    return Prices({bid: price for bid, price in asked.items() if price is not None}, looked_at)


async def looked_at(tx: Transaction, procurement: Procurement, active: Collection[Seat]) -> Decision[Prices]:
    """Whether the bids may be scored and ranked as far as their prices go."""
    section = rulebooks().get(procurement.rulebook).section(LowPriceSection, Case.of(procurement))
    return all_looked_at(await prices(tx, procurement.id, active), section, tx.today)
