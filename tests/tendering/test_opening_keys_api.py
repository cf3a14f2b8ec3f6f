"""The opening key: made on the purchaser's machine, registered before the notice, public from then on."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.sealing import opening_key
from shared.sealing.keys import KeyPair
from tests.support.world import World
from tests.tendering.examples import (
    CHENGDU,
    a_checked_file,
    a_drafted_file,
    a_noticed_procurement,
    an_open_procurement,
    an_opening_document,
    an_opening_key,
    closing_in,
)


@pytest.mark.clause("IC12-33.2", "accepts")
async def test_a_key_for_two_of_three_is_registered(world: World) -> None:
    purchase = await an_open_procurement(world)
    document = an_opening_document(purchase)

    registered = (await purchase.officer.post("tendering", f"{purchase.path}/opening-key", document)).ok()

    assert registered["opening_key"] == document
    assert {f["clause"] for f in registered["explain"]} == {"IC12-33.2"}
    [event] = await purchase.events("opening_key_registered")
    assert (event["opening_key"], event["threshold"]) == (registered["fingerprint"], 2)
    assert event["openers"] == [str(person.id) for person, _ in purchase.openers]


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_a_key_that_one_opener_alone_opens_is_refused(world: World) -> None:
    purchase = await an_open_procurement(world)
    document = {**an_opening_document(purchase), "threshold": 1}

    answer = await purchase.officer.post("tendering", f"{purchase.path}/opening-key", document)

    answer.refused("IC12-33.2", "one_opener_suffices")


@pytest.mark.clause("IC12-33.2", "refuses")
@pytest.mark.parametrize("place", ["5101", "4404/440402"])
async def test_an_opener_without_the_post_here_is_refused(world: World, place: str) -> None:
    purchase = await an_open_procurement(world, city=CHENGDU)
    elsewhere = await world.person(
        "elsewhere", duties={"open_bids"} if place != "5101" else {"audit"}, jurisdiction=place
    )
    openers = [(purchase.officer.id, KeyPair.new("open").public_key), (elsewhere.id, KeyPair.new("open").public_key)]
    document = opening_key(UUID(purchase.procurement_id), openers, 2)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/opening-key", document)

    facts = answer.refused("IC12-33.2", "opener_without_post")["facts"]
    assert facts["openers"] == str(elsewhere.id)


async def test_a_key_of_another_procurement_is_refused(world: World) -> None:
    purchase, other = await an_open_procurement(world), await an_open_procurement(world)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/opening-key", an_opening_document(other))

    assert answer.problem(422, "field")["errors"][0]["field"] == "body.procurement_id"


@pytest.mark.parametrize(
    "change", [{"suite": "goufu-2:sm2:sm3:sm4"}, {"public_key": "x25519:AAAA"}, {"public_key": "sm2:" + "A" * 44}]
)
async def test_a_key_that_nothing_can_be_sealed_to_is_refused(world: World, change: dict[str, Any]) -> None:
    purchase = await an_open_procurement(world)
    document = {**an_opening_document(purchase), **change}

    answer = await purchase.officer.post("tendering", f"{purchase.path}/opening-key", document)

    assert answer.problem(422, "field")["errors"][0]["code"] == "key_unfit"


async def test_without_a_key_nothing_is_noticed(world: World) -> None:
    purchase = await an_open_procurement(world)
    file_id = await a_drafted_file(purchase)
    (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).ok()
    body = {"closes_at": await closing_in(world, 25)}

    answer = await purchase.officer.post("tendering", f"{purchase.path}/notice", body)

    assert answer.problem(409, "wrong_state")["needed"] == ["opening_key_given"]


async def test_until_the_notice_another_key_takes_its_place_and_after_it_none(world: World) -> None:
    purchase = await a_checked_file(world)
    await an_opening_key(purchase, threshold=3)
    body = {"closes_at": await closing_in(world, 25)}
    (await purchase.officer.post("tendering", f"{purchase.path}/notice", body)).ok()

    late = await purchase.officer.post("tendering", f"{purchase.path}/opening-key", an_opening_document(purchase))

    late.problem(409, "wrong_state")
    shown = (await purchase.officer.get("tendering", f"{purchase.path}/opening-key")).ok()
    assert shown["opening_key"]["threshold"] == 3
    first, second = await purchase.events("opening_key_registered")
    assert first["opening_key"] != second["opening_key"] == shown["fingerprint"]


async def test_a_registered_key_cannot_be_changed_by_the_service(world: World) -> None:
    await a_checked_file(world)
    writer = world.services["tendering"].writer

    with pytest.raises(Exception, match="permission denied"):
        await writer.execute("UPDATE opening_keys SET document = '{}'")


async def test_from_the_notice_on_everybody_sees_the_key_and_who_opens(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())

    shown = (await stranger.get("tendering", f"{purchase.path}/opening-key")).ok()

    [event] = await purchase.events("notice_published")
    assert event["opening_key"] == shown["fingerprint"]
    assert (event["threshold"], "openers" in event) == (2, False)
    [file] = (await stranger.get("tendering", f"{purchase.path}/files")).ok()
    assert (shown["file_version"], shown["file_hash"], shown["lot"]) == (file["number"], f"sha256:{file['hash']}", 1)


async def test_before_the_notice_only_the_purchasers_side_sees_it(world: World) -> None:
    purchase = await a_checked_file(world)
    stranger = await world.person("stranger", duties=set(), organisation=uuid4())

    (await purchase.colleague.get("tendering", f"{purchase.path}/opening-key")).ok()
    (await stranger.get("tendering", f"{purchase.path}/opening-key")).problem(404, "not_found")


async def test_who_does_not_handle_the_file_registers_no_key(world: World) -> None:
    purchase = await an_open_procurement(world)

    answer = await purchase.supervisor.post("tendering", f"{purchase.path}/opening-key", an_opening_document(purchase))

    assert answer.problem(403, "not_allowed")["duty"] == "draft_file"
