import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.registry import ProviderBarred, ProviderLeft, ProviderPreferred, ProviderWatched
from tests.support.world import World
from tests.tendering.examples import CHENGDU, ZHUHAI, a_checked_file, a_noticed_procurement, close_by_clock, now
from tests.tendering.rounds import a_bid, a_provider, stands


@pytest.mark.clause("ZH21-16.0", "accepts")
@pytest.mark.clause("C214-13.1", "accepts")
async def test_a_bid_gets_a_receipt_over_the_file_that_its_bidder_sealed(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    before = await now(world)

    sealed = await provider.seals(purchase, a_bid())
    envelope = (await provider.uploads(purchase, sealed)).ok()
    receipt = (await provider.hands_in(purchase, envelope["id"])).ok()

    assert receipt["hash"] == envelope["hash"] == f"sha256:{hashlib.sha256(sealed).hexdigest()}"
    assert (receipt["sealed_by"], receipt["state"]) == ("bidder", "submitted")
    assert before < datetime.fromisoformat(receipt["submitted_at"]) < await now(world)
    assert {"ZH21-16.0", "C214-13.1"} <= {f["clause"] for f in receipt["explain"]}
    [kept] = await world.rows("SELECT envelope FROM tendering.envelopes WHERE provider_id = $1", provider.id)
    assert kept["envelope"] == sealed


async def test_nothing_that_is_stored_or_entered_shows_a_price_or_a_bidder(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    bid = a_bid("198765.43")
    bid["answers"][0]["statement"] = canary = f"canary {uuid4().hex}"
    receipt = (await provider.submits(purchase, bid)).ok()

    entries = await world.rows("SELECT entry, audience FROM tendering.journal WHERE key = $1", UUID(receipt["id"]))

    [entry] = entries
    assert entry["audience"] == "internal"
    assert str(provider.id) not in entry["entry"]
    for table in ("envelopes", "bids", "journal", "idempotency"):
        rows = await world.rows(f"SELECT t::text AS row FROM tendering.{table} t")
        assert not any(canary in row["row"] or canary.encode().hex() in row["row"] for row in rows), table


async def test_the_versions_of_the_purchase_do_not_count_the_bids(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    [before] = await world.rows("SELECT version FROM tendering.keys WHERE key = $1", purchase.project_id)

    await (await a_provider(world)).submits(purchase, a_bid())
    second = await (await a_provider(world)).submits(purchase, a_bid())

    [after] = await world.rows("SELECT version FROM tendering.keys WHERE key = $1", purchase.project_id)
    assert after == before
    assert second.headers["goufu-position"].endswith("/1")


@pytest.mark.parametrize(
    ("city", "clause"),
    [
        pytest.param(CHENGDU, "D87-33.1", marks=pytest.mark.clause("D87-33.1", "refuses"), id="a tender"),
        pytest.param(ZHUHAI, "C214-13.1", marks=pytest.mark.clause("C214-13.1", "refuses"), id="a consultation"),
    ],
)
async def test_a_bid_at_the_closing_is_too_late_though_nothing_has_closed_it(
    world: World, city: str, clause: str
) -> None:
    purchase = await a_noticed_procurement(world, city=city)
    provider = await a_provider(world)
    envelope = (await provider.uploads(purchase, await provider.seals(purchase, a_bid()))).ok()
    await close_by_clock(world, purchase)

    answer = await provider.hands_in(purchase, envelope["id"])

    answer.refused(clause, "bid_late")
    assert await purchase.state() == "noticed"
    assert await world.rows("SELECT id FROM tendering.bids WHERE provider_id = $1", provider.id) == []


@pytest.mark.clause("ZH21-16.0", "refuses")
async def test_a_barred_provider_is_refused_with_the_clause_of_the_bar(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    await stands(world, provider, ProviderBarred, clause="GPL-77.1", effect="bar", jurisdiction="000000")

    answer = await provider.submits(purchase, a_bid())

    answer.refused("ZH21-16.0", "provider_kept_out")
    answer.refused("GPL-77.1", "provider_barred")


async def test_a_provider_whose_registration_was_withdrawn_bids_no_more_and_its_rival_does(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    left, stays = await a_provider(world), await a_provider(world)
    first = (await left.submits(purchase, a_bid())).ok()
    day = (await now(world)).date()
    about: dict[str, Any] = {"jurisdiction": "4404", "organisation": left.id, "provider_id": left.id, "left_on": day}
    await world.emit("registry", ProviderLeft(**about))
    await world.pump()

    refused = await left.submits(purchase, a_bid())

    assert refused.refused("GPL-22.1", "registration_withdrawn")["facts"] == {"left_on": day.isoformat()}
    (await stays.submits(purchase, a_bid())).ok()
    (await left.person.post("tendering", f"/v1/bids/{first['id']}/withdraw")).ok()


async def test_a_bar_of_another_city_or_of_yesterday_keeps_nobody_out(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    yesterday = (await now(world)).date() - timedelta(days=1)
    bar: dict[str, Any] = {"clause": "GPL-77.1", "effect": "bar"}
    await stands(world, provider, ProviderBarred, jurisdiction="5101", **bar)
    await stands(world, provider, ProviderBarred, jurisdiction="4404", until_day=yesterday, **bar)

    (await provider.submits(purchase, a_bid())).ok()


async def test_a_poor_result_and_a_preference_keep_nobody_out(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    await stands(world, provider, ProviderWatched, grade="poor")
    await stands(world, provider, ProviderPreferred, grade="good")

    (await provider.submits(purchase, a_bid())).ok()


async def test_a_result_that_takes_the_qualification_keeps_out(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    against = {"rulebook": "dongguan-2011", "clause": "DG11-7.4d", "effect": "qualification"}
    await stands(world, provider, ProviderWatched, **against)

    (await provider.submits(purchase, a_bid())).refused("DG11-7.4d", "provider_watched")


async def test_a_second_bid_replaces_the_first(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    first = (await provider.submits(purchase, a_bid("210000.00"))).ok()

    second = (await provider.submits(purchase, a_bid("200000.00"))).ok()

    own = (await provider.person.get("tendering", f"{purchase.path}/bids")).ok()
    assert {bid["id"]: bid["state"] for bid in own} == {first["id"]: "replaced", second["id"]: "submitted"}


async def test_two_bids_of_one_provider_at_once_leave_one_live(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    answers = await asyncio.gather(*(provider.submits(purchase, a_bid()) for _ in range(3)))

    assert {answer.status for answer in answers} <= {201, 409}
    live = await world.rows("SELECT id FROM tendering.bids WHERE provider_id = $1 AND state = 'submitted'", provider.id)
    assert len(live) == 1


@pytest.mark.parametrize(
    ("city", "clause"),
    [
        pytest.param(CHENGDU, "D87-33.1", marks=pytest.mark.clause("D87-33.1", "accepts"), id="a tender"),
        pytest.param(ZHUHAI, "C214-13.1", marks=pytest.mark.clause("C214-13.1", "accepts"), id="a consultation"),
    ],
)
async def test_a_bid_is_withdrawn_before_the_closing(world: World, city: str, clause: str) -> None:
    purchase = await a_noticed_procurement(world, city=city)
    provider = await a_provider(world)
    receipt = (await provider.submits(purchase, a_bid())).ok()

    withdrawn = (await provider.person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).ok()

    assert withdrawn["state"] == "withdrawn"
    assert clause in {f["clause"] for f in withdrawn["explain"]}
    (await provider.submits(purchase, a_bid())).ok()


@pytest.mark.clause("C214-13.1", "refuses")
async def test_a_bid_is_not_withdrawn_after_it(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    receipt = (await provider.submits(purchase, a_bid())).ok()
    await close_by_clock(world, purchase)

    answer = await provider.person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")

    answer.refused("C214-13.1", "bid_late")


async def test_before_the_opening_a_bid_is_seen_by_its_bidder_alone(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider, rival = await a_provider(world), await a_provider(world)
    receipt = (await provider.submits(purchase, a_bid())).ok()
    auditor = await world.person("auditor", duties={"audit", "supervise"}, organisation=uuid4(), jurisdiction="4404")

    (await provider.person.get("tendering", f"/v1/bids/{receipt['id']}")).ok()
    for other in (rival.person, purchase.officer, auditor):
        (await other.get("tendering", f"/v1/bids/{receipt['id']}")).problem(404, "not_found")
        assert (await other.get("tendering", f"{purchase.path}/bids")).ok() == []
    assert (await auditor.get("tendering", purchase.path)).ok()["bids"] is None


async def test_nobody_bids_for_another_provider(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider, rival = await a_provider(world), await a_provider(world)
    envelope = (await provider.uploads(purchase, await provider.seals(purchase, a_bid()))).ok()

    for_other = {"provider_id": str(provider.id), "envelope_id": envelope["id"]}
    own_with_other = {"provider_id": str(rival.id), "envelope_id": envelope["id"]}

    (await rival.person.post("tendering", f"{purchase.path}/bids", for_other)).problem(403, "not_allowed")
    (await rival.person.post("tendering", f"{purchase.path}/bids", own_with_other)).problem(404, "not_found")


async def test_nothing_is_bid_for_before_the_notice(world: World) -> None:
    purchase = await a_checked_file(world, city=CHENGDU)
    provider = await a_provider(world)
    purchase.opening_document = (await purchase.officer.get("tendering", f"{purchase.path}/opening-key")).ok()

    answer = await provider.uploads(purchase, await provider.seals(purchase, a_bid()))

    answer.problem(404, "not_found")


async def test_a_submission_that_waited_for_the_closing_is_stamped_after_it(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    envelope = (await provider.uploads(purchase, await provider.seals(purchase, a_bid()))).ok()

    async with world.services["tendering"].writer.transaction():
        await world.services["tendering"].writer.execute(
            "SELECT 1 FROM procurements WHERE id = $1::uuid FOR UPDATE", UUID(purchase.procurement_id)
        )
        waiting = asyncio.create_task(provider.hands_in(purchase, envelope["id"]))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await close_by_clock(world, purchase)
    answer = await waiting

    facts = answer.refused("C214-13.1", "bid_late")["facts"]
    assert datetime.fromisoformat(facts["submitted_at"]) >= datetime.fromisoformat(facts["closes_at"])


async def test_no_byte_of_a_strangers_bid_is_read(world: World) -> None:
    stranger, taken = await world.person(duties={"audit"}), []

    async def pieces() -> Any:
        taken.append(1)
        yield b"no sealed bid"

    headers = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream"}
    path = f"/v1/procurements/{uuid4()}/envelopes"
    answer = await stranger.send("tendering", "POST", path, content=pieces(), headers=headers)

    assert answer.problem(403, "not_allowed")["duty"] == "submit_bid"
    assert not taken


@pytest.mark.clause("GPR-18.2", "refuses")
@pytest.mark.clause("GPR-18.2", "accepts")
async def test_who_specified_the_project_does_not_bid_in_it_and_another_does(world: World) -> None:
    wrote, another = await a_provider(world), await a_provider(world)
    prepared = [{"provider_id": str(wrote.id), "role": "specification"}]
    purchase = await a_noticed_procurement(world, file={"prepared_by": prepared})

    refused = await wrote.submits(purchase, a_bid())
    received = (await another.submits(purchase, a_bid())).ok()

    assert refused.refused("GPR-18.2", "prepared_the_project")["facts"] == {"roles": "specification"}
    assert "GPR-18.2" in {f["clause"] for f in received["explain"]}
