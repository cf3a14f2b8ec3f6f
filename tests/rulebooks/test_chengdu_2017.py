"""The Chengdu rulebook: complete, readable in both languages, and its values say what the articles say."""

import re
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import shared.law.rulebook
from shared.law.rulebook import ClauseEntry, Items, Rulebook, Rulebooks, Value, load

SHIPPED = Path(shared.law.rulebook.__file__).parent / "rulebooks"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# Article -> number of its last clause; the clauses of an article are numbered from 1 without a gap.
LAST_CLAUSE = {
    **{1: 1, 2: 3, 3: 8, 4: 2, 5: 3, 6: 2, 7: 4, 8: 1, 9: 2, 10: 2},
    **{11: 4, 12: 2, 13: 13, 14: 3, 15: 3, 16: 3, 17: 5, 18: 3, 19: 6, 20: 5},
    **{21: 8, 22: 5, 23: 6, 24: 2, 25: 3, 26: 6, 27: 5, 28: 2, 29: 2, 30: 2},
    **{31: 3, 32: 9, 33: 3, 34: 3, 35: 2, 36: 1, 37: 1, 38: 3, 39: 4, 40: 1},
    **{41: 1, 42: 1, 43: 1},
}
SHOULD = {"CD17-14.3", "CD17-21.6", "CD17-21.7", "CD17-24.2"}
CONTEXT = {"CD17-1.1", "CD17-38.3", "CD17-42.1"}


@dataclass(frozen=True)
class PaymentSection:
    payment_gates: Items
    objection_reply_working_days: Value[int]
    objection_window_working_days: Value[int] | None


def frozen_ids() -> set[str]:
    return {f"CD17-{article}.{n}" for article, last in LAST_CLAUSE.items() for n in range(1, last + 1)}


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


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Rulebooks:
    folder = tmp_path_factory.mktemp("rulebooks")
    for path in SHIPPED.glob("*.toml"):
        shutil.copy(path, folder)
    return load(folder)


@pytest.fixture(scope="module")
def chengdu(books: Rulebooks) -> Rulebook:
    return books.get("chengdu-2017")


def test_the_instrument_is_the_citys_and_extends_national_law(chengdu: Rulebook) -> None:
    file = chengdu.file

    assert (file.title_zh, file.jurisdiction, file.level) == ("成都市政府购买服务工作规程", "5101", "city")
    assert [parent.id for parent in chengdu.parents] == ["national-procurement"]
    assert "财综〔2014〕96号" in file.basis


def test_it_is_in_force_from_its_first_day_and_has_no_last(books: Rulebooks) -> None:
    assert books.in_force("5101/510104", date(2017, 8, 31)) is None
    assert books.in_force("5101/510104", date(2017, 9, 1)) is books.get("chengdu-2017@1")
    assert books.in_force("5101", date(2040, 1, 1)) is books.get("chengdu-2017")


def test_the_clause_on_its_effect_names_the_same_day_as_the_instrument(chengdu: Rulebook) -> None:
    assert value(chengdu, "applies_from") == ("CD17-43.1", chengdu.file.effective_from)


def test_every_clause_of_the_text_is_present_exactly_once(chengdu: Rulebook) -> None:
    ids = [entry.id for entry in entries(chengdu)]

    assert len(ids) == 149
    assert set(ids) == frozen_ids()


def test_every_clause_has_the_level_of_the_text(chengdu: Rulebook) -> None:
    levels: dict[str, set[str]] = {}
    for entry in entries(chengdu):
        levels.setdefault(entry.level, set()).add(entry.id)

    assert levels == {"must": frozen_ids() - SHOULD - CONTEXT, "should": SHOULD, "context": CONTEXT}


def test_every_clause_cites_the_article_of_its_id(chengdu: Rulebook) -> None:
    for entry in entries(chengdu):
        article = int(entry.id.removeprefix("CD17-").split(".")[0])

        assert re.match(rf"成都规程 第{in_words(article)}条($|[第(])", entry.article), entry.id


