"""Openers: k of n open, fewer do not, and what cannot be opened stays sealed."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.sealing import given_share
from shared.sealing.keys import KeyPair
from tests.support.world import World
from tests.tendering.examples import (
    DUTIES,
    Purchase,
    a_noticed_procurement,
    gives_share,
    shares_are_given,
)
from tests.tendering.rounds import (
    a_closed_procurement,
    an_opened_procurement,
)


async def is_confirmed(purchase: Purchase) -> Any:
    return await purchase.supervisor.post("tendering", f"{purchase.path}/opening/confirm")


async def is_proposed(purchase: Purchase) -> None:
    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()


async def opened_rows(world: World, purchase: Purchase) -> int:
    tables = ("opened_bids", "private_offers", "private_annexes")
    rows = [
        await world.rows(
            f"SELECT 1 FROM tendering.{table} t JOIN tendering.bids b ON b.id = t.bid_id WHERE b.procurement_id = $1",
            UUID(purchase.procurement_id),
        )
        for table in tables
    ]
    return sum(map(len, rows))


# --- k of n


@pytest.mark.clause("IC12-33.2", "refuses")
@pytest.mark.parametrize("given", [0, 1])
async def test_fewer_openers_than_needed_open_nothing_and_the_try_is_in_the_journal(world: World, given: int) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    await shares_are_given(purchase, given)

    refused = await is_confirmed(purchase)

    assert refused.refused("IC12-33.2", "too_few_openers")["facts"] == {"shares": str(given), "threshold": "2"}
    assert await purchase.state() == "closed"
    assert await opened_rows(world, purchase) == 0
    [entry] = await world.rows(
        "SELECT entry, actor FROM tendering.journal WHERE kind = 'refusal' AND subject = $1",
        UUID(purchase.procurement_id),
    )
    assert json.loads(entry["entry"])["event"]["codes"] == ["too_few_openers"]
    assert entry["actor"] == purchase.supervisor.id


@pytest.mark.clause("IC12-33.2", "accepts")
async def test_with_the_last_share_that_was_needed_all_is_opened(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    await shares_are_given(purchase, 1)
    (await is_confirmed(purchase)).refused("IC12-33.2", "too_few_openers")

    (await gives_share(purchase, purchase.colleague, purchase.openers[2][1])).ok()
    opened = (await is_confirmed(purchase)).ok()

    assert "IC12-33.2" in {f["clause"] for f in opened["explain"]}
    minutes = (await purchase.officer.get("tendering", f"{purchase.path}/opening")).ok()
    assert minutes["opened_with"] == [str(purchase.officer.id), str(purchase.colleague.id)]
    [event] = await purchase.events("bids_opened")
    assert event["shares"] == 2
    assert sorted(event["hashes"]) == sorted(receipt["hash"] for receipt in closed.receipts)


async def test_all_openers_may_give_their_share(world: World) -> None:
    closed = await a_closed_procurement(world)
    await is_proposed(closed.purchase)
    await shares_are_given(closed.purchase, 3)

    (await is_confirmed(closed.purchase)).ok()


async def test_one_time_key_and_shares_end_with_the_act(world: World) -> None:
    opened = await an_opened_procurement(world)

    acts = await world.rows(
        "SELECT 1 FROM tendering.private_opening_acts WHERE procurement_id = $1", UUID(opened.purchase.procurement_id)
    )
    openers = [opened.purchase.officer.id, opened.purchase.supervisor.id]
    shares = await world.rows("SELECT 1 FROM tendering.private_opening_shares WHERE opener = ANY($1)", openers)
    assert (acts, shares) == ([], [])
    answer = await opened.purchase.officer.get("tendering", f"{opened.purchase.path}/opening/act")
    answer.problem(404, "not_found")


async def test_nothing_private_of_an_act_is_shown_or_entered(world: World) -> None:
    closed = await a_closed_procurement(world)
    await is_proposed(closed.purchase)
    shown = await closed.purchase.officer.get("tendering", f"{closed.purchase.path}/opening/act")
    given = await gives_share(closed.purchase, *closed.purchase.openers[0])

    [act] = await world.rows(
        "SELECT a.private_key, s.share FROM tendering.private_opening_acts a"
        " JOIN tendering.private_opening_shares s ON s.act_id = a.id WHERE procurement_id = $1",
        UUID(closed.purchase.procurement_id),
    )
    secrets = [act["private_key"].hex(), act["share"]]
    journal = await world.rows("SELECT entry FROM tendering.journal WHERE key = $1", closed.purchase.project_id)
    stored = await world.rows("SELECT convert_from(body, 'UTF8') AS body FROM tendering.idempotency")
    told = [*(row["entry"] for row in journal), *(row["body"] for row in stored), *map(str, (shown.json, given.json))]
    assert [text for text in told for secret in secrets if secret in text] == []
    assert given.ok()["given"] == [str(closed.purchase.officer.id)]


async def test_a_proposal_made_again_begins_another_act(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    document = (await purchase.officer.get("tendering", f"{purchase.path}/opening/act")).ok()
    stale = given_share(document, purchase.openers[0][1])
    await shares_are_given(purchase, 2)
    await is_proposed(purchase)

    late = await purchase.officer.post("tendering", f"{purchase.path}/opening/shares", stale)

    late.problem(409, "wrong_state")
    (await is_confirmed(purchase)).refused("IC12-33.2", "too_few_openers")


async def test_shares_that_do_not_make_the_key_open_nothing(world: World) -> None:
    """The purchaser's machine made a document whose shares are of another key than the one bids are sealed to."""
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await world.admin.execute(
        "UPDATE tendering.opening_keys SET document = jsonb_set(document, '{public_key}', to_jsonb($2::text))"
        " WHERE procurement_id = $1",
        UUID(purchase.procurement_id),
        KeyPair.new("open").public_key,
    )
    await is_proposed(purchase)
    act = (await purchase.officer.get("tendering", f"{purchase.path}/opening/act")).ok()
    act["act"]["opening_key"]["public_key"] = purchase.opening_document["opening_key"]["public_key"]
    for person, key in purchase.openers[:2]:
        (await person.post("tendering", f"{purchase.path}/opening/shares", given_share(act, key))).ok()

    (await is_confirmed(purchase)).refused("IC12-33.2", "shares_do_not_fit")
    assert await opened_rows(world, purchase) == 0


