"""The Zhuhai rulebook: complete, readable in both languages, and its values say what the articles say."""

import re
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import shared.law.rulebook
from shared.law.decision import Effect
from shared.law.rulebook import ClauseEntry, Items, Rulebook, Rulebooks, Value, load

SHIPPED = Path(shared.law.rulebook.__file__).parent / "rulebooks"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# Article -> clauses taken from it; articles 1 and 4 state aims only and have none.
CLAUSES_OF_ARTICLE = {
    **{2: 2, 3: 3, 5: 2, 6: 4, 7: 2, 8: 6, 9: 4, 10: 2, 11: 7, 12: 1, 13: 3, 14: 3, 15: 1},
    **{16: 6, 17: 2, 18: 1, 19: 6, 20: 1, 21: 1, 22: 3, 23: 5, 24: 5, 25: 3, 26: 2, 27: 6},
    **{28: 5, 29: 1, 30: 2},
}
SHOULD = {
    *("ZH21-5.1", "ZH21-5.2", "ZH21-6.1b", "ZH21-16.5", "ZH21-17.2", "ZH21-18.1", "ZH21-22.3"),
    *("ZH21-I.1", "ZH21-I.2"),
}
OPEN_LISTS = {
    *("district_duties", "town_street_duties", "community_duties", "directory_fields", "guide_fields"),
    *("negative_items", "social_sources", "community_bound_sources", "forbidden_conditions", "community_project_steps"),
    *("project_review_criteria", "organisation_fields", "platform_steps", "showcase_steps"),
}
OVERLAY = """
overlay_of = "zhuhai-2021"
source = "demo"
[[clause]]
id = "ZH21-27.5"
article = "珠海镇街办法 第二十七条"
service = "contracts"
zh = "示例分数线"
en = "Example grades"
values = { poor_below = "60.00" }
"""


@dataclass(frozen=True)
class AdvanceSection:
    advance_max_ratio: Value[Decimal]
    advances_counted_together: Value[bool]
    advance_after_signing: Value[bool]


@dataclass(frozen=True)
class ResultSection:
    payment_gates: Items
    evaluation_holds_payment: Value[bool]
    evaluation_effect: Value[Effect]
    poor_result_needs_reason: Value[bool]
    good_from: Value[Decimal] | None
    poor_below: Value[Decimal] | None


@dataclass(frozen=True)
class ConditionSection:
    forbidden_conditions: Items
    forbidden_conditions_and_factors: Items
    unreasonable_conditions: Items


@dataclass(frozen=True)
class ContractSection:
    contract_fields: Items
    multi_year_conditions: Items
    contract_sign_days: Value[int]
    contract_filing_working_days: Value[int]
    term_max_years: Value[int]
    yearly_budget_cover_required: Value[bool]


