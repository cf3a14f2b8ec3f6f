"""A year of service and the next one, in order: the module's clock only goes forward."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.events.catalog import BudgetApproved
from shared.events.tendering import AwardConfirmed
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    chengdu_award,
    lines_of,
    put_to_signature,
    sign_and_file,
    written_as,
    zhuhai_award,
)
from tests.support.examples import an_assessment, an_evaluation
from tests.support.world import Reply, World

YEAR_2 = {"starts_on": "2023-04-01", "ends_on": "2024-03-31"}


async def read(world: World, contract: UUID) -> dict[str, Any]:
    [row] = await world.rows("SELECT * FROM contracts.contracts WHERE id = $1", contract)
    return row


async def a_year_assessed(world: World, contract: UUID, *scores: str) -> None:
    row = await read(world, contract)
    for line, score in zip(await lines_of(world, contract), scores, strict=False):
        await world.emit("evaluation", an_assessment(row, line, score=score))
    await world.pump()


async def renew(desk: Desk, contract: UUID, **body: Any) -> Reply:
    return await desk.drafts.post("contracts", f"/v1/contracts/{contract}/renewals", {**YEAR_2, **body})


async def evaluated(world: World, contract: UUID, score: str, grade: str) -> None:
    await world.emit("evaluation", an_evaluation(await read(world, contract), None, score=score, grade=grade))
    await world.pump()


async def ended_years(world: World, contract: UUID) -> list[tuple[int, str]]:
    rows = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal"
        " WHERE subject = $1 AND type = 'goufu.contracts.service_year_ended.v1' ORDER BY version",
        contract,
    )
    return [(row["event"]["year"], row["event"]["ended_on"]) for row in rows]


@pytest.mark.clause("CD17-23.3", "accepts")
@pytest.mark.clause("CD17-23.6", "accepts")
async def test_a_year_assessed_well_is_renewed_on_the_same_terms(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91", "90")

    renewed = await renew(desk, contract)

    body = renewed.ok()
    assert (renewed.status, body["state"], body["renews"], body["price"]) == (
        201,
        "drafted",
        str(contract),
        "456000.00",
    )
    assert (body["starts_on"], body["ends_on"], body["service_year"]) == ("2023-04-01", "2024-03-31", 2)
    assert {f["clause"] for f in body["explain"]} >= {"CD17-23.3", "CD17-23.6"}
    assert len(await lines_of(world, UUID(body["id"]))) == 3


@pytest.mark.clause("CD17-23.3", "refuses")
async def test_a_file_that_set_no_service_period_allows_no_renewal(world: World) -> None:
    award = chengdu_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91", "90")

    (await renew(desk, contract)).refused("CD17-23.3", "outside_service_period")


@pytest.mark.clause("CD17-23.6", "refuses")
async def test_a_year_with_a_failed_period_is_not_renewed(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "69.99", "90")

    found = (await renew(desk, contract)).refused("CD17-23.6", "assessment_failed")

    assert found["facts"] == {"score": "69.99", "floor": "70.00"}


async def test_a_year_not_fully_assessed_is_not_renewed(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91")

    (await renew(desk, contract)).refused("CD17-23.6", "not_assessed")


async def a_written_renewal(world: World, desk: Desk, award: AwardConfirmed, contract: UUID) -> UUID:
    renewal = UUID((await renew(desk, contract)).ok()["id"])
    body = {**written_as(award), **YEAR_2}
    (await desk.drafts.post("contracts", f"/v1/contracts/{renewal}/write", body)).ok()
    return renewal


def a_budget(award: AwardConfirmed, year: int, amount: str) -> BudgetApproved:
    return BudgetApproved(
        jurisdiction=award.jurisdiction,
        organisation=award.organisation,
        project_id=award.project_id,
        amount=Decimal(amount),
        sources=award.sources,
        year=year,
    )


@pytest.mark.clause("CD17-23.4", "refuses")
@pytest.mark.parametrize("budget", [None, "455999.99"])
async def test_a_renewal_whose_year_has_too_little_money_is_not_signed(world: World, budget: str | None) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91", "90")
    renewal = await a_written_renewal(world, desk, award, contract)
    if budget:
        await world.emit("catalog", a_budget(award, 2023, budget))
        await world.pump()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})

    answer.refused("CD17-23.4", "year_not_covered")


@pytest.mark.clause("CD17-23.4", "accepts")
async def test_a_renewal_whose_year_is_covered_is_signed(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91", "90")
    renewal = await a_written_renewal(world, desk, award, contract)
    await world.emit("catalog", a_budget(award, 2023, "456000.00"))
    await world.pump()

    await put_to_signature(world, desk, renewal, award)
    await sign_and_file(desk, renewal)

    assert (await read(world, renewal))["state"] == "filed"


async def test_an_assessment_corrected_downwards_stops_the_renewal_at_signing(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91", "90")
    renewal = await a_written_renewal(world, desk, award, contract)
    await world.emit("catalog", a_budget(award, 2023, "456000.00"))
    first, *_ = await lines_of(world, contract)
    await world.emit("evaluation", an_assessment(await read(world, contract), first, score="60", version=2))
    await world.pump()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})

    answer.refused("CD17-23.6", "assessment_failed")


async def test_a_contract_is_renewed_once(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await a_year_assessed(world, contract, "84", "91", "90")
    (await renew(desk, contract)).ok()

    (await renew(desk, contract)).problem(409, "conflict")


async def test_a_renewal_does_not_begin_before_the_contract_ends(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)

    answer = await renew(desk, contract, starts_on="2023-03-31", ends_on="2024-03-30")

    answer.problem(409, "wrong_state")


async def test_a_renewal_that_ends_before_it_begins_is_a_field_error(world: World) -> None:
    award = chengdu_award(world, service_years=3)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)

    (await renew(desk, contract, ends_on="2023-03-31")).problem(422, "field")


@pytest.mark.clause("ZH21-27.6", "refuses")
async def test_zhuhai_does_not_buy_on_without_an_evaluation(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)

    (await renew(desk, contract)).refused("ZH21-27.6", "not_evaluated")


@pytest.mark.clause("ZH21-27.6", "refuses")
async def test_zhuhai_does_not_buy_on_after_a_poor_result_without_a_reason(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await evaluated(world, contract, "54.00", "poor")

    (await renew(desk, contract)).refused("ZH21-27.6", "reason_missing")


@pytest.mark.clause("ZH21-27.6", "accepts")
async def test_zhuhai_buys_on_after_a_poor_result_for_a_recorded_reason(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await evaluated(world, contract, "54.00", "poor")

    body = (await renew(desk, contract, reason="本辖区别无同类机构, 已列出整改清单")).ok()

    [poor] = [f for f in body["explain"] if f["code"] == "poor_result"]
    assert (poor["clause"], poor["effect"], poor["satisfied"]) == ("ZH21-27.6", "reference", False)
    [kept] = await world.rows(
        "SELECT clause, reason FROM contracts.private_reasons WHERE contract_id = $1", UUID(body["id"])
    )
    assert (kept["clause"], kept["reason"]) == ("ZH21-27.6", "本辖区别无同类机构, 已列出整改清单")
    entries = await world.rows("SELECT entry FROM contracts.journal WHERE key = $1", award.project_id)
    assert all("整改清单" not in row["entry"] for row in entries)


async def test_the_recorded_reason_is_shown_to_the_registry_when_the_renewal_is_signed(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    await evaluated(world, contract, "54.00", "poor")
    renewal = UUID((await renew(desk, contract, reason="整改已经完成")).ok()["id"])
    body = {**written_as(award), **YEAR_2}
    (await desk.drafts.post("contracts", f"/v1/contracts/{renewal}/write", body)).ok()
    await world.emit("catalog", a_budget(award, 2023, "200000.00"))
    await world.pump()

    (await desk.signs.post("contracts", f"/v1/contracts/{renewal}/signing", {})).ok()

    [row] = await world.rows(
        "SELECT entry FROM contracts.journal WHERE subject = $1 AND type LIKE '%signing_proposed%'", renewal
    )
    assert '"acknowledged":["ZH21-27.6"]' in row["entry"]


async def test_each_year_of_a_longer_contract_ends_with_an_event(world: World) -> None:
    award = zhuhai_award(world, ends_on=date(2024, 9, 30))
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    assert await ended_years(world, contract) == []

    await world.today_is(date(2023, 4, 1), hour=0)
    await world.pump()
    assert await ended_years(world, contract) == [(1, "2023-03-31")]

    await world.today_is(date(2024, 10, 1), hour=0)
    await world.pump()
    assert await ended_years(world, contract) == [(1, "2023-03-31"), (2, "2024-03-31"), (3, "2024-09-30")]


async def test_the_purchaser_is_told_when_the_next_year_has_no_budget(world: World) -> None:
    dates = {"starts_on": date(2024, 11, 1), "ends_on": date(2026, 10, 31), "noticed_on": date(2024, 3, 1)}
    bare, covered = zhuhai_award(world, **dates), zhuhai_award(world, **dates)
    desk = await a_desk(world, bare)
    await a_contract_in_force(world, desk, bare)
    await a_contract_in_force(world, desk, covered)
    await world.emit("catalog", a_budget(covered, 2026, "100000.00"))
    await world.pump()

    await world.today_is(date(2025, 11, 1), hour=0)
    await world.pump()

    told = await world.rows(
        "SELECT n.facts, c.key FROM contracts.notices n JOIN contracts.contracts c ON c.id = n.subject"
        " WHERE n.kind = 'next_year_not_covered' AND c.key = ANY($1)",
        [bare.project_id, covered.project_id],
    )
    assert [(row["key"], row["facts"]["year"], row["facts"]["clause"]) for row in told] == [
        (bare.project_id, "2026", "D102-24.1")
    ]
