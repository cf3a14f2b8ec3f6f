from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.tendering.files.contents import Contents
from services.tendering.files.factors import weight_outside
from services.tendering.files.rules import TenderFile, Together, check_file, is_split
from services.tendering.files.terms import terms_findings
from services.tendering.rulebook import FileSection
from shared.law.decision import Decision
from shared.law.rulebook import Value, rulebooks
from shared.law.scope import Case
from tests.tendering.examples import (
    BANDS,
    CAPABILITY,
    CHENGDU,
    CONDITIONS,
    LATEST_RESULT,
    PLAN,
    PRICE,
    RESPONSE,
    TODAY,
    ZHUHAI,
    a_tender_file,
)


def checked(
    book: str = "chengdu-2017",
    *,
    method: str | None = None,
    procurement: bool | None = None,
    need_is_final: bool = True,
    authors: frozenset[UUID] = frozenset(),
    checker: UUID | None = None,
    **changed: Any,
) -> Decision[Contents]:
    chengdu = book == "chengdu-2017"
    contents = Contents.model_validate(a_tender_file(CHENGDU if chengdu else ZHUHAI, **changed))
    usual = "open_tender" if chengdu else "competitive_consultation"
    is_procurement = chengdu if procurement is None else procurement
    by = method or usual
    file = TenderFile(by, is_procurement, contents, need_is_final, authors, checker)
    return check_file(file, rulebooks().get(book).section(FileSection, Case(method=by)), TODAY)


def failed(decision: Decision[Contents]) -> list[tuple[str, str]]:
    return [(f.code, f.clause.id) for f in decision.findings if not f.satisfied]


def with_factors(*factors: dict[str, Any]) -> dict[str, Any]:
    return {"factors": list(factors)}


def changed(factor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**factor, **fields}


@pytest.mark.parametrize(
    ("book", "years", "found"),
    [
        ("chengdu-2017", 3, []),
        ("chengdu-2017", 4, [("service_period_too_long", "CD17-23.3")]),
        ("zhuhai-2021", 3, []),
        ("zhuhai-2021", 4, [("service_period_too_long", "ZH21-22.1")]),
        ("national-procurement", 4, [("service_period_too_long", "D102-24.1")]),
    ],
)
def test_a_service_is_signed_anew_each_year_for_no_more_than_three(
    book: str, years: int, found: list[tuple[str, str]]
) -> None:
    terms = a_tender_file(ZHUHAI if book == "zhuhai-2021" else CHENGDU)["terms"]
    contents = [*terms["contents"], "assessment_method"]

    assert failed(checked(book, terms={**terms, "service_years": years, "contents": contents})) == found


@pytest.mark.parametrize(
    ("years", "more", "found"),
    [
        (1, [], []),
        (2, [], [("yearly_standard_missing", "CD17-23.5")]),
        (2, ["assessment_method"], []),
    ],
)
def test_a_file_that_is_signed_each_year_says_by_what_each_is_assessed(
    years: int, more: list[str], found: list[tuple[str, str]]
) -> None:
    terms = a_tender_file(CHENGDU)["terms"]

    assert failed(checked(terms={**terms, "service_years": years, "contents": [*terms["contents"], *more]})) == found


@pytest.mark.parametrize("book", ["chengdu-2017", "zhuhai-2021"])
def test_a_complete_file_passes(book: str) -> None:
    assert failed(checked(book)) == []


@pytest.mark.parametrize(("book", "clause"), [("chengdu-2017", "CD17-17.2"), ("zhuhai-2021", "IC12-33.1")])
def test_nobody_checks_a_file_they_drafted_a_version_of(book: str, clause: str) -> None:
    author, another = uuid4(), uuid4()

    assert failed(checked(book, authors=frozenset({author, another}), checker=author)) == [
        ("checker_is_author", clause)
    ]
    assert failed(checked(book, authors=frozenset({author}), checker=another)) == []


