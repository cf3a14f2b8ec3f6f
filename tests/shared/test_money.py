from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.fields.money import FEN, Money, Points, PositiveMoney, Ratio, fen, of, split, split_cumulatively


class Payment(BaseModel):
    amount: Money


class Instalment(BaseModel):
    amount: PositiveMoney


class Advance(BaseModel):
    ratio: Ratio


class Score(BaseModel):
    points: Points


def yuan(text: str) -> Decimal:
    return Decimal(text)


def sources_of(*amounts: str) -> dict[str, Decimal]:
    return {f"source {n}": yuan(amount) for n, amount in enumerate(amounts, 1)}


@pytest.mark.parametrize(
    ("text", "kept"),
    [("0", "0.00"), ("0.5", "0.50"), ("120000.00", "120000.00"), ("9999999999999999.99", "9999999999999999.99")],
)
def test_an_amount_is_text_and_comes_back_with_two_places(text: str, kept: str) -> None:
    payment = Payment.model_validate({"amount": text})

    assert payment.amount == yuan(kept)
    assert payment.model_dump_json() == f'{{"amount":"{kept}"}}'


NO_AMOUNTS = [
    "-1", "-0", "+1", "0.001", "1e2", "1E+3", "1e400", "NaN", "Infinity", "１２", "٣", "1_000", "1,000", " 12 ", "12\n",
    "", ".5", "5.", "0x1", "10000000000000000", "1" * 31, 1, 0, 0.1, True, None, ["1"], {"yuan": "1"},
]  # fmt: skip


@pytest.mark.parametrize("given_value", NO_AMOUNTS, ids=repr)
def test_what_is_not_plain_digits_is_no_amount(given_value: object) -> None:
    with pytest.raises(ValidationError) as refusal:
        Payment.model_validate({"amount": given_value})

    assert [error["type"] for error in refusal.value.errors()] == ["money"]


@pytest.mark.parametrize("body", [b'{"amount": 12}', b'{"amount": 12.5}', b'{"amount": true}', b'{"amount": null}'])
def test_a_json_number_is_no_amount(body: bytes) -> None:
    with pytest.raises(ValidationError):
        Payment.model_validate_json(body)


def test_a_refused_amount_is_not_repeated_in_the_message() -> None:
    with pytest.raises(ValidationError) as refusal:
        Payment.model_validate({"amount": "6222-0000-secret"})

    assert "secret" not in refusal.value.errors()[0]["msg"]


def test_code_gives_an_amount_as_a_decimal() -> None:
    assert str(Payment(amount=yuan("80000")).amount) == "80000.00"


@pytest.mark.parametrize("amount", ["0.001", "1.500", "-1.00", "-0.00", "NaN", "Infinity", "1E+20"])
def test_code_cannot_give_a_decimal_that_is_no_amount(amount: str) -> None:
    with pytest.raises(ValidationError):
        Payment(amount=yuan(amount))


@pytest.mark.parametrize("nothing", ["0", "0.0", "0.00", "000", "000.00"])
def test_a_positive_amount_is_not_zero(nothing: str) -> None:
    with pytest.raises(ValidationError):
        Instalment.model_validate({"amount": nothing})


@pytest.mark.parametrize("something", ["0.01", "00.10", "10", "1000.00"])
def test_a_positive_amount_is_a_fen_and_more(something: str) -> None:
    assert Instalment.model_validate({"amount": something}).amount == yuan(something)


@pytest.mark.parametrize(
    ("text", "kept"), [("0", "0.0000"), ("0.4", "0.4000"), ("0.3333", "0.3333"), ("1.00", "1.0000")]
)
def test_a_ratio_has_four_places(text: str, kept: str) -> None:
    assert Advance.model_validate({"ratio": text}).model_dump(mode="json") == {"ratio": kept}


@pytest.mark.parametrize("text", ["1.0001", "0.33333", "-0.1", "40", "40%", ".4", 0.4, 1, True])
def test_a_ratio_is_between_nothing_and_the_whole(text: object) -> None:
    with pytest.raises(ValidationError):
        Advance.model_validate({"ratio": text})


@pytest.mark.parametrize(("text", "kept"), [("0", "0.00"), ("7.5", "7.50"), ("99.99", "99.99"), ("100", "100.00")])
def test_points_have_two_places(text: str, kept: str) -> None:
    assert Score.model_validate({"points": text}).model_dump(mode="json") == {"points": kept}


@pytest.mark.parametrize("text", ["100.01", "101", "99.999", "-1", "", 92.5, 92])
def test_points_end_at_a_hundred(text: object) -> None:
    with pytest.raises(ValidationError):
        Score.model_validate({"points": text})


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_schema_shows_text_with_its_form(mode: str) -> None:
    schema = Payment.model_json_schema(mode=mode)  # type: ignore[arg-type]

    assert schema["properties"]["amount"] == {
        "type": "string",
        "pattern": r"^[0-9]{1,16}(\.[0-9]{1,2})?$",
        "examples": ["120000.00"],
        "title": "Amount",
    }


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.125", "0.12"), ("0.135", "0.14"), ("0.1250001", "0.13"), ("2", "2.00")]
)
def test_half_a_fen_goes_to_the_even_neighbour(amount: str, rounded: str) -> None:
    assert str(fen(yuan(amount))) == rounded


def test_a_ratio_of_an_amount_is_to_the_fen() -> None:
    assert str(of(yuan("200000.01"), yuan("0.3333"))) == "66660.00"


