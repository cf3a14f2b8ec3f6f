import contextlib
import json
import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.fields.strict_json import MAX_MEMBERS, UnreadableJson, canonical, canonical_record, compact, loads

MEBIBYTE = 1 << 20


def refusal(body: bytes) -> str:
    with pytest.raises(UnreadableJson) as refused:
        loads(body)
    assert "secret" not in str(refused.value)
    return refused.value.reason


def test_an_ordinary_body_is_read_as_json_reads_it() -> None:
    body = '{"title": "居家养老", "n": [{"n": 1, "x": -0.5e3}, [], {}, null, true], "s": "\\"[{,\\\\ \\u4e2d"}'.encode()

    assert loads(body) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [b'{"secret": 1, "secret": 2}', b'[{"secret": {"a": 1, "b": 2, "a": 1}}]', b'{"a": 1, "\\u0061": 2}'],
)
def test_a_key_named_twice_is_refused(body: bytes) -> None:
    assert "same key twice" in refusal(body)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_number_in_json_is_refused(number: bytes) -> None:
    assert "not JSON numbers" in refusal(b'{"a": %s}' % number)


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1" * 400 + b".0"], ids=["plus", "minus", "long"])
def test_a_number_beyond_all_bounds_is_refused(number: bytes) -> None:
    assert "too large" in refusal(b"[%s]" % number)


@pytest.mark.parametrize("digits", [b"9" * 31, b"-" + b"1" * 31, b"9" * 5_000], ids=["plus", "minus", "long"])
def test_an_endless_whole_number_is_refused(digits: bytes) -> None:
    assert "at most 30 digits" in refusal(b"[%s]" % digits)


@pytest.mark.parametrize(
    "body", [b"[%s]" % (b"9" * 30), b'["%s"]' % (b"9" * 31), b'["%s", -%s]' % (b"9" * 31, b"9" * 30)]
)
def test_thirty_digits_or_text_of_digits_pass(body: bytes) -> None:
    assert loads(body) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        '{"a": "名"}'.encode("gb18030"),
        b'{"a": "\xc0\xaf"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xff",
    ],
)
def test_another_encoding_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableJson):
        loads(body)


def test_a_byte_order_mark_is_refused() -> None:
    assert "line 1, column 1" in refusal(b'\xef\xbb\xbf{"a": 1}')


@pytest.mark.parametrize(
    "body",
    [
        b'["\\ud800"]',
        b'["\\uDFFF"]',
        b'{"\\ud83d": 1}',
        b'["\\ud83d\\ud83d\\ude00"]',
        b'["\\ude00\\ud83d"]',
        b'["\\\\\\ud800"]',
    ],
)
def test_half_a_surrogate_pair_is_refused(body: bytes) -> None:
    assert "surrogate" in refusal(body)


@pytest.mark.parametrize(("body", "text"), [(b'"\\ud83d\\ude00"', "\U0001f600"), (b'"\\\\ud800"', "\\ud800")])
def test_a_whole_pair_and_an_escaped_backslash_pass(body: bytes, text: str) -> None:
    assert loads(body) == text


@pytest.mark.parametrize(
    ("opening", "closing", "times"),
    [(b"[", b"]", 32), (b'{"a":', b"}", 32), (b'{"a":[', b"]}", 16), (b'[{"]":', b"}]", 16)],
)
def test_nesting_ends_at_its_limit(opening: bytes, closing: bytes, times: int) -> None:
    deepest = opening * times + b"1" + closing * times

    assert loads(deepest) == json.loads(deepest)
    assert "32 deep" in refusal(b"[" + deepest + b"]")


@pytest.mark.parametrize(
    "body", [b"[" * 9_000, b'{"secret":[' * 4_000, b"[" * 9_000 + b"]" * 8_000], ids=["lists", "objects", "mixed"]
)
def test_brackets_never_closed_are_refused(body: bytes) -> None:
    assert refusal(body)


@pytest.mark.parametrize(
    "strings", [['[{,"\\' * 20_000, {"]": 1}], ["\\", "[{," * 20_000], ['"', "[{," * 20_000, '\\"']]
)
def test_brackets_and_commas_inside_text_do_not_count(strings: list[object]) -> None:
    body = json.dumps(strings).encode()

    assert loads(body) == strings


@pytest.mark.parametrize("empty", ["[]", "{ }", '""'])
def test_the_number_of_members_ends_at_its_limit(empty: str) -> None:
    most = f"[{','.join([empty] * MAX_MEMBERS)}]".encode()
    one_more = f"[{','.join([empty] * (MAX_MEMBERS + 1))}]".encode()

    assert loads(most) == json.loads(most)
    assert "10,000 members" in refusal(one_more)


