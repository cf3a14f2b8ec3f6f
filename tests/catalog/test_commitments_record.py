"""What is committed stands in the journal as in the row, and is what awards and contracts hold."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.catalog.commitments import completed, proposed, signed, told
from tests.catalog.examples import CHENGDU, Desks, a_pooled_project, an_approved_budget, desks
from tests.shared.test_audit import found_after
from tests.support.world import World


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


async def a_contracted_project(world: World, at: Desks, price: str) -> tuple[dict[str, Any], UUID]:
    """480,000.00 approved for 2022, and a contract of that price."""
    project, procurement, contract = await a_pooled_project(at), uuid4(), uuid4()
    await an_approved_budget(at, project)
    await world.admin.execute("UPDATE catalog.projects SET state = 'in_procurement' WHERE id = $1", UUID(project["id"]))
    await told(world, proposed(project, price, procurement), signed(project, price, procurement, contract=contract))
    return project, contract


async def test_a_figure_changed_behind_the_journal_is_found(world: World, chengdu: Desks) -> None:
    project, contract = await a_contracted_project(world, chengdu, "450000.00")
    await told(world, completed(project, contract, "300000.00"))
    [budget] = await world.rows("SELECT id FROM catalog.budgets WHERE project_id = $1", UUID(project["id"]))

    changed = f"UPDATE budgets SET committed = 0 WHERE id = '{budget['id']}'"

    [found] = await found_after(world, "catalog", changed)
    assert found.startswith(f"budgets {budget['id']}: the column committed")


async def test_money_held_by_nobody_is_found(world: World, chengdu: Desks) -> None:
    project, _ = await a_contracted_project(world, chengdu, "450000.00")
    [budget] = await world.rows("SELECT id FROM catalog.budgets WHERE project_id = $1", UUID(project["id"]))
    columns = "id, key, version, jurisdiction, organisation, subject, year, amount, state"

    [found] = await found_after(
        world,
        "catalog",
        f"INSERT INTO commitments ({columns}) SELECT gen_random_uuid(), key, 1, jurisdiction, organisation,"
        f" gen_random_uuid(), year, 1000, 'held' FROM budgets WHERE id = '{budget['id']}'",
    )

    assert found.startswith(f"budgets {budget['id']}: the column committed")
