"""`make clauses`: which clauses the last full run proved, by text and by the service that answers for them.

A clause is proven when every side that its text has was earned by a test that passed. Every clause that the rulebooks
carry counts, read by a service or not. A text counts as one system, by the letters before the number of its clauses:
ZH21 and CD17 are systems as GPL (the Government Procurement Law) and each national regulation are.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from shared.law.rulebook import ClauseEntry
from tests.proof.law import BUILD, carried, is_read, system_of, tables
from tests.proof.plugin import commit, excused, line
from tests.proof.runs import NoRun, Run, last_run

OUTPUT = BUILD / "clauses.json"
COUNTED = ("must", "should")


@dataclass(frozen=True)
class Standing:
    """What is proven of one clause; `lacking` are the sides that no test earned."""

    entry: ClauseEntry
    tests: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def proven(self) -> bool:
        return not self.lacking

    @property
    def group(self) -> tuple[str, str]:
        return system_of(self.entry.id), self.entry.service


def standings(law: Mapping[str, ClauseEntry], run: Run) -> list[Standing]:
    """Every clause with what the run earned of it, in the order of the rulebooks."""
    earned = run.earned()
    return [
        Standing(
            entry,
            tuple(sorted({test for tests in earned.get(entry.id, {}).values() for test in tests})),
            tuple(side for side in entry.sides if side not in earned.get(entry.id, {})),
        )
        for entry in law.values()
    ]


def as_document(found: Iterable[Standing]) -> dict[str, dict[str, Any]]:
    """What `build/clauses.json` holds."""
    return {
        one.entry.id: {
            "system": one.group[0],
            "service": one.entry.service,
            "level": one.entry.level,
            "proven": one.proven,
            "tests": list(one.tests),
        }
        for one in found
    }


def summary(found: list[Standing]) -> str:
    """The last line."""
    counts = " ".join(f"{level}={_share(found, level)}" for level in COUNTED)
    return f"clauses: {counts} systems={len({one.group[0] for one in found})}"


def _share(found: Iterable[Standing], level: str) -> str:
    of_level = [one for one in found if one.entry.level == level]
    return f"{sum(one.proven for one in of_level)}/{len(of_level)}"


def differences(law: Mapping[str, ClauseEntry], folder: Path) -> list[str]:
    """Where the rulebooks and the tables of the same texts disagree: a level, a service, a clause that is not there. A
    clause whose wording a second reader compared needs no row, nor one of which the file says that nobody found it."""
    rows = {row["id"]: row for row in _rows(folder)}
    systems = {system_of(clause) for clause in rows}
    counted = [name for name, row in rows.items() if row["level"] in COUNTED]
    found = [f"{name}: in no rulebook" for name in counted if name not in law]
    for entry in law.values():
        row = rows.get(entry.id)
        if row is None:
            known = system_of(entry.id) not in systems or entry.checked or not entry.verified
            found += [] if known else [f"{entry.id}: in no table"]
            continue
        found += [
            f"{entry.id}: {name} is {getattr(entry, name)} in the rulebook, {row[name]} in the table"
            for name in ("level", "service")
            if row[name] != getattr(entry, name)
        ]
    return found


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    """The rows of the folder's tables, and of national law's own (`clauses-national.tsv`) where it lies beside it."""
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise NoRun(f"CLAUSE_TABLES names {folder}, where no table is: name a folder of .tsv files, or unset it")
    for file in [*files, *folder.parent.glob(f"{folder.name}-national.tsv")]:
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


# --- what is printed


def tell(console: Console, found: list[Standing], run: Run) -> None:
    """The table, and below it what is not proven: first what a service reads, then the rest."""
    console.print(_table(found))
    rest = [one for one in found if not one.proven and one.entry.level in COUNTED]
    _tell_each(console, "not proven, though a service reads it", [one for one in rest if is_read(one.entry.id)])
    _tell_each(console, "not proven, and read by no service", [one for one in rest if not is_read(one.entry.id)])
    console.print(f"\nrun of {run.finished_at} at {run.commit[:12]}{_later(run)}; {_left(run)}", highlight=False)


def _table(found: list[Standing]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("system", "service", "must proven", "of those read", "should proven"):
        table.add_column(name, justify="left" if name in ("system", "service") else "right")
    before = ""
    for group in sorted({one.group for one in found}):
        of_group = [one for one in found if one.group == group]
        read = [one for one in of_group if is_read(one.entry.id)]
        name = group[0] if group[0] != before else ""
        table.add_row(name, group[1], _share(of_group, "must"), _share(read, "must"), _share(of_group, "should"))
        before = group[0]
    return table


def _tell_each(console: Console, heading: str, found: list[Standing]) -> None:
    console.print(f"\n{heading}: {len(found)}", highlight=False)
    for group in sorted({one.group for one in found}):
        named = ", ".join(_named(one) for one in found if one.group == group)
        console.print(f"  {group[0]} {group[1]}: {named}", highlight=False, soft_wrap=True)


def _named(one: Standing) -> str:
    """The clause; with the side that is missing where another is there."""
    partly = 0 < len(one.lacking) < len(one.entry.sides)
    return one.entry.id + (f" (not {', '.join(one.lacking)})" if partly else "")


def _later(run: Run) -> str:
    return "" if commit() == run.commit else ", and the tree has moved on since"


def _left(run: Run) -> str:
    listed, there = excused(), {line(one) for one in run.results}
    stale = sorted(listed - there)
    return f"{len(listed)} marks excused" + "".join(f"\nno such mark, take its line out: {each}" for each in stale)


def main() -> int:
    """0 when it could be counted, 1 when a table disagrees, 2 when there is nothing to count."""
    law, folder = carried(), tables()
    try:
        run = last_run()
        wrong = differences(law, folder) if folder else []
    except NoRun as error:
        print(f"make clauses: {error}", file=sys.stderr)
        return 2
    found = standings(law, run)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(as_document(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    tell(Console(), found, run)
    for difference in wrong:
        print(f"differs from the tables: {difference}", file=sys.stderr)
    sys.stderr.flush()
    print(summary(found))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
