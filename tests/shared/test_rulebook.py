from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shared.law.decision import Clause, Decision, Effect, Refused, decide, finding
from shared.law.instruments import RulebookError
from shared.law.rulebook import Demand, Items, Rulebooks, Value
from shared.law.rulebook import load as read
from shared.law.vocabulary import Vocabulary
from tests.support.law import term

HEAD = """
id = "{id}"
title_zh = "甲"
title_en = "A"
issuer = "甲"
jurisdiction = "{where}"
level = "city"
effective_from = {first}
"""


WORDS = Vocabulary(
    {
        "cap": term(type="decimal", joins="least", unit="share"),
        "days": term(type="int", joins="most"),
        "kinds": term(type="list", joins="add", words=("x", "y", "z")),
        "who": term(type="list", joins="replace", reason="each text says who buys by it"),
        "free": term(type="bool", joins="demand"),
        "from_day": term(type="date", joins="highest"),
        "weight": term(type="text", joins="highest", words=("bar", "reference")),
        "other": term(type="decimal", joins="highest"),
    }
)


def load(folder: Path) -> Rulebooks:
    return read(folder, vocabulary=WORDS)


def book(
    folder: Path,
    clauses: str,
    *,
    name: str = "city",
    where: str = "4404",
    first: str = "2021-04-01",
    version: int = 1,
    more: str = "",
) -> None:
    text = HEAD.format(id=name, where=where, first=first) + f"version = {version}\n" + more + clauses
    (folder / f"{name}-{version}.toml").write_text(text, encoding="utf-8")


def law(folder: Path, clauses: str, more: str = "") -> None:
    """A law of the nation that cities extend."""
    book(folder, clauses, name="nation", where="000000", first="2000-01-01", more='rank = "law"\n' + more)


def figures(
    folder: Path,
    clauses: str,
    more: str = "",
    *,
    name: str = "figures",
    first: str = "2022-01-01",
    of: str = "city",
    where: str = "4404",
) -> None:
    head = (
        f'overlay_of = "{of}"\nid = "{name}"\njurisdiction = "{where}"\neffective_from = {first}\nsource = "a bureau"\n'
    )
    (folder / f"{name}.toml").write_text(head + more + clauses, encoding="utf-8")


EXTENDS = 'extends = ["nation"]\n'


def clause(identity: str, values: str, more: str = "") -> str:
    return (
        f'\n[[clause]]\nid = "{identity}"\narticle = "第一条"\nservice = "contracts"\nzh = "甲"\nen = "A"\n'
        f"values = {{ {values} }}\n{more}"
    )


@dataclass(frozen=True, slots=True)
class Section:
    cap: Value[Decimal] | None
    kinds: Items


@dataclass(frozen=True, slots=True)
class Demanding:
    cap: Value[Decimal]


def test_a_value_arrives_with_the_clause_that_sets_it(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'))

    section = load(tmp_path).get("city").section(Section)

    assert section.cap is not None
    assert (section.cap.value, section.cap.clause.id) == (Decimal("0.40"), "A-1")
    assert section.cap.clause.rulebook == "city@1"


def test_where_a_text_is_silent_an_optional_value_is_none_and_a_demanded_one_is_an_error(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'other = "0.40"'))
    city = load(tmp_path).get("city")

    assert city.section(Section).cap is None
    with pytest.raises(RulebookError, match="no clause gives cap"):
        city.section(Demanding)


def test_the_members_of_a_list_keep_their_own_clauses(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'kinds = ["x"]') + clause("A-2", 'kinds = ["y"]', "open = true\n"))

    kinds = load(tmp_path).get("city").section(Section).kinds

    assert (kinds.clause("x").id, kinds.clause("y").id) == ("A-1", "A-2")
    assert kinds.open
    assert "z" not in kinds


def test_what_the_city_leaves_open_its_parent_fills(tmp_path: Path) -> None:
    law(tmp_path, clause("N-1", 'cap = "0.30"'))
    book(tmp_path, clause("A-1", 'kinds = ["x"]'), more=EXTENDS)

    section = load(tmp_path).get("city").section(Section)

    assert section.cap is not None
    assert section.cap.clause.id == "N-1"


