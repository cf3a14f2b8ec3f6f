"""What is counted as proven, and what is written and said of it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.law.rulebook import ClauseEntry, Side
from tests.proof.clauses import as_document, differences, standings, summary
from tests.proof.plugin import Result
from tests.proof.runs import NoRun, Run, last_run

TEST = "tests/contracts/test_payments_api.py::test_one"


def entry(clause: str, *, level: Any = "must", sides: tuple[Side, ...] = ("refuses", "accepts")) -> ClauseEntry:
    return ClauseEntry(id=clause, article="第一条", service="contracts", zh="甲", en="A", level=level, sides=sides)


def run(*results: Result) -> Run:
    return Run("abc", "2022-03-01T00:00:00+00:00", results)


def earned(clause: str, side: str, test: str = TEST) -> Result:
    return Result(test, clause, side, "")


def test_a_clause_is_proven_by_every_side_it_has() -> None:
    law = {"A-1": entry("A-1"), "A-2": entry("A-2"), "A-3": entry("A-3", sides=("accepts",))}

    found = standings(law, run(earned("A-1", "refuses"), *(earned(c, "accepts") for c in law), earned("A-9", "shows")))

    assert [(one.entry.id, one.proven, one.lacking) for one in found] == [
        ("A-1", True, ()),
        ("A-2", False, ("refuses",)),
        ("A-3", True, ()),
    ]


def test_a_mark_that_lacks_something_proves_nothing() -> None:
    (found,) = standings(
        {"A-1": entry("A-1", sides=("accepts",))}, run(Result(TEST, "A-1", "accepts", "the test failed"))
    )

    assert not found.proven
    assert found.tests == ()


def test_the_last_line_counts_levels_and_texts() -> None:
    law = {
        "A-1": entry("A-1", sides=("accepts",)),
        "A-2": entry("A-2"),
        "B-1": entry("B-1", level="should"),
        "B-2": entry("B-2", level="context"),
    }

    assert summary(standings(law, run(earned("A-1", "accepts")))) == "clauses: must=1/2 should=0/1 systems=2"


def test_the_document_has_every_clause_with_its_tests() -> None:
    found = standings(
        {"ZH21-1.1": entry("ZH21-1.1")}, run(earned("ZH21-1.1", "accepts"), earned("ZH21-1.1", "refuses"))
    )

    assert as_document(found) == {
        "ZH21-1.1": {"system": "ZH21", "service": "contracts", "level": "must", "proven": True, "tests": [TEST]}
    }


def test_a_table_that_says_otherwise_is_named(tmp_path: Path) -> None:
    rows = ["id\tlevel\tservice", "A-1\tmust\tcontracts", "A-2\tshould\tcontracts", "A-3\tmust\tcatalog"]
    rows += ["A-5\tshould\tcatalog", "A-6\tcontext\tcatalog"]
    (tmp_path / "a.tsv").write_text("\n".join(rows), encoding="utf-8")

    law = {name: entry(name) for name in ("A-1", "A-2", "A-3", "A-4", "B-1")}

    assert differences(law, tmp_path) == [
        "A-5: in no rulebook",
        "A-2: level is must in the rulebook, should in the table",
        "A-3: service is contracts in the rulebook, catalog in the table",
        "A-4: in no table",
    ]


def test_national_law_is_compared_with_the_table_beside_the_folder_and_a_checked_clause_needs_no_row(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "clauses"
    folder.mkdir()
    (folder / "a.tsv").write_text("id\tlevel\tservice\nA-1\tcontext\tcontracts\n", encoding="utf-8")
    (tmp_path / "clauses-national.tsv").write_text("id\tlevel\tservice\nN-1\tmust\tcatalog\n", encoding="utf-8")
    law = {name: entry(name) for name in ("N-1", "N-2", "N-3", "N-4")}
    law["N-3"] = law["N-3"].model_copy(update={"checked": date(2026, 11, 30)})
    law["N-4"] = law["N-4"].model_copy(update={"verified": False})

    assert differences(law, folder) == [
        "N-1: service is contracts in the rulebook, catalog in the table",
        "N-2: in no table",
    ]


def write(folder: Path, name: str, **document: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


MARK = {"test": TEST, "clause": "A-1", "side": "accepts", "lacks": ""}


def test_a_run_in_several_processes_is_read_as_one(tmp_path: Path) -> None:
    write(tmp_path, "test", commit="abc", finished_at="now", whole=True, marks=[])
    write(tmp_path, "test.gw0", marks=[MARK])
    write(tmp_path, "test.gw1", marks=[MARK | {"side": "refuses"}])
    write(tmp_path, "long", commit="abc", finished_at="then", whole=False, marks=[MARK | {"test": "long"}])
    write(tmp_path, "trial", commit="abc", finished_at="then", whole=True, marks=[MARK | {"test": "trial"}])

    assert last_run(tmp_path).earned() == {"A-1": {"accepts": ["long", TEST], "refuses": [TEST]}}


def test_without_a_whole_run_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoRun, match="run `make test` first"):
        last_run(tmp_path)
    write(tmp_path, "test", commit="abc", finished_at="now", whole=False, marks=[MARK])
    with pytest.raises(NoRun, match="run `make test` again"):
        last_run(tmp_path)
