import json
import sys
import time
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.fields.text import AwareDatetime, LongText, Name, PlainDate, ShortText, folded


class Need(BaseModel):
    name: Name = "need"
    remark: ShortText = "remark"
    description: LongText = "description"


class Notice(BaseModel):
    at: AwareDatetime = datetime(2022, 3, 1, tzinfo=UTC)
    on: PlainDate = date(2022, 3, 1)


def refusal(model: type[BaseModel], **values: object) -> str:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(values)
    (error,) = refused.value.errors()
    return error["type"]


@pytest.mark.parametrize(("model", "field"), [(Need, "name"), (Notice, "at"), (Notice, "on")])
def test_a_refused_value_is_not_repeated_in_the_message(model: type[BaseModel], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate({field: "secret\0"})

    assert "secret" not in refused.value.errors()[0]["msg"]


def test_a_name_is_kept_in_nfc_without_outer_space() -> None:
    need = Need.model_validate({"name": "\u3000 Cafe\u0301 社区食堂 "})

    assert need.name == "Caf\u00e9 社区食堂"


UNSEEN = {
    "NUL": "\0", "escape": "\x1b", "delete": "\x7f", "next line": "\x85", "carriage return": "\r",
    "half surrogate": "\ud800", "right-to-left override": "\u202e", "isolate": "\u2066", "end isolate": "\u2069",
    "right-to-left mark": "\u200f", "Arabic letter mark": "\u061c", "zero-width space": "\u200b", "joiner": "\u200d",
    "word joiner": "\u2060", "byte order mark": "\ufeff", "soft hyphen": "\u00ad", "Hangul filler": "\u3164",
    "line separator": "\u2028", "tag letter": "\U000e0041", "interlinear mark": "\ufff9",
}  # fmt: skip


@pytest.mark.parametrize("field", ["name", "remark", "description"])
@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
def test_a_character_that_nobody_sees_is_refused(field: str, unseen: str) -> None:
    assert refusal(Need, **{field: f"社区{unseen}食堂"}) == "text_unseen"


MEANINGLESS = {
    "private use": "\ue000", "old encodings' rare character": "\ue863", "last private use": "\uf8ff",
    "plane 15": "\U000f0000", "plane 16": "\U0010fffd", "noncharacter": "\ufdd0", "end of a plane": "\U0001ffff",
    "mark of a failed conversion": "\ufffd",
}  # fmt: skip


@pytest.mark.parametrize("field", ["name", "remark", "description"])
@pytest.mark.parametrize("meaningless", MEANINGLESS.values(), ids=MEANINGLESS)
def test_a_character_that_means_something_else_elsewhere_is_refused(field: str, meaningless: str) -> None:
    assert refusal(Need, **{field: f"社区{meaningless}食堂"}) == "text_meaningless"


@pytest.mark.parametrize("kept", ["\ud7ff", "\uf900", "\ufdcf", "\ufdf0", "\ufffc", "\U0001fffd", "\U000efffd"])
def test_its_neighbours_are_not(kept: str) -> None:
    assert Need.model_validate({"name": f"x{kept}"})


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("⽣活", "生活"),
        ("⼀⿕", "一龠"),
        ("⺟⻳", "母龟"),
        ("\uf9dc", "隆"),
        ("\U0002f800", "丽"),
        ("⺀", "⺀"),
        ("㎡", "㎡"),
    ],
)
def test_a_form_that_only_looks_like_a_character_is_kept_as_that_character(written: str, kept: str) -> None:
    """Radicals of dictionaries come out of scanned papers and PDF files; equal names must be equal."""
    assert Need.model_validate({"name": written}).name == kept


@pytest.mark.parametrize("place", ["{}name", "name{}"])
@pytest.mark.parametrize("unseen", ["\n", "\x1f", "\x85", "\u2029"])
def test_trimming_does_not_hide_a_control_character(place: str, unseen: str) -> None:
    assert refusal(Need, name=place.format(unseen)) == "text_unseen"


@pytest.mark.parametrize("field", ["name", "remark"])
@pytest.mark.parametrize("control", ["\n", "\t"])
def test_one_line_fields_have_one_line(field: str, control: str) -> None:
    assert refusal(Need, **{field: f"first{control}second"}) == "text_unseen"


def test_a_long_text_has_lines_and_tabs() -> None:
    assert (
        Need.model_validate({"description": "一、\t服务内容\n二、服务标准\n"}).description
        == "一、\t服务内容\n二、服务标准"
    )


@pytest.mark.parametrize("kept", ["𠮷野家", "葛\U000e0100城", "❤\ufe0f", "№1（甲）", "ᠮᠣᠩᠭᠣᠯ\u180b", "Ελλάδα"])
def test_what_people_write_is_kept(kept: str) -> None:
    assert Need.model_validate({"name": kept}).name == kept


@pytest.mark.parametrize(("field", "longest"), [("name", 200), ("remark", 500), ("description", 20_000)])
def test_a_text_ends_at_its_length(field: str, longest: int) -> None:
    longest_text = "字" * longest

    assert getattr(Need.model_validate({field: f" {longest_text} "}), field) == longest_text
    assert refusal(Need, **{field: longest_text + "字"}) == "text_length"


@pytest.mark.parametrize("empty", ["", " ", "\u3000\u00a0"])
def test_an_empty_text_is_refused(empty: str) -> None:
    assert refusal(Need, name=empty) == "text_length"


