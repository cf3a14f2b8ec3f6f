from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from tests.shared.test_documents import PDF
from tests.support.world import World
from tests.tendering.examples import (
    CHENGDU,
    ZHUHAI,
    Purchase,
    a_checked_file,
    a_noticed_procurement,
    an_open_procurement,
    closing_in,
    now,
)


async def a_paper(purchase: Purchase) -> str:
    """A clarification of the file, kept by the service."""
    sent = {"idempotency-key": uuid4().hex, "content-type": "application/pdf", "document-name": "clarification.pdf"}
    stored = await purchase.officer.send("tendering", "POST", "/v1/documents", content=PDF, headers=sent)
    return str(stored.ok()["id"])


async def on_a_friday(world: World) -> None:
    """From here neither the tenth, the nineteenth nor the twentieth day is free, so that no free day moves the end."""
    if (await now(world)).date() < date(2022, 3, 4):
        await world.today_is(date(2022, 3, 4))


@pytest.mark.clause("GPL-35.1", "accepts")
@pytest.mark.clause("GPR-31.1", "accepts")
async def test_a_notice_of_twenty_days_is_published_for_everybody(world: World) -> None:
    await on_a_friday(world)
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
    await on_a_friday(world)
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


@pytest.mark.clause("GPR-31.1", "refuses")
async def test_a_tender_file_is_on_offer_for_five_working_days(world: World) -> None:
    purchase = await a_checked_file(world, city=CHENGDU)
    path, six, seven = f"{purchase.path}/notice", await closing_in(world, 6), await closing_in(world, 7)

    short = await purchase.officer.post("tendering", path, {"closes_at": six})
    enough = await purchase.officer.post("tendering", path, {"closes_at": seven})

    assert [f["clause"] for f in short.json["findings"]] == ["GPL-35.1", "GPR-31.1"]
    assert [f["clause"] for f in enough.json["findings"]] == ["GPL-35.1"]


async def test_bidding_closes_on_the_day_on_which_the_service_begins_at_the_latest(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    path = f"{purchase.path}/closing-change"

    begins = max(date(2022, 5, 1), (await now(world)).date() + timedelta(days=60))

    late, in_time = [
        await purchase.officer.post("tendering", path, {"closes_at": f"{day}T09:30:00+08:00"})
        for day in (begins + timedelta(days=1), begins)
    ]

    [error] = late.problem(422)["errors"]
    assert (error["field"], error["code"]) == ("body.closes_at", "after_service_start")
    in_time.ok()


@pytest.mark.clause("IC12-33.2", "accepts")
async def test_two_persons_move_the_closing_later(world: World) -> None:
    purchase = await a_noticed_procurement(world, days=25)
    before = (await purchase.officer.get("tendering", purchase.path)).ok()
    body = {"closes_at": await closing_in(world, 30)}

    proposed = (await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body)).ok()
    confirmed = (await purchase.colleague.post("tendering", f"{purchase.path}/closing-change/confirm")).ok()

    assert proposed["closes_at"] == before["closes_at"]
    assert confirmed["closes_at"] > before["closes_at"]
    assert "IC12-33.2" in {f["clause"] for f in confirmed["explain"]}
    [event] = await purchase.events("closing_moved")
    [deadline] = await world.rows("SELECT due_at FROM tendering.deadlines WHERE key = $1", purchase.project_id)
    assert deadline["due_at"].isoformat()[:19] == event["closes_at"][:19]


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_one_person_alone_does_not_move_it(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    body = {"closes_at": await closing_in(world, 30)}
    (await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body)).ok()

    answer = await purchase.officer.post("tendering", f"{purchase.path}/closing-change/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")
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


@pytest.mark.parametrize(
    ("city", "days"),
    [
        pytest.param(
            ZHUHAI, 5, marks=[pytest.mark.clause("C214-10.3", side) for side in ("refuses", "accepts")], id="zhuhai"
        ),
        pytest.param(
            CHENGDU, 15, marks=[pytest.mark.clause("GPR-31.2", side) for side in ("refuses", "accepts")], id="chengdu"
        ),
    ],
)
async def test_a_clarification_with_a_later_closing_is_told_its_days_before(world: World, city: str, days: int) -> None:
    purchase = await a_noticed_procurement(world, city=city, days=21)
    await world.today_is((await now(world)).date() + timedelta(days=20))
    path, papers = f"{purchase.path}/closing-change", [await a_paper(purchase)]
    short, enough = await closing_in(world, days - 1), await closing_in(world, days)

    refused = await purchase.officer.post("tendering", path, {"closes_at": short, "documents": papers})
    proposed = await purchase.officer.post("tendering", path, {"closes_at": enough, "documents": papers})

    assert [f["code"] for f in refused.json["findings"]] == ["closing_told_late"]
    assert "closing_told_late" in {f["code"] for f in proposed.ok()["explain"]}


@pytest.mark.parametrize("city", [ZHUHAI, CHENGDU])
async def test_more_time_alone_needs_no_days_before(world: World, city: str) -> None:
    purchase = await a_noticed_procurement(world, city=city, days=21)
    await world.today_is((await now(world)).date() + timedelta(days=20))
    path, later = f"{purchase.path}/closing-change", await closing_in(world, 3)

    (await purchase.officer.post("tendering", path, {"closes_at": later})).ok()
    moved = (await purchase.colleague.post("tendering", f"{path}/confirm")).ok()

    assert datetime.fromisoformat(moved["closes_at"]) == datetime.fromisoformat(later)


@pytest.mark.clause("C214-10.2", "refuses")
@pytest.mark.clause("C214-10.2", "accepts")
async def test_over_a_long_holiday_a_consultation_file_is_on_offer_for_five_working_days(world: World) -> None:
    await world.today_is(date(2022, 9, 30))
    purchase = await a_checked_file(world)
    path, eleven, twelve = f"{purchase.path}/notice", await closing_in(world, 11), await closing_in(world, 12)

    refused = await purchase.officer.post("tendering", path, {"closes_at": eleven})
    noticed = (await purchase.officer.post("tendering", path, {"closes_at": twelve})).ok()

    assert [f["clause"] for f in refused.json["findings"]] == ["C214-10.2"]
    assert "C214-10.2" in {f["clause"] for f in noticed["explain"]}