@pytest.mark.parametrize(
    ("missing", "clause"),
    [
        ({"conditions": []}, "CD17-20.1"),
        ({"need_is_final": False}, "CD17-20.2"),
        ({"evaluation_method": None}, "CD17-20.3"),
        ({"factors": []}, "CD17-20.3"),
        ({"terms": None}, "CD17-20.4"),
    ],
)
def test_each_field_of_the_file_is_asked_for(missing: dict[str, Any], clause: str) -> None:
    assert failed(checked(**missing)) == [("file_field_missing", clause)]


def test_only_a_consultation_lists_what_may_change() -> None:
    by_consultation = checked(method="competitive_consultation", substantive_changes=[])

    assert failed(by_consultation) == [("file_field_missing", "CD17-20.5")]
    assert failed(checked(substantive_changes=[])) == []


def test_the_price_may_not_change_in_a_consultation() -> None:
    decision = checked("zhuhai-2021", substantive_changes=[{"kind": "price", "text": "可以议价"}])

    assert failed(decision) == [("change_not_allowed", "C214-20.1")]


@pytest.mark.parametrize(("missing", "clause"), [("relief_channel", "CD17-39.3"), ("responsible_unit", "CD17-39.4")])
def test_another_purchase_names_where_claims_go(missing: str, clause: str) -> None:
    fields: dict[str, Any] = {missing: None}

    assert failed(checked(method="competitive_consultation", procurement=False, **fields)) == [
        ("file_field_missing", clause)
    ]
    assert failed(checked(procurement=True, **fields)) == []


@pytest.mark.parametrize(
    ("code", "clause"),
    [
        ("founding_years", "ZH21-16.1"),
        ("registered_place", "ZH21-16.2"),
        ("size", "ZH21-16.3"),
        ("assessment_grade", "ZH21-16.4"),
        ("ownership_form_place", "GPR-20.1"),
        ("staff_number", "SME46-5.1"),
    ],
)
def test_zhuhai_forbids_these_conditions(code: str, clause: str) -> None:
    condition = {"code": code, "text": "……", "reason": "有此需要"}

    assert failed(checked("zhuhai-2021", conditions=[*CONDITIONS, condition])) == [("condition_forbidden", clause)]


def test_a_condition_of_ones_own_needs_a_reason_in_zhuhai() -> None:
    own = {"code": "counsellors_licensed", "text": "咨询师持证"}
    reasoned = {**own, "reason": "心理咨询由持证人员提供"}

    assert failed(checked("zhuhai-2021", conditions=[*CONDITIONS, own])) == [
        ("own_condition_needs_reason", "ZH21-16.5")
    ]
    assert failed(checked("zhuhai-2021", conditions=[*CONDITIONS, reasoned])) == []
    assert failed(checked("chengdu-2017", conditions=[*CONDITIONS, own])) == []


@pytest.mark.parametrize(("least", "enough"), [("2A", False), ("3A", True), ("4A", True)])
def test_dongguan_requires_the_grade_that_zhuhai_forbids(least: str, enough: bool) -> None:
    conditions = [*CONDITIONS, {"code": "assessment_grade", "text": f"评估等级{least}以上", "least": least}]
    terms = a_tender_file(CHENGDU)["terms"]

    decision = checked("dongguan-2011", conditions=conditions, terms=terms)

    assert failed(decision) == ([] if enough else [("assessment_grade_required", "DG11-7.1b")])
    assert ("condition_forbidden", "ZH21-16.4") in failed(checked("zhuhai-2021", conditions=conditions))


def test_dongguan_finds_a_file_without_a_grade_wanting() -> None:
    decision = checked("dongguan-2011", terms=a_tender_file(CHENGDU)["terms"])

    assert failed(decision) == [("assessment_grade_required", "DG11-7.1b")]


