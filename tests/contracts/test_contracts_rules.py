from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.contracts.contracts.rules import Draft, Terms, may_write
from services.contracts.rulebook import ContractSection
from shared.fields.payment_terms import PaymentTerms
from shared.law.rulebook import Items, rulebooks
from tests.support.terms import but, line

CHENGDU = rulebooks().get("chengdu-2017").section(ContractSection)
ZHUHAI = rulebooks().get("zhuhai-2021").section(ContractSection)
NATIONAL = rulebooks().get("national-procurement").section(ContractSection)
CHANGCHUN = rulebooks().get("changchun-2014").section(ContractSection)
DONGGUAN = rulebooks().get("dongguan-2011").section(ContractSection)

BANDS = ((Decimal("90"), Decimal("1")), (Decimal("80"), Decimal("0.95")))
CHENGDU_TERMS = Terms(
    price=Decimal("456000.00"),
    starts_on=date(2022, 4, 1),
    ends_on=date(2023, 3, 31),
    contents=frozenset({*CHENGDU.contract_fields, "assessment_method"}),
    payments=(line(1, "instalment", Decimal("456000.00"), "assessment", period=1, bands=BANDS),),
    objection_window=5,
)
ZHUHAI_TERMS = Terms(
    price=Decimal("200000.00"),
    starts_on=date(2022, 4, 1),
    ends_on=date(2023, 3, 31),
    contents=frozenset(ZHUHAI.contract_fields),
    payments=(
        line(1, "advance", Decimal("80000.00"), "contract"),
        line(2, "final", Decimal("120000.00"), "evaluation"),
    ),
)
FOUR_TRAITS = frozenset({"fixed_need", "continuing", "stable_funding", "small_price_change"})


def in_chengdu(**changes: Any) -> Draft:
    """Written exactly as awarded, but for what is changed on both sides."""
    terms = replace(CHENGDU_TERMS, **changes)
    return Draft(terms, terms, service_class=3, conditions=FOUR_TRAITS)


def in_zhuhai(conditions: frozenset[str] = FOUR_TRAITS, **changes: Any) -> Draft:
    terms = replace(ZHUHAI_TERMS, **changes)
    return Draft(terms, terms, conditions=conditions)


def refusals(draft: Draft, section: ContractSection) -> list[tuple[str, str]]:
    return [(f.clause.id, f.code) for f in may_write(draft, section).findings if f.refuses]


def test_what_was_awarded_may_be_written() -> None:
    assert may_write(in_chengdu(), CHENGDU).outcome == CHENGDU_TERMS
    assert may_write(in_zhuhai(), ZHUHAI).outcome == ZHUHAI_TERMS


@pytest.mark.parametrize("field", list(CHENGDU.contract_fields))
def test_each_mandatory_part_is_asked_for_by_its_own_clause(field: str) -> None:
    contents = CHENGDU_TERMS.contents - {field}

    assert refusals(in_chengdu(contents=contents), CHENGDU) == [
        (CHENGDU.contract_fields.clause(field).id, "content_missing")
    ]


@pytest.mark.parametrize("field", list(NATIONAL.contract_fields))
def test_zhuhai_asks_for_the_national_parts(field: str) -> None:
    contents = ZHUHAI_TERMS.contents - {field}

    assert refusals(in_zhuhai(contents=contents), ZHUHAI) == [("D102-23.1", "content_missing")]


def test_a_part_beyond_the_mandatory_ones_does_no_harm() -> None:
    assert refusals(in_zhuhai(contents=ZHUHAI_TERMS.contents | {"insurance"}), ZHUHAI) == []


def test_a_payment_hangs_on_the_measure_of_its_own_gate() -> None:
    contents = CHENGDU_TERMS.contents - {"assessment_method"} | {"acceptance_standard"}

    assert refusals(in_chengdu(contents=contents), CHENGDU) == [("CD17-22.3", "payment_not_linked")]


@pytest.mark.parametrize("kind", ["advance", "instalment", "final"])
def test_in_chengdu_every_payment_hangs_on_a_standard_whatever_it_is_called(kind: str) -> None:
    payment = line(1, kind, Decimal("456000.00"), "contract")
    accepted = in_chengdu(
        payments=(but(payment, gate="acceptance"),), contents=CHENGDU_TERMS.contents | {"acceptance_standard"}
    )

    assert refusals(in_chengdu(payments=(payment,)), CHENGDU) == [("CD17-22.3", "payment_not_linked")]
    assert refusals(accepted, CHENGDU) == []


def test_an_evaluation_is_no_standard_on_which_a_payment_of_chengdu_hangs() -> None:
    final = line(1, "final", Decimal("456000.00"), "evaluation")

    assert ("CD17-22.3", "payment_not_linked") in refusals(in_chengdu(payments=(final,)), CHENGDU)


