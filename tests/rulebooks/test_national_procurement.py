"""The national rulebook: what open tender, competitive consultation and other purchases need, whichever city asks."""

import re
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import shared.law.rulebook
from shared.law.rulebook import ClauseEntry, Items, Rulebook, Value, load

SHIPPED = Path(shared.law.rulebook.__file__).parent / "rulebooks"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

CLAUSES_OF_TEXT = {"GPL": 18, "GPR": 30, "D87": 21, "C214": 16, "D102": 15, "D94": 5}
# Read in the original, unlike the other clauses of the same two texts; and one of another text that was not.
READ_IN_C214_AND_D102 = {"C214-10.1", "C214-10.2", "D102-24.1"}
UNREAD_ELSEWHERE = {"D87-25.1", "D87-33.1"}
CITY = """
id = "somewhere-2022"
title_zh = "某市"
title_en = "Some city"
issuer = "某市"
jurisdiction = "6101"
level = "city"
effective_from = 2022-01-01
extends = ["national-procurement"]
[[clause]]
id = "SW22-1.1"
article = "某市办法 第一条"
service = "tendering"
zh = "本市另有期限"
en = "The city has periods of its own"
values = { contract_sign_days = 15, challenge_working_days = 3 }
"""


@dataclass(frozen=True)
class OpenTenderSection:
    open_tender_min_bid_days: Value[int]
    open_tender_min_bidders: Value[int]
    open_tender_panel_min: Value[int]
    open_tender_panel_min_large: Value[int]
    open_tender_large_budget: Value[Decimal]
    open_tender_expert_share_min: Value[Fraction]
    open_tender_price_weight_min: Value[Decimal]
    open_tender_rank_order: Items


@dataclass(frozen=True)
class ConsultationSection:
    consultation_panel_min: Value[int]
    consultation_expert_share_min: Value[Fraction]
    consultation_price_weight_min: Value[Decimal]
    consultation_price_weight_max: Value[Decimal]
    consultation_rank_order: Items
    consultation_two_offer_grounds: Items


@dataclass(frozen=True)
class ThresholdSection:
    procurement_threshold: Value[Decimal] | None
    open_tender_threshold: Value[Decimal] | None
    threshold_inclusive: Value[bool]


@dataclass(frozen=True)
class BidderSection:
    required_conditions: Items
    same_package_conflicts: Items
    excluded_prior_roles: Items
    recusal_grounds: Items
    ban_grounds: Items


