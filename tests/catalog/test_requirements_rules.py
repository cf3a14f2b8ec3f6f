"""What a requirement must contain under two cities' rulebooks, and when it stands."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.catalog.negative_lists.rules import items_to_declare
from services.catalog.requirements.rules import (
    Consultation,
    Content,
    Review,
    Subject,
    consultation_clause,
    finalise,
    is_procurement,
    send_back,
    write,
)
from services.catalog.rulebook import NegativeSection, RequirementSection
from shared.law.decision import Clause, Decision
from shared.law.rulebook import Value, rulebooks

CHENGDU, ZHUHAI = rulebooks().get("chengdu-2017"), rulebooks().get("zhuhai-2021")
SECTION = CHENGDU.section(RequirementSection)
FIELDS = frozenset(SECTION.need_fields)
CARE = Subject("continuous", 3, "public_service", Decimal("480000.00"), False)
COUNSELLING = Subject("deliverable", 2, "public_service", Decimal("220000.00"), False)
WHOLE = Content(
    fields=FIELDS,
    standards=frozenset({"assessment"}),
    uncertainties=[frozenset({"factor", "explanation", "responsible_party"})],
    core_detailed=[True],
    result_levels=3,
    argumentation=True,
)
BARE = Content(fields=frozenset({"content"}))


def a_review(**changes: Any) -> Review:
    writer = uuid4()
    return replace(Review(writer, writer, uuid4(), True, True), **changes)


def writing(content: Content, subject: Subject = CARE, book: Any = CHENGDU) -> Decision[Content]:
    negative = book.section(NegativeSection)
    answers = dict.fromkeys(items_to_declare(negative), False)
    return write(content, subject, answers, book.section(RequirementSection), negative)


def finalising(
    content: Content = WHOLE,
    subject: Subject = CARE,
    consultation: Consultation | None = Consultation(True, 0),
    review: Review | None = None,
    book: Any = CHENGDU,
) -> Decision[Content]:
    section, negative = book.section(RequirementSection), book.section(NegativeSection)
    return finalise(content, subject, consultation, review or a_review(), section, negative)


def failed(decision: Decision[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.clause.id) for finding in decision.findings if finding.refuses]


def test_a_whole_requirement_stands_in_chengdu() -> None:
    assert not writing(WHOLE).refused
    assert not finalising().refused


def test_a_bare_requirement_stands_in_zhuhai_where_the_text_asks_for_less() -> None:
    assert not writing(BARE, COUNSELLING, ZHUHAI).refused
    assert not finalising(BARE, COUNSELLING, None, book=ZHUHAI).refused


FIELD_CLAUSES = {
    "functions_or_objectives": "CD17-13.1",
    "procurement_policies": "CD17-13.2",
    "standards": "CD17-13.3",
    "quantity_or_scope": "CD17-13.4",
    "period": "CD17-13.4",
    "beneficiaries": "CD17-13.4",
    "content": "CD17-13.4",
    "quality": "CD17-13.4",
    "team_requirements": "CD17-13.5",
    "time": "CD17-13.8",
    "place": "CD17-13.8",
    "transition": "CD17-13.8",
    "unforeseen_handling": "CD17-13.9",
    "settlement_method": "CD17-13.9",
}


def test_these_are_the_fields_the_article_names() -> None:
    assert FIELD_CLAUSES.keys() == FIELDS


@pytest.mark.parametrize("field", FIELD_CLAUSES)
def test_each_field_is_missed_by_its_own_clause(field: str) -> None:
    decision = writing(replace(WHOLE, fields=FIELDS - {field}))

    assert failed(decision) == [("need_field_missing", FIELD_CLAUSES[field])]
    assert [f.facts["field"] for f in decision.findings if f.refuses] == [field]


def test_further_fields_count_as_part_of_it() -> None:
    decision = writing(replace(WHOLE, fields=FIELDS | {"dialect_service"}))

    assert not decision.refused
    assert "CD17-13.10" in decision.clauses


def test_a_continuous_service_needs_assessment_standards() -> None:
    delivery_only = replace(WHOLE, standards=frozenset({"acceptance"}))

    assert failed(writing(delivery_only)) == [("standard_of_nature_missing", "CD17-13.6")]


def test_a_deliverable_service_needs_acceptance_standards() -> None:
    software = replace(CARE, nature="deliverable")

    assert failed(writing(WHOLE, software)) == [("standard_of_nature_missing", "CD17-13.7")]
    assert not writing(replace(WHOLE, standards=frozenset({"acceptance"})), software).refused


def test_a_measurable_indicator_without_number_is_refused() -> None:
    assert failed(writing(replace(WHOLE, unquantified=("上门次数",)))) == [("indicator_not_quantified", "CD17-12.2")]


@pytest.mark.parametrize("part", ["factor", "explanation", "responsible_party"])
def test_every_uncertainty_is_explained_and_assigned(part: str) -> None:
    whole = frozenset({"factor", "explanation", "responsible_party"})

    decision = writing(replace(WHOLE, uncertainties=[whole, whole - {part}]))

    assert failed(decision) == [("uncertainty_incomplete", "CD17-13.11")]


def test_a_requirement_without_uncertain_factors_explains_none() -> None:
    assert not writing(replace(WHOLE, uncertainties=[])).refused


def test_there_is_a_core_requirement_and_each_is_detailed() -> None:
    assert failed(writing(replace(WHOLE, core_detailed=[]))) == [("core_requirement_missing", "CD17-13.12")]
    assert failed(writing(replace(WHOLE, core_detailed=[True, False]))) == [
        ("core_requirement_not_detailed", "CD17-13.12")
    ]


def test_results_are_tied_to_payment() -> None:
    assert failed(writing(replace(WHOLE, result_levels=0))) == [("result_payment_missing", "CD17-13.13")]


def test_all_that_is_missing_comes_at_once() -> None:
    clauses = {clause for _, clause in failed(writing(Content(frozenset())))}

    assert {f"CD17-13.{n}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 12, 13)} <= clauses


def test_government_procurement_is_argued_or_exempt() -> None:
    procured = replace(CARE, in_central_directory=True)

    assert failed(writing(replace(WHOLE, argumentation=False), procured)) == [("argumentation_missing", "CD17-14.2")]
    assert not writing(WHOLE, procured).refused


def test_another_purchase_may_go_without_argumentation() -> None:
    small = replace(CARE, amount=Decimal("100.00"))

    decision = writing(replace(WHOLE, argumentation=False), small)

    assert not decision.refused
    assert "CD17-14.3" in decision.clauses


@pytest.mark.parametrize(("amount", "procured"), [("399999.99", False), ("400000.00", True)])
def test_a_known_threshold_decides_what_is_procurement(amount: str, procured: bool) -> None:
    clause = Clause("GPL-8.1", "政府采购法 第八条", "example@1", "限额", "Threshold")
    section = replace(SECTION, procurement_threshold=Value(Decimal("400000.00"), clause))

    assert is_procurement(replace(CARE, amount=Decimal(amount)), section) is procured


def test_an_unknown_threshold_makes_nothing_procurement_but_the_central_directory() -> None:
    section = replace(SECTION, procurement_threshold=None)

    assert not is_procurement(replace(CARE, amount=Decimal("99999999.00")), section)
    assert is_procurement(replace(CARE, in_central_directory=True), section)


@pytest.mark.parametrize(("number", "clause"), [(1, None), (2, None), (3, "CD17-15.1")])
def test_chengdu_asks_the_public_about_class_3(number: int, clause: str | None) -> None:
    own = replace(CARE, service_class=number, need_origin="government_own", in_central_directory=True)
    found = consultation_clause(own, SECTION)

    assert (found.id if found else None) == clause


@pytest.mark.parametrize(("procured", "clause"), [(True, "GPR-15.1"), (False, None)])
def test_a_public_service_of_another_class_is_put_to_the_public_by_the_national_rule(
    procured: bool, clause: str | None
) -> None:
    small = replace(CARE, service_class=2, amount=Decimal("1.00"), in_central_directory=procured)
    found = consultation_clause(small, SECTION)

    assert (found.id if found else None) == clause


def test_where_the_city_names_no_class_the_national_rule_asks_for_procurement_alone() -> None:
    section = replace(ZHUHAI.section(RequirementSection), procurement_threshold=None)
    procured = replace(COUNSELLING, in_central_directory=True)

    assert consultation_clause(COUNSELLING, section) is None
    assert consultation_clause(replace(procured, need_origin="government_own"), section) is None
    found = consultation_clause(procured, section)
    assert found is not None
    assert found.id == "GPR-15.1"


@pytest.mark.parametrize("consultation", [None, Consultation(closed=False, undisposed=0)])
def test_the_requirement_of_a_public_service_waits_for_the_public(consultation: Consultation | None) -> None:
    assert failed(finalising(consultation=consultation)) == [("consultation_not_closed", "CD17-15.1")]


def test_no_answer_of_the_public_is_left_undecided() -> None:
    assert failed(finalising(consultation=Consultation(True, 1))) == [("feedback_undecided", "CD17-15.3")]


@pytest.mark.parametrize(
    ("changes", "code", "clause"),
    [
        ({"compliant": False}, "need_not_compliant", "CD17-11.2"),
        ({"wording_clear": False}, "wording_not_clear", "CD17-12.1"),
    ],
)
def test_what_the_reviewer_finds_wanting_does_not_stand(changes: dict[str, bool], code: str, clause: str) -> None:
    assert failed(finalising(review=a_review(**changes))) == [(code, clause)]


def test_the_writer_neither_finalises_nor_returns_it() -> None:
    writer = uuid4()
    own = Review(writer, writer, writer, True, True)

    expected = [("reviewer_is_writer", "CD17-17.1"), ("confirmed_by_declarer", "D102-10.0")]
    assert failed(finalising(review=own)) == expected
    assert failed(send_back(own, SECTION, CHENGDU.section(NegativeSection))) == expected


def test_in_zhuhai_the_negative_list_alone_asks_for_another_person() -> None:
    writer = uuid4()

    decision = finalising(BARE, COUNSELLING, None, Review(writer, writer, writer, False, False), ZHUHAI)

    assert failed(decision) == [("confirmed_by_declarer", "ZH21-11.0")]
