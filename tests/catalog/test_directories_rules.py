"""Reading a sheet, what an edition may contain, and who may publish it."""

import csv
import io
from pathlib import Path
from uuid import uuid4

import pytest

import services.catalog.directories
from services.catalog.directories.rules import Entry, draft_edition, publish_edition
from services.catalog.directories.sheets import COLUMNS, FaultySheet, Item, read_items
from services.catalog.negative_lists.rules import items_to_declare
from services.catalog.rulebook import DirectorySection, NegativeSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks
from shared.reading.sheets import write_sheet

EDITIONS = Path(services.catalog.directories.__file__).parent / "editions"
HEADER = "code,parent,level,name_zh,name_en,note\n"


def decide(book: str, entries: list[Entry]) -> Decision[int]:
    rules = rulebooks().get(book)
    negative = rules.section(NegativeSection)
    answers = dict.fromkeys(items_to_declare(negative), False)
    return draft_edition(entries, answers, rules.section(DirectorySection), negative)


def entries_of(items: list[Item]) -> list[Entry]:
    return [Entry(item.code, item.level, item.path[0], item.note is not None) for item in items]


def faults_of(sheet: str, above: dict[str, tuple[str, ...]] | None = None) -> set[tuple[int, str, str]]:
    with pytest.raises(FaultySheet) as caught:
        read_items(sheet, above or {})
    return {(fault.line, fault.column, fault.code) for fault in caught.value.faults}


@pytest.mark.parametrize(("book", "classes", "items"), [("zhuhai-2021", 5, 30), ("changchun-2014", 6, 57)])
def test_the_official_lists_are_editions_without_fault(book: str, classes: int, items: int) -> None:
    found = read_items((EDITIONS / f"{book}.csv").read_text(encoding="utf-8"), {})

    decision = decide(book, entries_of(found))

    assert decision.outcome == items
    assert sum(item.level == 1 for item in found) == classes


def test_each_zhuhai_class_has_the_fields_its_clause_names() -> None:
    found = read_items((EDITIONS / "zhuhai-2021.csv").read_text(encoding="utf-8"), {})

    decision = decide("zhuhai-2021", entries_of(found))

    named = {f.clause.id: f.facts["named"] for f in decision.findings if f.code == "field_without_reason"}
    assert named == {"ZH21-8.1": "3", "ZH21-8.2": "6", "ZH21-8.3": "4", "ZH21-8.4": "6", "ZH21-8.5": "6"}


def test_each_changchun_class_has_the_fields_its_clause_names() -> None:
    found = read_items((EDITIONS / "changchun-2014.csv").read_text(encoding="utf-8"), {})

    decision = decide("changchun-2014", entries_of(found))

    named = {f.clause.id: f.facts["named"] for f in decision.findings if f.code == "field_without_reason"}
    assert named == {"CC14-5.1": "18", "CC14-5.2": "11", "CC14-5.3": "2", "CC14-5.4": "8", "CC14-5.5": "12"}


@pytest.mark.parametrize(("code", "reasoned", "refused"), [("6", True, False), ("6", False, True), ("A", True, True)])
def test_a_class_beyond_the_main_five_gives_its_reason_in_zhuhai(code: str, reasoned: bool, refused: bool) -> None:
    decision = decide("zhuhai-2021", [Entry("5", 1, "5", False), Entry(code, 1, code, reasoned)])

    failed = [(f.code, f.clause.id, f.facts) for f in decision.findings if f.refuses]
    assert failed == ([("class_unknown", "ZH21-8.0", {"class_code": code})] if refused else [])


def test_a_further_field_passes_with_a_reason() -> None:
    decision = decide("zhuhai-2021", [Entry("2", 1, "2", True), Entry("2.07", 2, "2", True)])

    assert not decision.refused


