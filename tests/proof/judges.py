"""`make mutants`: wrongs of the law and of its rules, judged by what cases and rule tests say. No server is needed.

A value that a case claims (its clause is named there) is moved by one unit, either way; an operator of a rule is
flipped (operators.py). The cases are played first, then the rule tests of the services that read the value or hold the
rule; marks are not judged, so that a citation that is gone catches nothing. Which wrongs are played follows from what
they are called, never from the commit: what turns red is the doing of the change that turned it red. `survivors.toml`
lists those that survive, each with its reason, and they are not played; `--all` plays every one.
"""

import argparse
import contextlib
import hashlib
import json
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from deploy.cases import questions
from deploy.serve import sections
from shared.events import SERVICES
from shared.law import rulebook
from shared.law.cases import Case, Player, books_of_cases, read_cases
from shared.law.rulebook import Rulebooks, fields_of
from tests.proof import law
from tests.proof.mutation import Mutant, move, moved_on_every_day
from tests.proof.operators import Flip, apply, flips

SURVIVORS = Path(__file__).with_name("survivors.toml")
EVERY = 8
"""One of so many wrongs is drawn."""
PATIENCE_SECONDS = 120
CAUGHT, SURVIVED = 10, 0
OPTIONS = ("-q", "-W", "ignore::pytest.PytestAssertRewriteWarning")

Wrong = Mutant | Flip


def moves(cases: Iterable[Case]) -> list[Mutant]:
    """Every value that a service reads of a clause that must hold and that a case names, moved either way."""
    claimed, kinds, found = {case.written.clause for case in cases}, law.movable_values(), list[Mutant]()
    for clause, entry in law.carried().items():
        for name, value in entry.values.items() if clause in claimed and entry.level == "must" else ():
            if name in kinds:
                ways = [Mutant(clause, name, way) for way in ("up", "down")]
                ends = [moved_on_every_day(value, kinds[name], way.chance) for way in ways]
                found += ways if ends[0] != ends[1] else ways[:1]
    return found


def is_drawn(wrong: Wrong) -> bool:
    """By its name alone."""
    return int(hashlib.sha256(str(wrong).encode()).hexdigest(), 16) % EVERY == 0


def listed() -> dict[str, str]:
    """Those that survive, each with the reason."""
    found: dict[str, str] = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return found


def rule_tests(services: Iterable[str]) -> list[str]:
    return [
        str(path) for service in services for path in sorted((law.ROOT / "tests" / service).glob("test_*_rules.py"))
    ]


def _read_by(value: str) -> list[str]:
    """The services that read the value."""
    return [each for each in SERVICES if any(value in dict(fields_of(section)) for section in sections(each))]


# --- in a forked process: the judges


def by_cases(cases: Iterable[Case], player: Player) -> bool:
    """Whether a case is decided otherwise than it says."""
    for case in cases:
        try:
            if next(player.faults(case), None):
                return True
        except Exception:  # a rule that cannot be asked any more is caught
            return True
    return False


def judge_move(mutant: Mutant, cases: list[Case], books: Rulebooks) -> bool:
    """Those that name the clause are asked first."""
    move(books.files, mutant, law.movable_values())
    player = Player(Rulebooks(books.files, books.vocabulary), questions())
    named = [case for case in cases if case.written.clause == mutant.clause]
    if by_cases([*named, *(case for case in cases if case not in named)], player):
        return True
    assert mutant.value is not None
    os.environ["GOUFU_MUTANT"] = str(mutant)
    rulebook.rulebooks.cache_clear()
    return pytest.main(["-x", *OPTIONS, *rule_tests(_read_by(mutant.value))]) == pytest.ExitCode.TESTS_FAILED


class Flips:
    """Plays flips in a session that has collected the rule tests once."""

    def __init__(self, waiting: list[Flip], cases: list[Case], pool: "Pool") -> None:
        self._waiting = waiting
        self._cases = cases
        self._pool = pool

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        player, asked = Player(books_of_cases(), questions()), self._cases
        if by_cases(asked, player) or _fails(session.items, session):
            raise pytest.UsageError("a case or a rule test fails without any wrong: nothing can be judged by it")
        for flip in self._waiting:
            self._pool.play(flip, partial(self._judge, flip, session, player))
        self._pool.wait()
        return True

    def _judge(self, flip: Flip, session: pytest.Session, player: Player) -> bool:
        apply(flip)
        mine = [
            case for case in self._cases if f"services.{flip.service}." in questions()[case.written.question].__module__
        ]
        if by_cases(mine, player):
            return True
        session.config.pluginmanager.unregister(name="terminalreporter")
        return _fails([item for item in session.items if flip.service == item.path.parent.name], session)