@pytest.mark.parametrize(
    ("city", "cited"), [("0.20", "A-1"), ("0.30", "A-1"), ("0.40", "N-1")], ids=["tighter", "alike", "looser"]
)
def test_a_cap_is_tightened_below_and_never_loosened(tmp_path: Path, city: str, cited: str) -> None:
    law(tmp_path, clause("N-1", 'cap = "0.30"'))
    book(tmp_path, clause("A-1", f'cap = "{city}"'), more=EXTENDS)

    assert load(tmp_path).get("city").section(Demanding).cap.clause.id == cited


def test_where_the_highest_text_speaks_a_lower_one_only_fills_what_it_leaves_open(tmp_path: Path) -> None:
    law(tmp_path, clause("N-1", 'weight = "bar"'))
    book(tmp_path, clause("A-1", 'weight = "reference", from_day = 2022-03-01'), more=EXTENDS)

    section = load(tmp_path).get("city").section(Spoken)

    assert (section.weight.value, section.weight.clause.id) == (Effect.BAR, "N-1")
    assert section.from_day.clause.id == "A-1"


@dataclass(frozen=True, slots=True)
class Spoken:
    weight: Value[Effect]
    from_day: Value[date]


def test_a_demand_of_any_text_binds(tmp_path: Path) -> None:
    law(tmp_path, clause("N-1", "free = true"))
    book(tmp_path, clause("A-1", "free = false"), more=EXTENDS)

    assert load(tmp_path).get("city").section(Free).free.clause.id == "N-1"


@dataclass(frozen=True, slots=True)
class Free:
    free: Demand


@dataclass(frozen=True, slots=True)
class Lists:
    kinds: Items
    who: Items


def test_lists_unite_each_member_with_the_nearest_text_and_replace_one_another_only_with_a_reason(
    tmp_path: Path,
) -> None:
    law(tmp_path, clause("N-1", 'kinds = ["x", "y"], who = ["bureaus", "streets"]'))
    book(tmp_path, clause("A-1", 'kinds = ["z", "x"], who = ["streets"]'), more=EXTENDS)

    lists = load(tmp_path).get("city").section(Lists)

    assert {kind: each.id for kind, each in lists.kinds.members.items()} == {"z": "A-1", "x": "A-1", "y": "N-1"}
    assert {who: each.id for who, each in lists.who.members.items()} == {"streets": "A-1"}


@pytest.mark.parametrize(
    ("lower", "said"),
    [
        (
            'cap = "0.31"',
            "city@1: clause A-1: cap = 0.31 contradicts N-1 (0.30), a higher text: say conflict = { with =",
        ),
        ('cap = "0.30"', ""),
        ("days = 4", "days = 4 contradicts N-1 (5)"),
        ("days = 6", ""),
        ("free = false", "free = false contradicts N-1 (true)"),
        ('weight = "reference"', "weight = reference contradicts N-1 (bar)"),
        ('weight = "bar"', ""),
        ('kinds = ["y"], who = ["streets"]', ""),
    ],
)
def test_a_lower_text_that_contradicts_a_higher_one_says_so_or_is_refused(
    tmp_path: Path, lower: str, said: str
) -> None:
    law(
        tmp_path, clause("N-1", 'cap = "0.30", days = 5, free = true, weight = "bar", kinds = ["x"], who = ["bureaus"]')
    )
    book(tmp_path, clause("A-1", lower), more=EXTENDS)

    assert said in "".join(load(tmp_path).contradictions)
    assert bool(said) is bool(load(tmp_path).contradictions)


@pytest.mark.parametrize(("holds", "cited"), [("N-1", "N-1"), ("A-1", "A-1")])
def test_a_conflict_that_is_named_says_which_text_holds(tmp_path: Path, holds: str, cited: str) -> None:
    law(tmp_path, clause("N-1", 'cap = "0.30"'))
    conflict = f'conflict = {{ with = "N-1", holds = "{holds}", reading = "why" }}\n'
    book(tmp_path, clause("A-1", 'cap = "0.40"', conflict), more=EXTENDS)
    books = load(tmp_path)

    books.check([])

    assert [(name, lower.entry.id, higher.entry.id) for name, lower, higher in books.conflicts()] == [
        ("cap", "A-1", "N-1")
    ]
    assert books.get("city").section(Demanding).cap.clause.id == cited