@dataclass(frozen=True)
class PeriodSection:
    contract_sign_days: Value[int]
    challenge_working_days: Value[int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rulebooks")
    for path in SHIPPED.glob("*.toml"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def national(folder: Path) -> Rulebook:
    return load(folder).get("national-procurement@1")


def entries(book: Rulebook) -> list[ClauseEntry]:
    return book.file.clause


def value(book: Rulebook, name: str) -> tuple[str, Any]:
    """The one clause that gives a scalar, and the scalar."""
    ((clause, given),) = [(entry.id, entry.values[name]) for entry in entries(book) if name in entry.values]
    return clause, given


def test_the_instrument_is_national_and_extends_the_internal_control_of_units(national: Rulebook) -> None:
    assert (national.file.jurisdiction, national.file.level) == ("000000", "national")
    assert [parent.id for parent in national.parents] == ["internal-control-2012", "small-enterprises-2020"]


def test_it_begins_when_its_youngest_text_began_and_has_no_last_day(national: Rulebook) -> None:
    assert not national.in_force(date(2020, 2, 29))
    assert national.in_force(date(2020, 3, 1))
    assert national.in_force(date(2040, 1, 1))


def test_every_clause_is_present_exactly_once(national: Rulebook) -> None:
    ids = [entry.id for entry in entries(national)]

    assert len(ids) == len(set(ids)) == 105
    assert Counter(clause.split("-")[0] for clause in ids) == CLAUSES_OF_TEXT


def test_every_clause_is_a_duty(national: Rulebook) -> None:
    assert Counter(entry.level for entry in entries(national)) == {"must": 105}


def test_every_clause_reads_as_one_line_in_chinese_and_one_in_english(national: Rulebook) -> None:
    for entry in entries(national):
        assert CHINESE.search(entry.zh), entry.id
        assert entry.en, entry.id
        assert not CHINESE.search(entry.en + (entry.reading or "")), entry.id
        assert "\n" not in entry.zh + entry.en, entry.id


def test_every_clause_cites_an_article(national: Rulebook) -> None:
    assert all(re.search(r"第.+条", entry.article) for entry in entries(national))


def test_every_clause_gives_a_value_through_which_a_rule_can_cite_it(national: Rulebook) -> None:
    assert [entry.id for entry in entries(national) if not entry.values] == []


def test_a_single_value_stands_in_one_clause_only(national: Rulebook) -> None:
    scalars = Counter(
        name for entry in entries(national) for name, given in entry.values.items() if not isinstance(given, list)
    )
    lists = {name for entry in entries(national) for name, given in entry.values.items() if isinstance(given, list)}

    assert {name: n for name, n in scalars.items() if n > 1} == {}
    assert lists & set(scalars) == set()


def test_what_was_not_read_in_the_original_says_so(national: Rulebook) -> None:
    unverified = {entry.id for entry in entries(national) if not entry.verified}
    of_the_two_texts = {entry.id for entry in entries(national) if entry.id.startswith(("C214-", "D102-"))}

    assert unverified == (of_the_two_texts - READ_IN_C214_AND_D102) | UNREAD_ELSEWHERE
    assert len(unverified) == 30


@pytest.mark.parametrize(
    ("name", "clause", "expected"),
    [
        ("default_method", "GPL-26.1", "open_tender"),
        ("open_tender_min_bid_days", "GPL-35.1", 20),
        ("file_retention_years", "GPL-42.1", 15),
        ("contract_sign_days", "GPL-46.1", 30),
        ("contract_filing_working_days", "GPL-47.1", 7),
        ("supplement_max_ratio", "GPL-49.1", "0.10"),
        ("ban_min_years", "GPL-77.1", 1),
        ("ban_max_years", "GPL-77.1", 3),
        ("recusal_lookback_years", "GPR-9.1", 3),
        ("open_tender_file_working_days", "GPR-31.1", 5),
        ("open_tender_clarify_days", "GPR-31.2", 15),
        ("open_tender_deposit_max_ratio", "GPR-33.1", "0.02"),
        ("open_tender_choice_working_days", "GPR-43.1", 5),
        ("open_tender_announce_working_days", "GPR-43.2", 2),
        ("users_opinion_required", "GPR-45.2", True),
        ("bond_max_ratio", "GPR-48.1", "0.10"),
        ("contract_announce_working_days", "GPR-50.1", 2),
        ("enquiry_reply_working_days", "GPR-52.1", 3),
        ("open_tender_notice_working_days", "D87-16.1", 5),
        ("open_tender_min_bidders", "D87-41.1", 3),
        ("open_tender_min_qualified", "D87-41.1", 3),
        ("award_notice_working_days", "D87-69.1", 1),
        ("consultation_min_invited", "C214-6.1", 3),
        ("consultation_min_response_days", "C214-10.1", 10),
        ("consultation_file_working_days", "C214-10.2", 5),
        ("consultation_clarify_days", "C214-10.3", 5),
        ("consultation_min_last_offers", "C214-21.1", 3),
        ("consultation_min_last_offers_exception", "C214-21.1", 2),
        ("consultation_min_candidates", "C214-25.1", 3),
        ("consultation_choice_working_days", "C214-25.1", 5),
        ("consultation_announce_working_days", "C214-29.1", 2),
        ("consultation_sign_days", "C214-29.1", 30),
        ("other_purchase_follows_method", "D102-2.1", True),
        ("term_default_years", "D102-24.1", 1),
        ("term_max_years", "D102-24.1", 3),
        ("transfer_allowed", "D102-26.1", False),
        ("challenge_working_days", "D94-10.1", 7),
        ("challenge_reply_working_days", "D94-13.1", 7),
        ("complaint_working_days", "D94-17.1", 15),
        ("complaint_decision_working_days", "D94-26.1", 30),
    ],
)
def test_a_single_value_is_what_the_article_says(national: Rulebook, name: str, clause: str, expected: object) -> None:
    assert value(national, name) == (clause, expected)


def test_an_open_tender_panel_of_five_needs_four_experts_and_from_ten_million_on_seven_members(
    national: Rulebook,
) -> None:
    section = national.section(OpenTenderSection)

    share = section.open_tender_expert_share_min.value

    assert (section.open_tender_panel_min.value, section.open_tender_panel_min_large.value) == (5, 7)
    assert Fraction(3, 5) < share <= Fraction(4, 5)
    assert section.open_tender_large_budget.value == Decimal("10000000.00")


def test_two_experts_of_three_are_exactly_enough_for_a_consultation(national: Rulebook) -> None:
    section = national.section(ConsultationSection)

    assert section.consultation_panel_min.value == 3
    assert Fraction(2, 3) == section.consultation_expert_share_min.value


def test_the_price_of_a_service_has_a_floor_in_both_methods_and_a_ceiling_in_one(national: Rulebook) -> None:
    tender = national.section(OpenTenderSection)
    consultation = national.section(ConsultationSection)

    assert tender.open_tender_price_weight_min.value == Decimal("0.10")
    assert consultation.consultation_price_weight_min.value == Decimal("0.10")
    assert consultation.consultation_price_weight_max.value == Decimal("0.30")


def test_equal_scores_rank_by_price_and_in_consultation_then_by_technical_marks(national: Rulebook) -> None:
    tender = national.section(OpenTenderSection).open_tender_rank_order
    consultation = national.section(ConsultationSection).consultation_rank_order

    assert list(tender) == ["score_desc", "price_asc"]
    assert list(consultation) == ["score_desc", "price_asc", "technical_desc"]
    assert value(national, "open_tender_tie") == ("D87-55.2", "shared")


def test_two_last_offers_suffice_for_a_purchase_of_services(national: Rulebook) -> None:
    assert "purchase_of_services" in national.section(ConsultationSection).consultation_two_offer_grounds


def test_the_amounts_that_a_province_sets_are_left_to_be_loaded(national: Rulebook) -> None:
    section = national.section(ThresholdSection)

    waiting = {entry.id for entry in entries(national) if entry.set_by == "finance"}

    assert (section.procurement_threshold, section.open_tender_threshold) == (None, None)
    assert section.threshold_inclusive.value
    assert waiting == {"GPL-8.1", "GPL-27.1"}


def test_each_ground_against_a_bidder_or_an_expert_cites_its_own_clause(national: Rulebook) -> None:
    section = national.section(BidderSection)

    assert len(section.required_conditions) == 8
    assert section.required_conditions.open
    assert section.same_package_conflicts.clause("same_head").article == "政府采购法实施条例 第十八条第一款"
    assert section.excluded_prior_roles.clause("design").article == "政府采购法实施条例 第十八条第二款"
    assert section.recusal_grounds.clause("kinship").id == "GPR-9.1"
    assert section.ban_grounds.clause("collusion").id == "GPL-77.1"
    assert section.ban_grounds.clause("refusal_to_sign").id == "GPR-72.1"


def test_a_city_may_shorten_the_signing_period_but_not_set_another_challenge_period(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "somewhere-2022.toml").write_text(CITY, "utf-8")

    section = load(folder, tmp_path).get("somewhere-2022").section(PeriodSection)

    assert (section.contract_sign_days.value, section.contract_sign_days.clause.id) == (15, "SW22-1.1")
    assert (section.challenge_working_days.value, section.challenge_working_days.clause.id) == (7, "D94-10.1")


def test_only_the_periods_of_challenge_and_complaint_prevail_over_a_city(national: Rulebook) -> None:
    assert {entry.id for entry in entries(national) if entry.prevails} == {
        *("D94-10.1", "D94-13.1", "D94-17.1", "D94-26.1"),
    }
