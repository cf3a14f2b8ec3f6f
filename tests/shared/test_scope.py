"""To which cases a text or a clause applies, and what is refused at the start."""

import re
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from shared.law.instruments import RulebookError, RulebookFile, read_folders
from shared.law.rulebook import INSTRUMENTS, Demand, Items, Rulebooks, Value, shipped_vocabulary
from shared.law.rulebook import load as read
from shared.law.scope import Case
from shared.law.vocabulary import Vocabulary
from tests.support.law import term

DAY = date(2022, 3, 1)
TENDER, TALKS = Case(method="open_tender"), Case(method="talks")
WORDS = Vocabulary(
    {
        "days": term(type="int", joins="most"),
        "grounds": term(type="list", joins="add"),
        "free": term(type="bool", joins="demand"),
        "procurement_methods": term(type="list", joins="highest", words=("open_tender", "talks", "auction")),
        "purchaser_kinds": term(
            type="list",
            joins="replace",
            reason="each text says who buys by it",
            words=("street", "bureau", "organ"),
            wider={"street": ("organ",), "bureau": ("organ",)},
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Section:
    filled_with = ("method",)

    days: Value[int]
    grounds: Items


@dataclass(frozen=True, slots=True)
class Blind:
    days: Value[int] | None


@dataclass(frozen=True, slots=True)
class Nothing:
    free: Demand | None


def load(folder: Path) -> Rulebooks:
    return read(folder, vocabulary=WORDS)


def text(folder: Path, name: str, *clauses: str, where: str = "4404", more: str = "") -> None:
    head = (
        f'id = "{name}"\ntitle_zh = "甲"\ntitle_en = "A"\nissuer = "甲"\njurisdiction = "{where}"\nlevel = "city"\n'
        f"effective_from = 2021-04-01\n{more}\n"
    )
    (folder / f"{name}.toml").write_text(head + "".join(clauses), encoding="utf-8")


def clause(identity: str, values: str, applies: str = "") -> str:
    said = f"applies = {{ {applies} }}\n" if applies else ""
    return (
        f'\n[[clause]]\nid = "{identity}"\narticle = "第一条"\nservice = "contracts"\nzh = "甲"\nen = "A"\n{said}'
        f"values = {{ {values} }}\n"
    )


BY_TENDER, BY_TALKS = 'methods = ["open_tender"]', 'methods = ["talks"]'


def test_a_section_is_filled_with_the_clauses_of_its_case_alone(tmp_path: Path) -> None:
    text(
        tmp_path,
        "city",
        clause("A-1", 'days = 20, grounds = ["x"]', BY_TENDER),
        clause("A-2", 'days = 10, grounds = ["y"]', BY_TALKS),
        clause("A-3", 'grounds = ["z"]'),
    )
    books = load(tmp_path)
    books.check([Section])
    city = books.get("city")

    tender, talks = city.section(Section, TENDER), city.section(Section, TALKS)

    assert (tender.days.value, tender.days.clause.id, list(tender.grounds)) == (20, "A-1", ["x", "z"])
    assert (talks.days.value, talks.days.clause.id, list(talks.grounds)) == (10, "A-2", ["y", "z"])


def test_a_method_of_which_no_text_speaks_gets_the_numbers_of_none(tmp_path: Path) -> None:
    text(tmp_path, "city", clause("A-1", "days = 20", BY_TENDER), clause("A-2", "days = 10", BY_TALKS))
    city = load(tmp_path).get("city")

    assert city.speaks_of(TALKS)
    assert not city.speaks_of(Case(method="auction"))
    with pytest.raises(RulebookError, match="no clause gives days for method auction"):
        city.section(Section, Case(method="auction"))
    with pytest.raises(RulebookError, match="Section is filled with method: no case is given"):
        city.section(Section)


def test_a_section_that_some_case_leaves_unfilled_is_refused_at_the_start(tmp_path: Path) -> None:
    text(tmp_path, "city", clause("A-1", "days = 20", BY_TENDER), clause("A-2", 'grounds = ["y"]', BY_TALKS))

    with pytest.raises(RulebookError) as refused:
        load(tmp_path).check([Section])

    assert set(str(refused.value).splitlines()) == {
        "city@1: no clause gives days for method talks, which Section needs",
        "city@1:2021-04-01: no clause gives days for method talks, which Section needs",
    }


def test_a_clause_that_asks_for_a_fact_that_a_section_is_not_filled_with_is_refused_at_the_start(
    tmp_path: Path,
) -> None:
    text(tmp_path, "city", clause("A-1", "days = 20", BY_TENDER))
    books = load(tmp_path)

    books.check([Section, Nothing])
    with pytest.raises(RulebookError, match="clause A-1: days depends on method, with which Blind is not filled"):
        books.check([Blind])


@pytest.mark.parametrize(
    ("applies", "said"),
    [
        ('method = ["talks"]', "clause A-1: applies: method is not known here; known are purchaser_kinds, methods"),
        ('methods = ["chat"]', "clause A-1: applies: methods is one of open_tender, talks, auction, not chat"),
        ("methods = []", "clause A-1: applies: methods is a list of at least one, not []"),
        ('methods = "talks"', "clause A-1: applies: methods is a list in brackets, not talks"),
    ],
)
def test_what_limits_a_clause_in_words_that_nobody_knows_is_refused_at_the_start(
    tmp_path: Path, applies: str, said: str
) -> None:
    text(tmp_path, "city", clause("A-1", "days = 20", applies))

    with pytest.raises(RulebookError) as refused:
        load(tmp_path)

    assert said in str(refused.value)


@pytest.mark.parametrize(("other", "twice"), [(BY_TALKS, False), (BY_TENDER, True), ("", True)])
def test_a_value_is_given_twice_only_for_cases_that_exclude_each_other(tmp_path: Path, other: str, twice: bool) -> None:
    text(tmp_path, "city", clause("A-1", "days = 20", BY_TENDER), clause("A-2", "days = 10", other))

    said = "clause A-2: days stands also in A-1"

    with pytest.raises(RulebookError, match=said) if twice else nullcontext():
        load(tmp_path)


@pytest.mark.parametrize(("other", "contradicts"), [(BY_TALKS, False), (BY_TENDER, True), ("", True)])
def test_a_lower_text_contradicts_a_higher_one_only_in_a_case_of_both(
    tmp_path: Path, other: str, contradicts: bool
) -> None:
    text(tmp_path, "nation", clause("N-1", "days = 20", BY_TENDER), where="000000", more='rank = "law"')
    text(tmp_path, "city", clause("A-1", "days = 10", other), more='extends = ["nation"]')

    assert bool(load(tmp_path).contradictions) is contradicts


STREETS = 'applies = { purchaser_kinds = ["street"] }'


@pytest.mark.parametrize(
    ("applies", "kind", "chosen"),
    [
        (STREETS, "street", "city"),
        (STREETS, "bureau", "nation"),
        (STREETS, None, "city"),
        ('applies = { purchaser_kinds = ["organ"] }', "bureau", "city"),
        ("", "bureau", "city"),
    ],
)
def test_the_text_of_a_place_is_that_which_applies_to_who_buys(
    tmp_path: Path, applies: str, kind: str | None, chosen: str
) -> None:
    text(tmp_path, "nation", clause("N-1", "days = 20"), where="000000")
    text(tmp_path, "city", clause("A-1", "free = true"), more=f'extends = ["nation"]\n{applies}')

    book = load(tmp_path).governing("4404/440402", DAY, Case(purchaser_kind=kind))

    assert book is not None
    assert book.id == chosen


def test_beside_a_text_on_some_purchasers_another_of_the_same_place_holds_for_the_rest(tmp_path: Path) -> None:
    text(tmp_path, "streets", clause("A-1", "days = 20"), more=STREETS)
    text(tmp_path, "city", clause("B-1", "days = 10"))
    books = load(tmp_path)

    by = {
        kind: [book.id for book in books.each_governing("4404", DAY, Case(purchaser_kind=kind))]
        for kind in ("street", "bureau", None)
    }

    assert by == {"street": ["streets"], "bureau": ["city"], None: ["city"]}


def test_figures_of_the_place_hold_for_whom_its_text_leaves_out(tmp_path: Path) -> None:
    text(tmp_path, "nation", clause("N-1", "free = true"), where="000000")
    text(tmp_path, "city", clause("A-1", "free = true"), more=f'extends = ["nation"]\n{STREETS}')
    (tmp_path / "figures.toml").write_text(
        'overlay_of = "nation"\nid = "figures"\njurisdiction = "4404"\neffective_from = 2022-01-01\n'
        'source = "a bureau"\n' + clause("F-1", "days = 7"),
        encoding="utf-8",
    )
    books = load(tmp_path)

    for kind in ("street", "bureau"):
        book = books.governing("4404", DAY, Case(purchaser_kind=kind))
        assert book is not None
        days = book.section(Blind).days
        assert days is not None
        assert days.value == 7
        assert book.name in {named.name for named in books.named}


def test_no_value_of_the_law_carries_a_method_in_its_name() -> None:
    methods = (*shipped_vocabulary()["procurement_methods"].words, "consultation")
    named = [name for name in shipped_vocabulary().terms if name.startswith(tuple(f"{method}_" for method in methods))]

    assert named == ["consultation_channels", "open_tender_threshold", "open_tender_threshold_set_by"]


ON_SOME_METHODS = {
    "tender-order-2017": {"open_tender"},
    "consultation-measures-2014": {"competitive_consultation"},
    "non-tender-methods-2014": {"competitive_negotiation", "single_source", "inquiry"},
}
"""Texts on some methods alone; of the order on tenders invited tender too, by which nothing is bought here."""

SPEAKS_OF = {"tender": re.compile("招标|投标|评标|中标"), "others": re.compile("谈判|磋商|询价|单一来源|采购文件|成交")}
"""Words of an article that is on tenders alone, or on other methods too."""


def shipped() -> list[RulebookFile]:
    """Every version of every text."""
    return [file for versions in read_folders((INSTRUMENTS,)).instruments.values() for file in versions.values()]


def test_a_text_on_some_methods_says_so_of_itself() -> None:
    files = {file.id: file for file in shipped()}

    said = {name: set(files[name].applies.methods) for name in ON_SOME_METHODS}

    assert said == ON_SOME_METHODS


def test_an_article_on_tenders_alone_says_so_or_how_it_is_read() -> None:
    """What such an article asks is not asked of a consultation, whose measures have articles of their own."""
    silent = [
        entry.id
        for file in shipped()
        if file.level == "national" and not file.applies.methods
        for entry in file.clause
        if entry.values and entry.text and not entry.applies.methods and not entry.reading
        if SPEAKS_OF["tender"].search(entry.text) and not SPEAKS_OF["others"].search(entry.text)
    ]

    assert silent == []