def test_a_text_that_grows_in_nfc_keeps_to_its_length() -> None:
    assert refusal(Need, name="\ufb2c" * 100) == "text_length"


@pytest.mark.parametrize("name", ["?????", "——", "。", "\ufe0f", "（）"])
def test_a_name_is_not_punctuation_alone(name: str) -> None:
    assert refusal(Need, name=name) == "text_says_nothing"
    assert Need(name=f"{name}1").name == f"{name}1"


@pytest.mark.parametrize("other", [1, True, None, b"name", ["name"]])
def test_only_text_is_text(other: object) -> None:
    assert refusal(Need, name=other) == "text"


def test_marks_piled_up_to_be_slow_are_refused_at_once() -> None:
    began = time.perf_counter()

    assert refusal(Need, description="a" + "\u0301\u0316" * 9_000) == "text_marks"

    assert time.perf_counter() - began < 0.1


def test_long_rules_and_thirty_marks_are_no_pile() -> None:
    assert Need.model_validate({"description": "-" * 80 + "a" + "\u0316" * 30 + "-" * 80})


def test_no_mark_is_taken_for_a_letter() -> None:
    marks = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.combining(chr(point))]

    assert [mark for mark in marks if mark.isalnum() or mark == "_"] == []


def test_the_schema_shows_the_length() -> None:
    assert Need.model_json_schema()["properties"]["name"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": r"\S",
        "default": "need",
        "title": "Name",
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("成都（甲）", "成都(甲)"),
        ("ＡＢＣ 服务", "abc  服务"),
        ("Straße", "STRASSE"),
        ("葛\U000e0100城", "葛城"),
        ("Cafe\u0301", "CAFÉ"),
        (" 一\u3000二 ", "一 二"),
    ],
)
def test_two_ways_to_write_a_name_fold_together(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("成都", "成郡"), ("一二", "一 二"), ("AB1", "AB2")])
def test_two_names_do_not_fold_together(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_folding_a_folded_name_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-03-01T09:30:00+08:00", datetime(2022, 3, 1, 1, 30, tzinfo=UTC)),
        ("2022-03-01T09:30:00Z", datetime(2022, 3, 1, 9, 30, tzinfo=UTC)),
        ("2022-10-10T23:59:59.999999+08:00", datetime(2022, 10, 10, 15, 59, 59, 999_999, UTC)),
        ("2022-03-01T23:00:00-14:00", datetime(2022, 3, 2, 13, tzinfo=UTC)),
        ("1900-01-01T00:00:00+14:00", datetime(1899, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_an_instant_is_taken_to_the_microsecond(text: str, instant: datetime) -> None:
    assert Notice.model_validate_json(json.dumps({"at": text})).at == instant


NO_INSTANTS = [
    "2022-03-01T09:30:00", "2022-03-01", "2022-03-01 09:30:00Z", "2022-03-01T09:30Z", "2022-03-01T09:30:60Z",
    "2022-03-01T24:00:00Z", "2022-02-30T09:30:00Z", "2022-03-01T09:30:00+14:01", "2022-03-01T09:30:00+24:00",
    "2022-03-01T09:30:00+08:60", "2022-03-01T09:30:00.9999999Z", "２022-03-01T09:30:00Z", " 2022-03-01T09:30:00Z",
    "2022-03-01T09:30:00Z\n", "1646092800", 1646092800, 1646092800.5, True, None, "now", datetime(2022, 3, 1),  # noqa: DTZ001
    date(2022, 3, 1), datetime(2022, 3, 1, tzinfo=timezone(timedelta(hours=-15))),
]  # fmt: skip


@pytest.mark.parametrize("other", NO_INSTANTS, ids=repr)
def test_what_is_not_an_instant_with_its_offset_is_refused(other: object) -> None:
    assert refusal(Notice, at=other) == "aware_datetime"


@pytest.mark.parametrize("text", ["1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "9999-12-31T23:59:59-08:00"])
def test_an_instant_lies_in_the_years_of_the_system(text: str) -> None:
    assert refusal(Notice, at=text) == "year"


def test_an_instant_is_written_with_its_offset() -> None:
    notice = Notice.model_validate({"at": "2022-03-01T09:30:00+08:00"})

    assert notice.model_dump(mode="json")["at"] == "2022-03-01T09:30:00+08:00"


def test_a_date_is_iso_text() -> None:
    notice = Notice.model_validate_json('{"on": "2024-02-29"}')

    assert notice.on == date(2024, 2, 29)
    assert notice.model_dump(mode="json")["on"] == "2024-02-29"


NO_DATES = [
    "2022-02-30", "2023-02-29", "2022-3-1", "20220301", "2022-W09-2", "2022-03-01T00:00:00Z", "２022-03-01",
    "2022-03-01 ", "1646092800", 1646092800, 0, True, None, datetime(2022, 3, 1, tzinfo=UTC),
]  # fmt: skip


@pytest.mark.parametrize("other", NO_DATES, ids=repr)
def test_what_is_not_a_date_of_the_calendar_is_refused(other: object) -> None:
    assert refusal(Notice, on=other) == "plain_date"


@pytest.mark.parametrize("text", ["1899-12-31", "2201-01-01", "0001-01-01"])
def test_a_date_lies_in_the_years_of_the_system(text: str) -> None:
    assert refusal(Notice, on=text) == "year"


def test_the_schema_names_the_formats() -> None:
    properties = Notice.model_json_schema()["properties"]

    assert (properties["at"]["format"], properties["on"]["format"]) == ("date-time", "date")