@pytest.mark.parametrize(("reason", "refusals"), [(None, ["CD17-21.1"]), ("关系服务质量", [])])
def test_a_kind_that_the_list_does_not_name_needs_a_reason(reason: str | None, refusals: list[str]) -> None:
    other = changed(CAPABILITY, kind="other", reason=reason, items=[])

    assert [clause for _, clause in failed(checked(**with_factors(PRICE, PLAN, RESPONSE, other)))] == refusals


@pytest.mark.parametrize(
    "scored",
    [
        changed(CAPABILITY, code="financial_system"),
        changed(CAPABILITY, matches={"kind": "business_condition", "reference": "financial_system"}),
    ],
)
def test_a_qualification_condition_is_not_scored(scored: dict[str, Any]) -> None:
    decision = checked(**with_factors(PRICE, PLAN, RESPONSE, scored))

    assert failed(decision) == [("qualification_scored", "CD17-21.2")]


@pytest.mark.parametrize(
    "vague",
    [
        changed(PLAN, levels=[]),
        changed(PLAN, levels=[{"text": "优", "points": "40"}, {"text": "良"}]),
        changed(PLAN, levels=PLAN["levels"], indicator=RESPONSE["indicator"] | {"bands": []}),
    ],
)
def test_words_without_points_quantify_nothing(vague: dict[str, Any]) -> None:
    for book, clause in (("chengdu-2017", "CD17-21.4"), ("zhuhai-2021", "C214-24.1")):
        decision = checked(book, **with_factors(PRICE, vague, RESPONSE, CAPABILITY))

        assert ("factor_not_quantified", clause) in failed(decision)


def test_a_factor_answers_to_a_need() -> None:
    decision = checked(**with_factors(PRICE, changed(PLAN, matches=None), RESPONSE, CAPABILITY))

    assert failed(decision) == [("factor_without_need", "CD17-21.4")]


def banded(*bands: tuple[str, str, str]) -> dict[str, Any]:
    cut = [{"lowest": low, "highest": high, "points": points} for low, high, points in bands]
    return with_factors(
        PRICE, PLAN, changed(RESPONSE, indicator={"lowest": "0", "highest": "72", "bands": cut}), CAPABILITY
    )


@pytest.mark.parametrize(
    ("bands", "code"),
    [
        ([("0", "24", "20"), ("24.0001", "72", "0")], "bands_leave_gap"),
        ([("0.0001", "24", "20"), ("24", "72", "0")], "bands_leave_gap"),
        ([("0", "24", "20"), ("24", "71.9999", "0")], "bands_leave_gap"),
        ([("0", "24", "20"), ("23.9999", "72", "0")], "bands_overlap"),
        ([("0", "24", "20"), ("24", "72.0001", "0")], "bands_overlap"),
        ([("0", "24", "20"), ("24", "48", "20"), ("48", "72", "0")], "bands_same_points"),
    ],
)
def test_bands_cover_the_range_once_with_points_of_their_own(bands: list[tuple[str, str, str]], code: str) -> None:
    assert failed(checked(**banded(*bands))) == [(code, "CD17-21.5")]
    assert failed(checked("zhuhai-2021", **banded(*bands))) == [(code, "C214-24.1")]


def test_bands_may_be_written_in_any_order() -> None:
    assert failed(checked(**banded(("24", "72", "0"), ("0", "24", "20")))) == []


@pytest.mark.parametrize("weight", ["19.99", "20.01"])
def test_the_weights_are_a_hundred_exactly(weight: str) -> None:
    decision = checked(**with_factors(changed(PRICE, weight=weight), PLAN, RESPONSE, CAPABILITY))

    assert failed(decision) == [("weights_not_100", "CD17-21.4")]


@pytest.mark.parametrize(("points", "refused"), [("10", False), ("10.01", True)])
def test_the_items_of_a_capability_stay_within_its_weight(points: str, refused: bool) -> None:
    items = [{"code": "quality_control", "points": "10"}, {"code": "emergency_measures", "points": points}]

    decision = checked(**with_factors(PRICE, PLAN, RESPONSE, changed(CAPABILITY, items=items)))

    assert failed(decision) == ([("items_over_factor", "CD17-21.4")] if refused else [])


