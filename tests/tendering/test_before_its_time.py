"""A purchase is before the public with its notice, an award with its announcement: not a word of either before."""

from uuid import uuid4

from tests.support.stranger import a_stranger
from tests.support.world import World
from tests.tendering.examples import a_noticed_procurement, an_open_procurement
from tests.tendering.rounds import a_proposed_award, cleared


async def test_a_procurement_before_its_notice_is_nowhere(world: World) -> None:
    stranger, title = await a_stranger(world), f"canary {uuid4().hex}"
    opened = await an_open_procurement(world, title=title)
    hidden = await stranger.reads(("tendering", opened.path), ("tendering", f"{opened.path}/files"))

    noticed = await a_noticed_procurement(world, title=f"{title} noticed")
    shown = await stranger.entries()

    assert title not in hidden
    assert opened.procurement_id not in hidden
    [notice] = [entry for entry in shown if f"{title} noticed" in entry]
    assert noticed.procurement_id in notice
    assert '"budget":"220000.00"' in notice


async def test_an_award_before_its_announcement_is_nowhere(world: World) -> None:
    stranger = await a_stranger(world)
    award = await a_proposed_award(world)
    purchase, receipts = award.round.purchase, award.round.receipts
    pages = [("tendering", award.path)]
    pages += [("tendering", f"{purchase.path}/{page}") for page in ("awards", "ranking", "scores", "panel", "bids")]
    hidden = await stranger.reads(*pages)
    told = "\n".join(entry for entry in await stranger.entries() if purchase.procurement_id in entry)

    await cleared(world, award)
    shown = "\n".join(entry for entry in await stranger.entries() if purchase.procurement_id in entry)

    winner = str(award.round.providers[0].id)
    assert award.id not in hidden
    assert "qualified" not in told
    assert [provider.id for provider in award.round.providers if str(provider.id) in told] == []
    assert [receipt["id"] for receipt in receipts if receipt["id"] in told] == []
    assert winner in shown


async def test_nothing_that_a_stranger_reads_of_a_purchase_names_a_person(world: World) -> None:
    stranger = await a_stranger(world)
    await cleared(world, await a_proposed_award(world))

    entries = await stranger.entries()

    people = {str(row["person_id"]) for row in await world.rows("SELECT person_id FROM tendering.accounts")}
    named = [entry for entry in entries if any(person in entry for person in people)]
    assert len(entries) > 5
    assert named == []