@pytest.mark.parametrize("section", [ZHUHAI, CHANGCHUN, DONGGUAN])
@pytest.mark.parametrize("gate", ["acceptance", "assessment", "evaluation", "contract"])
def test_a_text_that_ties_money_to_one_result_closes_no_other_gate(section: ContractSection, gate: str) -> None:
    final = line(1, "final", Decimal("200000.00"), gate, bands=BANDS if gate == "assessment" else ())
    terms = replace(ZHUHAI_TERMS, payments=(final,))

    assert "gate_not_allowed" not in {code for _, code in refusals(Draft(terms, terms), section)}


@pytest.mark.parametrize(("gate", "refused"), [("acceptance", False), ("evaluation", True)])
def test_a_text_that_closes_its_list_of_gates_admits_no_other(gate: str, refused: bool) -> None:
    terms = replace(ZHUHAI_TERMS, payments=(line(1, "final", Decimal("200000.00"), gate),))
    closed = replace(ZHUHAI, payment_gates=Items({"acceptance": ZHUHAI.payment_gates.clause("acceptance")}))

    assert (("ZH21-27.5", "gate_not_allowed") in refusals(Draft(terms, terms), closed)) is refused


def test_where_no_text_names_gates_the_contract_chooses() -> None:
    for gate in ("acceptance", "assessment", "evaluation", "contract"):
        bands = BANDS if gate == "assessment" else ()
        terms = replace(ZHUHAI_TERMS, payments=(line(1, "final", Decimal("200000.00"), gate, bands=bands),))

        assert refusals(Draft(terms, terms), NATIONAL) == []


def test_an_assessment_without_bands_would_never_pay() -> None:
    bare = but(CHENGDU_TERMS.payments[0], bands=())

    assert refusals(in_chengdu(payments=(bare,)), CHENGDU) == [("CD17-28.1", "bands_missing")]
    for section in (NATIONAL, CHANGCHUN, DONGGUAN):
        assert ("GPL-46.1", "bands_missing") in refusals(in_chengdu(payments=(bare,)), section)


@pytest.mark.parametrize(("service_class", "refused"), [(3, True), (2, False), (1, False), (None, False)])
def test_only_public_services_need_days_to_object(service_class: int | None, refused: bool) -> None:
    draft = replace(in_chengdu(objection_window=None), service_class=service_class)

    assert (refusals(draft, CHENGDU) == [("CD17-27.3", "objection_window_missing")]) is refused


@pytest.mark.parametrize(
    ("ends_on", "refused"),
    [(date(2025, 3, 31), []), (date(2025, 4, 1), [("CD17-23.2", "term_too_long")])],
)
def test_three_years_pass_and_a_day_more_does_not(ends_on: date, refused: list[tuple[str, str]]) -> None:
    assert refusals(in_chengdu(ends_on=ends_on), CHENGDU) == refused


@pytest.mark.parametrize("missing", ["fixed_need", "continuing", "small_price_change"])
def test_chengdu_asks_for_three_traits_beyond_a_year(missing: str) -> None:
    draft = replace(in_chengdu(ends_on=date(2023, 4, 1)), conditions=FOUR_TRAITS - {missing})

    assert ("CD17-23.1", "multi_year_condition_missing") in refusals(draft, CHENGDU)


def test_the_order_of_2020_asks_for_stable_money_beside_the_traits_that_chengdu_names() -> None:
    draft = replace(in_chengdu(ends_on=date(2023, 4, 1)), conditions=FOUR_TRAITS - {"stable_funding"})
    before = rulebooks().get("chengdu-2017@1:2018-03-01").section(ContractSection)

    assert ("D102-24.1", "multi_year_condition_missing") in refusals(draft, CHENGDU)
    assert "multi_year_condition_missing" not in [code for _, code in refusals(draft, before)]


@pytest.mark.parametrize(("ends_on", "refused"), [(date(2023, 3, 31), False), (date(2023, 4, 1), True)])
def test_before_the_order_of_2020_chengdu_asks_for_its_own_traits_beyond_a_year(ends_on: date, refused: bool) -> None:
    before = rulebooks().get("chengdu-2017@1:2018-03-01").section(ContractSection)
    draft = replace(in_chengdu(ends_on=ends_on), conditions=frozenset({"fixed_need", "continuing"}))

    found = refusals(draft, before)

    assert (("CD17-23.1", "multi_year_condition_missing") in found) is refused
    assert (("CD17-23.3", "term_over_ordinary") in found) is refused


def test_a_year_exactly_needs_no_trait() -> None:
    assert refusals(in_zhuhai(frozenset()), ZHUHAI) == []


