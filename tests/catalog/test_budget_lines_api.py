"""A budget line with a wrong amount gets another by another person with a reason; every amount stays readable."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.catalog.examples import (
    CHENGDU,
    ZHUHAI,
    Desks,
    a_budget,
    a_line,
    a_pooled_project,
    an_approved_budget,
    desks,
)
from tests.support.world import Person, World

REASON = "录入时多一个零"


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


@pytest.fixture(scope="module")
async def colleague(world: World, chengdu: Desks) -> Person:
    """Another person of the same finance bureau."""
    bureau = chengdu.finance.organisation
    return await world.person("colleague", duties={"open_budget_line"}, organisation=bureau, jurisdiction=CHENGDU)


async def adjust(person: Person, line: dict[str, Any], amount: str, **body: Any) -> Any:
    path = f"/v1/budget-lines/{line['id']}/adjustments"
    return await person.post("catalog", path, {"amount": amount, "reason": REASON, **body})


@pytest.mark.parametrize(("year", "opened"), [(2020, False), (2021, True), (2027, True), (2028, False), (2099, False)])
async def test_a_line_is_opened_for_a_year_for_which_somebody_plans(chengdu: Desks, year: int, opened: bool) -> None:
    place = {"jurisdiction": CHENGDU, "organisation": str(chengdu.organisation)}
    body = {**place, "code": f"2080299-{uuid4().hex[:8]}", "title": "购买服务", "year": year, "amount": "1000.00"}

    answer = await chengdu.finance.post("catalog", "/v1/budget-lines", body)

    assert answer.status == (201 if opened else 422)
    assert opened or "year" in answer.body.decode()


@pytest.mark.clause("CD17-10.2", "accepts")
async def test_one_zero_too_many_is_taken_back_by_a_colleague_and_both_amounts_stay_readable(
    chengdu: Desks, colleague: Person
) -> None:
    line = await a_line(chengdu, "4800000.00")

    adjusted = (await adjust(colleague, line, "480000.00")).ok()

    shown = (await chengdu.accountant.get("catalog", f"/v1/budget-lines/{line['id']}")).ok()
    assert (adjusted["amount"], adjusted["left"], adjusted["version"]) == ("480000.00", "480000.00", 2)
    assert [(each["amount"], each["reason"]) for each in shown["amounts"]] == [
        ("4800000.00", None),
        ("480000.00", REASON),
    ]
    assert shown["amounts"] == adjusted["amounts"]
    await an_approved_budget(chengdu, await a_pooled_project(chengdu), line_id=line["id"])


async def test_who_entered_the_amount_does_not_adjust_it_and_who_adjusted_it_does_not_again(
    chengdu: Desks, colleague: Person
) -> None:
    line = await a_line(chengdu, "4800000.00")

    (await adjust(chengdu.finance, line, "480000.00")).refused("IC12-12.1", "adjuster_entered_amount")
    (await adjust(colleague, line, "480000.00")).ok()
    (await adjust(colleague, line, "480001.00")).refused("IC12-12.1", "adjuster_entered_amount")
    (await adjust(chengdu.finance, line, "480001.00")).ok()


@pytest.mark.clause("CD17-4.1", "refuses")
async def test_a_line_is_adjusted_down_to_what_is_allotted_of_it_and_not_a_fen_below(
    chengdu: Desks, colleague: Person
) -> None:
    line = await a_line(chengdu, "4800000.00")
    await an_approved_budget(chengdu, await a_pooled_project(chengdu), line_id=line["id"])

    found = (await adjust(colleague, line, "479999.99")).refused("CD17-4.1", "below_allotted")
    exact = (await adjust(colleague, line, "480000.00")).ok()

    assert found["facts"] == {"asked": "479999.99", "allotted": "480000.00"}
    assert exact["left"] == "0.00"


async def test_a_line_entered_in_error_is_brought_to_nothing_and_nothing_is_allotted_of_it(
    chengdu: Desks, colleague: Person
) -> None:
    line = await a_line(chengdu, "480000.00")
    (await adjust(colleague, line, "0.00")).ok()

    body = await a_budget(chengdu, line_id=line["id"])
    path = f"/v1/projects/{(await a_pooled_project(chengdu))['id']}/budgets"

    (await chengdu.accountant.post("catalog", path, body)).refused("CD17-4.1", "budget_line_insufficient")


@pytest.mark.parametrize(("body", "field"), [({"reason": " "}, "body.reason"), ({"amount": "-1.00"}, "body.amount")])
async def test_an_adjustment_says_why_and_how_much(
    chengdu: Desks, colleague: Person, body: dict[str, str], field: str
) -> None:
    answer = await adjust(colleague, await a_line(chengdu, "1.00"), **{"amount": "2.00", **body})

    assert answer.problem(422, "field")["errors"][0]["field"] == field


async def test_the_amount_it_has_is_no_adjustment(chengdu: Desks, colleague: Person) -> None:
    answer = await adjust(colleague, await a_line(chengdu, "1.00"), "1.00")

    assert answer.problem(422, "field")["errors"][0]["code"] == "unchanged"


async def test_finance_of_another_city_neither_reads_nor_adjusts_a_line(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "1.00")
    duties = {"open_budget_line", "review_budget"}
    elsewhere = await world.person("elsewhere", duties=duties, organisation=uuid4(), jurisdiction=ZHUHAI)

    (await elsewhere.get("catalog", f"/v1/budget-lines/{line['id']}")).problem(404, "not_found")
    (await adjust(elsewhere, line, "2.00")).problem(403)


async def test_the_database_itself_lets_nobody_replace_an_amount_of_their_own(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "1.00")
    statement = (
        "INSERT INTO catalog.line_amounts (line_id, number, amount, entered_by, entered_on, replaces, replaces_by,"
        " reason) VALUES ($1, 2, $2, $3, '2022-03-01', 1, $4, 'x')"
    )
    entered_by = chengdu.finance.id

    with pytest.raises(asyncpg.CheckViolationError):
        await world.admin.execute(statement, UUID(line["id"]), Decimal("2.00"), entered_by, entered_by)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.admin.execute(statement, UUID(line["id"]), Decimal("2.00"), entered_by, uuid4())
