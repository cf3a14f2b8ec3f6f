from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.contracts.payments.rules import Request, Result, decide_payment, may_approve, may_request, replaces
from services.contracts.receipts.rules import may_settle
from services.contracts.rulebook import PaymentSection
from shared.fields.payment_terms import PaymentTerms
from shared.law.rulebook import rulebooks
from tests.support.terms import but, line

CHENGDU = rulebooks().get("chengdu-2017").section(PaymentSection)
ZHUHAI = rulebooks().get("zhuhai-2021").section(PaymentSection)
CHANGCHUN = rulebooks().get("changchun-2014").section(PaymentSection)
NATIONAL = rulebooks().get("national-procurement").section(PaymentSection)
BANDS = (
    (Decimal("90"), Decimal("1")),
    (Decimal("80"), Decimal("0.95")),
    (Decimal("70"), Decimal("0.90")),
)
INSTALMENT = line(1, "instalment", Decimal("152000.00"), "assessment", bands=BANDS)
ADVANCE = line(1, "advance", Decimal("80000.00"), "contract")
ONE, TWO = UUID(int=1), UUID(int=2)


def request(line: PaymentTerms = ADVANCE, **changes: Any) -> Request:
    asked = Request(line, Decimal("200000.00"), Decimal("0.00"), signed=True, papers=True)
    return replace(asked, **changes)


def refusals(asked: Request, section: PaymentSection) -> list[tuple[str, str]]:
    return [(f.clause.id, f.code) for f in may_request(asked, section).findings if f.refuses]


@pytest.mark.parametrize(("amount", "refused"), [("80000.00", False), ("80000.01", True)])
@pytest.mark.parametrize("kind", ["advance", "instalment", "final"])
def test_what_waits_for_no_result_stays_within_forty_percent(kind: Any, amount: str, refused: bool) -> None:
    asked = request(but(ADVANCE, kind=kind, amount=Decimal(amount)))

    assert bool(refusals(asked, ZHUHAI)) is refused


@pytest.mark.parametrize(("before", "refused"), [("40000.00", False), ("40000.01", True)])
def test_all_advances_count_together(before: str, refused: bool) -> None:
    asked = request(but(ADVANCE, amount=Decimal("40000.00")), advances_before=Decimal(before))

    assert (("ZH21-23.1", "advance_over_cap") in refusals(asked, ZHUHAI)) is refused


def test_after_the_service_nothing_is_an_advance_any_more() -> None:
    whole = request(but(ADVANCE, amount=Decimal("200000.00")))

    assert [code for _, code in refusals(whole, ZHUHAI)] == ["advance_over_cap"]
    assert refusals(replace(whole, service_over=True), ZHUHAI) == []


def test_an_advance_waits_for_the_signature() -> None:
    assert refusals(request(signed=False), ZHUHAI) == [("ZH21-23.2", "advance_before_signing")]


def test_a_later_line_is_not_asked_for_before_an_earlier_one() -> None:
    final = line(1, "final", Decimal("60000.00"), "evaluation")

    assert refusals(request(final, earlier_unasked=(2,)), ZHUHAI) == [("ZH21-23.3", "out_of_order")]
    assert refusals(request(final, earlier_unasked=()), ZHUHAI) == []


@pytest.mark.parametrize("line", [ADVANCE, INSTALMENT])
def test_changchun_pays_on_the_providers_documents(line: PaymentTerms) -> None:
    assert refusals(request(line, documents=False), CHANGCHUN) == [("CC14-9.2.1d", "documents_missing")]
    assert refusals(request(line, documents=True), CHANGCHUN) == []
    assert refusals(request(line, documents=False), NATIONAL) == []


def test_chengdu_pays_on_the_papers_of_an_assessment() -> None:
    assert refusals(request(INSTALMENT, papers=False), CHENGDU) == [("CD17-28.2", "papers_missing")]
    assert refusals(request(INSTALMENT, papers=True), CHENGDU) == []


def test_an_advance_in_chengdu_has_no_papers_to_rest_on() -> None:
    assert refusals(request(papers=False), CHENGDU) == []


