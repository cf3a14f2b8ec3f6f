"""What a proposal must state under two cities' rulebooks, and what must stand for a procurement."""

from dataclasses import replace
from typing import Any

import pytest

from services.catalog.negative_lists.rules import items_to_declare
from services.catalog.projects.rules import ItemInForce, Proposal, Standing, class_number, clear, propose
from services.catalog.rulebook import ClearanceSection, NegativeSection, ProjectSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks

COUNSELLING = ItemInForce("2.04", ("2", "2.04"))

ZHUHAI = Proposal(
    purchaser_kind="street_office",
    way="community_vote",
    by_purchaser=False,
    item=COUNSELLING,
    need_origin="public_service",
    marks={"inclusive": "面向全体居民"},
    leads=("party_organisation", "residents_committee"),
)
CHENGDU = Proposal(
    purchaser_kind="administrative_organ",
    way="planned_by_purchaser",
    by_purchaser=True,
    item=ItemInForce("A01", ("A", "A01")),
    need_origin="public_service",
    service_class=3,
    field="health",
    beneficiaries="辖区80岁以上老年人",
)


def decide(book: str, proposal: Proposal, **answers: bool) -> Decision[Proposal]:
    rules = rulebooks().get(book)
    negative = rules.section(NegativeSection)
    given = {**dict.fromkeys(items_to_declare(negative), False), **answers}
    return propose(proposal, given, rules.section(ProjectSection), negative)


def failed(decision: Decision[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.clause.id) for finding in decision.findings if finding.refuses]


def chengdu(**changes: Any) -> Decision[Proposal]:
    return decide("chengdu-2017", replace(CHENGDU, **changes))


def zhuhai(**changes: Any) -> Decision[Proposal]:
    return decide("zhuhai-2021", replace(ZHUHAI, **changes))


def test_a_complete_proposal_passes_in_both_cities() -> None:
    assert not chengdu().refused
    assert not zhuhai().refused


@pytest.mark.parametrize("origin", ["government_own", "public_service"])
def test_either_origin_of_the_need_passes(origin: str) -> None:
    assert not chengdu(need_origin=origin).refused


@pytest.mark.parametrize("origin", [None, "donation"])
def test_a_need_of_no_known_origin_is_refused(origin: str | None) -> None:
    assert failed(chengdu(need_origin=origin)) == [("need_origin_unknown", "CD17-3.1")]
    assert failed(zhuhai(need_origin=origin)) == [("need_origin_unknown", "D102-9.1")]


@pytest.mark.parametrize("kind", ["town_government", "street_office"])
def test_towns_and_streets_buy_under_the_zhuhai_measures(kind: str) -> None:
    assert not zhuhai(purchaser_kind=kind).refused


def test_a_city_bureau_does_not_buy_under_the_zhuhai_measures() -> None:
    assert failed(zhuhai(purchaser_kind="administrative_organ")) == [("purchaser_kind_not_allowed", "ZH21-2.1")]


def test_a_party_organ_may_buy_in_chengdu_by_the_clause_that_lets_it() -> None:
    decision = chengdu(purchaser_kind="party_organ")

    assert not decision.refused
    assert "CD17-2.2" in decision.clauses


@pytest.mark.parametrize("number", [None, 0, 4])
def test_chengdu_knows_three_classes_and_a_project_has_one(number: int | None) -> None:
    assert failed(chengdu(service_class=number)) == [("service_class_unknown", "CD17-3.8")]


def test_a_class_1_service_is_for_the_government_itself() -> None:
    assert not chengdu(service_class=1, beneficiaries=None).refused
    assert failed(chengdu(service_class=1)) == [("class_1_for_beneficiaries", "CD17-3.5")]


def test_a_class_2_service_names_the_duty_it_serves() -> None:
    assert not chengdu(service_class=2, duty_ref="市场监管职责第3项").refused
    assert failed(chengdu(service_class=2)) == [("class_2_without_duty", "CD17-3.6")]


def test_a_class_3_service_names_its_beneficiaries() -> None:
    assert failed(chengdu(beneficiaries=None)) == [("class_3_without_beneficiaries", "CD17-3.7")]


@pytest.mark.parametrize("field", ["facilities", "environment", "education", "health", "culture"])
def test_the_five_fields_of_class_3_need_no_reason(field: str) -> None:
    assert not chengdu(field=field).refused


def test_a_further_field_of_class_3_passes_with_a_reason_only() -> None:
    assert not chengdu(field="home_elderly_care", field_reason="老龄化社区急需").refused
    assert failed(chengdu(field="home_elderly_care")) == [("class_3_field_without_reason", "CD17-3.7")]


def test_the_class_of_a_zhuhai_project_is_that_of_its_item() -> None:
    section = rulebooks().get("zhuhai-2021").section(ProjectSection)

    assert class_number(ZHUHAI, section) == 2
    assert class_number(replace(ZHUHAI, item=ItemInForce("6", ("6",))), section) == 6
    assert class_number(replace(ZHUHAI, item=ItemInForce("A", ("A",))), section) is None


@pytest.mark.parametrize(("code", "clause"), [("1", "8.1"), ("2", "8.2"), ("3", "8.3"), ("4", "8.4"), ("5", "8.5")])
def test_an_item_of_each_zhuhai_class_is_usable_by_its_clause(code: str, clause: str) -> None:
    decision = zhuhai(item=ItemInForce(f"{code}.01", (code, f"{code}.01")))

    assert not decision.refused
    assert f"ZH21-{clause}" in decision.clauses