def test_a_further_field_without_a_reason_is_refused() -> None:
    decision = decide(
        "zhuhai-2021", [Entry("2", 1, "2", True), Entry("2.06", 2, "2", False), Entry("2.07", 2, "2", False)]
    )

    failed = [f for f in decision.findings if f.refuses]
    assert [(f.clause.id, f.facts["entries"]) for f in failed] == [("ZH21-8.2", "2.07")]


def test_every_entry_of_the_sixth_changchun_class_needs_a_reason() -> None:
    bare = decide("changchun-2014", [Entry("6", 1, "6", True), Entry("6.01", 2, "6", False)])
    reasoned = decide("changchun-2014", [Entry("6", 1, "6", True), Entry("6.01", 2, "6", True)])

    assert [(f.code, f.clause.id) for f in bare.findings if f.refuses] == [("entry_without_reason", "CC14-5.6")]
    assert not reasoned.refused


def test_a_rulebook_without_named_fields_leaves_the_classes_to_the_directory() -> None:
    decision = decide("chengdu-2017", [Entry("A", 1, "A", False), Entry("A01", 2, "A", False)])

    assert decision.outcome == 2


def test_an_undeclared_negative_item_refuses_an_edition() -> None:
    rules = rulebooks().get("zhuhai-2021")
    negative = rules.section(NegativeSection)
    answers = dict.fromkeys(items_to_declare(negative), False)
    del answers["community_debt_repayment"]

    decision = draft_edition([Entry("2", 1, "2", True)], answers, rules.section(DirectorySection), negative)

    failed = [f for f in decision.findings if f.refuses]
    assert [(f.code, f.clause.id) for f in failed] == [("negative_item_undeclared", "ZH21-11.2")]


def test_the_drafter_does_not_publish() -> None:
    drafter, negative = uuid4(), rulebooks().get("zhuhai-2021").section(NegativeSection)

    assert publish_edition(drafter, uuid4(), negative).findings[0].clause.id == "ZH21-11.0"
    assert publish_edition(drafter, drafter, negative).refused


def test_all_faults_of_a_sheet_come_at_once() -> None:
    sheet = HEADER + (
        "1,,1,甲,First,\n"
        "1,,1,乙,Second,\n"
        "2,,4,丙,Third,\n"
        "3.01,9,2,丁,Fourth,\n"
        "4,1,1,,Fifth,\n"
        "!,,1,己,\u202eSixth,\n"
        "7,,1,庚\n"
    )

    faults = faults_of(sheet)

    assert faults == {
        (3, "code", "code_twice"),
        (4, "level", "level"),
        (5, "parent", "parent"),
        (6, "parent", "parent_of_class"),
        (6, "name_zh", "text_length"),
        (7, "code", "code"),
        (7, "name_en", "text_unseen"),
        (8, "", "cells"),
    }


def test_a_fault_says_what_to_do_and_does_not_repeat_the_input() -> None:
    with pytest.raises(FaultySheet) as caught:
        read_items(HEADER + "<script>,,1,甲,First,\n", {})

    (fault,) = caught.value.faults
    assert fault.message == "give 1 to 20 letters, digits and points, such as 2.04"


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ("", "column_missing"),
        ("code,parent,level,name_zh,name_en\n", "column_missing"),
        (HEADER.replace("note", "note,more"), "column_unknown"),
        (HEADER, "empty"),
        (HEADER + '1,,1,"甲,First,\n', "csv"),
        (HEADER + "1,,1,甲,First,\n" * 5_001, "lines"),
    ],
)
def test_what_is_no_sheet_of_these_columns_is_refused(sheet: str, code: str) -> None:
    assert code in {fault for _, _, fault in faults_of(sheet)}


def test_columns_may_stand_in_another_order_and_a_byte_order_mark_before_them() -> None:
    found = read_items("\ufeffnote,name_en,name_zh,level,parent,code\n,First,甲,1,,1\n", {})

    assert found == [Item(2, "1", None, 1, ("1",), "甲", "First", None)]


def test_a_parent_may_stand_below_its_child() -> None:
    found = read_items(HEADER + "1.01.01,1.01,3,丙,Third,\n1.01,1,2,乙,Second,\n1,,1,甲,First,\n", {})

    assert found[0].path == ("1", "1.01", "1.01.01")