# --- who gives a share


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_the_share_of_another_does_not_count(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)

    answer = await gives_share(purchase, purchase.officer, purchase.openers[1][1])

    answer.refused("IC12-33.2", "share_of_another")
    assert (
        await world.rows("SELECT 1 FROM tendering.private_opening_shares WHERE opener = $1", purchase.officer.id) == []
    )


async def test_one_person_gives_one_share(world: World) -> None:
    closed = await a_closed_procurement(world)
    await is_proposed(closed.purchase)
    await shares_are_given(closed.purchase, 1)

    (await gives_share(closed.purchase, *closed.purchase.openers[0])).problem(409)
    (await is_confirmed(closed.purchase)).refused("IC12-33.2", "too_few_openers")


async def test_rubbish_is_no_share(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    document = (await purchase.officer.get("tendering", f"{purchase.path}/opening/act")).ok()
    rubbish = {"act_id": document["act"]["act_id"], "number": 1, "share": "AAAA"}

    answer = await purchase.officer.post("tendering", f"{purchase.path}/opening/shares", rubbish)

    answer.refused("IC12-33.2", "share_of_another")


async def test_who_is_no_opener_gives_nothing(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    other = await world.person("other", duties={"open_bids"}, organisation=purchase.organisation, jurisdiction="4404")

    answer = await gives_share(purchase, other, purchase.openers[0][1])

    answer.refused("IC12-33.2", "not_an_opener")


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_an_opener_who_joined_a_bidder_gives_nothing(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    await world.post_for(purchase.colleague, {"report"}, closed.providers[0].id, "4404")

    answer = await gives_share(purchase, purchase.colleague, purchase.openers[2][1])

    answer.refused("GPR-9.1", "opener_of_bidder")


async def test_a_share_asks_for_a_post_and_a_fresh_login(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    document = (await purchase.officer.get("tendering", f"{purchase.path}/opening/act")).ok()
    share = given_share(document, purchase.openers[0][1])
    without = await world.person("without", duties=DUTIES - {"open_bids"}, organisation=purchase.organisation)

    (await without.post("tendering", f"{purchase.path}/opening/shares", share)).problem(403, "not_allowed")
    (await without.get("tendering", f"{purchase.path}/opening/act")).problem(403, "not_allowed")


async def test_no_share_is_taken_before_an_opening_is_proposed(world: World) -> None:
    closed = await a_closed_procurement(world)
    share = {"act_id": str(uuid4()), "number": 1, "share": "AAAA"}

    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening/shares", share)

    answer.problem(409, "wrong_state")


# --- an opening given up


async def test_two_persons_give_up_what_too_few_openers_can_open(world: World) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    await is_proposed(purchase)
    await shares_are_given(purchase, 1)
    path = f"{purchase.path}/opening/abandonment"

    (await purchase.officer.post("tendering", path)).ok()
    failed = (await purchase.supervisor.post("tendering", f"{path}/confirm")).ok()

    assert (failed["state"], failed["failure_code"]) == ("failed", "not_openable")
    assert failed["failure_clause"] == "C214-21.1"
    assert await opened_rows(world, purchase) == 0
    states = await world.rows(
        "SELECT state FROM tendering.bids WHERE procurement_id = $1", UUID(purchase.procurement_id)
    )
    assert {row["state"] for row in states} == {"submitted"}
    assert (
        await world.rows(
            "SELECT 1 FROM tendering.private_opening_acts WHERE procurement_id = $1", UUID(purchase.procurement_id)
        )
        == []
    )
    told = (await closed.providers[0].person.get("tendering", "/v1/notices")).ok()
    assert [(n["kind"], n["facts"]["code"]) for n in told] == [("procurement_failed", "not_openable")]
    (await is_confirmed(purchase)).problem(409, "wrong_state")


@pytest.mark.clause("IC12-33.2", "refuses")
async def test_one_person_alone_gives_nothing_up(world: World) -> None:
    closed = await a_closed_procurement(world)
    await is_proposed(closed.purchase)
    path = f"{closed.purchase.path}/opening/abandonment"
    (await closed.purchase.officer.post("tendering", path)).ok()

    answer = await closed.purchase.officer.post("tendering", f"{path}/confirm")

    answer.refused("IC12-33.2", "confirmer_is_proposer")
    assert await closed.purchase.state() == "closed"


@pytest.mark.clause("C214-13.1", "refuses")
async def test_what_can_be_opened_is_not_given_up(world: World) -> None:
    closed = await a_closed_procurement(world)
    await is_proposed(closed.purchase)
    await shares_are_given(closed.purchase, 2)

    answer = await closed.purchase.officer.post("tendering", f"{closed.purchase.path}/opening/abandonment")

    answer.refused("C214-13.1", "openers_suffice")


async def test_nothing_is_given_up_before_the_closing_or_without_a_proposal(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    closed = await a_closed_procurement(world)
    path = "opening/abandonment"

    (await purchase.officer.post("tendering", f"{purchase.path}/{path}")).problem(409, "wrong_state")
    late = await closed.purchase.supervisor.post("tendering", f"{closed.purchase.path}/{path}/confirm")
    late.problem(409, "wrong_state")


@pytest.mark.parametrize("begun", [True, False], ids=["in an act", "without one"])
async def test_that_too_few_openers_can_be_had_is_found_in_an_opening_act(world: World, begun: bool) -> None:
    purchase = (await a_closed_procurement(world)).purchase
    if begun:
        await is_proposed(purchase)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/opening/abandonment")

    assert answer.status == (200 if begun else 409), answer.body


@pytest.mark.parametrize("ended", ["revoked", "begun anew", "lasting"])
async def test_what_was_said_of_an_acts_openers_ends_with_it(world: World, ended: str) -> None:
    purchase = (await a_closed_procurement(world)).purchase
    await is_proposed(purchase)
    path = f"{purchase.path}/opening"
    (await purchase.officer.post("tendering", f"{path}/abandonment")).ok()
    if ended == "revoked":
        (await purchase.supervisor.post("tendering", f"{path}/revoke")).ok()
    if ended != "lasting":
        await is_proposed(purchase)

    answer = await purchase.supervisor.post("tendering", f"{path}/abandonment/confirm")

    assert answer.status == (200 if ended == "lasting" else 409), answer.body
    assert await purchase.state() == ("failed" if ended == "lasting" else "closed")


async def test_shares_of_an_ended_act_open_nothing_and_are_given_again_to_keep_the_opening(world: World) -> None:
    purchase = (await a_closed_procurement(world)).purchase
    path = f"{purchase.path}/opening/abandonment"
    await is_proposed(purchase)
    await shares_are_given(purchase, 2)
    (await purchase.officer.post("tendering", f"{purchase.path}/opening/revoke")).ok()
    await is_proposed(purchase)
    (await purchase.officer.post("tendering", path)).ok()

    await shares_are_given(purchase, 2)

    (await purchase.supervisor.post("tendering", f"{path}/confirm")).refused("C214-13.1", "openers_suffice")
    assert (await is_confirmed(purchase)).ok()["state"] == "opened"
