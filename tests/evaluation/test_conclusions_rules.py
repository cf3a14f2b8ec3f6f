from collections.abc import Set
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import shared.law.rulebook
from services.evaluation.conclusions.rules import Evidence, conclude, give_part, graded, open_evaluation, weighted
from services.evaluation.rulebook import ConclusionSection
from shared.law.decision import Decision
from shared.law.rulebook import load, rulebooks

SHIPPED = Path(shared.law.rulebook.__file__).parent / "instruments"
ZHUHAI = rulebooks().get("zhuhai-2021").section(ConclusionSection)
CHENGDU = rulebooks().get("chengdu-2017").section(ConclusionSection)
TODAY, LINE, SIGNER = date(2022, 12, 1), UUID(int=3), UUID(int=9)
ITEMS = frozenset(CHENGDU.evaluation_items) - {"beneficiary_satisfaction"}


def points(**given: str) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in given.items()}


ALL = points(purchaser="51", beneficiary="61", third_party="51")


def in_zhuhai(**changes: Any) -> Evidence:
    facts: dict[str, Any] = {
        "person": UUID(int=1),
        "signer": SIGNER,
        "organiser": "purchaser",
        "service_class": None,
        "line_id": LINE,
        "parts": ALL,
        "judged": frozenset(),
        "added_items": frozenset(),
        "targets": frozenset({"consultations"}),
        "attained": frozenset({"consultations"}),
        "opinions": frozenset({"committee", "residents"}),
    }
    return Evidence(**{**facts, **changes})


def in_chengdu(**changes: Any) -> Evidence:
    facts: dict[str, Any] = {"service_class": 3, "judged": ITEMS, "opinions": frozenset(), "line_id": None}
    return in_zhuhai(**{**facts, **changes})


def refusing(decision: Decision[Any]) -> Set[tuple[str, str]]:
    return {(f.code, f.clause.id) for f in decision.findings if f.refuses}


def test_the_counselling_contract_ends_with_exactly_54_points_and_is_poor() -> None:
    conclusion = conclude(in_zhuhai(), ZHUHAI, TODAY).or_refuse()

    assert (conclusion.score, conclusion.grade, conclusion.line_id) == (Decimal("54.00"), "poor", LINE)


@pytest.mark.parametrize(
    ("score", "grade"), [("59.99", "poor"), ("60.00", "fair"), ("89.99", "fair"), ("90.00", "good"), ("100", "good")]
)
def test_a_limit_belongs_to_the_better_grade(score: str, grade: str) -> None:
    assert graded(Decimal(score), Decimal("60.00"), Decimal("90.00")) == grade


@pytest.mark.parametrize(("score", "grade"), [("79.99", "fair"), ("89.99", "good"), ("90.00", "excellent")])
def test_of_four_grades_the_best_begins_at_its_own_limit(score: str, grade: str) -> None:
    limits = {"poor_below": Decimal("60.00"), "good_from": Decimal("80.00"), "excellent_from": Decimal("90.00")}

    assert graded(Decimal(score), **limits) == grade


@pytest.mark.parametrize(("limit", "ordered"), [("90.00", False), ("90.01", True)])
def test_limits_of_grades_that_do_not_rise_are_refused(limit: str, ordered: bool) -> None:
    assert ZHUHAI.good_from is not None
    four = replace(ZHUHAI, excellent_from=replace(ZHUHAI.good_from, value=Decimal(limit)))

    found = refusing(conclude(in_zhuhai(), four, TODAY))

    assert found == (set() if ordered else {("grade_limits_disordered", "ZH21-27.5")})


@pytest.mark.parametrize(("purchaser", "score"), [("50.0125", "50.00"), ("50.0375", "50.02"), ("50.0126", "50.01")])
def test_the_score_is_rounded_half_even_to_two_places(purchaser: str, score: str) -> None:
    weights = points(purchaser="0.40", beneficiary="0.30", third_party="0.30")
    parts = points(purchaser=purchaser, beneficiary="50", third_party="50")

    assert weighted(parts, weights) == Decimal(score)


@pytest.mark.parametrize("missing", ["purchaser", "beneficiary", "third_party"])
def test_without_one_of_the_parties_there_is_no_result(missing: str) -> None:
    parts = {name: given for name, given in ALL.items() if name != missing}

    zhuhai = conclude(in_zhuhai(parts=parts), ZHUHAI, TODAY)
    chengdu = conclude(in_chengdu(parts=parts), CHENGDU, TODAY)

    assert refusing(zhuhai) == {("part_missing", "ZH21-27.5")}
    assert ("part_missing", "CD17-32.1") in refusing(chengdu)
    assert [f.facts for f in chengdu.findings if f.code == "part_missing" and f.refuses] == [{"part": missing}]


@pytest.mark.parametrize("item", sorted(ITEMS))
def test_each_named_item_has_to_be_judged_and_its_clause_says_so(item: str) -> None:
    decision = conclude(in_chengdu(judged=ITEMS - {item}), CHENGDU, TODAY)

    assert refusing(decision) == {("item_not_judged", CHENGDU.evaluation_items.clause(item).id)}


def test_a_judgement_on_satisfaction_does_not_stand_for_the_beneficiaries_answers() -> None:
    parts = points(purchaser="80", third_party="80")

    decision = conclude(in_chengdu(parts=parts, judged=frozenset(CHENGDU.evaluation_items)), CHENGDU, TODAY)

    assert ("item_not_judged", "CD17-32.8") in refusing(decision)


