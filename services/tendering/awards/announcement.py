"""The announcement of an award: the same whether a clearance or a reason given brings it about."""

from uuid import UUID

from services.tendering.awards import store
from services.tendering.bids import store as bids
from services.tendering.procurements import store as procurements
from services.tendering.scores import store as scores
from shared.errands.notices import notify
from shared.events.tendering import AwardAnnounced
from shared.work.database import Row, Transaction


async def announce(tx: Transaction, procurement: Row, award: Row) -> Row:
    """Makes the result public, with ranking and points, and tells every bidder its own (87号令 art. 69)."""
    ranking = await scores.ranking(tx, procurement["id"])
    award = await store.update(tx, award, state="announced", announced_on=tx.today)
    await procurements.update(tx, procurement, state="announced")
    tx.emit(
        AwardAnnounced(
            **procurements.about(procurement),
            **{name: award[name] for name in ("lot", "provider_id", "amount", "round")},
            ranking=[(row["provider_id"], str(row["total"])) for row in ranking],
            points={row["provider_id"]: row["points"] for row in ranking},
            acknowledged=sorted(award["reasons"]),
        )
    )
    await _tell(tx, procurement["id"], award, ranking)
    return award


async def _tell(tx: Transaction, procurement_id: UUID, award: Row, ranking: list[Row]) -> None:
    places = {row["bid_id"]: row for row in ranking}
    failed = await store.failed_conditions(tx, procurement_id)
    for bid in await bids.live(tx, procurement_id):
        place = places.get(bid["id"])
        facts = {"awarded": str(bid["id"] == award["bid_id"]).lower()}
        if place is not None:
            facts |= {"rank": str(place["rank"]), "total": str(place["total"]), "decided_by": place["decided_by"]}
        else:
            facts["failed_conditions"] = ", ".join(failed.get(bid["id"], []))
        await notify(tx, bid["provider_id"], "award_announced", procurement_id, facts)
