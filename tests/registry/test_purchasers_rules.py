"""Who may buy under which text."""

import pytest

from services.registry.purchasers.rules import Applicant, may_purchase
from services.registry.rulebook import PurchaserSection
from shared.law.rulebook import rulebooks


def section(rulebook: str) -> PurchaserSection:
    return rulebooks().get(rulebook).section(PurchaserSection)


def refusing(applicant: Applicant, rulebook: str) -> list[tuple[str, str]]:
    found = may_purchase(applicant, section(rulebook)).findings
    return [(f.code, f.clause.id) for f in found if f.refuses]


@pytest.mark.parametrize("kind", ["town_government", "street_office"])
def test_towns_and_streets_buy_in_zhuhai(kind: str) -> None:
    decision = may_purchase(Applicant(kind), section("zhuhai-2021"))

    assert decision.outcome == Applicant(kind)
    assert decision.clauses == ("ZH21-2.1",)


@pytest.mark.parametrize("kind", ["administrative_organ", "city_government", "party_organ", "enterprise"])
def test_nobody_else_buys_in_zhuhai(kind: str) -> None:
    assert refusing(Applicant(kind), "zhuhai-2021") == [("purchaser_kind_not_listed", "ZH21-2.1")]


@pytest.mark.parametrize("kind", ["administrative_organ", "institution_with_admin_functions", "street_office"])
def test_organs_and_administering_institutions_buy_in_chengdu(kind: str) -> None:
    decision = may_purchase(Applicant(kind), section("chengdu-2017"))

    assert not decision.refused
    assert decision.clauses == ("CD17-2.1",)


@pytest.mark.parametrize("kind", ["public_institution", "enterprise", "social_organisation"])
def test_a_plain_institution_or_a_company_does_not_buy_in_chengdu(kind: str) -> None:
    assert refusing(Applicant(kind), "chengdu-2017") == [("purchaser_kind_not_listed", "CD17-2.1")]


def test_a_party_organ_may_opt_in() -> None:
    decision = may_purchase(Applicant("party_organ", opts_in=True), section("chengdu-2017"))

    assert decision.clauses == ("CD17-2.2",)
    assert not decision.refused


def test_a_party_organ_that_does_not_opt_in_is_no_purchaser() -> None:
    assert refusing(Applicant("party_organ"), "chengdu-2017") == [("opt_in_not_declared", "CD17-2.2")]


def test_a_group_organisation_with_staffing_and_funding_may_opt_in() -> None:
    shown = frozenset({"admin_staffing", "fiscal_funding"})

    assert refusing(Applicant("group_organisation", shown, opts_in=True), "chengdu-2017") == []


@pytest.mark.parametrize("missing", ["admin_staffing", "fiscal_funding"])
def test_a_group_organisation_without_one_of_the_two_may_not(missing: str) -> None:
    shown = frozenset({"admin_staffing", "fiscal_funding"}) - {missing}

    refused = may_purchase(Applicant("group_organisation", shown, opts_in=True), section("chengdu-2017"))

    [found] = [f for f in refused.findings if f.refuses]
    assert (found.code, found.clause.id, found.facts["attribute"]) == (
        "purchaser_attribute_missing",
        "CD17-2.2",
        missing,
    )


def test_a_group_organisation_needs_no_opting_in_where_the_text_lists_it() -> None:
    shown = frozenset({"admin_staffing", "fiscal_funding"})

    assert refusing(Applicant("group_organisation", shown), "changchun-2014") == []


def test_an_institution_in_changchun_must_be_under_the_civil_servant_law() -> None:
    applicant = Applicant("institution_with_admin_functions", frozenset({"admin_functions"}))

    assert refusing(applicant, "changchun-2014") == [("purchaser_attribute_missing", "CC14-3.2")]


def test_where_no_city_speaks_a_street_counts_as_an_organ_of_the_state() -> None:
    assert may_purchase(Applicant("street_office"), section("national-procurement")).clauses == ("D102-5.1",)