def test_the_largest_remainder_takes_the_fen_left_over() -> None:
    shares = split(yuan("80000.00"), sources_of("200000.00", "20000.00"))

    assert list(map(str, shares.values())) == ["72727.27", "7272.73"]


def test_among_equal_remainders_the_first_takes_the_fen() -> None:
    shares = split(yuan("100.00"), {"b": yuan("1"), "a": yuan("1"), "c": yuan("1")})

    assert {key: str(share) for key, share in shares.items()} == {"b": "33.34", "a": "33.33", "c": "33.33"}


def test_a_weight_of_nothing_takes_nothing() -> None:
    assert split(yuan("0.02"), {"left": yuan("0"), "right": yuan("3")}) == {"left": 0, "right": yuan("0.02")}


@pytest.mark.parametrize(
    ("total", "weights"),
    [("1.00", []), ("1.00", ["0"]), ("1.00", ["2", "-1"]), ("-0.01", ["1"]), ("0.001", ["1"])],
)
def test_what_cannot_be_shared_is_refused(total: str, weights: list[str]) -> None:
    with pytest.raises(ValueError, match="must"):
        split(yuan(total), sources_of(*weights))


amounts = st.integers(min_value=0, max_value=10**18 - 1).map(lambda count: count * FEN)
budgets = st.lists(st.integers(min_value=0, max_value=10**11), min_size=1, max_size=6).filter(any)


def by_number(counts: Sequence[int]) -> dict[int, Decimal]:
    return {number: count * FEN for number, count in enumerate(counts)}


@settings(deadline=None)
@given(amounts, budgets)
def test_shares_add_up_and_are_less_than_a_fen_from_exact(total: Decimal, counts: list[int]) -> None:
    shares = split(total, by_number(counts))

    assert sum(shares.values()) == total
    for number, count in enumerate(counts):
        assert abs(int(shares[number] * 100) * sum(counts) - int(total * 100) * count) < sum(counts)


def test_a_first_payment_is_shared_over_its_sources() -> None:
    parts = split_cumulatively({}, yuan("0"), yuan("80000.00"), sources_of("200000.00", "20000.00"))

    assert list(map(str, parts.values())) == ["72727.27", "7272.73"]


def pay_all(price: Decimal, sources: dict[int, Decimal], cuts: list[int]) -> list[dict[int, Decimal]]:
    """What each source has paid after each of the payments that the cuts make of the price."""
    paid, stands = dict.fromkeys(sources, yuan("0.00")), []
    ends = sorted(cut % (int(price * 100) + 1) * FEN for cut in cuts)
    for end in [*ends, price]:
        before = sum(paid.values(), yuan("0.00"))
        parts = split_cumulatively(paid, before, end - before, sources)
        assert min(parts.values()) >= 0
        assert sum(parts.values()) == end - before
        paid = {key: paid[key] + parts[key] for key in sources}
        stands.append(paid)
    return stands


small_or_large = st.one_of(st.integers(min_value=1, max_value=60), st.integers(min_value=1, max_value=10**10))
payment_cuts = st.lists(st.integers(min_value=0, max_value=10**10), max_size=8)


@settings(deadline=None)
@given(small_or_large, budgets, payment_cuts)
def test_a_contract_paid_in_full_took_from_each_source_exactly_its_share(
    price: int, counts: list[int], payments: list[int]
) -> None:
    borne = split(price * FEN, by_number(counts))

    stands = pay_all(price * FEN, borne, payments)

    assert stands[-1] == borne


@settings(deadline=None)
@given(small_or_large, st.tuples(st.integers(1, 10**9), st.integers(0, 10**9)), payment_cuts)
def test_two_sources_always_stand_at_the_largest_remainder(
    price: int, counts: tuple[int, int], payments: list[int]
) -> None:
    sources = by_number(counts)

    stands = pay_all(price * FEN, sources, payments)

    assert all(stand == split(sum(stand.values(), yuan("0")), sources) for stand in stands)


def test_a_source_that_would_have_to_give_a_fen_back_rests_instead() -> None:
    sources = sources_of("0.06", "0.06", "0.02")
    paid = split(yuan("0.10"), sources)
    assert paid["source 3"] > split(yuan("0.11"), sources)["source 3"]

    parts = split_cumulatively(paid, yuan("0.10"), yuan("0.01"), sources)

    assert parts == {"source 1": yuan("0.01"), "source 2": 0, "source 3": 0}


def test_a_source_withdrawn_after_paying_pays_no_more() -> None:
    parts = split_cumulatively(
        {"city": yuan("30.00"), "lottery": yuan("10.00")},
        yuan("40.00"),
        yuan("20.00"),
        {"city": yuan("100.00"), "lottery": yuan("0.00")},
    )

    assert parts == {"city": yuan("20.00"), "lottery": 0}


def test_a_payer_missing_from_the_sources_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        split_cumulatively({"lottery": yuan("1.00")}, yuan("1.00"), yuan("1.00"), {"city": yuan("9.00")})


def test_books_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        split_cumulatively({"city": yuan("1.00")}, yuan("1.01"), yuan("1.00"), {"city": yuan("9.00")})


@pytest.mark.parametrize("amount", ["-0.01", "0.001"])
def test_a_payment_is_whole_fen_and_not_negative(amount: str) -> None:
    with pytest.raises(ValueError, match="whole fen"):
        split_cumulatively({"city": yuan("1.00")}, yuan("1.00"), yuan(amount), {"city": yuan("9.00")})
