"""An event that names a project alone is about those who bid for it, from the opening on: before it nobody is told who
they are."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.catalog import ProjectDeclined
from shared.events.tendering import InterestedSkipFound
from shared.people.interest import years_before
from tests.support.world import Person, Reply, World
from tests.tendering.rounds import Round, a_closed_procurement, an_opened_procurement, open_all

Reach = Callable[[World], Awaitable[Round]]
STAGES: dict[str, Reach] = {"closed": a_closed_procurement, "opened": an_opened_procurement}


async def parked_event(world: World, project: object) -> UUID:
    """An event of that project that could not be applied."""
    parked = uuid4()
    await world.insert(
        "tendering",
        "held",
        {
            "event": parked,
            "source": "catalog",
            "key": UUID(str(project)),
            "version": 1,
            "type": ProjectDeclined.type_name(),
            "state": "parked",
            "reason": "a fault",
            "value": json.dumps({"event": {"project_id": str(project), "ground": "stopped"}}).encode(),
            "held_at": datetime.now(UTC),
        },
    )
    return parked


async def leaves_out(person: Person, parked: UUID) -> Reply:
    """Asks to leave it out, or as the second person confirms it."""
    return await person.post("tendering", f"/v1/held-events/{parked}/skip", {"reason": "sent in error"})


async def skips(world: World, person: Person, project: object) -> Reply:
    """The person asks to leave out an event of that project that could not be applied."""
    parked = await parked_event(world, project)
    answer = await leaves_out(person, parked)
    await world.rows("DELETE FROM tendering.held WHERE event = $1", parked)
    return answer


@pytest.mark.parametrize("stage", STAGES)
async def test_who_is_with_a_bidder_leaves_no_event_of_its_project_out_once_the_bids_are_opened(
    world: World, stage: str
) -> None:
    reached = await STAGES[stage](world)
    of_loser, of_nobody = [await world.person("operator", duties={"operate"}, jurisdiction="000000") for _ in range(2)]
    await world.post_for(of_loser, {"submit_bid"}, reached.providers[2].id)
    await world.post_for(of_nobody, {"submit_bid"}, uuid4())
    project = reached.purchase.project_id

    answers = [await skips(world, person, project) for person in (of_loser, of_nobody)]

    if stage == "opened":
        answers[0].refused("GPR-9.1", "person_interested")
        assert answers[1].ok()["state"] == "skip_asked"
        elsewhere = await skips(world, of_loser, uuid4())
        assert elsewhere.ok()["state"] == "skip_asked"
    else:
        told = [{**answer.ok(), "event": ""} for answer in answers]
        assert told[0] == told[1]
        assert told[0]["state"] == "skip_asked"


async def test_before_the_opening_nothing_that_an_event_names_tells_who_has_bid(world: World) -> None:
    """Neither the procurement nor a bid, whichever of them the event is of."""
    closed = await a_closed_procurement(world)
    bidder = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    await world.post_for(bidder, {"submit_bid"}, closed.providers[0].id)

    for named in (closed.purchase.procurement_id, closed.bid_of(0)):
        assert (await skips(world, bidder, named)).ok()["state"] == "skip_asked"


async def an_operator(world: World, organisation: UUID | None = None) -> Person:
    """One who operates, and has a post with that organisation."""
    person = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    await world.post_for(person, {"submit_bid"}, organisation or uuid4())
    return person


async def told(world: World, closed: Round, person: Person) -> list[dict[str, Any]]:
    """What this person reads in the feed of skips that were found at the opening of this purchase."""
    await world.pump()
    items: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while (page := (await person.get("tendering", "/v1/events", limit=200, **after)).ok())["items"]:
        items, after = [*items, *page["items"]], {"after": page["next"]}
    entries = [json.loads(item["entry"]) for item in items if item["entry"]]
    found = [entry for entry in entries if entry["type"] == InterestedSkipFound.type_name()]
    return [each["event"] for each in found if each["event"]["procurement_id"] == closed.purchase.procurement_id]


@pytest.mark.parametrize("interested", ["who asked", "who confirmed", "both", "nobody"])
async def test_what_two_left_out_before_the_opening_is_told_when_one_of_them_is_with_a_bidder(
    world: World, interested: str
) -> None:
    closed = await a_closed_procurement(world)
    bidder, loser = closed.providers[0].id, closed.providers[2].id
    first = await an_operator(world, bidder if interested in ("who asked", "both") else None)
    second = await an_operator(world, loser if interested in ("who confirmed", "both") else None)
    parked = await parked_event(world, closed.purchase.project_id)
    elsewhere = await parked_event(world, uuid4())
    for event in (parked, elsewhere):
        assert (await leaves_out(first, event)).ok()["state"] == "skip_asked"
        assert (await leaves_out(second, event)).ok()["state"] == "skipped"
    auditor = await world.person("auditor", duties={"audit", "supervise"}, organisation=uuid4(), jurisdiction="4404")
    stranger = await world.person("stranger", duties={"submit_bid"}, organisation=uuid4())
    assert await told(world, closed, auditor) == []

    await open_all(closed.purchase)

    with_one = {"who asked": [first], "who confirmed": [second], "both": [first, second], "nobody": []}[interested]
    found = await told(world, closed, auditor)
    assert [(each["event"], each["asked_by"], each["confirmed_by"]) for each in found] == (
        [(str(parked), str(first.id), str(second.id))] if with_one else []
    )
    assert [person for each in found for person in each["interested"]] == sorted(str(each.id) for each in with_one)
    assert {each["clause"] for each in found} <= {"GPR-9.1"}
    assert await told(world, closed, stranger) == []


@pytest.mark.parametrize("interested", [True, False])
async def test_what_one_with_a_bidder_asked_to_leave_out_is_asked_for_no_more_after_the_opening(
    world: World, interested: bool
) -> None:
    closed = await a_closed_procurement(world)
    asks = await an_operator(world, closed.providers[1].id if interested else None)
    other = await an_operator(world)
    parked = await parked_event(world, closed.purchase.project_id)
    (await leaves_out(asks, parked)).ok()
    auditor = await world.person("auditor", duties={"audit", "supervise"}, organisation=uuid4(), jurisdiction="4404")

    await open_all(closed.purchase)

    found = await told(world, closed, auditor)
    assert [(each["asked_by"], each["confirmed_by"]) for each in found] == (
        [(str(asks.id), None)] if interested else []
    )
    confirms = (await leaves_out(other, parked)).ok()
    assert confirms["state"] == ("skip_asked" if interested else "skipped")
    await world.rows("DELETE FROM tendering.held WHERE event = $1", parked)


@pytest.mark.parametrize(("days_more", "counts"), [(0, True), (1, False)])
async def test_a_post_that_has_ended_counts_as_long_as_it_does_for_every_decision(
    world: World, days_more: int, counts: bool
) -> None:
    closed = await a_closed_procurement(world)
    first, second = await an_operator(world, closed.providers[0].id), await an_operator(world)
    [row] = await world.rows("SELECT (clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS today")
    until = years_before(row["today"], 3) - timedelta(days=days_more)
    ended = "UPDATE tendering.posts SET valid_from = $2, valid_until = $2 WHERE person_id = $1 AND organisation_id = $3"
    await world.rows(ended, first.id, until, closed.providers[0].id)
    parked = await parked_event(world, closed.purchase.project_id)
    for person in (first, second):
        (await leaves_out(person, parked)).ok()
    auditor = await world.person("auditor", duties={"audit", "supervise"}, organisation=uuid4(), jurisdiction="4404")

    await open_all(closed.purchase)

    assert len(await told(world, closed, auditor)) == counts
