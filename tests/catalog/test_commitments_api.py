"""What awards and contracts hold of a project's budget: asked for once, held by one, freed at the end, year by year."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events import Event
from tests.catalog.commitments import (
    ACTS,
    YEARS,
    Acts,
    answers,
    committed,
    completed,
    cost_moved,
    failed,
    heard,
    proposed,
    renewed,
    signed,
    terminated,
    told,
    withdrawn,
)
from tests.catalog.examples import (
    CHENGDU,
    Desks,
    a_budget,
    a_finalised_requirement,
    a_line,
    a_pooled_project,
    an_approved_budget,
    desks,
)
from tests.support.world import Reply, World


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


async def a_budgeted_project(at: Desks, **changes: Any) -> dict[str, Any]:
    """480,000.00 approved for 2022; the project as it stands."""
    project = await a_pooled_project(at)
    await an_approved_budget(at, project, **changes)
    return project


async def adjust(at: Desks, project: dict[str, Any], amount: str) -> Reply:
    """The purchaser asks for another amount for 2022, and finance approves it; the first answer that refuses, or the
    last."""
    budgets = (await at.accountant.get("catalog", f"/v1/projects/{project['id']}/budgets")).ok()
    [now] = [budget for budget in budgets if (budget["state"], budget["year"]) == ("approved", 2022)]
    change = {"amount": amount, "sources": [{"kind": "fiscal", "amount": amount}], "reason": "按成交价调整"}
    asked = await at.accountant.post("catalog", f"/v1/budgets/{now['id']}/adjustments", change)
    if asked.status != 201:
        return asked
    return await at.finance.post("catalog", f"/v1/budgets/{asked.json['id']}/review", {"verdict": "approve"})


async def set_state(world: World, project: dict[str, Any], state: str) -> None:
    await world.admin.execute("UPDATE catalog.projects SET state = $2 WHERE id = $1", UUID(project["id"]), state)


@pytest.mark.parametrize(("amount", "granted"), [("480000.00", True), ("480000.01", False)])
async def test_an_award_holds_its_price_to_the_last_fen_of_the_budget(
    world: World, chengdu: Desks, amount: str, granted: bool
) -> None:
    project = await a_budgeted_project(chengdu)

    await told(world, proposed(project, amount))

    assert await answers(world, project) == [granted]
    assert await committed(world, project) == (amount if granted else "0.00")


async def test_a_refused_commitment_names_what_the_budget_holds_and_the_clause(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)
    await told(world, proposed(project, "300000.00"))

    await told(world, proposed(project, "180000.01"))

    [entry] = await world.rows(
        "SELECT entry::jsonb AS entry FROM catalog.journal WHERE key = $1 ORDER BY version DESC LIMIT 1",
        UUID(project["id"]),
    )
    event = entry["entry"]["event"]
    assert (event["granted"], event["budget"], event["committed"]) == (False, "480000.00", "300000.00")
    assert [(f["code"], f["clause"]) for f in event["findings"]] == [("award_not_covered", "CD17-4.1")]


async def test_of_sixteen_that_ask_at_once_for_the_whole_budget_one_gets_it(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)

    await asyncio.gather(*(heard(world, renewed(project, "480000.00", 2022)) for _ in range(16)))

    assert sorted(await answers(world, project)) == [False] * 15 + [True]
    assert await committed(world, project) == "480000.00"


async def test_sixteen_projects_of_one_line_are_not_all_given_its_money(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "480000.00")
    asked = []
    for _ in range(16):
        project = await a_pooled_project(chengdu)
        body = await a_budget(chengdu, line_id=line["id"])
        answer = await chengdu.accountant.post("catalog", f"/v1/projects/{project['id']}/budgets", body)
        asked.append(answer.ok()["id"])

    approvals = [chengdu.finance.post("catalog", f"/v1/budgets/{one}/review", {"verdict": "approve"}) for one in asked]
    replies = await asyncio.gather(*approvals)

    assert sorted(reply.status for reply in replies) == [200] + [422] * 15


async def test_the_database_itself_commits_no_more_than_the_budget(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)
    statement = "UPDATE catalog.budgets SET committed = $2 WHERE project_id = $1"

    with pytest.raises(asyncpg.CheckViolationError):
        await world.admin.execute(statement, UUID(project["id"]), 480000.01)


async def test_the_next_round_of_a_procurement_takes_the_place_of_the_last(world: World, chengdu: Desks) -> None:
    project, procurement = await a_budgeted_project(chengdu), uuid4()

    await told(world, proposed(project, "400000.00", procurement), proposed(project, "450000.00", procurement, round=2))

    assert await answers(world, project) == [True, True]
    assert await committed(world, project) == "450000.00"


async def test_a_procurement_without_an_award_frees_what_it_held(world: World, chengdu: Desks) -> None:
    project, procurement = await a_budgeted_project(chengdu), uuid4()
    await told(world, proposed(project, "450000.00", procurement))

    await told(world, failed(project, procurement), proposed(project, "480000.00"))

    assert await answers(world, project) == [True, True]
    assert await committed(world, project) == "480000.00"


@pytest.mark.parametrize(
    "change", ["signed", "failed", "completed", "terminated", "withdrawn", "cost moved", "awarded"]
)
@pytest.mark.parametrize("mine", [True, False])
async def test_what_becomes_of_another_projects_contract_moves_no_money_of_this_one(
    world: World, chengdu: Desks, change: str, mine: bool
) -> None:
    """The lock is on the project that the event names; both are the same purchaser's."""
    project, other = await a_budgeted_project(chengdu), await a_budgeted_project(chengdu)
    procurement, contract = uuid4(), uuid4()
    await told(world, proposed(project, "450000.00", procurement))
    if change not in ("signed", "failed", "awarded"):
        await told(world, signed(project, "450000.00", procurement, contract=contract))
    if change == "cost moved":
        await told(world, completed(project, contract, "300000.00"))
    before = await committed(world, project)
    named = project if mine else other

    changes: dict[str, Event] = {
        "awarded": proposed(named, "400000.00", procurement, round=2),
        "signed": signed(named, "400000.00", procurement, contract=contract),
        "failed": failed(named, procurement),
        "completed": completed(named, contract, "300000.00"),
        "terminated": terminated(named, contract, "300000.00"),
        "withdrawn": withdrawn(named, contract),
        "cost moved": cost_moved(named, contract, "200000.00"),
    }
    await told(world, changes[change])

    parked = [held["state"] for held in await world.parked() if held["service"] == "catalog"]
    await world.rows("DELETE FROM catalog.held")
    assert (await committed(world, project) != before, parked) == ((True, []) if mine else (False, ["parked"]))
    assert await committed(world, other) == "0.00"