@pytest.mark.parametrize("best", ["39.99", "40.01"])
def test_the_best_level_earns_the_weight(best: str) -> None:
    levels = [{"text": "全部", "points": best}, {"text": "部分", "points": "10"}]

    assert failed(checked(**with_factors(PRICE, changed(PLAN, levels=levels), RESPONSE, CAPABILITY))) == [
        ("points_not_weight", "CD17-21.4")
    ]


@pytest.mark.parametrize(
    ("book", "price", "refusals"),
    [
        ("chengdu-2017", "10.00", []),
        ("chengdu-2017", "9.99", ["D87-55.1"]),
        ("chengdu-2017", "30.01", []),
        ("zhuhai-2021", "10.00", []),
        ("zhuhai-2021", "9.99", ["C214-24.1"]),
        ("zhuhai-2021", "30.00", []),
        ("zhuhai-2021", "30.01", ["C214-24.1"]),
    ],
)
def test_the_price_counts_within_the_bounds_of_its_method(book: str, price: str, refusals: list[str]) -> None:
    rest = str(Decimal("40") - Decimal(price))
    best = changed(CAPABILITY, weight=rest, levels=[{"text": "齐全", "points": rest}], items=[])

    decision = checked(book, **with_factors(changed(PRICE, weight=price), PLAN, RESPONSE, best))

    assert [clause for _, clause in failed(decision)] == refusals


@pytest.mark.parametrize(
    ("book", "price", "fixed", "outside"),
    [
        ("chengdu-2017", "9.99", None, True),
        ("chengdu-2017", "10.00", None, False),
        ("chengdu-2017", "30.01", None, False),
        ("zhuhai-2021", "30.00", None, False),
        ("zhuhai-2021", "30.01", None, True),
        ("chengdu-2017", "0.00", "state_price", False),
        ("zhuhai-2021", "0.00", "state_price", True),
    ],
)
def test_a_weight_outside_its_bounds_takes_a_consent(book: str, price: str, fixed: str | None, outside: bool) -> None:
    """Unless the price is the same for all on a basis that the text of the method lists."""
    method = "open_tender" if book == "chengdu-2017" else "competitive_consultation"
    of_price = [changed(PRICE, weight=price)] if fixed is None else []
    fixed_price = {"basis": fixed, "amount": "200000.00"} if fixed else None
    written = a_tender_file(CHENGDU, fixed_price=fixed_price, **with_factors(*of_price, PLAN))
    section = rulebooks().get(book).section(FileSection, Case(method=method))

    assert weight_outside(Contents.model_validate(written), section) is outside


@pytest.mark.parametrize(
    ("count", "amount", "split"), [(2, "4000000.00", False), (2, "4000000.01", True), (1, "4000000.01", False)]
)
@pytest.mark.parametrize("consents", [(), ("city_finance", "supervising_unit")])
def test_what_passes_by_an_approval_alone_is_split(
    count: int, amount: str, split: bool, consents: tuple[str, ...]
) -> None:
    by, book = "competitive_consultation", rulebooks().get("zhuhai-2021")
    contents, together = Contents.model_validate(a_tender_file(ZHUHAI)), Together(count, Decimal(amount))
    file = TenderFile(by, True, contents, True, together=together, other_method_consents=frozenset(consents))

    assert is_split(file, book.section(FileSection, Case(method=by))) is split


def test_the_number_of_staff_scores_nothing() -> None:
    decision = checked(**with_factors(PRICE, PLAN, RESPONSE, changed(CAPABILITY, code="staff_number")))

    assert failed(decision) == [("factor_forbidden", "D87-17.1")]


