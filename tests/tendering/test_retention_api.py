"""What bidders offered and said goes when the law no longer has the files of the purchase kept."""

from datetime import timedelta
from uuid import UUID

from shared.fields.days import years_later
from tests.shared.test_audit import as_superuser, audited
from tests.shared.test_retention import sweep
from tests.support.world import World
from tests.tendering.examples import now
from tests.tendering.rounds import a_proposed_award, covered
from tests.tendering.test_awards_api import a_choice

KEPT = (
    "SELECT o.keep_until FROM tendering.private_offers o JOIN tendering.bids b ON b.id = o.bid_id"
    " WHERE b.procurement_id = $1"
)


async def test_what_bidders_offered_goes_fifteen_years_after_the_purchase_ended(world: World) -> None:
    award = await a_proposed_award(world)
    purchase = award.round.purchase
    id = UUID(purchase.procurement_id)
    assert {row["keep_until"] for row in await world.rows(KEPT, id)} == {None}
    await covered(world, award, granted=False)
    (await a_choice(award, "fail")).ok()
    (await purchase.colleague.post("tendering", f"{award.path}/choice/confirm")).ok()
    today = (await now(world)).date()
    assert {row["keep_until"] for row in await world.rows(KEPT, id)} == {years_later(today, 15)}

    for table in ("private_offers", "private_annexes"):
        mine = "bid_id IN (SELECT id FROM tendering.bids WHERE procurement_id = $1)"
        await world.rows(f"UPDATE tendering.{table} SET keep_until = $2 WHERE {mine}", id, today - timedelta(days=1))
    assert await sweep(world, "tendering") >= 3

    assert await world.rows(KEPT, id) == []
    minutes = (await purchase.officer.get("tendering", f"{purchase.path}/opening")).ok()
    assert len(minutes["bids"]) == 3
    async with as_superuser(world, "tendering") as connection:
        findings = (await audited(connection, "tendering")).findings
    assert [each for each in findings if purchase.procurement_id in each or "offers" in each] == []
