"""A text that a city opts into binds those who extend it: shantytown renewal in a district of Chengdu, over HTTP."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from services.catalog.rulebook import NegativeSection
from shared.events.registry import PurchaserRegistered
from shared.events.tendering import AwardConfirmed, PaymentTerm
from shared.law.rulebook import rulebooks
from tests.contracts.examples import a_cleared_contract, a_desk, a_draft, chengdu_award, written_as
from tests.registry.examples import Authority, a_paper, a_provider_body, an_authority, every_paper, verified
from tests.support.world import Person, Reply, World

T = TypeVar("T")
BEGINS = date(2017, 3, 1)
"""The day of this world: the measures speak."""
PLACE, DAY = "5101/510108", BEGINS
RENEWAL = f"district-renewal@1:{DAY}"


@pytest.fixture(scope="module", autouse=True)
def renewal() -> Iterator[None]:
    """The rulebooks that are shipped, and the district's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GOUFU_RULEBOOKS", str(Path(__file__).parents[1] / "support" / "profiles"))
        rulebooks.cache_clear()
        yield
    rulebooks.cache_clear()


def test_the_measures_bind_who_extends_them_and_no_district_beside_it() -> None:
    of_district, beside = (rulebooks().governing(place, DAY) for place in (PLACE, "5101/510104"))

    assert of_district is not None
    assert beside is not None
    items = [list(book.section(NegativeSection).negative_items) for book in (of_district, beside)]
    assert items == [["commercial_housing", "commercial_infrastructure"], []]


def satisfied(answer: dict[str, Any]) -> set[str]:
    return {found["clause"] for found in answer["explain"] if found["satisfied"]}


# --- who provides


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world, PLACE)


ORGANISATION = {"kind": "social_organisation", "form": "foundation", "registered_with": "city_civil_affairs"}
INSTITUTION = {"kind": "class2_institution", "form": None, "registered_with": "institution_register"}
ENTERPRISE = {"kind": "enterprise", "form": None, "registered_with": "industry_commerce"}
MAY = [
    ("CDSH-6.1", ORGANISATION),
    ("CDSH-6.1", ORGANISATION | {"registered_with": "state_council_exemption"}),
    ("CDSH-6.2", INSTITUTION),
    ("CDSH-6.2", INSTITUTION | {"kind": "business_institution"}),
    ("CDSH-6.3", ENTERPRISE),
]
MAY_NOT = [
    ("CDSH-6.1", ORGANISATION | {"registered_with": "town_street_filing"}, "registration_missing"),
    ("CDSH-6.2", INSTITUTION | {"kind": "class1_institution"}, "institution_class_not_listed"),
    ("CDSH-6.3", ENTERPRISE | {"registered_with": "institution_register"}, "registration_missing"),
]


def proving(side: str, *cases: Any) -> list[Any]:
    return [pytest.param(*case, marks=pytest.mark.clause(case[0], side)) for case in cases]


@pytest.mark.parametrize(("clause", "body"), proving("accepts", *MAY))
async def test_who_is_registered_as_the_measures_say_provides(
    authority: Authority, clause: str, body: dict[str, Any]
) -> None:
    registered = (await authority.enters.post("registry", "/v1/providers", a_provider_body(PLACE, **body))).ok()

    assert clause in satisfied(registered)


@pytest.mark.parametrize(("clause", "body", "code"), proving("refuses", *MAY_NOT))
async def test_who_is_registered_elsewhere_or_of_another_class_does_not(
    authority: Authority, clause: str, body: dict[str, Any], code: str
) -> None:
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(PLACE, **body))

    answer.refused(clause, code)


CONDITIONS = [
    ("CDSH-7.1", {"independent_liability"}),
    ("CDSH-7.2", {"internal_governance"}),
    ("CDSH-7.3", {"facilities", "staff", "professional_ability"}),
    ("CDSH-7.4", {"financial_system", "asset_management"}),
    ("CDSH-7.5", {"no_major_violation"}),
    ("CDSH-7.6", {"annual_inspection_passed", "good_record"}),
    ("CDSH-7.8", {"tax_paid", "social_security_paid"}),
]
SPOILT = [
    a_paper("annual_inspection", result="failed", issued_on="2016-09-01"),
    a_paper("penalty", result="licence_revoked", issued_on="2014-03-02"),
]
PAPERS = [paper | {"issued_on": "2016-08-01"} for paper in every_paper()]


