from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shared.law.decision import Clause, Decision, Effect, Refused, decide, finding
from shared.law.rulebook import Demand, Items, RulebookError, Value, load

HEAD = """
id = "{id}"
title_zh = "甲"
title_en = "A"
issuer = "甲"
jurisdiction = "{where}"
level = "city"
effective_from = {first}
"""


def book(
    folder: Path,
    clauses: str,
    *,
    name: str = "city",
    where: str = "4404",
    first: str = "2021-04-01",
    more: str = "",
) -> None:
    text = HEAD.format(id=name, where=where, first=first) + more + clauses
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


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
    book(tmp_path, clause("N-1", 'cap = "0.30"'), name="nation", where="000000")
    book(tmp_path, clause("A-1", 'kinds = ["x"]'), more='extends = ["nation"]\n')

    section = load(tmp_path).get("city").section(Section)

    assert section.cap is not None
    assert section.cap.clause.id == "N-1"


def test_the_city_goes_before_its_parent_unless_the_parent_prevails(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'), more='extends = ["nation"]\n')
    book(tmp_path, clause("N-1", 'cap = "0.30"'), name="nation", where="000000")
    weak = load(tmp_path).get("city").section(Demanding)
    book(tmp_path, clause("N-1", 'cap = "0.30"', "prevails = true\n"), name="nation", where="000000")
    strong = load(tmp_path).get("city").section(Demanding)

    assert weak.cap.clause.id == "A-1"
    assert strong.cap.clause.id == "N-1"


def test_a_list_of_the_city_replaces_its_parents_list(tmp_path: Path) -> None:
    book(tmp_path, clause("N-1", 'kinds = ["x", "y"]'), name="nation", where="000000")
    book(tmp_path, clause("A-1", 'kinds = ["z"]'), more='extends = ["nation"]\n')

    assert list(load(tmp_path).get("city").section(Section).kinds) == ["z"]


def test_two_clauses_of_one_text_may_not_set_the_same_value(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"') + clause("A-2", 'cap = "0.30"'))

    with pytest.raises(RulebookError, match="A-1, A-2"):
        load(tmp_path).get("city").section(Section)


def test_an_overlay_adds_a_value_and_names_its_source(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'kinds = ["x"]'))
    overlay = 'overlay_of = "city"\nsource = "demo"\n' + clause("A-1", 'cap = "0.10"')
    (tmp_path / "overlay.toml").write_text(overlay, encoding="utf-8")

    city = load(tmp_path).get("city")

    assert city.section(Demanding).cap.value == Decimal("0.10")
    assert [entry.source for _, entry in city.entries()] == ["demo"]


@pytest.mark.parametrize(
    ("day", "found"),
    [("2021-03-31", None), ("2021-04-01", "city"), ("2024-03-31", "city"), ("2024-04-01", None)],
)
def test_a_text_is_in_force_from_its_first_to_its_last_day(tmp_path: Path, day: str, found: str | None) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'), more="effective_to = 2024-03-31\n")

    in_force = load(tmp_path).in_force("4404/440402", date.fromisoformat(day))

    assert (in_force.id if in_force else None) == found


def test_a_district_goes_before_its_city(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'))
    book(tmp_path, clause("D-1", 'cap = "0.20"'), name="district", where="4404/440402")

    books = load(tmp_path)

    assert books.in_force("4404/440402", date(2022, 3, 1)) is books.get("district")
    assert books.in_force("4404/440403", date(2022, 3, 1)) is books.get("city")


def test_a_name_with_another_version_is_not_found(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"'), more="version = 2\n")

    with pytest.raises(KeyError):
        load(tmp_path).get("city@1")


def test_a_file_with_an_unknown_field_is_refused_by_name(tmp_path: Path) -> None:
    book(tmp_path, clause("A-1", 'cap = "0.40"', "nonsense = 1\n"))

    with pytest.raises(RulebookError, match=r"city\.toml"):
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
        "city.toml: jurisdiction is the code of a place, as 4404 or 4404/440402, or of national law on a subject,"
        " not 440",
        "city.toml: effective_from is a day, as in 2022-03-01, not soon",
        "city.toml: clause A-1: level is one of 'must', 'should', 'may' or 'context', not may be",
        "city.toml: clause A-1: nonsense is not known here; known are id, article, level, service, zh, en, values,"
        " units, open, prevails, verified, reading, set_by, source, sides",
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

    bad = 'cap = "40 %", days = 1.5, free = "perhaps", weight = "much"'
    book(tmp_path, clause("A-1", bad) + clause("A-2", "days = 3"))
    (tmp_path / "bureau.toml").write_text(
        'overlay_of = "city"\nsource = "x"\n' + clause("A-1", 'from_day = "spring"'), encoding="utf-8"
    )

    assert said_of(tmp_path, Typed) == [
        'city.toml: clause A-1: cap is a number in quotes, as in "0.40", not 40 %',
        "city.toml: clause A-2: days stands also in A-1: give it once",
        "city.toml: clause A-1: days is a whole number, not 1.5",
        "city.toml: clause A-1: free is true or false, not perhaps",
        "bureau.toml: clause A-1: from_day is a day, as in 2022-03-01, not spring",
        "city.toml: clause A-1: weight is one of bar, qualification, reference, not much",
    ]


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