async def test_a_renewal_that_is_withdrawn_frees_its_year(world: World, chengdu: Desks) -> None:
    project, renewal = await a_budgeted_project(chengdu), uuid4()
    await told(world, renewed(project, "480000.00", 2022, renewal))

    await told(world, withdrawn(project, renewal), renewed(project, "480000.00", 2022))

    assert await answers(world, project) == [True, True]


async def test_an_award_whose_contract_is_withdrawn_holds_its_money_for_who_follows(
    world: World, chengdu: Desks
) -> None:
    project, procurement = await a_budgeted_project(chengdu), uuid4()
    await told(world, proposed(project, "470000.00", procurement), withdrawn(project, uuid4(), procurement))

    held = await committed(world, project)
    await told(world, proposed(project, "480000.00", procurement, round=2))

    assert (held, await committed(world, project)) == ("470000.00", "480000.00")


@pytest.mark.parametrize("end", [completed, terminated])
async def test_a_contract_that_ends_keeps_what_was_paid_and_frees_the_rest(
    world: World, chengdu: Desks, end: Any
) -> None:
    project, procurement, contract = await a_budgeted_project(chengdu), uuid4(), uuid4()
    await told(world, proposed(project, "480000.00", procurement))
    await told(world, signed(project, "480000.00", procurement, contract=contract))

    await told(world, end(project, contract, "320000.00"))

    assert await committed(world, project) == "320000.00"
    await told(world, renewed(project, "160000.00", 2022), renewed(project, "0.01", 2022))
    assert await answers(world, project) == [True, True, False]