def test_an_added_item_is_judged_like_the_named_ones() -> None:
    scheme = in_chengdu(added_items=frozenset({"volunteers"}))

    assert refusing(conclude(scheme, CHENGDU, TODAY)) == {("item_not_judged", "CD17-32.9")}
    assert not conclude(replace(scheme, judged=ITEMS | {"volunteers"}), CHENGDU, TODAY).refused


def test_for_a_class_1_service_the_purchaser_alone_suffices_and_its_points_are_the_score() -> None:
    parts = points(purchaser="72.50")
    evidence = in_chengdu(service_class=1, parts=parts, judged=frozenset())

    conclusion = conclude(evidence, CHENGDU, TODAY).or_refuse()

    assert (conclusion.score, conclusion.grade) == (Decimal("72.50"), "fair")


def test_under_chengdu_an_evaluation_concerns_no_payment_line() -> None:
    assert conclude(in_chengdu(line_id=LINE), CHENGDU, TODAY).or_refuse().line_id == LINE


def test_the_signer_of_the_contract_does_not_conclude_its_evaluation() -> None:
    assert refusing(conclude(in_chengdu(person=SIGNER), CHENGDU, TODAY)) == {("evaluator_signed_contract", "IC12-12.1")}
    assert refusing(conclude(in_zhuhai(person=SIGNER), ZHUHAI, TODAY)) == {("evaluator_signed_contract", "IC12-12.1")}
    assert not conclude(in_zhuhai(), ZHUHAI, TODAY).refused


@pytest.mark.parametrize(
    ("heard", "missing"),
    [({"residents"}, {"ZH21-27.2"}), ({"committee"}, {"ZH21-27.3"}), (set(), {"ZH21-27.2", "ZH21-27.3"})],
)
def test_both_opinions_are_asked_for_each_by_its_own_clause(heard: set[str], missing: set[str]) -> None:
    decision = conclude(in_zhuhai(opinions=frozenset(heard)), ZHUHAI, TODAY)

    assert refusing(decision) == {("opinion_missing", clause) for clause in missing}


@pytest.mark.parametrize(
    ("targets", "attained", "code"),
    [
        (None, frozenset(), "target_missing"),
        (frozenset({"visits", "consultations"}), frozenset({"visits"}), "target_without_value"),
        (frozenset({"visits"}), frozenset({"visits", "invented"}), "target_without_value"),
    ],
)
def test_the_evaluation_goes_by_exactly_the_targets_set_before(
    targets: frozenset[str] | None, attained: frozenset[str], code: str
) -> None:
    decision = conclude(in_zhuhai(targets=targets, attained=attained), ZHUHAI, TODAY)

    assert refusing(decision) == {(code, "ZH21-25.1")}


def test_a_city_that_set_no_figures_is_told_which_and_by_which_clause() -> None:
    shipped = load(SHIPPED).get("zhuhai-2021").section(ConclusionSection)

    decision = conclude(in_zhuhai(), shipped, TODAY)

    [found] = [f for f in decision.findings if f.code == "city_value_missing"]
    assert found.clause.id == "ZH21-27.5"
    assert found.facts == {
        "missing": "purchaser_weight, beneficiary_weight, third_party_weight, poor_below, good_from",
        "set_by": "city",
    }


@pytest.mark.parametrize("weight", ["0.29", "0.31"])
def test_weights_that_are_not_the_whole_are_refused(weight: str) -> None:
    assert ZHUHAI.third_party_weight is not None
    wrong = replace(ZHUHAI, third_party_weight=replace(ZHUHAI.third_party_weight, value=Decimal(weight)))

    assert refusing(conclude(in_zhuhai(), wrong, TODAY)) == {("weights_not_whole", "ZH21-27.5")}


@pytest.mark.parametrize(
    ("organiser", "chengdu", "zhuhai"),
    [
        ("purchaser", set(), set()),
        ("entrusted_third_party", {"CD17-31.1"}, set()),
        ("provider", {"CD17-31.1"}, {"ZH21-27.1"}),
        ("nobody", {"CD17-31.1"}, {"ZH21-27.1"}),
    ],
)
def test_who_may_begin_an_evaluation_is_for_the_text_to_say(
    organiser: Any, chengdu: set[str], zhuhai: set[str]
) -> None:
    assert {clause for _, clause in refusing(open_evaluation(organiser, CHENGDU))} == chengdu
    assert {clause for _, clause in refusing(open_evaluation(organiser, ZHUHAI))} == zhuhai


def test_each_party_gives_its_own_points() -> None:
    fields = frozenset(CHENGDU.third_party_report_fields)

    assert not give_part("purchaser", "purchaser", frozenset(), CHENGDU).refused
    assert not give_part("third_party", "entrusted_third_party", fields, CHENGDU).refused
    assert ("part_of_another", "CD17-32.1") in refusing(give_part("third_party", "purchaser", fields, CHENGDU))
    assert refusing(give_part("purchaser", "provider", frozenset(), CHENGDU)) == {("part_of_another", "CD17-32.1")}


@pytest.mark.parametrize("field", ["quality", "quantity", "effect", "cost"])
def test_a_third_partys_report_leaves_none_of_its_four_parts_out(field: str) -> None:
    fields = frozenset(CHENGDU.third_party_report_fields) - {field}

    decision = give_part("third_party", "entrusted_third_party", fields, CHENGDU)

    assert refusing(decision) == {("report_incomplete", "CD17-26.6")}
    assert [f.facts for f in decision.findings if f.refuses] == [{"field": field}]