def test_figures_of_the_city_fill_a_clause_under_a_name_and_a_source_of_their_own(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'kinds = ["x"]'))
    figures(tmp_path, clause("A-1", 'cap = "0.10"') + clause("F-1", "days = 7"))
    books = load(tmp_path)

    city = books.governing("4404", date(2022, 3, 1))

    assert city is not None
    assert city.name == "city@1+figures@1:2022-01-01"
    cap = city.section(Demanding).cap
    assert (cap.value, cap.clause.id, cap.clause.rulebook) == (Decimal("0.10"), "A-1", "city@1")
    assert city.clause("F-1").rulebook == "figures@1"
    assert books.get("figures@1").clause("F-1").id == "F-1"
    assert city.instruments == ["figures@1", "city@1"]


def test_figures_that_come_later_change_nothing_for_what_began_before(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'kinds = ["x"]'))
    before = load(tmp_path).governing("4404", date(2022, 3, 1))
    figures(tmp_path, clause("A-1", 'cap = "0.10"'))
    after = load(tmp_path)

    assert before is not None
    assert after.get(before.name).section(Section).cap is None
    assert after.governing("4404", date(2022, 3, 1)) is not after.get(before.name)
    assert before.name in {named.name for named in after.named}


@pytest.mark.parametrize(
    ("where", "name", "cap"),
    [
        ("4404", "city@1+figures@1:2022-01-01", "0.10"),
        ("000000", "city@1+figures@1:2022-01-01", "0.10"),
        ("5101", "city@1:2021-04-01", None),
    ],
)
def test_figures_of_a_place_for_national_law_hold_where_the_city_has_a_text_too(
    tmp_path: Path, where: str, name: str, cap: str | None
) -> None:
    law(tmp_path, clause("N-1", 'kinds = ["x"]'))
    book(tmp_path, clause("A-1", "days = 5"), more=EXTENDS)
    figures(tmp_path, clause("N-1", 'cap = "0.10"'), of="nation", where=where)
    books = load(tmp_path)

    city = books.governing("4404/440402", date(2022, 3, 1))

    assert city is not None
    found = city.section(Section).cap
    assert (city.name, str(found.value) if found else None) == (name, cap)
    assert found is None or (found.clause.id, found.clause.rulebook) == ("N-1", "nation@1")
    assert books.get(city.name) is city
    assert city.name in {known.name for known in books.named}


@pytest.mark.parametrize(("where", "said"), [("4404", True), ("5101", False)])
def test_figures_for_national_law_that_contradict_it_are_found_in_the_city_that_they_are_of(
    tmp_path: Path, where: str, said: bool
) -> None:
    law(tmp_path, clause("N-1", 'kinds = ["x"]'))
    book(tmp_path, clause("A-1", 'cap = "0.10"'), more=EXTENDS)
    figures(tmp_path, clause("F-1", 'cap = "0.20"'), of="nation", where=where)

    assert ("F-1: cap = 0.20 contradicts A-1" in "".join(load(tmp_path).contradictions)) is said


@pytest.mark.parametrize(("where", "named"), [("5101", "2000-01-01"), ("4404", "2022-01-01")])
def test_the_figures_of_another_city_give_no_new_name(tmp_path: Path, where: str, named: str) -> None:
    law(tmp_path, clause("N-1", 'kinds = ["x"]'))
    figures(tmp_path, clause("N-1", 'cap = "0.10"'), of="nation", where=where)

    found = load(tmp_path).governing("4404", date(2022, 3, 1))

    assert found is not None
    assert found.name.partition(":")[2] == named


@pytest.mark.parametrize(("name", "found"), [("city@1", True), ("city@1:2022-01-01", False), ("nation@1", True)])
def test_a_citation_under_a_bare_name_stays_readable_after_the_clause_has_ended(
    tmp_path: Path, name: str, found: bool
) -> None:
    law(tmp_path, clause("N-0", 'kinds = ["x"]') + clause("N-1", 'cap = "0.30"', "to = 2021-12-31\n"))
    book(tmp_path, clause("A-1", "days = 5"), more=EXTENDS)
    read_again = load(tmp_path).get(name)

    if found:
        assert read_again.clause("N-1").rulebook == "nation@1"
    else:
        with pytest.raises(KeyError):
            read_again.clause("N-1")


