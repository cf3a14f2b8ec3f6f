from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shared.law.decision import Clause, Decision, Effect, Refused, decide, finding
from shared.law.rulebook import Items, RulebookError, Value, load

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


def test_a_file_that_lacks_fields_is_one_sentence_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text('id = "city"\n')

    with pytest.raises(RulebookError, match=r"^city\.toml: .*title_zh: Field required[^\n]*$") as refused:
        load(tmp_path)

    assert "http" not in str(refused.value)


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