def _fails(items: list[pytest.Item], session: pytest.Session) -> bool:
    """Whether one of these tests fails."""
    failed = _Failed()
    session.config.pluginmanager.register(failed)
    for item in items:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if failed.seen:
            break
    session.config.pluginmanager.unregister(failed)
    return failed.seen


class _Failed:
    def __init__(self) -> None:
        self.seen = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seen = self.seen or report.failed


# --- in this process


@dataclass
class _Played:
    wrong: Wrong
    began: float


class Pool:
    """Forks a process for each wrong, some at a time, and hears what became of it."""

    def __init__(self, at_once: int, of: int) -> None:
        self._at_once = at_once
        self._of = of
        self._playing: dict[int, _Played] = {}
        self.survivors: list[Wrong] = []
        self.played = 0

    def play(self, wrong: Wrong, judge: Callable[[], bool]) -> None:
        while len(self._playing) >= self._at_once:
            self._hear()
        pid = os.fork()
        if pid == 0:
            self._end(judge)
        self._playing[pid] = _Played(wrong, time.monotonic())

    @staticmethod
    def _end(judge: Callable[[], bool]) -> None:
        status = SURVIVED  # what could not be judged is not caught
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for target in (1, 2):
                os.dup2(nowhere, target)
            status = CAUGHT if judge() else SURVIVED
        finally:
            os._exit(status)

    def wait(self) -> None:
        while self._playing:
            self._hear()

    def _hear(self) -> None:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in self._playing:
            played = self._playing.pop(pid)
            self.played += 1
            # one that came to no end decides otherwise than the law: it is caught
            if os.waitstatus_to_exitcode(status) == SURVIVED:
                self.survivors.append(played.wrong)
                print(f"{self.played}/{self._of} survived {played.wrong}", flush=True)
            return
        time.sleep(0.02)
        for late, played in self._playing.items():
            if time.monotonic() - played.began > PATIENCE_SECONDS:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(late, 9)


def chosen(all_of_them: bool, part: str) -> Iterator[Wrong]:
    known, every = listed(), list[Wrong]([*moves(read_cases()), *flips()])
    for wrong in every:
        if part in str(wrong) and (all_of_them or part or (is_drawn(wrong) and str(wrong) not in known)):
            yield wrong


def write(pool: Pool, possible: int) -> None:
    """What `build/mutants.json` holds."""
    document = {"possible": possible, "tested": pool.played, "survivors": [str(each) for each in pool.survivors]}
    law.BUILD.mkdir(exist_ok=True)
    (law.BUILD / "mutants.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """0 when all were caught, 1 when some survived, 2 when nothing can be judged."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help=f"every one, not one of {EVERY}; what is listed too")
    parser.add_argument("--only", metavar="PART", default="", help="those in whose name this stands")
    parser.add_argument("--at-once", type=int, default=min(os.cpu_count() or 1, 4), help="how many play at a time")
    asked = parser.parse_args()
    found, cases, books = list(chosen(asked.all, asked.only)), read_cases(), books_of_cases()
    pool = Pool(asked.at_once, len(found))
    os.environ.setdefault("GOUFU_RULEBOOKS", str(law.OVERLAYS[0]))
    for each in found:
        if isinstance(each, Mutant):
            pool.play(each, partial(judge_move, each, cases, books))
    pool.wait()
    player = Flips([each for each in found if isinstance(each, Flip)], cases, pool)
    if pytest.main(["--no-header", "--no-summary", *OPTIONS, *rule_tests(SERVICES)], plugins=[player]):
        return 2
    write(pool, len(moves(cases)) + len(flips()))
    known = listed()
    fresh = [each for each in pool.survivors if str(each) not in known]
    gone = known.keys() & {str(each) for each in found} - {str(each) for each in pool.survivors}
    for name in sorted(gone):
        print(f"caught now, take it out of {SURVIVORS.name}: {name}")
    print(f"mutants: tested={pool.played} killed={pool.played - len(fresh)} survived={len(fresh)}")
    return 1 if fresh or not pool.played else 0


if __name__ == "__main__":
    sys.exit(main())
