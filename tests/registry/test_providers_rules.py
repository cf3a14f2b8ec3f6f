"""Who may provide, and which conditions a provider meets, at the exact boundary."""

from datetime import date
from uuid import uuid4

import pytest

from services.registry.providers.rules import (
    Candidate,
    Paper,
    best_grade,
    conditions_met,
    eligible,
    may_register,
    may_verify,
)
from services.registry.providers.vocabulary import EVIDENCE, KINDS
from services.registry.rulebook import ProviderSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks

TODAY = date(2022, 3, 1)
FOUNDED = date(2019, 6, 1)


def section(rulebook: str) -> ProviderSection:
    return rulebooks().get(rulebook).section(ProviderSection)


def a_social_organisation(*papers: Paper, founded_on: date = FOUNDED) -> Candidate:
    register = ("city_civil_affairs", "ZH-001")
    return Candidate("social_organisation", founded_on, *register, "private_non_enterprise", papers=papers)


def a_paper(kind: str, **rest: object) -> Paper:
    return Paper(kind, date(2021, 1, 1), **rest)  # type: ignore[arg-type]


def every_paper() -> tuple[Paper, ...]:
    return tuple(a_paper(kind) for kind, proven in EVIDENCE.items() if proven)


def refusing(decision: Decision[Candidate]) -> list[tuple[str, str]]:
    return [(f.code, f.clause.id) for f in decision.findings if f.refuses]


@pytest.mark.parametrize("register", ["city_civil_affairs", "district_civil_affairs"])
def test_an_organisation_registered_in_city_or_district_provides_in_zhuhai(register: str) -> None:
    candidate = Candidate("social_organisation", FOUNDED, register, "1", "foundation")

    decision = may_register(candidate, section("zhuhai-2021"))

    assert not decision.refused
    assert "ZH21-3.1" in decision.clauses


def test_an_organisation_without_number_does_not_provide_in_zhuhai() -> None:
    candidate = Candidate("social_organisation", FOUNDED, "city_civil_affairs", None, "foundation")

    assert refusing(may_register(candidate, section("zhuhai-2021"))) == [("registration_missing", "ZH21-3.1")]


def test_a_filed_community_organisation_provides_in_zhuhai() -> None:
    candidate = Candidate("community_social_organisation", FOUNDED, "town_street_filing", "BA-7")

    decision = may_register(candidate, section("zhuhai-2021"))

    assert not decision.refused
    assert "ZH21-3.2" in decision.clauses


def test_a_community_organisation_that_nobody_filed_does_not() -> None:
    candidate = Candidate("community_social_organisation", FOUNDED)

    assert refusing(may_register(candidate, section("zhuhai-2021"))) == [("registration_missing", "ZH21-3.2")]


@pytest.mark.parametrize("kind", ["enterprise", "class2_institution", "agency", "rural_collective"])
def test_zhuhai_closes_its_list(kind: str) -> None:
    candidate = Candidate(kind, FOUNDED, "industry_commerce", "1")

    assert refusing(may_register(candidate, section("zhuhai-2021"))) == [("provider_kind_not_listed", "ZH21-3.3")]


@pytest.mark.parametrize("kind", ["social_organisation", "enterprise", "class2_institution", "business_institution"])
def test_social_forces_and_eligible_institutions_provide_in_chengdu(kind: str) -> None:
    decision = may_register(Candidate(kind, FOUNDED, "industry_commerce", "1", "foundation"), section("chengdu-2017"))

    assert not decision.refused
    assert "CD17-3.4" in decision.clauses


def test_an_administrative_organ_provides_nowhere_in_chengdu() -> None:
    refused = refusing(may_register(Candidate("administrative_organ", FOUNDED), section("chengdu-2017")))

    assert refused == [("provider_kind_not_listed", "CD17-3.4")]


def test_an_institution_of_class_one_is_excluded_by_national_law() -> None:
    candidate = Candidate("class1_institution", FOUNDED, "institution_register", "1")

    assert ("provider_kind_excluded", "D102-8.1") in refusing(may_register(candidate, section("changchun-2014")))


def test_an_administering_institution_does_not_provide_in_changchun() -> None:
    candidate = Candidate("institution_with_admin_functions", FOUNDED, "institution_register", "1")

    assert refusing(may_register(candidate, section("changchun-2014"))) == [("institution_administers", "CC14-4.1.3")]


def test_shanghai_takes_institutions_of_class_two_only() -> None:
    second, business = Candidate("class2_institution", FOUNDED), Candidate("business_institution", FOUNDED)

    assert refusing(may_register(second, section("shanghai-2015"))) == []
    assert refusing(may_register(business, section("shanghai-2015"))) == [
        ("institution_class_not_listed", "SH15-2.2.3")
    ]