def test_an_item_that_is_its_own_parent_is_refused() -> None:
    assert faults_of(HEADER + "1,1,2,甲,First,\n") == {(2, "parent", "parent")}


def test_a_district_hangs_its_items_under_the_citys() -> None:
    found = read_items(HEADER + "2.04.01,2.04,3,青少年心理,Youth counselling,\n", {"2": ("2",), "2.04": ("2", "2.04")})

    assert found[0].path == ("2", "2.04", "2.04.01")


def test_a_district_does_not_take_a_code_of_the_city() -> None:
    assert faults_of(HEADER + "2.04,2,2,心理,Counselling,\n", {"2": ("2",), "2.04": ("2", "2.04")}) == {
        (2, "code", "code_taken")
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_an_export_begins_like_a_formula(start: str) -> None:
    sheet = write_sheet(["name"], [{"name": f"{start}HYPERLINK(1)"}])

    (_, (cell,)) = csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline=""))
    assert cell == f"'{start}HYPERLINK(1)"


def test_an_export_can_be_imported_again() -> None:
    items = read_items(HEADER + "1,,1,甲,First,=source\n", {})
    rows = [{name: getattr(item, name) for name in COLUMNS} for item in items]

    again = read_items(write_sheet(COLUMNS, rows).decode("utf-8"), {})

    assert again == items


REAL = """成都市政府购买服务指导性目录,,,,,
,,,,,
编码,上级编码,级别,名称,备注,
1,,一级,基本公共服务,,
1.01,1,２,居家养老,含助餐,
,,,,,
,,,,,
"""


def test_a_list_as_people_have_it_is_read() -> None:
    items = read_items("\ufeff" + REAL, {})

    assert [(item.code, item.level, item.name_zh, item.name_en, item.note) for item in items] == [
        ("1", 1, "基本公共服务", None, None),
        ("1.01", 2, "居家养老", None, "含助餐"),
    ]
    assert [item.line for item in items] == [4, 5]


@pytest.mark.parametrize("name", ["¹«¹²·þÎñ", "Home care"])
def test_a_chinese_name_is_in_chinese(name: str) -> None:
    with pytest.raises(FaultySheet) as refused:
        read_items(HEADER + f"1,,1,{name},,\n", {})

    assert [(fault.line, fault.column, fault.code) for fault in refused.value.faults] == [(2, "name_zh", "not_chinese")]


@pytest.mark.parametrize(
    ("name", "code"), [("公共\ufffd\ufffd服务", "text_meaningless"), ("????????", "text_says_nothing")]
)
def test_what_conversion_has_spoilt_is_no_name(name: str, code: str) -> None:
    with pytest.raises(FaultySheet) as refused:
        read_items(HEADER + f"1,,1,{name},,\n", {})

    assert [fault.code for fault in refused.value.faults] == [code]


def tops(number: int, *, reasoned: bool = False) -> list[Entry]:
    """So many entries of the first level; the last is reasoned, or not."""
    return [Entry(str(n), 1, str(n), reasoned and n == number) for n in range(1, number + 1)]


def test_dongguan_names_twelve_fields_without_classes_and_takes_one_more_with_its_reason() -> None:
    exact, bare, reasoned = (decide("dongguan-2011", each) for each in (tops(12), tops(13), tops(13, reasoned=True)))

    assert (exact.outcome, reasoned.outcome) == (12, 13)
    assert [(f.code, f.clause.id) for f in bare.findings if f.refuses] == [("field_without_reason", "DG11-6.1")]


def test_shanghai_has_six_classes_and_no_seventh() -> None:
    assert decide("shanghai-2015", tops(6)).outcome == 6
    refused = [(f.code, f.clause.id) for f in decide("shanghai-2015", tops(7)).findings if f.refuses]
    assert refused == [("class_unknown", "SH15-2.3.6")]
