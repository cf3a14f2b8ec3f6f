"""What the last full run earned, as the plugin wrote it."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.proof.plugin import RESULTS, Result

FULL, LONG = "test", "long"


class NoRun(Exception):
    """There is no full run to read; the message says what to do."""


@dataclass(frozen=True)
class Run:
    """The last `make test`, and the marks of the last `make test-all` with it."""

    commit: str
    finished_at: str
    results: tuple[Result, ...]

    def earned(self) -> dict[str, dict[str, list[str]]]:
        """By clause and side, the tests that earned it."""
        found: dict[str, dict[str, list[str]]] = {}
        for one in self.results:
            if not one.lacks:
                tests = found.setdefault(one.clause, {}).setdefault(one.side, [])
                tests += [one.test] if one.test not in tests else []
        return found


def last_run(folder: Path = RESULTS) -> Run:
    """Raises NoRun."""
    head = folder / f"{FULL}.json"
    if not head.exists():
        raise NoRun("there is no full run to read: run `make test` first")
    said = json.loads(head.read_text(encoding="utf-8"))
    if not said["whole"]:
        raise NoRun("the last full run was broken off: run `make test` again")
    files = sorted([*folder.glob(f"{FULL}.*json"), *folder.glob(f"{LONG}.*json")])
    results = [Result(**mark) for file in files for mark in json.loads(file.read_text(encoding="utf-8"))["marks"]]
    return Run(said["commit"], said["finished_at"], tuple(results))