@pytest.mark.parametrize(("book", "clause"), [("chengdu-2017", "CD17-33.3"), ("zhuhai-2021", "ZH21-27.6")])
def test_a_result_may_score_when_newcomers_know_their_points(book: str, clause: str) -> None:
    price = changed(PRICE, weight="15")
    silent = changed(LATEST_RESULT, result_points={"good": "5", "fair": "3", "poor": "0"})

    assert failed(checked(book, **with_factors(price, PLAN, RESPONSE, CAPABILITY, LATEST_RESULT))) == []
    assert failed(checked(book, **with_factors(price, PLAN, RESPONSE, CAPABILITY, silent))) == [
        ("newcomer_points_missing", clause)
    ]


@pytest.mark.parametrize(
    ("book", "gate", "refusals"),
    [
        ("chengdu-2017", "assessment", []),
        ("chengdu-2017", "acceptance", []),
        ("chengdu-2017", "contract", ["CD17-22.3"]),
        ("chengdu-2017", "evaluation", ["CD17-22.3"]),
        ("zhuhai-2021", "evaluation", []),
        ("zhuhai-2021", "contract", ["ZH21-23.1"]),
        ("zhuhai-2021", "assessment", []),
        ("changchun-2014", "acceptance", []),
        ("changchun-2014", "assessment", []),
        ("changchun-2014", "contract", []),
        ("changchun-2014", "evaluation", ["CC14-6.7"]),
        ("national-procurement", "evaluation", ["GPL-46.1"]),
    ],
)
def test_the_rulebook_says_what_may_gate_a_payment(book: str, gate: str, refusals: list[str]) -> None:
    terms = a_tender_file(CHENGDU)["terms"]
    bands = BANDS if gate == "assessment" else []
    line = {"number": 1, "kind": "final", "amount": "100.00", "gate": gate, "bands": bands}

    decision = checked(book, terms={**terms, "payments": [line]})

    assert [clause for _, clause in failed(decision)] == refusals


@pytest.mark.parametrize(
    ("figures", "lacking"),
    [
        ({}, []),
        ({"good_from": None}, ["good_from"]),
        ({"third_party_weight": None}, ["third_party_weight"]),
        ({"third_party_weight": "0.31"}, ["purchaser_weight", "beneficiary_weight", "third_party_weight"]),
    ],
)
def test_no_payment_waits_for_an_evaluation_that_nobody_can_conclude(
    figures: dict[str, str | None], lacking: list[str]
) -> None:
    section = rulebooks().get("zhuhai-2021").section(FileSection, Case(method="competitive_consultation"))
    clause = section.contract_departs_from_award.clause
    given: Any = {name: Value(Decimal(value), clause) if value else None for name, value in figures.items()}
    line = {"number": 1, "kind": "final", "amount": "100.00", "gate": "evaluation"}
    terms = Contents.model_validate(a_tender_file(terms={**a_tender_file()["terms"], "payments": [line]})).terms

    found = [each for each in terms_findings(terms, replace(section, **given)) if not each.satisfied]

    wanted = [("evaluation_never_concluded", "ZH21-27.5", ", ".join(lacking))] if lacking else []
    assert [(each.code, each.clause.id, each.facts["lacking"]) for each in found] == wanted


@pytest.mark.parametrize(
    ("bands", "codes"),
    [
        ([("90", "1"), ("60", "0.5")], []),
        ([("60", "0.5"), ("90", "1")], []),
        ([("90", "1"), ("60", "1")], []),
        ([("60", "1"), ("0", "0")], []),
        ([("60", "0")], ["bands_never_whole"]),
        ([("60", "0.0001")], ["bands_never_whole"]),
        ([("90", "0.9999"), ("60", "0.5")], ["bands_never_whole"]),
        ([("90", "1"), ("90.00", "0.5")], ["bands_at_one_score"]),
        ([("90", "1"), ("80", "0.5"), ("60", "0.51")], ["bands_fall"]),
        ([("90", "0.5"), ("60", "1")], ["bands_fall", "bands_never_whole"]),
    ],
)
def test_the_bands_of_a_payment_rise_with_the_score_to_the_whole_of_it(
    bands: list[tuple[str, str]], codes: list[str]
) -> None:
    terms = a_tender_file(CHENGDU)["terms"]
    given = [{"from_points": points, "share": share} for points, share in sorted(bands, reverse=True)]
    line = {"number": 1, "kind": "final", "amount": "100.00", "gate": "assessment", "bands": given}

    for book, clause in (("chengdu-2017", "CD17-28.1"), ("shanghai-2015", "GPL-46.1")):
        decision = checked(book, terms={**terms, "payments": [line]})

        found = [(code, by) for code, by in failed(decision) if code.startswith("bands_")]
        assert sorted(found) == [(code, clause) for code in sorted(codes)]