@dataclass(frozen=True)
class NegativeSection:
    negative_items: Items
    national_negative_items: Items


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rulebooks")
    for path in SHIPPED.glob("*.toml"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def books(folder: Path) -> Rulebooks:
    return load(folder)


@pytest.fixture(scope="module")
def zhuhai(books: Rulebooks) -> Rulebook:
    return books.get("zhuhai-2021@1")


def entries(book: Rulebook) -> list[ClauseEntry]:
    """The clauses of the city's own text, without those of the instruments it extends."""
    return book.file.clause


def value(book: Rulebook, name: str) -> tuple[str, Any]:
    """The one clause that gives a scalar, and the scalar."""
    ((clause, given),) = [(entry.id, entry.values[name]) for entry in entries(book) if name in entry.values]
    return clause, given


def members(book: Rulebook, name: str) -> dict[str, list[str]]:
    """A list by the clauses that name its members."""
    return {entry.id: entry.values[name] for entry in entries(book) if name in entry.values}


def named_by(items: Items) -> dict[str, str]:
    """Each member with the id of the clause that names it."""
    return {member: clause.id for member, clause in items.members.items()}


def test_the_instrument_is_the_citys_and_extends_national_law(zhuhai: Rulebook) -> None:
    file = zhuhai.file

    assert file.title_zh == "珠海市镇（街道）购买社会组织服务实施办法（试行）"
    assert (file.issuer, file.jurisdiction, file.level) == ("珠海市人民政府", "4404", "city")
    assert [parent.id for parent in zhuhai.parents] == ["national-procurement"]


@pytest.mark.parametrize("day", [date(2021, 4, 1), date(2022, 3, 1), date(2024, 3, 31)])
def test_it_is_in_force_from_its_first_day_to_its_last(books: Rulebooks, day: date) -> None:
    assert books.in_force("4404", day) is books.get("zhuhai-2021")
    assert books.in_force("4404/440402", day) is books.get("zhuhai-2021")


@pytest.mark.parametrize("day", [date(2021, 2, 23), date(2021, 3, 31), date(2024, 4, 1)])
def test_it_is_not_in_force_when_only_issued_or_expired(books: Rulebooks, day: date) -> None:
    assert books.in_force("4404", day) is None


def test_the_clauses_on_its_effect_name_the_days_of_the_instrument(zhuhai: Rulebook) -> None:
    assert value(zhuhai, "applies_from") == ("ZH21-30.1", zhuhai.file.effective_from)
    assert value(zhuhai, "applies_until") == ("ZH21-30.2", zhuhai.file.effective_to)


def test_every_clause_of_the_text_is_present_exactly_once(zhuhai: Rulebook) -> None:
    ids = [entry.id for entry in entries(zhuhai)]
    articles = Counter(int(found[1]) for clause in ids if (found := re.fullmatch(r"ZH21-(\d+)\.\d+[abc]?", clause)))

    assert len(ids) == len(set(ids)) == 91
    assert articles == CLAUSES_OF_ARTICLE


def test_every_clause_has_the_level_of_the_text(zhuhai: Rulebook) -> None:
    levels = Counter(entry.level for entry in entries(zhuhai))

    assert levels == {"must": 82, "should": 9}
    assert {entry.id for entry in entries(zhuhai) if entry.level == "should"} == SHOULD


def test_every_clause_reads_as_one_line_in_chinese_and_one_in_english(zhuhai: Rulebook) -> None:
    for entry in entries(zhuhai):
        assert CHINESE.search(entry.zh), entry.id
        assert entry.en, entry.id
        assert not CHINESE.search(entry.en + (entry.reading or "")), entry.id
        assert "\n" not in entry.zh + entry.en, entry.id


def test_every_clause_cites_an_article_of_the_measures(zhuhai: Rulebook) -> None:
    assert all(re.match(r"珠海镇街办法 (第.+条|政策解读)", entry.article) for entry in entries(zhuhai))


def test_every_clause_gives_a_value_through_which_a_rule_can_cite_it(zhuhai: Rulebook) -> None:
    assert [entry.id for entry in entries(zhuhai) if not entry.values] == []


def test_a_single_value_stands_in_one_clause_only(zhuhai: Rulebook) -> None:
    scalars = Counter(
        name for entry in entries(zhuhai) for name, given in entry.values.items() if not isinstance(given, list)
    )
    lists = {name for entry in entries(zhuhai) for name, given in entry.values.items() if isinstance(given, list)}

    assert {name: n for name, n in scalars.items() if n > 1} == {}
    assert lists & set(scalars) == set()


def test_no_member_of_a_list_is_named_by_two_clauses(zhuhai: Rulebook) -> None:
    named = Counter(
        (name, member)
        for entry in entries(zhuhai)
        for name, given in entry.values.items()
        if isinstance(given, list)
        for member in given
    )

    assert {pair: n for pair, n in named.items() if n > 1} == {}


def test_the_lists_that_the_text_leaves_unfinished_are_open_and_no_others(zhuhai: Rulebook) -> None:
    open_lists = {
        name
        for entry in entries(zhuhai)
        if entry.open
        for name, given in entry.values.items()
        if isinstance(given, list)
    }

    assert open_lists == OPEN_LISTS


@pytest.mark.parametrize(
    ("name", "clause", "expected"),
    [
        ("result_moves_standing", "ZH21-5.2", True),
        ("list_publish_by", "ZH21-7.2", "03-31"),
        ("fair_participation", "ZH21-16.0", True),
        ("method_reason_required", "ZH21-21.1", True),
        ("term_max_years", "ZH21-22.1", 3),
        ("term_default_years", "ZH21-22.3", 1),
        ("advance_max_ratio", "ZH21-23.1", "0.40"),
        ("advances_counted_together", "ZH21-23.1", True),
        ("advance_after_signing", "ZH21-23.2", True),
        ("rest_paid_by_progress", "ZH21-23.3", True),
        ("satisfaction_required", "ZH21-26.1", True),
        ("committee_opinion_required", "ZH21-27.2", True),
        ("residents_opinion_required", "ZH21-27.3", True),
        ("publish_evaluation", "ZH21-27.4", True),
        ("evaluation_holds_payment", "ZH21-27.5", True),
        ("result_tied_to_payment", "ZH21-27.5", True),
        ("result_marks_required", "ZH21-27.5", True),
        ("renewal_needs_evaluation", "ZH21-27.6", True),
        ("evaluation_effect", "ZH21-27.6", "reference"),
        ("poor_result_needs_reason", "ZH21-27.6", True),
        ("issued_on", "ZH21-30.1", date(2021, 2, 23)),
        ("validity_years", "ZH21-30.2", 3),
    ],
)
def test_a_single_value_is_what_the_article_says(zhuhai: Rulebook, name: str, clause: str, expected: object) -> None:
    assert value(zhuhai, name) == (clause, expected)


def test_only_towns_and_streets_buy_and_only_social_organisations_serve(zhuhai: Rulebook) -> None:
    assert members(zhuhai, "purchaser_kinds") == {"ZH21-2.1": ["town_government", "street_office"]}
    assert members(zhuhai, "provider_kinds") == {
        "ZH21-3.1": ["social_organisation"],
        "ZH21-3.2": ["community_social_organisation"],
    }
    assert value(zhuhai, "provider_kinds_closed") == ("ZH21-3.3", True)


def test_five_closed_classes_hold_twenty_five_open_fields(zhuhai: Rulebook) -> None:
    ((_, classes),) = members(zhuhai, "service_classes").items()
    fields = members(zhuhai, "directory_fields")

    assert [len(given) for given in fields.values()] == [3, 6, 4, 6, 6]
    assert [{field.split("/")[0] for field in given} for given in fields.values()] == [{name} for name in classes]


def test_a_long_term_needs_all_four_traits(zhuhai: Rulebook) -> None:
    assert members(zhuhai, "multi_year_conditions") == {
        "ZH21-22.2": ["fixed_need", "continuing", "stable_funding", "small_price_change"]
    }


def test_the_advance_is_read_as_a_share_of_the_contract_price(zhuhai: Rulebook) -> None:
    section = zhuhai.section(AdvanceSection)

    (entry,) = [e for e in entries(zhuhai) if e.id == "ZH21-23.1"]

    assert section.advance_max_ratio.value == Decimal("0.40")
    assert section.advance_max_ratio.clause.article == "珠海镇街办法 第二十三条"
    assert entry.units == {"advance_max_ratio": "share of the contract price"}
    assert entry.reading is not None


def test_acceptance_and_evaluation_gate_money(zhuhai: Rulebook) -> None:
    section = zhuhai.section(ResultSection)

    assert named_by(section.payment_gates) == {"acceptance": "ZH21-27.5", "evaluation": "ZH21-27.5"}
    assert section.evaluation_holds_payment.value


def test_a_poor_result_is_a_reference_that_asks_for_a_reason(zhuhai: Rulebook) -> None:
    section = zhuhai.section(ResultSection)

    assert section.evaluation_effect.value is Effect.REFERENCE
    assert section.poor_result_needs_reason.clause.id == "ZH21-27.6"


def test_the_text_gives_no_grades_and_leaves_them_to_the_city(zhuhai: Rulebook) -> None:
    section = zhuhai.section(ResultSection)

    (entry,) = [e for e in entries(zhuhai) if e.id == "ZH21-27.5"]

    assert (section.good_from, section.poor_below) == (None, None)
    assert entry.set_by == "city"


def test_the_grades_of_an_overlay_cite_the_article_they_complete(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "grades.toml").write_text(OVERLAY, "utf-8")

    zhuhai = load(folder, tmp_path).get("zhuhai-2021")
    section = zhuhai.section(ResultSection)

    assert section.poor_below is not None
    assert (section.poor_below.value, section.poor_below.clause.id) == (Decimal("60.00"), "ZH21-27.5")
    assert section.evaluation_holds_payment.value
    assert [e.source for e in entries(zhuhai) if e.id == "ZH21-27.5"] == ["demo"]


@pytest.mark.parametrize(
    ("clause", "who"),
    [
        ("ZH21-18.1", "city"),
        ("ZH21-22.3", "city"),
        ("ZH21-23.4", "purchaser"),
        ("ZH21-23.5", "city"),
        ("ZH21-26.1", "purchaser"),
        ("ZH21-27.5", "city"),
    ],
)
def test_a_number_that_the_text_leaves_open_names_who_sets_it(zhuhai: Rulebook, clause: str, who: str) -> None:
    assert [entry.set_by for entry in entries(zhuhai) if entry.id == clause] == [who]


def test_four_conditions_are_forbidden_each_by_its_own_clause_and_like_ones_may_be_added(zhuhai: Rulebook) -> None:
    forbidden = zhuhai.section(ConditionSection).forbidden_conditions

    assert named_by(forbidden) == {
        "founding_years": "ZH21-16.1",
        "registered_place": "ZH21-16.2",
        "size": "ZH21-16.3",
        "assessment_grade": "ZH21-16.4",
    }
    assert forbidden.open


def test_the_citys_forbidden_conditions_hide_none_of_national_law(zhuhai: Rulebook) -> None:
    section = zhuhai.section(ConditionSection)

    assert section.forbidden_conditions_and_factors.clause("turnover").id == "D87-17.1"
    assert section.unreasonable_conditions.clause("named_brand").id == "GPR-20.1"


def test_both_negative_lists_stand_side_by_side(zhuhai: Rulebook) -> None:
    section = zhuhai.section(NegativeSection)

    assert section.negative_items.clause("municipal_road_maintenance").article == "珠海镇街办法 第十一条(三)"
    assert section.national_negative_items.clause("financing").id == "D102-10.4"
    assert len(section.negative_items) == 9


def test_national_law_answers_where_the_measures_are_silent(zhuhai: Rulebook) -> None:
    section = zhuhai.section(ContractSection)

    assert set(named_by(section.contract_fields).values()) == {"D102-23.1"}
    assert section.contract_sign_days.clause.rulebook == "national-procurement@1"
    assert section.contract_filing_working_days.value == 7
    assert section.yearly_budget_cover_required.clause.id == "D102-24.1"


def test_the_citys_own_term_and_traits_come_before_those_of_national_law(zhuhai: Rulebook) -> None:
    section = zhuhai.section(ContractSection)

    assert section.term_max_years.clause.id == "ZH21-22.1"
    assert set(named_by(section.multi_year_conditions).values()) == {"ZH21-22.2"}