async def conditions(authority: Authority, papers: list[dict[str, Any]]) -> dict[str, dict[str, set[str]]]:
    """What is refused and what is met under each clause by a provider with these papers."""
    body = a_provider_body(PLACE, **ORGANISATION)
    provider = (await authority.enters.post("registry", "/v1/providers", body)).ok()["id"]
    await verified(authority, UUID(provider), papers)
    asked = {"rulebook": RENEWAL, "as_of": str(DAY)}
    answer = (await authority.enters.get("registry", f"/v1/providers/{provider}/eligibility", **asked)).ok()
    found: dict[str, dict[str, set[str]]] = {}
    for each in [*answer["findings"], *answer["explain"]]:
        if condition := each["facts"].get("condition"):
            side = "met" if each["satisfied"] else "refused"
            found.setdefault(each["clause"], {"met": set(), "refused": set()})[side].add(condition)
    return found


def with_marks(side: str, names: list[str]) -> Callable[[T], T]:
    def marked(test: T) -> T:
        for name in names:
            mark: Any = pytest.mark.clause(name, side)
            test = mark(test)
        return test

    return marked


@with_marks("accepts", [clause for clause, _ in CONDITIONS])
async def test_who_shows_every_paper_meets_every_condition(authority: Authority) -> None:
    found = await conditions(authority, PAPERS)

    assert {clause: found[clause] for clause, _ in CONDITIONS} == {
        clause: {"met": asked, "refused": set()} for clause, asked in CONDITIONS
    }


@with_marks("refuses", [clause for clause, _ in CONDITIONS])
async def test_who_shows_none_and_was_penalised_within_three_years_meets_none(authority: Authority) -> None:
    found = await conditions(authority, SPOILT)

    assert {clause: found[clause] for clause, _ in CONDITIONS} == {
        clause: {"met": set(), "refused": asked} for clause, asked in CONDITIONS
    }


async def test_a_penalty_of_three_years_ago_to_the_day_counts_no_more(authority: Authority) -> None:
    found = await conditions(authority, [SPOILT[1] | {"issued_on": "2014-03-01"}])

    assert found["CDSH-7.5"]["met"] == {"no_major_violation"}


# --- what is bought, and from which money


@pytest.fixture(scope="module")
async def planner(world: World) -> Person:
    purchaser = uuid4()
    kind = {"title": "某区房管局", "kind": "administrative_organ"}
    await world.emit("registry", PurchaserRegistered(jurisdiction=PLACE, organisation=purchaser, **kind))
    await world.pump()
    duties = {"propose_project", "submit_budget", "review_budget", "open_budget_line"}
    return await world.person("plans", duties=duties, organisation=purchaser, jurisdiction=PLACE)


async def propose(planner: Person, **declared: bool) -> Reply:
    answers = {"commercial_housing": False, "commercial_infrastructure": False, **declared}
    body = {
        "jurisdiction": PLACE,
        "organisation": str(planner.organisation),
        "title": "棚改安置住房筹集服务",
        "way": "planned_by_purchaser",
        "item": "A01",
        "nature": "deliverable",
        "estimate": "480000.00",
        "need_origin": "public_service",
        "details": {},
        "negative_declaration": answers,
    }
    return await planner.post("catalog", "/v1/projects", body)


@pytest.mark.clause("CDSH-8.2", "accepts")
@pytest.mark.clause("CDSH-8.3", "accepts")
async def test_renewal_without_commercial_parts_is_proposed(planner: Person) -> None:
    project = (await propose(planner)).ok()

    assert {"CDSH-8.2", "CDSH-8.3"} <= satisfied(project)


NEGATIVE = proving("refuses", ("CDSH-8.2", "commercial_housing"), ("CDSH-8.3", "commercial_infrastructure"))


@pytest.mark.parametrize(("clause", "item"), NEGATIVE)
async def test_commercial_housing_and_profit_making_infrastructure_are_not_bought(
    planner: Person, clause: str, item: str
) -> None:
    answer = await propose(planner, **{item: True})

    assert answer.refused(clause)["facts"] == {"item": item}


