"""Which of the declared ways between states the tests really took.

`make test` keeps every way that `tx.add` and `tx.save` took a record along in the test processes; then
`python -m tests.proof.ways` compares them with the declarations beside the enums. A declared way that no test takes
rests on reading alone: it gets a test, or it goes. Tests run in part compare nothing. `untaken.txt` lists the ways
that were declared before ways had to be taken; it only ever gets shorter.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from deploy.state_diagrams import stated
from services.catalog.requirements.records import RequirementState
from services.tendering.bids.records import BidState
from shared.work import states
from tests.proof.law import BUILD, ROOT

WAYS = BUILD / "ways"
UNTAKEN = Path(__file__).parent / "untaken.txt"
Way = tuple[str, str, str]
"""The kind of state, out of which state (none, where a record begins), and into which."""

TOGETHER: dict[str, tuple[type[StrEnum], Iterable[StrEnum], StrEnum]] = {
    "services/catalog/requirements/store.py": (
        RequirementState,
        (RequirementState.WRITTEN, RequirementState.FINALISED),
        RequirementState.REPLACED,
    ),
    "services/tendering/opening/store.py": (BidState, (BidState.SUBMITTED,), BidState.OPENED),
}
"""Stores that take many rows along at once, past `tx.save`: out of which states, and into which. What they take is not
kept, and counts as taken."""


def named(kind: type[StrEnum]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


class Taken:
    """The plugin. With a `run` it writes `<run>.json`, or `<run>.<worker>.json` where it is one of several."""

    def __init__(self, config: pytest.Config, run: str | None) -> None:
        self._worker = getattr(config, "workerinput", {}).get("workerid")
        self._run, self.ways = run, set[Way]()
        if run is not None:
            if self._worker is None:
                for before in WAYS.glob(f"{run}.*json"):
                    before.unlink()
            self.watch()

    def watch(self) -> None:
        """From now on what `tx.add` and `tx.save` were allowed is kept."""
        begin, move = states.ask_begin, states.ask_move

        def ask_begin(state: object) -> None:
            begin(state)
            if isinstance(state, StrEnum):
                self.ways.add((named(type(state)), "", state.value))

        def ask_move(was: object, to: object) -> None:
            move(was, to)
            if isinstance(was, StrEnum):
                self.ways.add((named(type(was)), was.value, str(to)))

        states.ask_begin, states.ask_move = ask_begin, ask_move

    def pytest_sessionfinish(self) -> None:
        if self._run is not None:
            WAYS.mkdir(parents=True, exist_ok=True)
            name = self._run if self._worker is None else f"{self._run}.{self._worker}"
            (WAYS / f"{name}.json").write_text(json.dumps(sorted(self.ways), indent=1) + "\n", encoding="utf-8")


def declared() -> set[Way]:
    """Every way of every record that a service keeps in a state."""
    found = set[Way]()
    for kind in {each.states for each in stated()}:
        ways = states.WAYS[kind]
        found |= {(named(kind), "", state) for state in ways.begins}
        found |= {(named(kind), was, to) for was, into in ways.out_of.items() for to in into}
    return found


def taken(folder: Path, run: str) -> set[Way]:
    """What the processes of the run took, and what statements take of many rows at once."""
    files = sorted(folder.glob(f"{run}.*json"))
    ways = {tuple(way) for file in files for way in json.loads(file.read_text(encoding="utf-8"))}
    return ways | {(named(kind), was, to) for kind, out_of, to in TOGETHER.values() for was in out_of}


def untaken(ways: set[Way], by_tests: set[Way]) -> Iterator[str]:
    """Declared ways that no test took, as they are declared."""
    for kind, was, to in sorted(ways - by_tests):
        yield f"{kind.removeprefix('services.')}: {was or '(begins)'} -> {to}"


def main() -> int:
    """Says which ways no test of the last `make test` took; 1 when there are any."""
    if not (WAYS / "test.json").exists():
        print("there is no full run to read: run `make test` first", file=sys.stderr)
        return 2
    ways = declared()
    left, excused = set(untaken(ways, taken(WAYS, "test"))), set(UNTAKEN.read_text(encoding="utf-8").splitlines())
    for way in sorted(left - excused):
        print(f"no test takes {way}")
    for way in sorted(excused - left):
        print(f"take it out of {UNTAKEN.relative_to(ROOT)}: {way}")
    print(f"ways: declared={len(ways)} untaken={len(left)}")
    return 1 if left - excused else 0


if __name__ == "__main__":
    sys.exit(main())