@pytest.mark.parametrize(
    ("day", "found"),
    [("2021-03-31", None), ("2021-04-01", "city"), ("2024-03-31", "city"), ("2024-04-01", None)],
)
def test_a_text_is_in_force_from_its_first_to_its_last_day(tmp_path: Path, day: str, found: str | None) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'), more="effective_to = 2024-03-31\n")

    in_force = load(tmp_path).governing("4404/440402", date.fromisoformat(day))

    assert (in_force.id if in_force else None) == found


@pytest.mark.parametrize(("place", "found"), [("4404/440402", "district@1"), ("4404/440403", "city@1")])
def test_a_district_goes_before_its_city(tmp_path: Path, place: str, found: str) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'))
    book(tmp_path, clause("D-1", 'cap = "0.20"'), name="district", where="4404/440402")

    in_force = load(tmp_path).governing(place, date(2022, 3, 1))

    assert in_force is not None
    assert in_force.file.name == found


@pytest.mark.parametrize(("more", "found"), [("", "0.40"), ('extends = ["profile"]\n', "0.20")])
def test_what_a_city_opts_into_speaks_only_where_a_text_extends_it(tmp_path: Path, more: str, found: str) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'), more=more)
    book(tmp_path, clause("P-1", 'cap = "0.20"'), name="profile", first="2022-01-01", more="opt_in = true\n")

    in_force = load(tmp_path).governing("4404", date(2022, 3, 1))

    assert in_force is not None
    cap = in_force.section(Section).cap
    assert (in_force.id, cap and str(cap.value)) == ("city", found)


@pytest.mark.parametrize("name", ["city@2", "town", "city@one", "city@1:soon", "city@1+figures@1", ""])
def test_a_name_that_there_is_not_is_not_found(tmp_path: Path, name: str) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'))

    with pytest.raises(KeyError):
        load(tmp_path).get(name)