def test_an_exempted_organisation_provides_in_shanghai_on_its_approval() -> None:
    candidate = Candidate("social_organisation", FOUNDED, "state_council_exemption", "GH-1", "foundation")

    decision = may_register(candidate, section("shanghai-2015"))

    assert not decision.refused
    assert "SH15-2.2.2" in decision.clauses


@pytest.mark.parametrize(
    ("registered_with", "refused"), [("state_council_exemption", []), ("city_civil_affairs", ["registration_missing"])]
)
def test_who_is_exempted_from_registration_has_no_number_and_who_registered_has(
    registered_with: str, refused: list[str]
) -> None:
    candidate = Candidate("social_organisation", FOUNDED, registered_with, None, "foundation")

    for rulebook in ("changchun-2014", "shanghai-2015"):
        assert [code for code, _ in refusing(may_register(candidate, section(rulebook)))] == refused


def test_dongguan_asks_for_one_of_three_forms() -> None:
    candidate = Candidate("social_organisation", FOUNDED, "city_civil_affairs", "1", None)

    assert refusing(may_register(candidate, section("dongguan-2011"))) == [("form_not_listed", "DG11-7.1a")]


def test_an_organisation_that_left_the_register_is_refused_everywhere() -> None:
    candidate = Candidate("social_organisation", FOUNDED, "city_civil_affairs", "1", "foundation", registered=False)

    for rulebook in ("zhuhai-2021", "chengdu-2017", "dongguan-2011", "changchun-2014", "shanghai-2015"):
        assert "registration_withdrawn" in [code for code, _ in refusing(may_register(candidate, section(rulebook)))]


def test_every_condition_of_national_law_has_its_finding_in_zhuhai() -> None:
    decision = eligible(a_social_organisation(*every_paper()), section("zhuhai-2021"), TODAY)

    asked = [f.facts["condition"] for f in decision.findings if f.code == "condition_not_met"]
    assert len(asked) == 8
    assert not decision.refused


@pytest.mark.parametrize("condition", ["tax_paid", "financial_system", "independent_liability"])
def test_one_missing_paper_is_one_refusing_finding(condition: str) -> None:
    papers = [paper for paper in every_paper() if condition not in EVIDENCE[paper.kind]]

    decision = eligible(a_social_organisation(*papers), section("zhuhai-2021"), TODAY)

    [refused] = [f for f in decision.findings if f.refuses]
    assert (refused.clause.id, refused.facts) == ("GPL-22.1", {"condition": condition})


def test_a_paper_counts_on_its_last_day_and_no_longer() -> None:
    candidate = a_social_organisation(Paper("tax", date(2021, 1, 1), valid_until=TODAY))

    assert "tax_paid" in conditions_met(candidate, section("zhuhai-2021"), TODAY)
    assert "tax_paid" not in conditions_met(candidate, section("zhuhai-2021"), date(2022, 3, 2))


def test_a_paper_does_not_count_before_it_was_issued() -> None:
    candidate = a_social_organisation(Paper("tax", date(2022, 3, 2)))

    assert "tax_paid" not in conditions_met(candidate, section("zhuhai-2021"), TODAY)


def test_the_grade_is_asked_from_the_third_anniversary_on() -> None:
    unrated = a_social_organisation(*every_paper(), founded_on=date(2019, 3, 1))

    assert refusing(eligible(unrated, section("dongguan-2011"), date(2022, 2, 28))) == []
    assert refusing(eligible(unrated, section("dongguan-2011"), date(2022, 3, 1))) == [
        ("assessment_grade_too_low", "DG11-7.1b")
    ]


@pytest.mark.parametrize(("grade", "passes"), [("2A", False), ("3A", True), ("5A", True)])
def test_3a_is_the_lowest_grade_that_passes(grade: str, passes: bool) -> None:
    rated = a_paper("assessment_grade", result=grade, issuer_level="city")
    old = a_social_organisation(*every_paper(), rated, founded_on=date(2015, 1, 1))

    assert (refusing(eligible(old, section("dongguan-2011"), TODAY)) == []) is passes


def test_a_grade_from_a_town_does_not_count() -> None:
    rated = a_paper("assessment_grade", result="3A", issuer_level="town")
    old = a_social_organisation(*every_paper(), rated, founded_on=date(2015, 1, 1))

    assert refusing(eligible(old, section("dongguan-2011"), TODAY)) == [
        ("assessment_grade_too_low", "DG11-7.1b"),
        ("assessment_body_too_low", "DG11-7.1c"),
    ]


