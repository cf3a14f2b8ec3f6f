from uuid import uuid4

import pytest

from tests.support.world import World
from tests.tendering.examples import (
    CHENGDU,
    a_checked_file,
    a_noticed_procurement,
    an_open_procurement,
    closing_in,
)


@pytest.mark.clause("GPL-35.1", "accepts")
@pytest.mark.clause("GPR-31.1", "accepts")
async def test_a_notice_of_twenty_days_is_published_for_everybody(world: World) -> None:
    purchase = await a_checked_file(world, city=CHENGDU)
    closes_at = await closing_in(world, 20)

    noticed = (await purchase.officer.post("tendering", f"{purchase.path}/notice", {"closes_at": closes_at})).ok()

    assert noticed["state"] == "noticed"
    assert {"GPL-35.1", "GPR-31.1"} <= {f["clause"] for f in noticed["explain"]}
    anybody = await world.person("anybody", duties=set(), organisation=uuid4())
    assert (await anybody.get("tendering", purchase.path)).ok()["closes_at"] == noticed["closes_at"]
    [file] = (await anybody.get("tendering", f"{purchase.path}/files")).ok()
    [event] = await purchase.events("notice_published")
    assert (event["file_version"], event["file_hash"]) == (file["number"], file["hash"])
    [deadline] = await world.rows(
        "SELECT kind, state, clause FROM tendering.deadlines WHERE key = $1", purchase.project_id
    )
    assert deadline == {"kind": "bids_close", "state": "open", "clause": "GPL-35.1"}


@pytest.mark.clause("GPL-35.1", "refuses")
async def test_a_notice_of_nineteen_days_is_refused(world: World) -> None:
    purchase = await a_checked_file(world, city=CHENGDU)
    closes_at = await closing_in(world, 19)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/notice", {"closes_at": closes_at})

    answer.refused("GPL-35.1", "bid_period_short")
    assert await purchase.state() == "checked"


@pytest.mark.clause("C214-10.1", "refuses")
async def test_a_consultation_of_nine_days_is_refused(world: World) -> None:
    purchase = await a_checked_file(world)
    closes_at = await closing_in(world, 9)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/notice", {"closes_at": closes_at})

    answer.refused("C214-10.1", "bid_period_short")


@pytest.mark.clause("C214-10.1", "accepts")
async def test_a_consultation_of_ten_days_is_published(world: World) -> None:
    purchase = await a_checked_file(world)
    closes_at = await closing_in(world, 10)

    noticed = (await purchase.officer.post("tendering", f"{purchase.path}/notice", {"closes_at": closes_at})).ok()

    assert "C214-10.1" in {f["clause"] for f in noticed["explain"]}


async def test_an_unchecked_file_is_not_published(world: World) -> None:
    purchase = await an_open_procurement(world)
    body = {"closes_at": await closing_in(world, 30)}

    (await purchase.officer.post("tendering", f"{purchase.path}/notice", body)).problem(409, "wrong_state")


async def test_a_file_altered_behind_our_back_is_not_published(world: World) -> None:
    purchase = await a_checked_file(world)
    await world.admin.execute(
        "UPDATE tendering.tender_file_contents SET document = jsonb_set(document, '{budget}', '\"1.00\"')"
        " WHERE file_id IN (SELECT file_id FROM tendering.procurements WHERE id = $1::uuid)",
        purchase.procurement_id,
    )
    body = {"closes_at": await closing_in(world, 30)}

    (await purchase.officer.post("tendering", f"{purchase.path}/notice", body)).problem(409, "wrong_state")


async def test_a_published_file_gets_no_further_version(world: World) -> None:
    purchase = await a_noticed_procurement(world)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/files", {})

    answer.problem(409, "wrong_state")


@pytest.mark.clause("IC12-14.1", "accepts")
async def test_two_persons_move_the_closing_later(world: World) -> None:
    purchase = await a_noticed_procurement(world, days=25)
    before = (await purchase.officer.get("tendering", purchase.path)).ok()
    body = {"closes_at": await closing_in(world, 30)}

    proposed = (await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body)).ok()
    confirmed = (await purchase.colleague.post("tendering", f"{purchase.path}/closing-change/confirm")).ok()

    assert proposed["closes_at"] == before["closes_at"]
    assert confirmed["closes_at"] > before["closes_at"]
    assert "IC12-14.1" in {f["clause"] for f in confirmed["explain"]}
    [event] = await purchase.events("closing_moved")
    [deadline] = await world.rows("SELECT due_at FROM tendering.deadlines WHERE key = $1", purchase.project_id)
    assert deadline["due_at"].isoformat()[:19] == event["closes_at"][:19]


@pytest.mark.clause("IC12-14.1", "refuses")
async def test_one_person_alone_does_not_move_it(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    body = {"closes_at": await closing_in(world, 30)}
    (await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body)).ok()

    answer = await purchase.officer.post("tendering", f"{purchase.path}/closing-change/confirm")

    answer.refused("IC12-14.1", "confirmer_is_proposer")
    assert await purchase.events("closing_moved") == []


@pytest.mark.clause("C214-10.3", "refuses")
async def test_the_closing_never_moves_earlier(world: World) -> None:
    purchase = await a_noticed_procurement(world, days=25)
    body = {"closes_at": await closing_in(world, 24)}

    answer = await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body)

    answer.refused("C214-10.3", "closing_not_later")


async def test_nothing_to_confirm_is_a_wrong_state(world: World) -> None:
    purchase = await a_noticed_procurement(world)

    answer = await purchase.colleague.post("tendering", f"{purchase.path}/closing-change/confirm")

    answer.problem(409, "wrong_state")


async def test_a_stale_version_moves_nothing(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    body = {"closes_at": await closing_in(world, 30)}

    answer = await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body, etag='"1"')

    answer.problem(412, "changed")