def in_words(number: int) -> str:
    """A number below 100 as an article writes it: 10 十, 21 二十一."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + (digits[ones] if ones else "")


def test_every_clause_speaks_chinese_in_zh_and_english_in_en(chengdu: Rulebook) -> None:
    for entry in entries(chengdu):
        assert CHINESE.search(entry.zh), entry.id
        assert entry.en.strip(), entry.id
        assert not CHINESE.search(entry.en), entry.id
        assert "\n" not in entry.zh + entry.en, entry.id


def test_no_two_clauses_say_the_same_line(chengdu: Rulebook) -> None:
    for language in ("zh", "en"):
        lines = Counter(getattr(entry, language) for entry in entries(chengdu))

        assert [line for line, times in lines.items() if times > 1] == []


def test_every_clause_a_rule_could_refuse_by_has_a_value(chengdu: Rulebook) -> None:
    assert [entry.id for entry in entries(chengdu) if entry.level == "must" and not entry.values] == []


def test_a_scalar_is_given_by_one_clause_only(chengdu: Rulebook) -> None:
    given = Counter(name for entry in entries(chengdu) for name in entry.values)
    scalars = {name for entry in entries(chengdu) for name, v in entry.values.items() if not isinstance(v, list)}

    assert [name for name in scalars if given[name] > 1] == []


def test_a_member_of_a_list_is_named_by_one_clause_only(chengdu: Rulebook) -> None:
    named = Counter(
        (name, member)
        for entry in entries(chengdu)
        for name, given in entry.values.items()
        if isinstance(given, list)
        for member in given
    )

    assert [pair for pair, times in named.items() if times > 1] == []


def test_every_unit_belongs_to_a_value_of_its_clause(chengdu: Rulebook) -> None:
    for entry in entries(chengdu):
        assert set(entry.units) <= set(entry.values), entry.id


@pytest.mark.parametrize(
    ("name", "clause", "expected"),
    [
        ("separate_need_review", "CD17-17.1", True),
        ("separate_file_check", "CD17-17.2", True),
        ("separate_signing_and_acceptance", "CD17-17.3", True),
        ("min_framework_providers", "CD17-19.2", 2),
        ("qualification_scored", "CD17-21.2", False),
        ("distinct_scores_per_band", "CD17-21.5", True),
        ("term_max_years", "CD17-23.2", 3),
        ("service_period_max_years", "CD17-23.3", 3),
        ("contract_term_years", "CD17-23.3", 1),
        ("renewal_gate", "CD17-23.6", "previous_year_assessment"),
        ("min_observers", "CD17-25.2", 3),
        ("observers_apply_to", "CD17-25.2", "user_differs_from_purchaser"),
        ("continuous_acceptance_mode", "CD17-26.1", "assessment"),
        ("objection_reply_working_days", "CD17-27.4", 5),
        ("evaluation_holds_payment", "CD17-28.1", False),
        ("evaluation_effect", "CD17-33.3", "reference"),
        ("poor_result_needs_reason", "CD17-33.3", True),
        ("national_law_prevails", "CD17-40.1", True),
    ],
)
def test_a_scalar_says_what_its_article_says(chengdu: Rulebook, name: str, clause: str, expected: object) -> None:
    assert value(chengdu, name) == (clause, expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "negative_items",
            {
                "CD17-3.2": ["must_be_provided_by_government"],
                "CD17-3.3": ["unsuitable_for_social_forces_and_institutions"],
            },
        ),
        (
            "need_fields",
            {
                "CD17-13.1": ["functions_or_objectives"],
                "CD17-13.2": ["procurement_policies"],
                "CD17-13.3": ["standards"],
                "CD17-13.4": ["quantity_or_scope", "period", "beneficiaries", "content", "quality"],
                "CD17-13.5": ["team_requirements"],
                "CD17-13.8": ["time", "place", "transition"],
                "CD17-13.9": ["unforeseen_handling", "settlement_method"],
            },
        ),
        (
            "file_fields",
            {
                "CD17-20.1": ["qualification_conditions"],
                "CD17-20.2": ["service_need"],
                "CD17-20.3": ["evaluation_method", "evaluation_criteria"],
                "CD17-20.4": ["draft_contract"],
            },
        ),
        ("talks_file_fields", {"CD17-20.5": ["substantive_changes"]}),
        ("other_purchase_file_fields", {"CD17-39.3": ["relief_channel"], "CD17-39.4": ["responsible_unit"]}),
        (
            "contract_fields",
            {
                "CD17-22.1": ["scope", "object", "quantity", "quality"],
                "CD17-22.2": ["period", "payment_method"],
                "CD17-22.4": ["rights_and_duties", "breach_liability"],
                "CD17-22.5": ["dispute_resolution"],
            },
        ),
        ("payment_standard_kinds", {"CD17-22.3": ["acceptance_standard", "assessment_method"]}),
        ("continuous_acceptance_classes", {"CD17-26.1": ["3"]}),
        ("payment_gates", {"CD17-28.1": ["acceptance", "assessment"]}),
        ("sanction_measures", {"CD17-35.1": ["notice_of_criticism"], "CD17-35.2": ["budget_cut_next_year"]}),
    ],
)
def test_a_list_carries_each_member_with_its_clause(
    chengdu: Rulebook, name: str, expected: dict[str, list[str]]
) -> None:
    assert members(chengdu, name) == expected


def test_evaluation_items_are_the_seven_of_article_32(chengdu: Rulebook) -> None:
    items = members(chengdu, "evaluation_items")

    assert set(items) == {f"CD17-32.{n}" for n in range(2, 9)}
    assert items["CD17-32.8"] == ["beneficiary_satisfaction"]


def test_a_list_is_open_only_where_the_text_leaves_it_open(chengdu: Rulebook) -> None:
    lists = {name for entry in entries(chengdu) for name, given in entry.values.items() if isinstance(given, list)}
    opened = {name for entry in entries(chengdu) if entry.open for name in entry.values if name in lists}

    assert opened == {
        *("class_1_examples", "class_2_examples", "class_3_fields", "cost_factors", "professional_inputs"),
        *("unspecifiable_need_methods", "need_fields", "consultation_channels", "voucher_methods", "file_fields"),
        *("factor_kinds", "capability_items", "contract_fields", "assessment_modes", "third_party_report_fields"),
        *("evaluation_items", "disclosure_bases", "sanction_measures"),
    }


def test_numbers_the_text_leaves_open_are_for_the_purchaser_to_set(chengdu: Rulebook) -> None:
    left_open = {entry.id for entry in entries(chengdu) if entry.set_by == "purchaser"}

    assert left_open == {"CD17-21.6", "CD17-23.6", "CD17-27.2", "CD17-27.3", "CD17-30.2", "CD17-38.1"}


def test_values_that_no_text_gives_name_their_source(chengdu: Rulebook) -> None:
    assert {entry.id for entry in entries(chengdu) if entry.source} == {"CD17-11.3", "CD17-23.6"}


def test_a_section_receives_the_values_with_their_clauses(chengdu: Rulebook) -> None:
    section = chengdu.section(PaymentSection)

    assert section.payment_gates.clause("assessment").article == "成都规程 第二十八条"
    assert "evaluation" not in section.payment_gates
    assert section.objection_reply_working_days.clause.id == "CD17-27.4"
    assert section.objection_reply_working_days.clause.rulebook == "chengdu-2017@1"
    assert section.objection_window_working_days is None
