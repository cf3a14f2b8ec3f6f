"""The announcement of an award: the same whether a clearance or a reason given brings it about."""

from dataclasses import replace

from services.tendering.awards import store
from services.tendering.awards.records import Award, AwardState
from services.tendering.bids import store as bids
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.scores import store as scores
from shared.errands.notices import notify
from shared.events.tendering import AwardAnnounced
from shared.work.database import Transaction


async def announce(tx: Transaction, procurement: Procurement, before: Award, award: Award) -> Award:
    """Makes the result public, with ranking and points, and tells every bidder its own (87号令 art. 69). `award` is the
    one that is kept (`before`) with what is decided in this transaction."""
    ranking = await scores.ranking(tx, procurement.id)
    failed = await store.failed_conditions(tx, procurement.id)
    competing = await bids.live(tx, procurement.id)
    award = await tx.save(before, replace(award, state=AwardState.ANNOUNCED, announced_on=tx.today))
    await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.ANNOUNCED))
    tx.emit(
        AwardAnnounced(
            **procurements.about(procurement),
            lot=award.lot,
            provider_id=award.provider_id,
            amount=award.amount,
            round=award.round,
            ranking=[(place.provider_id, str(place.total)) for place in ranking],
            points={place.provider_id: place.points for place in ranking},
            acknowledged=sorted(award.reasons),
        )
    )
    places = {place.bid_id: place for place in ranking}
    for bid in competing:
        facts = {"awarded": str(bid.id == award.bid_id).lower()}
        if bid.id in places:
            place = places[bid.id]
            facts |= {"rank": str(place.rank), "total": str(place.total), "decided_by": place.decided_by}
        else:
            facts["failed_conditions"] = ", ".join(failed.get(bid.id, []))
        await notify(tx, bid.provider_id, "award_announced", procurement.id, facts)
    return award
