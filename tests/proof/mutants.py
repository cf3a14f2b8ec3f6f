"""`make mutants-api`: changes the law of one clause at a time and expects the tests that carry its mark to go red.

There is one mutant for each must clause that the last full run earned a mark of: what no test claims, no test can
catch, and `make clauses` says which those are. Sixty of them are drawn by the commit, or all are taken. Each plays in a
process forked from this one, which has everything imported and a database template ready. A mutant is caught when a
test of its clause fails; one whose tests pass has survived, and so has one whose tests could not be run.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from deploy.launcher import dies_with_parent, preload
from deploy.local.postgres import PrivatePostgres
from shared.law.rulebook import rulebooks
from tests.proof import law
from tests.proof.mutation import Mutant, mutant_of
from tests.proof.plugin import commit
from tests.proof.runs import NoRun, Run, last_run
from tests.support.servers import make_template

OUTPUT = law.BUILD / "mutants.json"
DRAWN = 60
PATIENCE_SECONDS = 180
OPTIONS = ("-x", "--tb=short", "--show-capture=no", "-W", "ignore::pytest.PytestAssertRewriteWarning")
"""To the first failure. What this process has imported is not rewritten for prettier assertions; that may be."""


@dataclass(frozen=True)
class Case:
    """A mutant and the tests that must catch it."""

    mutant: Mutant
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: `caught` or `survived`, by which test or why not."""

    clause: str
    value: str | None
    verdict: str
    by: str
    seconds: float


def cases(run: Run) -> list[Case]:
    """A mutant for each must clause of which a mark was earned, with its tests."""
    earned = run.earned()
    return [
        Case(_mutant(clause), tuple(sorted({test for tests in earned[clause].values() for test in tests})))
        for clause in sorted(earned)
        if law.carried()[clause].level == "must"
    ]


def _mutant(clause: str) -> Mutant:
    texts = law.carried()[clause].values, law.with_overlays()[clause].values
    return mutant_of(clause, *texts, kinds=law.movable_values())


def drawn(found: list[Case], seed: str, number: int | None) -> list[Case]:
    """That many of them, the same for the same seed; all without a number."""
    if number is None or number >= len(found):
        return found
    return sorted(random.Random(seed).sample(found, number), key=lambda case: case.mutant.clause)


# --- in the forked process


class Failures:
    """Notes the first test that fails, and how many ran."""

    def __init__(self) -> None:
        self.first = ""
        self.ran = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.ran += report.when == "call"
        if report.failed and not self.first:
            self.first = report.nodeid


def play(case: Case, log: Path) -> None:
    """Runs the tests under the mutant and writes what came of it. Never returns."""
    try:
        dies_with_parent()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for target in (1, 2):
            os.dup2(output, target)
        os.environ["GOUFU_MUTANT"] = str(case.mutant)
        rulebooks.cache_clear()
        failures = Failures()
        status = pytest.main([*OPTIONS, *case.tests], plugins=[failures])
        said = {"status": int(status), "first": failures.first, "ran": failures.ran}
        log.with_suffix(".json").write_text(json.dumps(said), encoding="utf-8")
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


# --- in this process


class Runner:
    """Plays cases, some at a time."""

    def __init__(self, folder: Path, at_once: int) -> None:
        self._folder = folder
        self._at_once = at_once
        self._playing: dict[int, tuple[Case, Path, float]] = {}

    def verdicts(self, found: list[Case]) -> Iterator[Verdict]:
        waiting = list(found)
        while waiting or self._playing:
            while waiting and len(self._playing) < self._at_once:
                self._start(waiting.pop(0))
            yield from self._ended()

    def _start(self, case: Case) -> None:
        log = self._folder / f"{case.mutant.clause}.log"
        pid = os.fork()
        if pid == 0:
            play(case, log)
        self._playing[pid] = (case, log, time.monotonic())

    def _ended(self) -> Iterator[Verdict]:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid in self._playing:
            case, log, began = self._playing.pop(pid)
            yield _verdict(case, log, time.monotonic() - began)
        elif pid == 0:
            time.sleep(0.05)
            self._give_up()

    def _give_up(self) -> None:
        """Ends what does not come to an end."""
        for pid, (_, _, began) in self._playing.items():
            if time.monotonic() - began > PATIENCE_SECONDS:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)


