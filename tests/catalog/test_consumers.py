"""What becomes of a project as the purchase goes on, told by the events of other services."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.contracts import ContractCompleted, ContractSigned
from shared.events.evaluation import EvaluationConcluded
from shared.events.tendering import ProcurementFailed, ProcurementOpened
from tests.catalog.examples import ZHUHAI, Desks, a_project, desks
from tests.support.world import World


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


async def test_the_project_follows_the_purchase(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    await set_state(world, project, "cleared")
    states = []

    for event in ((opened, "tendering"), (failed, "tendering"), (opened, "tendering"), (signed, "contracts")):
        await world.emit(event[1], event[0](project))
        await world.pump()
        states.append(await state_of(zhuhai, project))
    await world.emit("contracts", completed(project))
    await world.pump()

    assert states == ["in_procurement", "cleared", "in_procurement", "contracted"]
    assert await state_of(zhuhai, project) == "closed"


async def test_a_procurement_heard_of_after_its_contract_changes_nothing(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    await set_state(world, project, "cleared")
    await world.emit("contracts", signed(project))
    await world.pump()

    await world.emit("tendering", opened(project))
    await world.pump()

    assert await state_of(zhuhai, project) == "contracted"


async def test_a_completed_contract_that_was_renewed_does_not_close_the_project(world: World, zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    await set_state(world, project, "cleared")
    first, second = signed(project), signed(project).model_copy(update={"contract_id": uuid4(), "renews": uuid4()})
    for event in (first, second):
        await world.emit("contracts", event)

    await world.emit("contracts", completed(project))
    await world.pump()

    assert await state_of(zhuhai, project) == "contracted"


async def test_events_of_a_purchase_unknown_here_rest_nowhere(world: World, zhuhai: Desks) -> None:
    await world.emit("tendering", opened({"id": str(uuid4())}))
    await world.pump()

    assert await world.rows("SELECT type, state, reason FROM catalog.held") == []


async def test_the_result_of_the_service_before_is_shown_to_who_plans_the_next(world: World, zhuhai: Desks) -> None:
    before = await a_project(zhuhai)
    await world.emit("evaluation", concluded(before))
    await world.pump()

    project = await a_project(zhuhai, follows=before["id"])

    (result,) = (await zhuhai.planner.get("catalog", f"/v1/projects/{project['id']}/results")).ok()
    assert (result["score"], result["grade"], result["project_id"]) == ("54.00", "poor", before["id"])


CONTRACT, PROCUREMENT, PROVIDER = uuid4(), uuid4(), uuid4()


async def set_state(world: World, project: dict[str, Any], state: str) -> None:
    await world.admin.execute("UPDATE catalog.projects SET state = $2 WHERE id = $1", UUID(project["id"]), state)


async def state_of(at: Desks, project: dict[str, Any]) -> str:
    state: str = (await at.planner.get("catalog", f"/v1/projects/{project['id']}")).ok()["state"]
    return state


def about(project: dict[str, Any]) -> dict[str, Any]:
    return {
        "jurisdiction": ZHUHAI,
        "organisation": UUID(project["organisation"]) if "organisation" in project else uuid4(),
        "project_id": UUID(project["id"]),
    }


def opened(project: dict[str, Any]) -> ProcurementOpened:
    return ProcurementOpened(
        **about(project),
        procurement_id=PROCUREMENT,
        reference="ZH-2022-000001",
        method="competitive_consultation",
        procurement_project=False,
        budget=Decimal("220000.00"),
    )


def failed(project: dict[str, Any]) -> ProcurementFailed:
    return ProcurementFailed(**about(project), procurement_id=PROCUREMENT, code="too_few_bidders", clause="C214-21.1")


def signed(project: dict[str, Any]) -> ContractSigned:
    return ContractSigned(
        **about(project),
        contract_id=CONTRACT,
        reference="ZH-2022-000001",
        provider_id=PROVIDER,
        procurement_id=PROCUREMENT,
        price=Decimal("200000.00"),
        rulebook="zhuhai-2021@1",
        starts_on=date(2022, 4, 1),
        ends_on=date(2023, 3, 31),
        service_class=2,
        nature="deliverable",
        procurement_project=False,
        signed_by=uuid4(),
        lines=[],
    )


def completed(project: dict[str, Any]) -> ContractCompleted:
    return ContractCompleted(
        **about(project),
        contract_id=CONTRACT,
        provider_id=PROVIDER,
        paid=Decimal("140000.00"),
        withheld=Decimal("60000.00"),
    )


def concluded(project: dict[str, Any]) -> EvaluationConcluded:
    return EvaluationConcluded(
        **about(project),
        contract_id=CONTRACT,
        provider_id=PROVIDER,
        evaluation_id=uuid4(),
        rulebook="zhuhai-2021@1",
        kind="final",
        score=Decimal("54.00"),
        grade="poor",
        result_version=1,
        concluded_on=date(2022, 2, 1),
    )