def test_a_second_version_is_used_from_its_release_on_and_changes_nothing_that_began_before(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'))
    begun = load(tmp_path).governing("4404", date(2022, 3, 1))
    assert begun is not None

    book(tmp_path, clause("A-1", 'cap = "0.20"'), version=2, more="released = 2022-03-02\n")
    books = load(tmp_path)

    assert books.get(begun.name).section(Demanding).cap.value == Decimal("0.40")
    assert books.get("city@1").section(Demanding).cap.value == Decimal("0.40")
    names = [books.governing("4404", date(2022, 3, day)) for day in (1, 2)]
    assert [each and each.name for each in names] == ["city@1:2021-04-01", "city@2:2022-03-02"]
    assert books.get("city").version == 2


def test_a_correction_of_the_law_changes_nothing_for_what_began_before(tmp_path: Path) -> None:
    law(tmp_path, clause("N-1", 'cap = "0.40"'))
    book(tmp_path, clause("A-1", 'kinds = ["x"]'), more=EXTENDS)
    begun = load(tmp_path).governing("4404", date(2022, 3, 1))
    assert begun is not None

    released = 'rank = "law"\nreleased = 2022-03-02\n'
    book(tmp_path, clause("N-1", 'cap = "0.20"'), name="nation", where="000000", version=2, more=released)
    books = load(tmp_path)
    following = books.governing("4404", date(2022, 3, 2))

    assert following is not None
    assert following.name == "city@1:2022-03-02"
    caps = [book.section(Demanding).cap for book in (books.get(begun.name), following)]
    assert [(cap.value, cap.clause.rulebook) for cap in caps] == [
        (Decimal("0.40"), "nation@1"),
        (Decimal("0.20"), "nation@2"),
    ]


def test_a_second_file_of_one_version_is_refused(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'))
    (tmp_path / "copy.toml").write_text((tmp_path / "city-1.toml").read_text())

    assert said_of(tmp_path) == ["copy.toml: city@1 stands also in city-1.toml"]


def test_a_second_version_says_from_which_day_on_it_is_used(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'), version=2)

    assert said_of(tmp_path) == ["city-2.toml: released is missing: from which day on is version 2 used?"]


@pytest.mark.parametrize(("day", "cited"), [(date(2022, 6, 30), None), (date(2022, 7, 1), "N-1")])
def test_a_text_above_speaks_only_while_it_is_in_force(tmp_path: Path, day: date, cited: str | None) -> None:
    book(tmp_path, clause("N-1", 'cap = "0.30"'), name="nation", where="000000", first="2022-07-01")
    book(tmp_path, clause("A-1", 'kinds = ["x"]'), more=EXTENDS)

    city = load(tmp_path).governing("4404", day)

    assert city is not None
    cap = city.section(Section).cap
    assert (cap.clause.id if cap else None) == cited


@pytest.mark.parametrize(
    ("day", "found"), [("2021-06-30", "0.40"), ("2021-07-01", "0.30"), ("2021-12-31", "0.30"), ("2022-01-01", None)]
)
def test_a_value_and_a_clause_have_days_of_their_own(tmp_path: Path, day: str, found: str | None) -> None:
    dated = 'cap = [{ from = 2021-04-01, value = "0.40" }, { from = 2021-07-01, value = "0.30" }]'
    book(tmp_path, clause("A-1", dated, "to = 2021-12-31\n"))

    city = load(tmp_path).governing("4404", date.fromisoformat(day))

    assert city is not None
    cap = city.section(Section).cap
    assert (str(cap.value) if cap else None) == found


GAP = """
[[gap]]
id = "GAP-1"
article = "前文"
zh = "甲"
en = "A"
to = 2022-06-30
instead = "nation"
"""


def test_in_a_gap_the_later_text_is_shown_as_the_gap_and_refuses_nobody(tmp_path: Path) -> None:
    book(tmp_path, clause("N-1", 'cap = "0.30", kinds = ["x"]'), name="nation", where="000000", first="2022-07-01")
    book(tmp_path, clause("A-1", "days = 5") + GAP, more=EXTENDS)
    before, after = (load(tmp_path).governing("4404", date(2022, month, 1)) for month in (6, 7))
    assert before is not None
    assert after is not None

    gap, known = before.section(Demanding).cap, after.section(Demanding).cap

    assert (gap.value, gap.clause.id, known.clause.id) == (Decimal("0.30"), "GAP-1", "N-1")
    assert not decide([finding("cap", gap.clause, False)], "yes").refused
    assert decide([finding("cap", known.clause, False)], "yes").refused
    assert [note.clause.id for note in before.notes()] == ["GAP-1"]
    assert after.notes() == []
    assert before.clause("GAP-1") == gap.clause


@pytest.mark.parametrize(("name", "members"), [("kinds", {"y": "A-1", "x": "GAP-1"}), ("who", {"y": "A-1"})])
def test_what_a_gap_names_is_added_to_a_list_that_unites_and_to_no_other(
    tmp_path: Path, name: str, members: dict[str, str]
) -> None:
    """A permission of the text that is not carried is not lost where another text gives the list a member."""
    both = 'kinds = ["{0}"], who = ["{0}"]'
    book(tmp_path, clause("N-1", both.format("x")), name="nation", where="000000", first="2022-07-01")
    book(tmp_path, clause("A-1", both.format("y")) + GAP, more=EXTENDS)
    city = load(tmp_path).governing("4404", date(2022, 6, 30))

    assert city is not None
    section = city.section(Lists)
    assert {word: found.id for word, found in getattr(section, name).members.items()} == members


def test_a_section_that_cannot_be_filled_on_a_day_in_force_is_refused(tmp_path: Path) -> None:
    book(tmp_path, clause("N-1", 'cap = "0.30"'), name="nation", where="000000", first="2022-07-01")
    book(tmp_path, clause("A-1", "days = 5"), more=EXTENDS)

    assert said_of(tmp_path, Demanding) == ["city@1:2021-04-01: no clause gives cap, which Demanding needs"]


def test_a_file_with_an_unknown_field_is_refused_by_name(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"', "nonsense = 1\n"))

    with pytest.raises(RulebookError, match=r"city-1\.toml"):
        load(tmp_path)


def said_of(folder: Path, *sections: type) -> list[str]:
    with pytest.raises(RulebookError) as refused:
        load(folder).check(sections)
    return str(refused.value).splitlines()


def test_files_that_cannot_be_read_are_a_sentence_for_each_mistake_of_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text('id = "bare"\ntitle_zh = "甲"\ntitle_en = "A"\nissuer = 5\nlevel = "town"\n')
    book(tmp_path, clause("A-1", 'cap = "0.40"', 'nonsense = 1\nlevel = "may be"\n'), where="440", first='"soon"')
    (tmp_path / "latin.toml").write_bytes(b'title_zh = "\xff"')
    (tmp_path / "torn.toml").write_text("id = \n")

    assert said_of(tmp_path) == [
        "bare.toml: issuer is text in quotes, not 5",
        "bare.toml: jurisdiction is missing",
        "bare.toml: level is one of 'national', 'province', 'city' or 'district', not town",
        "bare.toml: effective_from is missing",
        "city-1.toml: jurisdiction is the code of a place, as 4404 or 4404/440402, or of national law on a subject,"
        " not 440",
        "city-1.toml: effective_from is a day, as in 2022-03-01, not soon",
        "city-1.toml: clause A-1: level is one of 'must', 'should', 'may' or 'context', not may be",
        "city-1.toml: clause A-1: nonsense is not known here; known are id, article, level, service, zh, en, text,"
        " checked, applies, from, to, values, later, units, open, conflict, verified, reading, set_by, source, sides",
        "latin.toml: byte 12 and those after it are no text in UTF-8",
        "torn.toml: this is not TOML: Invalid value (at line 1, column 6)",
    ]


@dataclass(frozen=True, slots=True)
class Typed:
    cap: Value[Decimal]
    days: Value[int]
    free: Demand | None
    from_day: Value[date]
    weight: Value[Effect]


def test_values_that_no_service_can_read_are_named_with_their_file_and_what_is_allowed(tmp_path: Path) -> None:
    good = 'cap = "0.40", days = 5, free = true, from_day = 2022-03-01, weight = "bar"'
    book(tmp_path, clause("A-1", good))
    load(tmp_path).check([Typed])

    bad = 'cap = "40 %", days = 1.5, free = "perhaps", weight = "much", kinds = ["w"]'
    book(tmp_path, clause("A-1", bad) + clause("A-2", "days = 3"))
    figures(tmp_path, clause("A-1", 'from_day = "spring"'))

    assert said_of(tmp_path, Typed) == [
        'city-1.toml: clause A-1: cap is a number in quotes, as in "0.40", not 40 %',
        "city-1.toml: clause A-1: days is a whole number, not 1.5",
        "city-1.toml: clause A-1: free is true or false, not perhaps",
        "city-1.toml: clause A-1: weight is one of bar, reference, not much",
        "city-1.toml: clause A-1: kinds is one of x, y, z, not w",
        "city-1.toml: clause A-2: days stands also in A-1: give it once",
        "figures.toml: clause A-1: from_day is a day, as in 2022-03-01, not spring",
    ]


def test_a_misspelt_value_or_another_unit_is_refused_and_what_no_rule_reads_stands_under_later(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'capp = "0.40", cap = "0.40"', 'units = { cap = "CNY", days = "day" }\n'))

    assert said_of(tmp_path) == [
        "city-1.toml: clause A-1: capp is no value of the vocabulary (is cap meant?);"
        " what no rule reads stands under later",
        "city-1.toml: clause A-1: cap is given in CNY, not in share",
        "city-1.toml: clause A-1: units: days is no value of this clause",
    ]

    book(
        tmp_path, clause("A-1", 'cap = "0.40"', 'later = { capp = "0.40" }\nunits = { cap = "share", capp = "CNY" }\n')
    )
    assert load(tmp_path).get("city").section(Demanding).cap.value == Decimal("0.40")


A = Clause("A-1", "第一条", "city@1", "甲", "A")


def test_a_decision_keeps_all_findings_and_has_no_outcome_when_one_refuses() -> None:
    findings = [finding("first", A, True), finding("second", A, False), finding("third", A, False)]

    decision = decide(findings, "yes")

    assert decision.outcome is None
    with pytest.raises(Refused) as refused:
        decision.or_refuse()
    assert [f.code for f in refused.value.failed] == ["second", "third"]


def test_a_reference_never_refuses_by_itself() -> None:
    decision: Decision[str] = decide([finding("poor_result", A, False, effect=Effect.REFERENCE)], "yes")

    assert decision.or_refuse() == "yes"


def test_a_clause_of_a_list_without_members_is_no_clause() -> None:
    with pytest.raises(RulebookError, match="empty list"):
        Items({}).clause("whatever")