def _verdict(case: Case, log: Path, seconds: float) -> Verdict:
    verdict, by = _read(log)
    return Verdict(case.mutant.clause, case.mutant.value, verdict, by, round(seconds, 1))


def _read(log: Path) -> tuple[str, str]:
    """A process that wrote nothing, or in which no test began, has caught nothing."""
    written = log.with_suffix(".json")
    if not written.exists():
        return "survived", f"its tests did not come to an end: {_tail(log)}"
    said = json.loads(written.read_text(encoding="utf-8"))
    if said["status"] == pytest.ExitCode.TESTS_FAILED and said["first"]:
        return "caught", said["first"]
    if said["status"] == pytest.ExitCode.OK and said["ran"]:
        return "survived", f"{said['ran']} tests passed"
    return "survived", f"its tests could not be run: {_tail(log)}"


def _tail(log: Path) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]) if log.exists() else ""


@contextlib.contextmanager
def ready() -> Iterator[None]:
    """Everything imported, and a server with a template of which each fork takes its databases."""
    preload()
    for plugin in entry_points(group="pytest11"):
        plugin.load()
    law.read_values()
    server, template = PrivatePostgres(), f"tpl_{secrets.token_hex(4)}"
    server.start()
    try:
        asyncio.run(make_template(server.url, template))
        os.environ.update(GOUFU_TEST_DATABASE=server.url, GOUFU_TEST_TEMPLATE=template)
        yield
    finally:
        server.close()


def told(verdict: Verdict, number: int, of: int) -> str:
    changed = f"{verdict.clause} {verdict.value or 'its finding'}"
    return f"{number}/{of} {verdict.verdict:8} {changed}: {verdict.by} ({verdict.seconds} s)"


def write(verdicts: list[Verdict], seed: str, possible: int) -> None:
    document: dict[str, Any] = {
        "seed": seed,
        "possible": possible,
        "tested": len(verdicts),
        "survivors": [asdict(one) for one in verdicts if one.verdict == "survived"],
        "caught": [asdict(one) for one in verdicts if one.verdict == "caught"],
    }
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants-api", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help=f"all of them, not {DRAWN} drawn by the commit")
    parser.add_argument("--clause", metavar="PART", default="", help="only clauses whose id begins with this")
    parser.add_argument("--seed", default=commit(), help="draws as that commit would")
    parser.add_argument("--at-once", type=int, default=min(os.cpu_count() or 1, 4), help="how many play at a time")
    return parser.parse_args()


def main() -> int:
    """0 when all were caught, 1 when some survived, 2 when there is nothing to test."""
    asked = _asked()
    try:
        possible = [case for case in cases(last_run()) if case.mutant.clause.startswith(asked.clause)]
    except NoRun as error:
        print(f"make mutants-api: {error}", file=sys.stderr)
        return 2
    chosen = drawn(possible, asked.seed, None if asked.all or asked.clause else DRAWN)
    verdicts: list[Verdict] = []
    with ready(), tempfile.TemporaryDirectory(prefix="goufu-mutants-") as folder:
        for verdict in Runner(Path(folder), asked.at_once).verdicts(chosen):
            verdicts.append(verdict)
            print(told(verdict, len(verdicts), len(chosen)), flush=True)
    write(verdicts, asked.seed, len(possible))
    survived = sum(one.verdict == "survived" for one in verdicts)
    print(f"mutants: tested={len(verdicts)} killed={len(verdicts) - survived} survived={survived}")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