async def test_a_terminated_contract_holds_what_is_owed_of_it_too(world: World, chengdu: Desks) -> None:
    project, procurement, contract = await a_budgeted_project(chengdu), uuid4(), uuid4()
    await told(world, proposed(project, "480000.00", procurement))
    await told(world, signed(project, "480000.00", procurement, contract=contract))
    ended = terminated(project, contract, "320000.00")

    await told(world, ended.model_copy(update={"owed": Decimal("60000.00")}))

    assert await committed(world, project) == "380000.00"


@pytest.mark.parametrize(
    ("paid", "owed", "holds", "granted"),
    [
        ("240000.00", "0.00", "240000.00", []),
        ("240000.00", "80000.00", "320000.00", []),
        ("320000.00", "160000.00", "480000.00", [True]),
        ("320000.00", "160000.01", "480000.00", [False]),
    ],
)
async def test_what_an_ended_contract_costs_is_held_up_to_what_the_budget_has_left(
    world: World, chengdu: Desks, paid: str, owed: str, holds: str, granted: list[bool]
) -> None:
    project, procurement, contract = await a_budgeted_project(chengdu), uuid4(), uuid4()
    await told(world, proposed(project, "480000.00", procurement))
    await told(world, signed(project, "480000.00", procurement, contract=contract))
    await told(world, completed(project, contract, "320000.00"))

    await told(world, cost_moved(project, contract, paid, owed))

    assert await committed(world, project) == holds
    assert await answers(world, project) == [True, *granted]


async def test_a_contract_that_is_not_ended_frees_nothing_in_its_year(world: World, chengdu: Desks) -> None:
    project, procurement = await a_budgeted_project(chengdu), uuid4()
    await told(world, proposed(project, "480000.00", procurement), signed(project, "480000.00", procurement))

    await told(world, renewed(project, "480000.00", 2022))

    assert await answers(world, project) == [True, False]


async def test_what_was_signed_before_awards_asked_holds_its_price(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)

    await told(world, signed(project, "450000.00", uuid4()))

    assert await committed(world, project) == "450000.00"
    await told(world, renewed(project, "30000.01", 2022))
    assert await answers(world, project) == [True, False]


async def test_an_event_that_comes_again_changes_nothing(world: World, chengdu: Desks) -> None:
    project, procurement, contract = await a_budgeted_project(chengdu), uuid4(), uuid4()
    events = [
        proposed(project, "400000.00", procurement),
        signed(project, "400000.00", procurement, contract=contract),
        completed(project, contract, "300000.00"),
        renewed(project, "100000.00", 2022),
    ]
    await told(world, *events)
    held = await committed(world, project)

    for event in events:
        await heard(world, event)

    assert (held, await committed(world, project)) == ("400000.00", "400000.00")


# --- another year, and an adjusted one


@pytest.mark.parametrize("state", ["in_procurement", "contracted", "closed"])
async def test_a_service_that_goes_on_is_budgeted_for_its_next_year(world: World, chengdu: Desks, state: str) -> None:
    project = await a_budgeted_project(chengdu)
    await told(world, signed(project, "480000.00", uuid4()))
    await set_state(world, project, state)
    line = await a_line(chengdu, "480000.00", year=2023)

    await an_approved_budget(chengdu, project, line_id=line["id"], year=2023)
    await told(world, renewed(project, "480000.00", 2022), renewed(project, "480000.00", 2023))

    assert await answers(world, project) == [True, False, True]
    assert [await committed(world, project, year) for year in (2022, 2023)] == ["480000.00", "480000.00"]


@pytest.mark.clause("CD17-10.1", "refuses")
async def test_a_year_that_has_a_budget_is_adjusted_and_not_budgeted_again(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)
    await set_state(world, project, "contracted")
    body = await a_budget(chengdu)

    (await chengdu.accountant.post("catalog", f"/v1/projects/{project['id']}/budgets", body)).refused("CD17-10.1")


async def test_a_renewal_without_a_budget_of_its_year_is_refused(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)

    await told(world, renewed(project, "1.00", 2023))

    assert await answers(world, project) == [False]


@pytest.mark.clause("CD17-4.1", "refuses")
async def test_a_budget_is_not_adjusted_below_what_is_committed_of_it(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)
    await told(world, proposed(project, "400000.00"))

    below = (await adjust(chengdu, project, "399999.99")).refused("CD17-4.1")
    exact = await adjust(chengdu, project, "400000.00")

    assert (below["code"], below["facts"]) == ("below_commitments", {"asked": "399999.99", "committed": "400000.00"})
    assert exact.ok()["committed"] == "400000.00"


