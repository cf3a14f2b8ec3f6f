"""Judges the marks of every test at its end and keeps what was earned.

A mark that is not earned fails its test. `unearned.txt` lists the marks that were there before marks had to be earned:
each line excuses one mark until it is earned, and then must go. It only ever gets shorter.
"""

import json
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.proof import seen
from tests.proof.law import BUILD, ROOT, carried
from tests.proof.marks import Mark, WrongMark, marked, missing

RESULTS = BUILD / "proof"
UNEARNED = Path(__file__).parent / "unearned.txt"
FAILED = "the test failed"


@dataclass(frozen=True)
class Result:
    """A mark after its test; `lacks` is empty when it was earned, else it says what was missing."""

    test: str
    clause: str
    side: str
    lacks: str


def excused() -> frozenset[str]:
    """The lines of the list: test, clause and side."""
    return frozenset(UNEARNED.read_text(encoding="utf-8").splitlines())


def line(result: Result) -> str:
    """The line that would excuse it."""
    return f"{result.test} {result.clause} {result.side}"


def test_of(item: pytest.Item) -> str:
    """The test's id as pytest takes it on the command line: without the group that a distributed run appends."""
    group = item.get_closest_marker("xdist_group")
    return item.nodeid.removesuffix(f"@{group.args[0]}") if group else item.nodeid


def commit() -> str:
    """The commit that stands in the working tree; `unknown` outside a repository."""
    done = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return "unknown" if done.returncode else done.stdout.strip()


class Proof:
    """The plugin. With a `run` its results are written: `<run>.json` by the process that was started, with what it
    knows of the whole run, and `<run>.<worker>.json` by each process that this one let run tests."""

    def __init__(self, config: pytest.Config, run: str | None) -> None:
        self._run = run
        self._worker = getattr(config, "workerinput", {}).get("workerid")
        self._excused = excused()
        self._results: list[Result] = []
        if run and self._worker is None:
            for before in RESULTS.glob(f"{run}.*json"):
                before.unlink()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        if item.get_closest_marker("clause") is None:
            return (yield)
        try:
            marks = list(marks_of(item))
        except WrongMark as error:
            pytest.fail(str(error), pytrace=False)
        try:
            with seen.watching() as found:
                result = yield
        except BaseException:
            self._results += [Result(test_of(item), mark.clause, mark.side, FAILED) for mark in marks]
            raise
        self._judge(test_of(item), marks, found)
        return result

    def _judge(self, test: str, marks: list[Mark], found: seen.Seen) -> None:
        results = [Result(test, mark.clause, mark.side, missing(mark, found) or "") for mark in marks]
        wrong = [one.lacks for one in results if one.lacks and line(one) not in self._excused]
        wrong += [
            f"{one.clause} {one.side}: earned now, take its line out of {UNEARNED.relative_to(ROOT)}"
            for one in results
            if not one.lacks and line(one) in self._excused
        ]
        self._results += [replace(one, lacks=one.lacks or FAILED) for one in results] if wrong else results
        if wrong:
            pytest.fail("\n".join(wrong), pytrace=False)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self._run is None:
            return
        marks = [asdict(result) for result in self._results]
        if self._worker is None:
            whole = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            _write(self._run, {"commit": commit(), "finished_at": now, "whole": whole, "marks": marks})
        else:
            _write(f"{self._run}.{self._worker}", {"marks": marks})


def _write(name: str, document: dict[str, Any]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def marks_of(item: pytest.Item) -> Iterator[Mark]:
    """The marks of a test, those of its parameters included. Raises WrongMark."""
    for mark in item.iter_markers("clause"):
        yield marked(mark.args, mark.kwargs, carried())