def test_members_of_all_objects_and_lists_count_together() -> None:
    record = {str(n): n for n in range(99)}

    assert loads(json.dumps([record] * 100).encode())
    assert "10,000 members" in refusal(json.dumps([*[record] * 100, 1]).encode())


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b'{"secret": }', b"{} {}", b"'secret'", b"[1,]", b'["\n"]', b"secret"]
)
def test_what_is_not_json_is_refused_with_its_place(body: bytes) -> None:
    assert "see line" in refusal(body)


HOSTILE = {
    "opening": b"[" * MEBIBYTE,
    "closing": b"[" * 40 + b"]" * MEBIBYTE,
    "escaped quotes": b'["' + b'\\"' * (MEBIBYTE // 2),
    "quotes": b'["' + b'"' * MEBIBYTE + b"[" * 40,
    "backslashes": b'["' + b"\\" * MEBIBYTE + b'"' + b"[" * 40,
    "commas": b"[" + b"1," * (MEBIBYTE // 2) + b"1]",
    "empty lists": b"[" + b"[]," * (MEBIBYTE // 3),
    "digits": b"9" * MEBIBYTE,
    "spaces": b"[" + b" " * MEBIBYTE + b"[ " * 40,
    "spaced brackets": b"," * 10_001 + (b"[ " + b" " * (MEBIBYTE // 64)) * 64,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_mebibyte_made_to_be_slow_is_refused_soon(body: bytes) -> None:
    began = time.perf_counter()

    assert refusal(body)

    assert time.perf_counter() - began < 0.5


texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30) + 1, 10**30 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


@settings(deadline=None)
@given(values, st.booleans())
def test_whatever_is_written_is_read(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@settings(deadline=None)
@given(values)
def test_the_canonical_form_survives_reading(value: object) -> None:
    assert canonical(loads(canonical(value))) == canonical(value)


@settings(deadline=None)
@given(st.dictionaries(texts, st.integers() | texts, max_size=8).flatmap(lambda d: st.permutations(list(d.items()))))
def test_the_order_of_keys_does_not_matter(pairs: list[tuple[str, object]]) -> None:
    assert canonical(dict(pairs)) == canonical(dict(sorted(pairs)))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(UnreadableJson):
        assert loads(body) == json.loads(body)


exact = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | texts
    | st.uuids()
    | st.dates()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.datetimes(timezones=st.timezones()),
    lambda inner: st.lists(inner, max_size=5) | st.tuples(inner) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


@settings(deadline=None)
@given(st.dictionaries(texts, exact, max_size=5))
def test_a_record_without_floats_has_the_canonical_form(record: dict[str, object]) -> None:
    assert canonical_record(record) == canonical(record)


@pytest.mark.parametrize("value", [Decimal("NaN"), datetime.fromisoformat("2022-03-01"), "\ud800"])
def test_a_record_with_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical_record({"value": [value]})


@pytest.mark.parametrize("value", [{1: "a"}, [{"a": {None: 1}}], {"a"}, b"a", object()])
def test_a_record_with_other_keys_and_kinds_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_record({"value": value})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"按": "期", "b": [1, None]}, '{"按":"期","b":[1,null]}'),
        ([10**25], "[10000000000000000000000000]"),
        ({1: "x"}, '{"1":"x"}'),
        (["\ud800"], '["\\ud800"]'),
    ],
)
def test_whatever_is_sent_or_logged_can_be_written(value: object, text: str) -> None:
    assert compact(value) == text.encode()


def test_the_canonical_form_is_this() -> None:
    record = {
        "按": "期",
        "b": [1, 1.5, None, True, ("x",)],
        "amount": Decimal("1200.50"),
        "thousand": Decimal("1E+3"),
        "at": datetime(2022, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=8))),
        "on": date(2022, 3, 1),
        "id": UUID("0190a000-0000-7000-8000-000000000001"),
    }

    assert canonical(record).decode() == (
        '{"amount":"1200.50","at":"2022-03-01T01:30:00.000000+00:00","b":[1,1.5,null,true,["x"]],'
        '"id":"0190a000-0000-7000-8000-000000000001","on":"2022-03-01","thousand":"1000","按":"期"}'
    )


def test_the_same_instant_in_two_offsets_has_one_form() -> None:
    beijing = datetime(2022, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))

    assert canonical(beijing) == canonical(beijing.astimezone(UTC))


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), datetime(2022, 3, 1), "\ud800"],  # noqa: DTZ001
)
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical({"value": [value]})


@pytest.mark.parametrize("value", [{1: "a"}, [{"a": {None: 1}}], ({True: 1},), {"a"}, b"a", object()])
def test_other_keys_and_kinds_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)