@pytest.mark.parametrize(
    ("paper", "clause"),
    [
        (a_paper("registration_penalty"), "DG11-7.4a"),
        (a_paper("annual_inspection", result="failed"), "DG11-7.4b"),
        (a_paper("annual_inspection", result="omitted"), "DG11-7.4c"),
    ],
)
def test_a_bad_record_disqualifies_in_dongguan_however_old(paper: Paper, clause: str) -> None:
    tainted = a_social_organisation(*every_paper(), paper, founded_on=date(2021, 1, 1))

    assert refusing(eligible(tainted, section("dongguan-2011"), date(2040, 1, 1)))[-1] == ("condition_not_met", clause)


@pytest.mark.parametrize(
    ("condition_of", "clause"),
    [
        ("charter", "DG11-7.2a"),
        ("internal_governance", "DG11-7.2b"),
        ("development_finding", "DG11-7.2c"),
        ("professional_staff", "DG11-7.3a"),
        ("service_method", "DG11-7.3b"),
    ],
)
def test_each_paper_of_dongguan_is_missed_by_its_clause(condition_of: str, clause: str) -> None:
    papers = [paper for paper in every_paper() if paper.kind != condition_of]
    young = a_social_organisation(*papers, founded_on=date(2021, 1, 1))

    assert clause in [found for _, found in refusing(eligible(young, section("dongguan-2011"), TODAY))]


def test_a_major_violation_counts_until_its_third_anniversary() -> None:
    fined = a_social_organisation(Paper("penalty", date(2019, 3, 2), "large_fine"))

    assert "no_major_violation" not in conditions_met(fined, section("zhuhai-2021"), TODAY)
    assert "no_major_violation" in conditions_met(fined, section("zhuhai-2021"), date(2022, 3, 2))


@pytest.mark.parametrize(("day", "refused"), [("2015-02-28", False), ("2015-03-01", True)])
def test_where_no_text_of_the_day_names_a_penalty_it_is_shown_and_excludes_nobody(day: str, refused: bool) -> None:
    on = date.fromisoformat(day)
    providing = rulebooks().get("changchun-2014", on).section(ProviderSection)
    fined = a_social_organisation(*every_paper(), Paper("penalty", date(2014, 6, 1), "large_fine"))

    decision = eligible(fined, providing, on)

    [shown] = [f for f in decision.findings if f.code == "major_violation"]
    assert (shown.satisfied, shown.refuses) == (False, refused)
    [judged] = [f for f in decision.findings if f.facts.get("condition") == "no_major_violation"]
    assert judged.refuses is refused


def test_a_small_fine_is_no_major_violation() -> None:
    fined = a_social_organisation(Paper("penalty", date(2022, 2, 1), "small_fine"))

    assert "no_major_violation" in conditions_met(fined, section("zhuhai-2021"), TODAY)


def test_an_ended_ban_no_longer_excludes_within_the_three_years() -> None:
    banned = a_social_organisation(Paper("penalty", date(2021, 3, 1), "stop_order", valid_until=date(2022, 2, 28)))

    assert "no_major_violation" not in conditions_met(banned, section("zhuhai-2021"), date(2022, 2, 28))
    assert "no_major_violation" in conditions_met(banned, section("zhuhai-2021"), date(2022, 3, 1))


def test_the_best_valid_grade_is_told() -> None:
    candidate = a_social_organisation(
        a_paper("assessment_grade", result="4A", valid_until=date(2021, 12, 31)),
        a_paper("assessment_grade", result="3A"),
    )

    assert best_grade(candidate, section("zhuhai-2021"), TODAY) == "3A"


def test_a_grade_does_not_count_before_it_was_given() -> None:
    candidate = a_social_organisation(Paper("assessment_grade", date(2022, 3, 2), "3A"))

    assert best_grade(candidate, section("zhuhai-2021"), TODAY) is None
    assert best_grade(candidate, section("zhuhai-2021"), date(2022, 3, 2)) == "3A"


def test_who_entered_a_paper_does_not_verify_it() -> None:
    one, other = uuid4(), uuid4()

    assert not may_verify(frozenset({one}), other, section("zhuhai-2021")).refused
    assert may_verify(frozenset({one, other}), other, section("zhuhai-2021")).refused


def test_every_kind_is_judged_under_every_rulebook() -> None:
    for kind in KINDS:
        for book in rulebooks():
            if book.file.level == "city":
                assert may_register(Candidate(kind, FOUNDED), book.section(ProviderSection)).findings