@pytest.mark.parametrize(
    ("score", "amount"),
    [
        ("100.00", "152000.00"),
        ("91.00", "152000.00"),
        ("90.00", "152000.00"),
        ("89.99", "144400.00"),
        ("84.00", "144400.00"),
        ("80.00", "144400.00"),
        ("79.99", "136800.00"),
        ("70.00", "136800.00"),
    ],
)
def test_the_band_of_the_score_says_what_is_paid(score: str, amount: str) -> None:
    decision = decide_payment(INSTALMENT, Result(ONE, 1, score=Decimal(score)), CHENGDU)

    outcome = decision.or_refuse()
    assert (outcome.verdict, str(outcome.amount)) == ("release", amount)
    assert decision.clauses == ("CD17-28.1",)


@pytest.mark.parametrize("score", ["69.99", "0.00"])
def test_below_the_last_band_the_payment_is_held(score: str) -> None:
    outcome = decide_payment(INSTALMENT, Result(ONE, 1, score=Decimal(score)), CHENGDU).or_refuse()

    assert outcome.verdict == "hold"
    assert outcome.amount == 0


@pytest.mark.parametrize(("grade", "verdict"), [("good", "release"), ("fair", "release"), ("poor", "withhold")])
def test_in_zhuhai_the_grade_decides_the_line_that_waits_for_the_evaluation(grade: str, verdict: str) -> None:
    final = line(1, "final", Decimal("60000.00"), "evaluation")

    decision = decide_payment(final, Result(ONE, 1, score=Decimal("54.00"), grade=grade), ZHUHAI)

    assert decision.or_refuse().verdict == verdict
    assert decision.clauses == ("ZH21-27.5",)


@pytest.mark.parametrize(("passed", "verdict"), [(True, "release"), (False, "withhold")])
def test_an_acceptance_decides_the_line_that_waits_for_it(passed: bool, verdict: str) -> None:
    middle = line(1, "instalment", Decimal("60000.00"), "acceptance")

    assert decide_payment(middle, Result(ONE, 1, passed=passed), ZHUHAI).or_refuse().verdict == verdict


def test_without_a_result_the_line_goes_on_waiting() -> None:
    assert decide_payment(INSTALMENT, None, CHENGDU).or_refuse().verdict == "hold"


def test_a_line_gated_by_the_contract_alone_waits_for_nothing() -> None:
    outcome = decide_payment(ADVANCE, None, ZHUHAI).or_refuse()

    assert (outcome.verdict, outcome.amount) == ("release", Decimal("80000.00"))


def test_where_no_text_ties_money_to_a_result_the_contract_does() -> None:
    final = line(1, "final", Decimal("60000.00"), "acceptance")

    decision = decide_payment(final, Result(ONE, 1, passed=False), NATIONAL)

    assert (decision.or_refuse().verdict, decision.findings) == ("withhold", ())


def test_who_asked_does_not_approve() -> None:
    assert may_approve(ONE, ONE, ZHUHAI).refused
    assert not may_approve(ONE, TWO, ZHUHAI).refused


@pytest.mark.parametrize("reference", [None, ""])
def test_chengdu_settles_nothing_without_the_treasurys_reference(reference: str | None) -> None:
    decision = may_settle(reference, CHENGDU)

    assert [(f.clause.id, f.refuses) for f in decision.findings] == [("CD17-29.2", True)]


def test_with_its_reference_a_payment_is_settled() -> None:
    assert may_settle("GK-2022-0001", CHENGDU).or_refuse() == "GK-2022-0001"


def test_zhuhai_asks_for_no_treasury_reference() -> None:
    assert may_settle(None, ZHUHAI).or_refuse() == ""


@pytest.mark.parametrize(
    ("known", "paid", "found", "taken"),
    [
        (None, "0.00", Result(ONE, 1), True),
        (Result(ONE, 1), "0.00", Result(ONE, 1), False),
        (Result(ONE, 1), "100.00", Result(ONE, 2), True),
        (Result(ONE, 2), "100.00", Result(ONE, 1), False),
        (Result(ONE, 1), "0.00", Result(TWO, 1), True),
        (Result(ONE, 1), "100.00", Result(TWO, 1), False),
    ],
)
def test_a_result_is_replaced_by_its_correction_or_while_nothing_is_paid_by_a_new_one(
    known: Result | None, paid: str, found: Result, taken: bool
) -> None:
    assert replaces(known, Decimal(paid), found) is taken
