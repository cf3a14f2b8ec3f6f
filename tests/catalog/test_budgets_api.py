"""Budgets over HTTP: lines, submission, finance's review, adjustments, and who sees them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events.registry import OrganisationLeft
from tests.catalog.examples import (
    CHENGDU,
    ZHUHAI,
    ZHUHAI_SOURCES,
    Desks,
    a_budget,
    a_line,
    a_pooled_project,
    a_project,
    a_purchaser,
    a_submitted_budget,
    an_approved_budget,
    desks,
)
from tests.support.world import World


@pytest.fixture(scope="module")
async def zhuhai(world: World) -> Desks:
    return await desks(world, ZHUHAI)


@pytest.fixture(scope="module")
async def chengdu(world: World) -> Desks:
    return await desks(world, CHENGDU)


def clauses(answer: dict[str, Any]) -> set[str]:
    return {finding["clause"] for finding in answer["explain"]}


async def allotted(world: World, line_id: str) -> Decimal:
    (row,) = await world.rows("SELECT allotted FROM catalog.budget_lines WHERE id = $1", UUID(line_id))
    amount: Decimal = row["allotted"]
    return amount


@pytest.mark.clause("CD17-4.1", "accepts")
@pytest.mark.clause("CD17-8.1", "accepts")
async def test_finance_approves_what_a_line_of_the_purchaser_covers(world: World, chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu)

    budget = await an_approved_budget(chengdu, project)

    assert (budget["state"], budget["reviewed_on"]) == ("approved", "2022-03-01")
    assert {"CD17-4.1", "CD17-8.1"} <= clauses(budget)
    assert await allotted(world, budget["line_id"]) == Decimal("480000.00")


@pytest.mark.clause("ZH21-12.1", "accepts")
@pytest.mark.clause("ZH21-13.1", "accepts")
@pytest.mark.clause("ZH21-14.1", "accepts")
@pytest.mark.clause("ZH21-15.1", "accepts")
async def test_fiscal_and_charity_money_go_together_in_zhuhai(world: World, zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)

    budget = await an_approved_budget(zhuhai, project)

    assert {"ZH21-12.1", "ZH21-13.1", "ZH21-14.1", "ZH21-15.1"} <= clauses(budget)
    assert await allotted(world, budget["line_id"]) == Decimal("200000.00")
    (entry,) = await world.rows(
        "SELECT entry::jsonb->'event' AS event FROM catalog.journal"
        " WHERE type LIKE '%.budget_approved.v1' AND subject = $1",
        UUID(project["id"]),
    )
    assert [(s["kind"], s["amount"]) for s in entry["event"]["sources"]] == [
        ("fiscal", "200000.00"),
        ("charity_public_benefit", "20000.00"),
    ]


@pytest.mark.parametrize(
    ("clause", "kinds", "named"),
    [
        pytest.param(clause, kinds, named, marks=pytest.mark.clause(clause, "accepts"))
        for clause, kinds, named in [
            ("ZH21-14.1", ("enterprise_donation", "charity_public_benefit"), {}),
            ("ZH21-14.2", ("community_fund", "village_charity_fund"), {"community": "云澳社区"}),
            ("ZH21-14.3", ("resident_raised", "collected_donation"), {"raised": "10000.00"}),
        ]
    ],
)
async def test_each_social_kind_is_a_source_by_its_clause(
    zhuhai: Desks, clause: str, kinds: tuple[str, ...], named: dict[str, str]
) -> None:
    social = [{"kind": kind, "amount": "10000.00", **named} for kind in kinds]

    budget = await a_submitted_budget(zhuhai, await a_project(zhuhai), sources=[ZHUHAI_SOURCES[0], *social])

    by_clause = [finding["facts"] for finding in budget["explain"] if finding["clause"] == clause]
    assert {"kind": kinds[0]} in by_clause
    assert {"kind": kinds[1]} in by_clause
    assert [source["kind"] for source in budget["sources"]] == ["fiscal", *kinds]


@pytest.mark.parametrize(
    ("clause", "source"),
    [
        pytest.param("ZH21-12.1", {"kind": "loan"}, marks=pytest.mark.clause("ZH21-12.1", "refuses")),
        pytest.param(
            "ZH21-13.1",
            {"kind": "charity_public_benefit", "earmark": "3.01"},
            marks=pytest.mark.clause("ZH21-13.1", "refuses"),
        ),
        *[
            pytest.param("ZH21-14.2", {"kind": kind}, marks=pytest.mark.clause("ZH21-14.2", "refuses"))
            for kind in ("community_fund", "village_charity_fund")
        ],
        *[
            pytest.param(
                "ZH21-14.3", {"kind": kind, "raised": "19999.99"}, marks=pytest.mark.clause("ZH21-14.3", "refuses")
            )
            for kind in ("resident_raised", "collected_donation")
        ],
    ],
)
async def test_money_of_the_wrong_kind_or_purpose_is_refused(
    zhuhai: Desks, clause: str, source: dict[str, str]
) -> None:
    project = await a_project(zhuhai)
    sources = [ZHUHAI_SOURCES[0], {"amount": "20000.00", **source}]

    answer = await zhuhai.accountant.post(
        "catalog", f"/v1/projects/{project['id']}/budgets", await a_budget(zhuhai, sources=sources)
    )

    answer.refused(clause)


@pytest.mark.clause("CD17-4.1", "refuses")
async def test_money_from_outside_the_budget_buys_nothing_in_chengdu(chengdu: Desks) -> None:
    project = await a_project(chengdu)
    body = await a_budget(chengdu, sources=[{"kind": "enterprise_donation", "amount": "480000.00"}])

    answer = await chengdu.accountant.post("catalog", f"/v1/projects/{project['id']}/budgets", body)

    assert answer.refused("CD17-4.1")["code"] == "source_not_of_budget"


@pytest.mark.clause("D102-14.1", "accepts")
@pytest.mark.clause("D102-14.1", "refuses")
async def test_a_line_covers_the_fiscal_part_to_the_fen_in_zhuhai(zhuhai: Desks) -> None:
    project = await a_project(zhuhai)
    path = f"/v1/projects/{project['id']}/budgets"
    short, enough = await a_line(zhuhai, "199999.99"), await a_line(zhuhai, "200000.00")

    refused = await zhuhai.accountant.post("catalog", path, await a_budget(zhuhai, line_id=short["id"]))
    accepted = await zhuhai.accountant.post("catalog", path, await a_budget(zhuhai, line_id=enough["id"]))

    assert refused.refused("D102-14.1")["facts"] == {"asked": "200000.00", "left": "199999.99"}
    assert "D102-14.1" in clauses(accepted.ok())


@pytest.mark.clause("CD17-4.1", "refuses")
async def test_a_line_that_is_short_or_missing_or_anothers_refuses(world: World, chengdu: Desks) -> None:
    project = await a_project(chengdu)
    path = f"/v1/projects/{project['id']}/budgets"
    short = await a_line(chengdu, "479999.99")
    another = uuid4()
    await a_purchaser(world, another, chengdu.jurisdiction, "administrative_organ")
    foreign = await a_line(chengdu, "480000.00", organisation=str(another))

    codes = []
    for line_id in (short["id"], None, foreign["id"]):
        answer = await chengdu.accountant.post("catalog", path, await a_budget(chengdu, line_id=line_id))
        codes.append(answer.refused("CD17-4.1")["code"])

    assert codes == ["budget_line_insufficient", "budget_line_missing", "budget_line_of_another"]


async def test_two_projects_cannot_both_take_the_same_money(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "480000.00")
    first = await a_submitted_budget(chengdu, await a_project(chengdu), line_id=line["id"])
    second = await a_submitted_budget(chengdu, await a_project(chengdu), line_id=line["id"])

    (await chengdu.finance.post("catalog", f"/v1/budgets/{first['id']}/review", {"verdict": "approve"})).ok()
    answer = await chengdu.finance.post("catalog", f"/v1/budgets/{second['id']}/review", {"verdict": "approve"})

    assert answer.refused("CD17-4.1")["code"] == "budget_line_insufficient"
    assert await allotted(world, line["id"]) == Decimal("480000.00")


async def test_the_database_itself_allots_no_more_than_the_line_has(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "100.00")

    with pytest.raises(asyncpg.CheckViolationError):
        await world.admin.execute("UPDATE catalog.budget_lines SET allotted = 100.01 WHERE id = $1", UUID(line["id"]))


@pytest.mark.clause("CD17-8.1", "refuses")
async def test_finance_of_the_city_does_not_review_a_districts_budget(world: World, chengdu: Desks) -> None:
    budget = await a_submitted_budget(chengdu, await a_project(chengdu))
    city = await world.person("city", duties={"review_budget"}, organisation=uuid4(), jurisdiction="5101")

    answer = await city.post("catalog", f"/v1/budgets/{budget['id']}/review", {"verdict": "approve"})

    assert answer.refused("CD17-8.1")["code"] == "reviewer_of_another_level"


@pytest.mark.clause("CD17-8.1", "refuses")
async def test_the_purchaser_does_not_review_its_own_budget(world: World, chengdu: Desks) -> None:
    budget = await a_submitted_budget(chengdu, await a_project(chengdu))
    own = await world.person("own", duties={"review_budget"}, organisation=chengdu.organisation, jurisdiction=CHENGDU)

    answer = await own.post("catalog", f"/v1/budgets/{budget['id']}/review", {"verdict": "approve"})

    assert answer.refused("CD17-8.1")["code"] == "reviewer_is_purchaser"


@pytest.mark.clause("CD17-10.1", "accepts")
@pytest.mark.parametrize("verdict", ["approve", "return"])
@pytest.mark.parametrize("own", [True, False])
async def test_who_asked_for_a_budget_says_nothing_of_it_for_finance(
    world: World, chengdu: Desks, verdict: str, own: bool
) -> None:
    """A person with posts at the purchaser and at finance: whether the same asked is told by a rule, on record."""
    asked = await a_submitted_budget(chengdu, await a_project(chengdu))
    person = chengdu.accountant if own else chengdu.need_reviewer
    await world.post_for(person, {"review_budget"}, chengdu.finance.organisation, chengdu.jurisdiction)
    body = {"verdict": verdict, **({"reason": "请补充"} if verdict == "return" else {})}
    answer = await person.post("catalog", f"/v1/budgets/{asked['id']}/review", body)

    if own:
        assert answer.refused("IC12-12.1")["code"] == "reviewer_submitted_budget"
    else:
        assert answer.status == 200, answer.body


async def test_what_finance_sent_back_is_not_fixed_and_may_be_asked_for_anew(chengdu: Desks) -> None:
    project = await a_project(chengdu)
    first = await a_submitted_budget(chengdu, project)
    decision = {"verdict": "return", "reason": "测算依据不足"}
    (await chengdu.finance.post("catalog", f"/v1/budgets/{first['id']}/review", decision)).ok()

    second = await a_submitted_budget(chengdu, project)

    assert "CD17-10.1" in clauses(second)


@pytest.mark.clause("CD17-10.1", "refuses")
async def test_an_approved_budget_is_locked(chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu)
    approved = await an_approved_budget(chengdu, project)

    answer = await chengdu.accountant.post("catalog", f"/v1/projects/{project['id']}/budgets", await a_budget(chengdu))

    answer.refused("CD17-10.1")
    assert (await chengdu.accountant.get("catalog", f"/v1/budgets/{approved['id']}")).ok()["state"] == "approved"


async def test_no_route_changes_a_budget_in_place(chengdu: Desks) -> None:
    approved = await an_approved_budget(chengdu, await a_pooled_project(chengdu))

    answer = await chengdu.finance.send("catalog", "PATCH", f"/v1/budgets/{approved['id']}", json={"amount": "1.00"})

    answer.problem(405, "method_not_allowed")


@pytest.mark.clause("CD17-10.2", "accepts")
async def test_an_adjustment_with_reason_and_approval_takes_the_place_of_the_old(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "500000.00")
    project = await a_pooled_project(chengdu)
    old = await an_approved_budget(chengdu, project, line_id=line["id"])
    change = {
        "amount": "500000.00",
        "sources": [{"kind": "fiscal", "amount": "500000.00"}],
        "reason": "服务对象增加",
    }

    asked = (await chengdu.accountant.post("catalog", f"/v1/budgets/{old['id']}/adjustments", change)).ok()
    before = await allotted(world, line["id"])
    new = (await chengdu.finance.post("catalog", f"/v1/budgets/{asked['id']}/review", {"verdict": "approve"})).ok()

    assert (before, await allotted(world, line["id"])) == (Decimal("480000.00"), Decimal("500000.00"))
    assert "CD17-10.2" in clauses(new)
    budgets = (await chengdu.accountant.get("catalog", f"/v1/projects/{project['id']}/budgets")).ok()
    assert [(b["amount"], b["state"]) for b in budgets] == [("480000.00", "replaced"), ("500000.00", "approved")]


@pytest.mark.clause("CD17-10.2", "refuses")
async def test_an_adjustment_without_reason_is_refused(chengdu: Desks) -> None:
    old = await an_approved_budget(chengdu, await a_pooled_project(chengdu))
    change = {"amount": "470000.00", "sources": [{"kind": "fiscal", "amount": "470000.00"}]}

    answer = await chengdu.accountant.post("catalog", f"/v1/budgets/{old['id']}/adjustments", change)

    answer.refused("CD17-10.2")


async def test_an_adjustment_that_finance_returns_leaves_the_old_budget_in_force(world: World, chengdu: Desks) -> None:
    project = await a_pooled_project(chengdu)
    old = await an_approved_budget(chengdu, project)
    change = {
        "amount": "470000.00",
        "sources": [{"kind": "fiscal", "amount": "470000.00"}],
        "reason": "市场价格下降",
    }
    asked = (await chengdu.accountant.post("catalog", f"/v1/budgets/{old['id']}/adjustments", change)).ok()

    decision = {"verdict": "return", "reason": "理由不充分"}
    (await chengdu.finance.post("catalog", f"/v1/budgets/{asked['id']}/review", decision)).ok()

    budgets = (await chengdu.accountant.get("catalog", f"/v1/projects/{project['id']}/budgets")).ok()
    assert [(b["amount"], b["state"]) for b in budgets] == [("480000.00", "approved"), ("470000.00", "returned")]
    assert await allotted(world, old["line_id"]) == Decimal("480000.00")


async def test_a_second_request_in_zhuhai_is_an_adjustment(zhuhai: Desks) -> None:
    project = await a_pooled_project(zhuhai)
    await an_approved_budget(zhuhai, project)

    answer = await zhuhai.accountant.post("catalog", f"/v1/projects/{project['id']}/budgets", await a_budget(zhuhai))

    answer.problem(409, "wrong_state")


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        ([{"kind": "fiscal", "amount": "219999.99"}], "sources_sum"),
        ([{"kind": "fiscal", "amount": "110000.00"}, {"kind": "fiscal", "amount": "110000.00"}], "source_kind_twice"),
    ],
)
async def test_sources_that_do_not_add_up_are_a_field_error(
    zhuhai: Desks, sources: list[dict[str, str]], code: str
) -> None:
    project = await a_project(zhuhai)

    answer = await zhuhai.accountant.post(
        "catalog", f"/v1/projects/{project['id']}/budgets", await a_budget(zhuhai, sources=sources)
    )

    (error,) = answer.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.sources", code)


async def test_finance_sees_the_budgets_of_its_jurisdiction_and_strangers_none(world: World, zhuhai: Desks) -> None:
    budget = await a_submitted_budget(zhuhai, await a_project(zhuhai))
    stranger = await world.person("stranger", duties={"submit_budget"}, organisation=uuid4())

    seen = await zhuhai.finance.get("catalog", f"/v1/budgets/{budget['id']}")
    hidden = await stranger.get("catalog", f"/v1/budgets/{budget['id']}")

    assert seen.ok()["sources"][1] == {
        "kind": "charity_public_benefit",
        "amount": "20000.00",
        "earmark": "2",
        "community": None,
        "reason": None,
        "raised": None,
    }
    hidden.problem(404, "not_found")


async def test_a_line_shows_what_is_left_on_it_to_finance_and_purchaser(world: World, chengdu: Desks) -> None:
    line = await a_line(chengdu, "500000.00")
    await an_approved_budget(chengdu, await a_pooled_project(chengdu), line_id=line["id"])

    for person in (chengdu.finance, chengdu.accountant):
        lines = (await person.get("catalog", "/v1/budget-lines")).ok()
        assert [row["left"] for row in lines if row["id"] == line["id"]] == ["20000.00"]
    stranger = await world.person("stranger", duties={"submit_budget"}, organisation=uuid4())
    assert (await stranger.get("catalog", "/v1/budget-lines")).ok() == []


async def test_a_line_is_entered_once_and_only_who_may_see_it_is_told_which_it_is(world: World, chengdu: Desks) -> None:
    first = await a_line(chengdu, "480000.00")
    again = {name: first[name] for name in ("jurisdiction", "organisation", "code", "title", "year", "amount")}
    clerk = await world.person("clerk", duties={"open_budget_line"}, organisation=uuid4(), jurisdiction="5101")

    seen = (await chengdu.finance.post("catalog", "/v1/budget-lines", again)).problem(409, "conflict")
    unseen = (await clerk.post("catalog", "/v1/budget-lines", again)).problem(409, "conflict")

    assert seen["fields"] == unseen["fields"] == ["organisation", "year", "code"]
    assert seen["detail"].startswith("The organisation has a budget line with this code in this year")
    assert (seen["record"], "record" in unseen) == (first["id"], False)


@pytest.mark.parametrize("registered", [True, False])
async def test_a_line_is_of_an_organisation_that_is_registered_as_a_purchaser(zhuhai: Desks, registered: bool) -> None:
    place = {"jurisdiction": zhuhai.jurisdiction, "organisation": str(zhuhai.organisation if registered else uuid4())}
    body = {**place, "code": f"L-{uuid4().hex[:8]}", "title": "服务", "year": 2022, "amount": "1.00"}

    answer = await zhuhai.finance.post("catalog", "/v1/budget-lines", body)

    if registered:
        answer.ok()
    else:
        assert answer.problem(422, "field")["errors"][0]["code"] == "unknown_purchaser"


async def test_a_purchaser_that_left_still_gets_the_lines_of_what_goes_on(world: World, zhuhai: Desks) -> None:
    organisation = uuid4()
    await a_purchaser(world, organisation, zhuhai.jurisdiction, "street_office")
    gone: dict[str, Any] = {"kind": "purchaser", "departure": "merged", "left_on": date(2022, 1, 1)}
    await world.emit("registry", OrganisationLeft(jurisdiction=zhuhai.jurisdiction, organisation=organisation, **gone))
    await world.pump()
    line = {"organisation": str(organisation), "code": "L-gone", "title": "服务", "year": 2022, "amount": "1.00"}

    (await zhuhai.finance.post("catalog", "/v1/budget-lines", {**line, "jurisdiction": zhuhai.jurisdiction})).ok()


async def test_a_budget_reviewed_is_not_reviewed_again(chengdu: Desks) -> None:
    budget = await an_approved_budget(chengdu, await a_pooled_project(chengdu))

    answer = await chengdu.finance.post("catalog", f"/v1/budgets/{budget['id']}/review", {"verdict": "return"})

    answer.problem(409, "wrong_state")


@pytest.mark.parametrize("place", ["4404/440403", "4404", "5101/510104"])
async def test_a_line_lies_where_its_purchaser_does(world: World, zhuhai: Desks, place: str) -> None:
    finance = await world.person("bureau", duties={"open_budget_line"}, jurisdiction="000000")
    body = {
        "organisation": str(zhuhai.organisation),
        "code": f"L-{place[-6:]}",
        "title": "服务",
        "year": 2022,
        "amount": "1.00",
    }

    elsewhere = await finance.post("catalog", "/v1/budget-lines", {**body, "jurisdiction": place})
    here = await finance.post("catalog", "/v1/budget-lines", {**body, "jurisdiction": zhuhai.jurisdiction})

    assert elsewhere.problem(422, "field")["errors"][0]["code"] == "outside_purchaser"
    here.ok()
