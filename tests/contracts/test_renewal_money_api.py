"""A renewal is signed from the budget of its own year: the catalog is asked, which holds it for one contract only."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.events.tendering import AwardConfirmed
from tests.catalog import examples as catalog
from tests.catalog.commitments import committed, proposed, told
from tests.catalog.examples import CHENGDU, Desks
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    chengdu_award,
    cleared,
    covered,
    lines_of,
    put_to_signature,
    sign_and_file,
    written_as,
)
from tests.contracts.test_terms_api import a_budget
from tests.support.examples import an_assessment
from tests.support.world import World

SECOND_HALF = {"starts_on": "2022-08-01", "ends_on": "2022-12-31"}
NEXT_YEAR = {"starts_on": "2023-01-01", "ends_on": "2023-12-31"}


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await catalog.desks(world, CHENGDU)


async def a_year_budgeted(at: Desks, project: dict[str, Any], year: int, amount: str = "456000.00") -> None:
    line = await catalog.a_line(at, amount, year=year)
    money = {"amount": amount, "sources": [{"kind": "fiscal", "amount": amount}]}
    await catalog.an_approved_budget(at, project, line_id=line["id"], year=year, **money)


async def a_renewal(world: World, at: Desks, days: dict[str, str]) -> tuple[dict[str, Any], Desk, AwardConfirmed, UUID]:
    """A project of the catalog whose budget of 2022 is 456,000.00, its contract signed for exactly that and assessed,
    and a renewal drafted and written."""
    project = await catalog.a_pooled_project(at)
    await a_year_budgeted(at, project, 2022)
    award = chengdu_award(world, service_years=3, starts_on=date(2022, 4, 1), ends_on=date(2022, 7, 31))
    award = award.model_copy(update={"project_id": UUID(project["id"]), "organisation": at.organisation})
    await told(world, proposed(project, "456000.00", award.procurement_id))
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    [row] = await world.rows("SELECT * FROM contracts.contracts WHERE id = $1", contract)
    for line in await lines_of(world, contract):
        await world.emit("evaluation", an_assessment(row, line, score="90"))
    await world.pump()
    renewal = (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/renewals", days)).ok()["id"]
    (await desk.drafts.post("contracts", f"/v1/contracts/{renewal}/write", {**written_as(award), **days})).ok()
    return project, desk, award, UUID(renewal)


async def cover_of(world: World, contract: UUID) -> str | None:
    [row] = await world.rows("SELECT cover FROM contracts.contracts WHERE id = $1", contract)
    cover: str | None = row["cover"]
    return cover


@pytest.mark.clause("CD17-23.4", "refuses")
async def test_a_budget_that_was_spent_covers_no_second_contract_of_its_year(world: World, chengdu: Desks) -> None:
    project, desk, _, renewal = await a_renewal(world, chengdu, SECOND_HALF)

    found = (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})).refused("CD17-23.4")

    assert found["facts"] == {
        "year": "2022",
        "budget": "456000.00",
        "committed": "456000.00",
        "needed": "456000.00",
    }
    assert await committed(world, project) == "456000.00"


@pytest.mark.clause("CD17-23.4", "accepts")
async def test_the_next_years_budget_is_approved_while_the_service_runs_and_covers_its_renewal(
    world: World, chengdu: Desks
) -> None:
    project, desk, award, renewal = await a_renewal(world, chengdu, NEXT_YEAR)
    refused = await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})
    refused.refused("CD17-23.4", "year_not_covered")
    await a_year_budgeted(chengdu, project, 2023)
    await world.pump()

    asked = (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})).ok()
    await world.emit("registry", cleared(award, renewal, asked["signing_round"]))
    await world.pump()
    await sign_and_file(desk, renewal)
    await world.pump()

    assert await cover_of(world, renewal) == "committed"
    assert [await committed(world, project, year) for year in (2022, 2023)] == ["456000.00", "456000.00"]


async def test_a_renewal_refused_by_the_catalog_alone_is_not_signed_and_may_ask_again(
    world: World, chengdu: Desks
) -> None:
    """The copy of the budget is older than what another contract took of it meanwhile."""
    project, desk, award, renewal = await a_renewal(world, chengdu, NEXT_YEAR)
    await a_year_budgeted(chengdu, project, 2023)
    await world.pump()
    await world.admin.execute(
        "UPDATE catalog.budgets SET committed = 0.01 WHERE project_id = $1 AND year = 2023", award.project_id
    )
    asked = (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})).ok()
    await world.emit("registry", cleared(award, renewal, asked["signing_round"]))
    await world.pump()

    assert await cover_of(world, renewal) == "refused"
    (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/sign")).refused("CD17-23.4", "year_not_covered")

    await world.admin.execute(
        "UPDATE catalog.budgets SET committed = 0 WHERE project_id = $1 AND year = 2023", award.project_id
    )
    await world.admin.execute("UPDATE contracts.budgets SET committed = 0 WHERE project_id = $1", award.project_id)
    asked = (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})).ok()
    await world.emit("registry", cleared(award, renewal, asked["signing_round"]))
    await world.pump()
    await sign_and_file(desk, renewal)


async def test_a_renewal_is_signed_only_when_the_budget_has_answered_this_round(world: World, chengdu: Desks) -> None:
    award = chengdu_award(world, service_years=3, starts_on=date(2022, 4, 1), ends_on=date(2022, 12, 31))
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    [row] = await world.rows("SELECT * FROM contracts.contracts WHERE id = $1", contract)
    for line in await lines_of(world, contract):
        await world.emit("evaluation", an_assessment(row, line, score="90"))
    await world.emit("catalog", a_budget(award, 2023, "456000.00"))
    await world.pump()
    renewal = UUID((await desk.drafts.post("contracts", f"/v1/contracts/{contract}/renewals", NEXT_YEAR)).ok()["id"])
    (await desk.drafts.post("contracts", f"/v1/contracts/{renewal}/write", {**written_as(award), **NEXT_YEAR})).ok()
    asked = (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})).ok()
    await world.emit("registry", cleared(award, renewal, asked["signing_round"]))
    other_round = covered(award, renewal, asked["signing_round"] + 1)
    await world.emit("catalog", other_round.model_copy(update={"committed": Decimal("0.00")}))
    await world.pump()

    (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/sign")).problem(409, "wrong_state")
    await put_to_signature(world, desk, renewal, award)
    await sign_and_file(desk, renewal)
