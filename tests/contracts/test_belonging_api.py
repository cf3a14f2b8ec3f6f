"""The ids of one event belong together as this service knows them, or the event is parked and moves nothing."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import Event
from shared.events.evaluation import AssessmentNotified
from shared.events.registry import SigningBlocked, SigningCleared
from tests.support.examples import a_payment_line, a_signed_contract, an_acceptance, an_assessment, an_evaluation
from tests.support.world import World


async def an_approved_line(world: World, contract: dict[str, Any], gate: str) -> UUID:
    line = await a_payment_line(world, contract, gate=gate)
    statement = (
        "UPDATE contracts.payment_lines SET state = 'approved', requested_by = $2, approved_by = $3 WHERE id = $1"
    )
    await world.rows(statement, line, uuid4(), uuid4())
    return line


def a_result(contract: dict[str, Any], line: UUID | None, gate: str) -> Event:
    match gate:
        case "acceptance":
            return an_acceptance(contract, line, passed=True)
        case "assessment":
            return an_assessment(contract, line, score="95.00")
        case "not confirmed":
            told = an_assessment(contract, line, score="95.00").model_dump(include=set(AssessmentNotified.model_fields))
            return AssessmentNotified(**told, objections_until=None)
        case _:
            return an_evaluation(contract, line, score="95.00", grade="good")


@pytest.mark.parametrize("gate", ["acceptance", "assessment", "evaluation"])
@pytest.mark.parametrize("taken", ["nothing", "contract_id", "project_id", "provider_id", "all of another purchase"])
async def test_a_result_moves_money_only_of_the_contract_it_is_about(world: World, gate: str, taken: str) -> None:
    """Another contract's acceptance with this line's id would release this line."""
    contract, other = await a_signed_contract(world), await a_signed_contract(world)
    line = await an_approved_line(world, contract, gate)
    event = a_result(contract, line, gate)
    names = {"contract_id": other["id"], "project_id": other["key"], "provider_id": uuid4()}
    given = names if taken == "all of another purchase" else {k: v for k, v in names.items() if k == taken}

    await world.emit("evaluation", event.model_copy(update=given))
    await world.pump()

    [row] = await world.rows("SELECT state, result_id FROM contracts.payment_lines WHERE id = $1", line)
    moved = row["result_id"] is not None
    parked = [held["state"] for held in await world.parked() if held["service"] == "contracts"]
    assert (moved, parked) == ((True, []) if taken == "nothing" else (False, ["parked"]))
    await world.rows("DELETE FROM contracts.held")


@pytest.mark.parametrize("gate", ["acceptance", "assessment", "evaluation"])
async def test_a_result_about_a_line_that_its_contract_lacks_is_parked_and_does_not_wait_for_ever(
    world: World, gate: str
) -> None:
    """The line that waited would hold up what follows, and nobody would be told."""
    contract = await a_signed_contract(world)

    await world.emit("evaluation", a_result(contract, uuid4(), gate))
    await world.pump()

    [held] = [held for held in await world.parked() if held["service"] == "contracts"]
    assert (held["state"], held["reason"]) == ("parked", "Mismatch: its contract has no such line")
    await world.rows("DELETE FROM contracts.held")


@pytest.mark.parametrize("gate", ["acceptance", "assessment", "evaluation"])
@pytest.mark.parametrize("unknown", [False, True])
async def test_a_result_of_a_contract_that_is_not_here_yet_waits_for_it(world: World, gate: str, unknown: bool) -> None:
    contract = await a_signed_contract(world)
    line = await an_approved_line(world, contract, gate)
    taken = {"contract_id": uuid4(), "line_id": uuid4()} if unknown else {}

    await world.emit("evaluation", a_result(contract, line, gate).model_copy(update=taken))
    await world.pump()

    held = [held["state"] for held in await world.parked() if held["service"] == "contracts"]
    assert held == (["waits"] if unknown else [])
    await world.rows("DELETE FROM contracts.held")


@pytest.mark.parametrize("gate", ["acceptance", "assessment", "evaluation", "not confirmed"])
@pytest.mark.parametrize("taken", ["nothing", "project_id", "provider_id"])
async def test_a_result_that_gates_no_line_is_kept_only_of_the_contract_it_is_about(
    world: World, gate: str, taken: str
) -> None:
    """What is kept of a contract is what a payment may rest on."""
    contract, other = await a_signed_contract(world), await a_signed_contract(world)
    names = {"project_id": other["key"], "provider_id": uuid4()}
    event = a_result(contract, None, gate).model_copy(update={k: v for k, v in names.items() if k == taken})

    await world.emit("evaluation", event)
    await world.pump()

    kept = await world.rows("SELECT id FROM contracts.results WHERE contract_id = $1", contract["id"])
    parked = [held["state"] for held in await world.parked() if held["service"] == "contracts"]
    assert (len(kept), parked) == ((1, []) if taken == "nothing" else (0, ["parked"]))
    await world.rows("DELETE FROM contracts.held")


@pytest.mark.parametrize("answer", [SigningCleared, SigningBlocked])
@pytest.mark.parametrize("taken", ["nothing", "project_id", "provider_id"])
async def test_an_answer_counts_only_for_the_contract_it_was_asked_about(
    world: World, answer: type[SigningCleared | SigningBlocked], taken: str
) -> None:
    contract = await a_signed_contract(world, signed=False)
    await world.rows("UPDATE contracts.contracts SET standing = 'asked' WHERE id = $1", contract["id"])
    names = {name: contract[name] for name in ("jurisdiction", "organisation", "provider_id")}
    event = answer(**names, project_id=contract["key"], contract_id=contract["id"], round=1)

    await world.emit("registry", event.model_copy(update={taken: uuid4()} if taken != "nothing" else {}))
    await world.pump()

    [row] = await world.rows("SELECT standing FROM contracts.contracts WHERE id = $1", contract["id"])
    assert (row["standing"] != "asked") is (taken == "nothing")
    await world.rows("DELETE FROM contracts.held")