async def test_what_a_price_left_of_the_budget_goes_back_to_the_line(world: World, chengdu: Desks) -> None:
    line, procurement = await a_line(chengdu, "480000.00"), uuid4()
    project = await a_budgeted_project(chengdu, line_id=line["id"])
    await told(world, proposed(project, "400000.00", procurement), signed(project, "400000.00", procurement))

    (await adjust(chengdu, project, "400000.00")).ok()

    other = await a_pooled_project(chengdu)
    taken = [{"kind": "fiscal", "amount": "80000.00"}]
    await an_approved_budget(chengdu, other, line_id=line["id"], amount="80000.00", sources=taken)


async def test_a_refused_award_is_granted_once_the_budget_is_raised(world: World, chengdu: Desks) -> None:
    project, procurement = (
        await a_budgeted_project(chengdu, line_id=(await a_line(chengdu, "900000.00"))["id"]),
        uuid4(),
    )
    await set_state(world, project, "in_procurement")
    await told(world, proposed(project, "500000.00", procurement))

    (await adjust(chengdu, project, "500000.00")).ok()
    await told(world, proposed(project, "500000.00", procurement))

    assert await answers(world, project) == [False, True]


async def test_what_is_being_procured_is_not_given_less_money_meanwhile(world: World, chengdu: Desks) -> None:
    project = await a_budgeted_project(chengdu)
    await set_state(world, project, "in_procurement")

    (await adjust(chengdu, project, "479999.99")).problem(409, "wrong_state")
    (await adjust(chengdu, project, "480000.00")).ok()


async def test_a_project_is_cleared_again_for_what_is_left_of_its_budget(world: World, chengdu: Desks) -> None:
    own = {"service_class": 1, "need_origin": "government_own", "details": {}}
    project, procurement, contract = await a_pooled_project(chengdu, **own), uuid4(), uuid4()
    await an_approved_budget(chengdu, project)
    await told(world, proposed(project, "480000.00", procurement))
    await told(world, signed(project, "480000.00", procurement, contract=contract))
    await told(world, terminated(project, contract, "180000.00"))
    await set_state(world, project, "pooled")

    await a_finalised_requirement(chengdu, project)
    await world.pump()

    [row] = await world.rows("SELECT budget, budget_year FROM tendering.projects WHERE id = $1", UUID(project["id"]))
    assert (str(row["budget"]), row["budget_year"]) == ("300000.00", 2022)


async def test_who_proposed_a_project_for_a_purchaser_does_not_read_what_its_award_costs(
    world: World, chengdu: Desks
) -> None:
    proposer = await world.person("proposer", duties={"propose_project"}, organisation=uuid4(), jurisdiction=CHENGDU)
    project = await a_budgeted_project(chengdu)
    await world.admin.execute(
        "UPDATE catalog.projects SET proposer = $2 WHERE id = $1", UUID(project["id"]), proposer.organisation
    )
    await told(world, proposed(project, "412345.67"))

    [own] = (await chengdu.accountant.get("catalog", f"/v1/projects/{project['id']}/budgets")).ok()
    reply = await proposer.get("catalog", f"/v1/projects/{project['id']}/budgets")

    assert (own["committed"], reply.ok()[0]["committed"]) == ("412345.67", None)
    assert b"412345.67" not in reply.body


async def test_what_is_committed_is_what_is_held_whatever_happens_in_whatever_order(
    world: World, chengdu: Desks
) -> None:
    project = await a_pooled_project(chengdu)
    for year in YEARS:
        line = await a_line(chengdu, "480000.00", year=year)
        await an_approved_budget(chengdu, project, line_id=line["id"], year=year)
    loop = asyncio.get_running_loop()

    async def played(acts: list[tuple[Any, ...]]) -> None:
        story = Acts(world, project)
        await story.reset()
        for act in acts:
            await story.play(act)
            await story.check()

    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ACTS, min_size=4, max_size=14))
    def explore(acts: list[tuple[Any, ...]]) -> None:
        asyncio.run_coroutine_threadsafe(played(acts), loop).result()

    await asyncio.to_thread(explore)
