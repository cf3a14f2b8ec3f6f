"""The law that is shipped: every text with its days, its words, and what was released."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_origin

import pytest

from deploy.cli.law import differences, unread, worded
from deploy.serve import sections
from shared.events import SERVICES
from shared.law.instruments import RulebookFile
from shared.law.released import release, unlike
from shared.law.rulebook import INSTRUMENTS, Ban, Demand, Items, fields_of, rulebooks, value_type
from shared.law.scope import filled_with
from shared.law.vocabulary import TYPES
from tests.support.law import OPEN_TENDER
from tests.support.world import World

CHINESE = re.compile("[\u4e00-\u9fff]")
BOOKS = rulebooks()
FILES = [file for versions in BOOKS.files.instruments.values() for file in versions.values()]
DONGGUAN_YEAR = date(2012, 3, 1)


def test_every_text_can_be_read_on_every_day_and_contradicts_no_higher_one_in_silence() -> None:
    BOOKS.check(section for service in SERVICES for section in sections(service))


def test_each_version_lies_where_its_name_says() -> None:
    paths = {path.relative_to(INSTRUMENTS).as_posix() for path in INSTRUMENTS.rglob("*.toml")}

    assert paths == {f"{file.id}/{file.version}.toml" for file in FILES}


def test_what_was_released_is_as_it_was_released() -> None:
    assert list(unlike()) == []


def test_a_released_file_that_is_edited_or_gone_is_named(tmp_path: Path) -> None:
    text, hashes = tmp_path / "city" / "1.toml", tmp_path / "released.toml"
    text.parent.mkdir()
    text.write_text("one", encoding="utf-8")

    assert release(tmp_path, hashes) == ["city@1"]
    assert list(unlike(tmp_path, hashes)) == []

    text.write_text("other", encoding="utf-8")
    assert list(unlike(tmp_path, hashes)) == [
        "city@1 was released and has been edited: write the correction as a new version"
    ]
    assert release(tmp_path, hashes) == []

    text.unlink()
    assert list(unlike(tmp_path, hashes)) == ["city@1 was released and its file is gone: old decisions are bound to it"]


def test_two_versions_are_told_apart_by_clause_and_value() -> None:
    head = {"id": "city", "title_zh": "甲", "title_en": "A", "issuer": "甲", "jurisdiction": "4404", "level": "city"}
    clause = {"article": "第一条", "service": "contracts", "zh": "甲", "en": "A"}

    def version(number: int, *clauses: dict[str, object]) -> RulebookFile:
        days = {"effective_from": date(2021, 4, 1), "released": date(2022, 3, 1), "version": number}
        return RulebookFile.model_validate({**head, **days, "clause": [{**clause, **each} for each in clauses]})

    before = version(1, {"id": "A-1", "values": {"cap": "0.40"}}, {"id": "A-2"}, {"id": "A-3"})
    after = version(2, {"id": "A-1", "values": {"cap": "0.30"}}, {"id": "A-3"}, {"id": "A-4"})

    assert list(differences(before, after)) == ["A-1: cap: 0.40 -> 0.30", "A-2: gone", "A-4: new"]


def test_the_vocabulary_names_what_rules_read_and_nothing_else() -> None:
    assert list(unread(BOOKS)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_section_reads_a_value_as_the_type_that_the_vocabulary_gives_it(service: str) -> None:
    terms = BOOKS.vocabulary.terms
    for section in sections(service):
        for name, kind in fields_of(section):
            term = terms[name]
            if kind is Items:
                assert term.type == "list", name
            elif kind is Demand:
                assert (term.type, term.joins) == ("bool", "demand"), name
            elif kind is Ban:
                assert (term.type, term.joins) == ("bool", "ban"), name
            else:
                read = value_type(kind)
                worded = get_origin(read) is Literal or (isinstance(read, type) and issubclass(read, str))
                assert read is TYPES[term.type] or (term.type == "text" and worded), name


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_every_clause_stands_once_and_speaks_chinese_in_zh_and_english_in_en(file: RulebookFile) -> None:
    ids = [entry.id for entry in file.clause]

    assert len(ids) == len(set(ids))
    for entry in file.clause:
        assert CHINESE.search(entry.zh), entry.id
        assert entry.en.strip(), entry.id
        assert not CHINESE.search(entry.en), entry.id
        assert "\n" not in entry.zh + entry.en, entry.id


WORDED = (
    *("chengdu-2017", "zhuhai-2021", "chengdu-shantytown-2016"),
    *("shanghai-2018", "shanghai-proposal-2018", "international-practice"),
)
"""Texts of which every clause has its original wording."""


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_original_wording_is_chinese_and_was_compared_by_a_second_reader(file: RulebookFile) -> None:
    original = {entry.id: entry for entry in file.clause if entry.text is not None}

    assert [name for name, entry in original.items() if not CHINESE.search(entry.text or "")] == []
    assert [name for name, entry in original.items() if entry.checked is None] == []
    assert file.id not in WORDED or len(original) == len(file.clause)


def test_the_clauses_with_original_wording_are_counted() -> None:
    worded_at_least = sum(len(file.clause) for file in FILES if file.id in WORDED)
    found = re.fullmatch(r"(\d+) of (\d+) clauses have their original wording, (\d+) were .*", worded(BOOKS))

    assert found
    texts, clauses, checked = map(int, found.groups())
    assert worded_at_least <= texts <= checked <= clauses == sum(len(file.clause) for file in FILES)


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_text_names_no_value_both_as_read_and_as_not_read_yet(file: RulebookFile) -> None:
    assert [entry.id for entry in file.clause if entry.values.keys() & entry.later.keys()] == []
    assert {name for entry in file.clause for name in entry.later} & BOOKS.vocabulary.terms.keys() == set()


# --- in time


CITED = [
    ("dongguan-2011", date(2012, 3, 1), {"dongguan-2011@1", "procurement-law-2002@1"}),
    (
        "changchun-2014",
        date(2014, 8, 1),
        {"changchun-2014@1", "procurement-law-2002@1", "internal-control-2012@1", "non-tender-methods-2014@1"},
    ),
]


@pytest.mark.parametrize(("book", "day", "texts"), CITED)
def test_a_purchase_is_decided_by_the_texts_of_its_day(book: str, day: date, texts: set[str]) -> None:
    assert set(BOOKS.get(book, day).instruments) == texts


def test_no_rulebook_has_a_text_younger_than_its_day_and_no_section_cites_one() -> None:
    first_day = {file.name: file.effective_from for file in FILES}
    every = [section for service in SERVICES for section in sections(service)]
    for book in (book for book in BOOKS.named if ":" in book.name):
        day = date.fromisoformat(book.name.rpartition(":")[2])
        assert [text for text in book.instruments if first_day.get(text, day) > day] == [], book.name
        for section in every:
            only_where = getattr(section, "only_where", None)
            for case in book.cases(filled_with(section)):
                if only_where is None or book.gives(only_where, case):
                    assert book.section(section, case), book.name


def test_dongguan_of_2012_says_that_the_order_of_2004_is_not_carried() -> None:
    notes = BOOKS.get("dongguan-2011", DONGGUAN_YEAR).notes()

    assert [note.clause.id for note in notes] == ["GAP-D18", "GAP-D20", "GAP-K41", "GAP-Z181"]
    assert not any(note.refuses for note in notes)


@pytest.mark.parametrize(
    ("day", "methods"),
    [(date(2014, 12, 30), {"consultation": False, "framework": False}), (date(2014, 12, 31), {"consultation": True})],
)
def test_consultation_is_a_method_from_its_own_day_on(day: date, methods: dict[str, bool]) -> None:
    entries = BOOKS.get("changchun-2014", day).entries()
    [listed] = [entry.values["procurement_methods"] for _, entry in entries if "procurement_methods" in entry.values]

    assert ("competitive_consultation" in listed) is methods["consultation"]
    assert "framework_agreement" not in listed


@pytest.mark.parametrize(("day", "known"), [(date(2022, 2, 28), False), (date(2022, 3, 1), True)])
def test_a_framework_agreement_is_a_method_from_march_2022_on(day: date, known: bool) -> None:
    book = BOOKS.governing("4404", day)
    assert book is not None
    [listed] = [e.values["procurement_methods"] for _, e in book.entries() if "procurement_methods" in e.values]

    assert ("framework_agreement" in listed) is known


@dataclass(frozen=True)
class Endings:
    filled_with = ("method",)

    end_grounds: Items
    unsigned_award_grounds: Items


@pytest.mark.parametrize("place", ["2201", "3100", "4419"])
@pytest.mark.parametrize(
    ("day", "cancelled", "faulty"),
    [(date(2017, 9, 30), "GPL-36.1", "GAP-D18"), (date(2017, 10, 1), "D87-29.1", "D87-25.1")],
)
def test_a_tender_ends_for_a_cancelled_task_or_a_faulty_file_under_the_law_of_its_day(
    place: str, day: date, cancelled: str, faulty: str
) -> None:
    book = BOOKS.governing(place, day)
    assert book is not None

    grounds = book.section(Endings, OPEN_TENDER).end_grounds

    assert grounds.clause("task_cancelled").id == cancelled
    assert grounds.clause("faulty_file").id == faulty
    assert grounds.clause("unlawful_act").id == "GPL-36.1"


@pytest.mark.parametrize(("day", "refusal"), [(date(2015, 2, 28), "GAP-R"), (date(2015, 3, 1), "GPR-49.1")])
def test_a_refused_award_is_given_up_before_the_regulation_too(day: date, refusal: str) -> None:
    book = BOOKS.governing("2201", day)
    assert book is not None

    assert book.section(Endings, OPEN_TENDER).unsigned_award_grounds.members["refusal"].id == refusal


async def test_a_record_s_rulebook_is_read_by_its_name_with_every_text_that_it_was_decided_under(world: World) -> None:
    reader = await world.person("reader", duties=())
    name = "dongguan-2011@1:2011-03-01"

    answer = (await reader.get("registry", f"/v1/rulebooks/{name}")).ok()
    clauses = (await reader.get("registry", f"/v1/rulebooks/{name}/clauses")).ok()

    assert (answer["name"], answer["texts"]) == (name, ["dongguan-2011@1", "procurement-law-2002@1"])
    assert "财政部令第18号（未载入）" in answer["gaps"]
    assert {clause["rulebook"].partition(":")[0] for clause in clauses} == set(answer["texts"])
    (await reader.get("registry", "/v1/rulebooks/nowhere-2011@1")).problem(404, "not_found")


def test_what_began_under_a_name_reads_the_same_when_the_name_is_read_again() -> None:
    for book in BOOKS.named:
        assert BOOKS.get(book.name) is book


def test_every_hash_is_of_a_version_that_there_is() -> None:
    released = tomllib.loads((INSTRUMENTS.parent / "released.toml").read_text(encoding="utf-8"))

    assert released.keys() <= {file.name for file in FILES}