def test_a_project_for_special_groups_names_its_group() -> None:
    whole_class = ItemInForce("3", ("3",))

    assert failed(zhuhai(item=whole_class)) == [("group_missing", "ZH21-8.3")]
    assert not zhuhai(item=whole_class, beneficiaries="退役军人").refused


def test_an_item_that_no_directory_in_force_has_is_refused() -> None:
    assert failed(chengdu(item=None)) == [("directory_item_not_in_force", "D102-14.1")]
    assert ("service_class_unknown", "ZH21-8.0") in failed(zhuhai(item=None))


@pytest.mark.parametrize(
    ("marks", "reasoned"), [({"basic": "基本生活所需"}, True), ({"urgent": "急需"}, False), ({}, False)]
)
def test_a_project_should_be_marked_in_zhuhai_and_one_that_is_not_says_so(
    marks: dict[str, str], reasoned: bool
) -> None:
    decision = zhuhai(marks=marks)

    [asked] = [found for found in decision.findings if found.code == "no_mark_reasoned"]
    assert (asked.clause.id, asked.satisfied, decision.refused) == ("ZH21-5.1", reasoned, False)


@pytest.mark.parametrize("lead", ["party_organisation", "residents_committee"])
def test_one_lead_alone_does_not_start_a_community_project(lead: str) -> None:
    assert failed(zhuhai(leads=(lead,))) == [("lead_missing", "ZH21-19.2a")]


def test_a_planned_project_names_policy_and_needs() -> None:
    planned = {"way": "planned_by_town_street", "by_purchaser": True, "leads": ()}

    assert not zhuhai(**planned, policy_ref="珠字〔2019〕6号", need_refs=("2022-017",)).refused
    assert failed(zhuhai(**planned, need_refs=("2022-017",))) == [("planned_field_missing", "ZH21-19.1")]
    assert failed(zhuhai(**planned, policy_ref="珠字〔2019〕6号")) == [("planned_field_missing", "ZH21-19.1")]


def test_a_provider_does_not_plan_in_the_streets_place() -> None:
    planned = {"way": "planned_by_town_street", "policy_ref": "珠字〔2019〕6号", "need_refs": ("2022-017",)}

    assert failed(zhuhai(**planned, by_purchaser=False)) == [("planner_is_not_purchaser", "ZH21-19.1")]


def test_a_way_that_the_measures_do_not_know_is_refused() -> None:
    assert failed(zhuhai(way="planned_by_purchaser")) == [("way_unknown", "ZH21-19.1")]


NEGATIVE = {
    "equity_investment": "ZH21-11.1",
    "cash_investment": "ZH21-11.1",
    "community_debt_repayment": "ZH21-11.2",
    "municipal_road_maintenance": "ZH21-11.3",
    "fulltime_firefighters": "ZH21-11.4",
    "cleaners": "ZH21-11.4",
    "patrol_staff": "ZH21-11.4",
    "not_responsible_body": "ZH21-11.5",
    "unsuitable": "ZH21-11.6",
    "goods": "D102-10.3",
    "financing": "D102-10.4",
    "labour_dispatch": "D102-10.5",
}


@pytest.mark.parametrize("item", NEGATIVE)
def test_a_declared_negative_item_is_refused_by_its_own_clause(item: str) -> None:
    decision = decide("zhuhai-2021", ZHUHAI, **{item: True})

    assert failed(decision) == [("negative_item_applies", NEGATIVE[item])]


def test_chengdu_names_its_two_negative_items_itself() -> None:
    first = decide("chengdu-2017", CHENGDU, must_be_provided_by_government=True)
    second = decide("chengdu-2017", CHENGDU, unsuitable_for_social_forces_and_institutions=True)

    assert failed(first) == [("negative_item_applies", "CD17-3.2")]
    assert failed(second) == [("negative_item_applies", "CD17-3.3")]


def test_a_hit_on_an_item_of_no_list_is_refused_too() -> None:
    assert failed(decide("zhuhai-2021", ZHUHAI, gambling=True)) == [("negative_item_applies", "ZH21-11.1")]


def test_all_that_is_wrong_is_said_at_once() -> None:
    decision = chengdu(need_origin=None, service_class=None, item=None)

    assert [clause for _, clause in failed(decision)] == ["CD17-3.1", "CD17-3.8", "D102-14.1"]


def test_clearance_cites_what_it_asks_for() -> None:
    decision = clear(
        Standing("planned_by_purchaser", True, True, True), rulebooks().get("chengdu-2017").section(ClearanceSection)
    )

    assert decision.clauses == ("CD17-4.1", "CD17-11.1")


def test_clearance_names_what_is_missing() -> None:
    standing = Standing("planned_by_purchaser", True, False, False)

    decision = clear(standing, rulebooks().get("chengdu-2017").section(ClearanceSection))

    assert failed(decision) == [("budget_missing", "CD17-4.1"), ("requirement_not_finalised", "CD17-11.1")]
    assert standing.missing == ["budget", "requirement"]


@pytest.mark.parametrize(
    ("way", "clause"),
    [
        ("planned_by_town_street", "ZH21-20.1"),
        ("community_vote", "ZH21-19.2c"),
        ("social_org_pool", "ZH21-19.3b"),
    ],
)
def test_by_whichever_way_it_came_a_project_is_reviewed_before_it_is_bought(way: str, clause: str) -> None:
    section = rulebooks().get("zhuhai-2021").section(ClearanceSection)

    assert failed(clear(Standing(way, False, True, True), section)) == [("approval_missing", clause)]
    assert not clear(Standing(way, True, True, True), section).refused
