"""An event that names a project alone is about those who bid for it, from the opening on: before it nobody is told who
they are."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from shared.events.catalog import ProjectDeclined
from tests.support.world import Person, Reply, World
from tests.tendering.rounds import Round, a_closed_procurement, an_opened_procurement

Reach = Callable[[World], Awaitable[Round]]
STAGES: dict[str, Reach] = {"closed": a_closed_procurement, "opened": an_opened_procurement}


async def skips(world: World, person: Person, project: object) -> Reply:
    """The person asks to leave out an event of that project that could not be applied."""
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
    answer = await person.post("tendering", f"/v1/held-events/{parked}/skip", {"reason": "sent in error"})
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