@pytest.mark.parametrize(("advance", "refusals"), [("88000.00", []), ("88000.01", ["ZH21-23.1"])])
@pytest.mark.parametrize("kind", ["advance", "instalment", "final"])
def test_what_waits_for_no_result_stays_within_forty_percent(kind: str, advance: str, refusals: list[str]) -> None:
    rest = "132000.00" if not refusals else "131999.99"
    lines = [
        {"number": 1, "kind": kind, "amount": advance, "gate": "contract"},
        {"number": 2, "kind": "final", "amount": rest, "gate": "evaluation"},
    ]

    decision = checked("zhuhai-2021", terms={**a_tender_file()["terms"], "payments": lines})

    assert [clause for _, clause in failed(decision)] == refusals


def test_an_empty_file_gets_all_its_findings_at_once() -> None:
    empty: dict[str, Any] = {
        "conditions": [],
        "evaluation_method": None,
        "factors": [],
        "terms": None,
        "need_is_final": False,
    }

    decision = checked(**empty)

    assert [clause for _, clause in failed(decision)] == [
        "CD17-20.1",
        "CD17-20.2",
        "CD17-20.3",
        "CD17-20.3",
        "CD17-20.4",
    ]


def with_days(within: int | None, *each: int | None) -> dict[str, Any]:
    terms = a_tender_file(ZHUHAI)["terms"]
    lines = [
        {**line, **({"due_days": days} if days else {})} for line, days in zip(terms["payments"], each, strict=True)
    ]
    return {"terms": {**terms, "payments": lines, **({"pay_within_days": within} if within else {})}}


@pytest.mark.parametrize(
    ("within", "each", "due"),
    [
        (15, (None, None, None), [15, 15, 15]),
        (15, (10, None, 15), [10, 15, 15]),
        (15, (30, None, None), [15, 15, 15]),
        (None, (45, None, 15), [45, 30, 15]),
    ],
)
def test_whoever_writes_fifteen_days_is_paid_in_fifteen(
    within: int | None, each: tuple[int | None, ...], due: list[int]
) -> None:
    terms = Contents.model_validate(a_tender_file(ZHUHAI, **with_days(within, *each))).terms
    assert terms is not None

    awarded = terms.for_award({line.number: line.amount for line in terms.payments})

    assert [line.due_days for line in awarded.payments] == due
    assert awarded.pay_within_days == max(due)


@pytest.mark.parametrize(("days", "found"), [(15, []), (16, [("due_later_than_file", "ZH21-23.4")])])
def test_no_payment_is_due_later_than_the_file_says_of_all(days: int, found: list[tuple[str, str]]) -> None:
    assert failed(checked("zhuhai-2021", **with_days(15, days, None, None))) == found


@pytest.mark.parametrize(
    ("role", "reason", "refused"),
    [("design", None, []), ("drafting", None, [("prior_role_needs_reason", "GPR-18.2")]), ("drafting", "撰写方案", [])],
)
def test_a_role_that_no_text_lists_keeps_a_provider_out_with_a_reason(
    role: str, reason: str | None, refused: list[tuple[str, str]]
) -> None:
    named = {"provider_id": str(uuid4()), "role": role, "reason": reason}

    assert failed(checked(prepared_by=[named])) == refused