@pytest.mark.parametrize("missing", sorted(FOUR_TRAITS))
def test_zhuhai_asks_for_all_four_beyond_a_year(missing: str) -> None:
    draft = in_zhuhai(FOUR_TRAITS - {missing}, ends_on=date(2023, 4, 1))

    assert refusals(draft, ZHUHAI) == [
        ("ZH21-22.2", "multi_year_condition_missing"),
        ("D102-24.1", "term_over_ordinary"),
    ]


@pytest.mark.parametrize(("second", "refused"), [("30000.00", False), ("30000.01", True)])
@pytest.mark.parametrize("kind", ["advance", "instalment", "final"])
def test_whatever_waits_for_no_result_counts_together_as_an_advance(kind: str, second: str, refused: bool) -> None:
    payments = (
        line(1, "advance", Decimal("50000.00"), "contract"),
        line(2, kind, Decimal(second), "contract"),
    )

    found = refusals(in_zhuhai(payments=payments), ZHUHAI)

    assert (("ZH21-23.1", "advance_over_cap") in found) is refused


def test_what_waits_for_an_acceptance_is_no_advance_though_it_is_called_one() -> None:
    payment = line(1, "advance", Decimal("80000.01"), "acceptance")
    at_once = but(payment, gate="contract")

    assert refusals(in_zhuhai(payments=(payment,)), ZHUHAI) == []
    assert refusals(in_zhuhai(payments=(at_once,)), ZHUHAI) == [("ZH21-23.1", "advance_over_cap")]


@pytest.mark.parametrize(
    "change",
    [
        {"price": Decimal("199999.99")},
        {"starts_on": date(2022, 4, 2)},
        {"ends_on": date(2023, 3, 30)},
        {"contents": ZHUHAI_TERMS.contents - {"quality"}},
        {"payments": (but(ZHUHAI_TERMS.payments[0], due_days=31), ZHUHAI_TERMS.payments[1])},
        {"payments": (but(ZHUHAI_TERMS.payments[0], amount=Decimal("79999.99")), ZHUHAI_TERMS.payments[1])},
        {"payments": ZHUHAI_TERMS.payments[:1]},
    ],
)
def test_what_is_written_does_not_depart_from_what_was_awarded(change: dict[str, Any]) -> None:
    draft = replace(in_zhuhai(), written=replace(ZHUHAI_TERMS, **change))

    assert ("GPL-46.1", "departs_from_award") in refusals(draft, ZHUHAI)


def test_the_window_of_the_file_binds_the_contract() -> None:
    draft = replace(in_chengdu(), written=replace(CHENGDU_TERMS, objection_window=4))

    assert refusals(draft, CHENGDU) == [("GPL-46.1", "departs_from_award")]


def test_amounts_written_with_fewer_decimals_are_the_same_amounts() -> None:
    same = but(ZHUHAI_TERMS.payments[0], amount=Decimal("80000"))
    draft = replace(in_zhuhai(), written=replace(ZHUHAI_TERMS, payments=(same, ZHUHAI_TERMS.payments[1])))

    assert refusals(draft, ZHUHAI) == []


def test_all_findings_come_at_once() -> None:
    nothing = replace(CHENGDU_TERMS, contents=frozenset(), objection_window=None, ends_on=date(2026, 1, 1))

    found = {clause for clause, _ in refusals(replace(in_chengdu(), written=nothing), CHENGDU)}

    assert found == {
        "CD17-22.1",
        "CD17-22.2",
        "CD17-22.3",
        "CD17-22.4",
        "CD17-22.5",
        "CD17-23.2",
        "CD17-27.3",
        "D102-23.1",
        "GPL-46.1",
    }


@pytest.mark.parametrize(("older", "refused"), [(True, []), (False, [("CD17-22.3", "payment_not_linked")])])
def test_what_an_older_file_promised_is_not_asked_again(older: bool, refused: list[tuple[str, str]]) -> None:
    promised = in_chengdu(payments=(line(1, "final", Decimal("456000.00"), "contract"),))

    assert refusals(replace(promised, older=older), CHENGDU) == refused


@pytest.mark.parametrize(("promised", "refused"), [("80000.01", []), ("80000.00", ["advance_over_cap"])])
def test_what_an_older_file_did_not_promise_is_asked(promised: str, refused: list[str]) -> None:
    def lines(advance: str) -> tuple[PaymentTerms, ...]:
        rest = Decimal("200000.00") - Decimal(advance)
        return line(1, "advance", Decimal(advance), "contract"), line(2, "final", rest, "acceptance")

    awarded, written = (replace(ZHUHAI_TERMS, payments=lines(advance)) for advance in (promised, "80000.01"))

    found = {code for _, code in refusals(Draft(awarded, written, older=True), ZHUHAI)}
    assert found == ({*refused, "departs_from_award"} if refused else set())