@pytest.mark.clause("CDSH-10.1", "accepts")
@pytest.mark.clause("CDSH-10.1", "refuses")
async def test_money_comes_from_a_line_of_the_budget(planner: Person) -> None:
    path = f"/v1/projects/{(await propose(planner)).ok()['id']}/budgets"
    place = {"jurisdiction": PLACE, "organisation": str(planner.organisation)}
    opened = {**place, "code": "2210103-01", "title": "棚户区改造", "year": 2017, "amount": "480000.00"}
    line = (await planner.post("catalog", "/v1/budget-lines", opened)).ok()
    fiscal = {"line_id": line["id"], "year": 2017, "amount": "480000.00"}

    given = [{"kind": kind, "amount": "480000.00"} for kind in ("enterprise_donation", "fiscal")]
    refused, accepted = [await planner.post("catalog", path, {**fiscal, "sources": [source]}) for source in given]
    missing = await planner.post("catalog", path, {**fiscal, "line_id": None, "sources": [given[1]]})

    refused.refused("CDSH-10.1", "source_not_of_budget")
    missing.refused("CDSH-10.1", "budget_line_missing")
    assert "CDSH-10.1" in satisfied(accepted.ok())


# --- the contract

CONTENTS = {
    "CDSH-11.10": ("scope", "rights_and_duties"),
    "CDSH-11.11": (
        *("object", "quantity", "quality", "period", "acceptance_method", "acceptance_standard", "payment_method"),
        "breach_liability",
    ),
}


def an_award(world: World, gate: Any = "acceptance") -> AwardConfirmed:
    payment = PaymentTerm(number=1, kind="final", amount=Decimal("456000.00"), gate=gate)
    fields = ("price", *CONTENTS["CDSH-11.10"], *CONTENTS["CDSH-11.11"])
    award = chengdu_award(world, payments=[payment], contents=fields, window=None)
    return award.model_copy(update={"jurisdiction": PLACE, "rulebook": RENEWAL})


async def write(world: World, award: AwardConfirmed, *without: str) -> Reply:
    contract = await a_draft(world, award)
    desk = await a_desk(world, award)
    body = written_as(award, without=without)
    return await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)


@pytest.mark.clause("CDSH-11.10", "accepts")
@pytest.mark.clause("CDSH-11.11", "accepts")
@pytest.mark.clause("CDSH-11.17", "accepts")
@pytest.mark.parametrize("gate", ["acceptance", "evaluation"])
async def test_a_contract_says_what_the_measures_ask_and_settles_on_the_result(world: World, gate: str) -> None:
    written = (await write(world, an_award(world, gate))).ok()

    assert {"CDSH-11.10", "CDSH-11.11", "CDSH-11.17"} <= satisfied(written)


@pytest.mark.clause("CDSH-11.10", "refuses")
@pytest.mark.clause("CDSH-11.11", "refuses")
async def test_a_contract_is_refused_for_each_part_that_it_leaves_out(world: World) -> None:
    asked = {(clause, part) for clause, parts in CONTENTS.items() for part in parts}

    answer = await write(world, an_award(world), *[part for _, part in asked])

    for clause in CONTENTS:
        answer.refused(clause, "content_missing")
    left_out = {(f["clause"], f["facts"]["field"]) for f in answer.json["findings"] if f["code"] == "content_missing"}
    assert left_out == asked


@pytest.mark.clause("CDSH-11.17", "refuses")
async def test_the_fee_is_not_settled_on_an_assessment(world: World) -> None:
    (await write(world, an_award(world, "assessment"))).refused("CDSH-11.17", "gate_not_allowed")


@pytest.mark.clause("CDSH-11.12", "accepts")
async def test_the_signed_contract_is_filed_with_finance(world: World) -> None:
    award = an_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()

    filed = (await desk.files.post("contracts", f"/v1/contracts/{contract}/file")).ok()

    [timely] = [found for found in filed["explain"] if found["code"] == "filed_late"]
    assert (timely["clause"], timely["satisfied"]) == ("CDSH-11.12", True)
