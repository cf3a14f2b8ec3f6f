"""Named points at which a test may have this process die, as `kill -9` does. In a sandbox only.

GOUFU_FAULT arms a process when it starts:

    point:n        it dies at the n-th pass of that point
    each:folder    it dies at every point once for every subject; the folder keeps what has been, for its successors
    header         a command's Goufu-Fault header (point:n) arms it for that command

A subject is what is handled when the point is passed: at a consumer's points, a type of event that the service reacts
to. The other points have none.

command.begun · command.effect · command.flushed · command.committed, or command.refused
relay.moved · relay.sent · relay.marked
consumer.effect · consumer.applied · consumer.committed · consumer.offset
"""

import os
import re
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

POINTS = (
    "command.begun",
    "command.effect",
    "command.flushed",
    "command.committed",
    "command.refused",
    "relay.moved",
    "relay.sent",
    "relay.marked",
    "consumer.effect",
    "consumer.applied",
    "consumer.committed",
    "consumer.offset",
)


@dataclass(slots=True)
class _AtPass:
    """Death at one pass of one point."""

    point: str
    left: int

    def dies(self, point: str, subjects: Iterable[str]) -> bool:
        if point != self.point:
            return False
        self.left -= 1
        return self.left == 0


@dataclass(slots=True)
class _OnceEach:
    """Death at the first pass of every point with every subject. The folder holds a file for each, which names the
    process that died."""

    folder: Path

    def dies(self, point: str, subjects: Iterable[str]) -> bool:
        firsts = [subject for subject in subjects if self._first(f"{point} {subject}")]
        return bool(firsts)

    def _first(self, name: str) -> bool:
        try:
            with open(self.folder / name, "x") as noted:
                noted.write(str(os.getpid()))
        except FileExistsError:
            return False
        return True


def _at_pass(wanted: str) -> _AtPass:
    name, _, passes = wanted.partition(":")
    if name not in POINTS:
        raise ValueError(f"GOUFU_FAULT: no fault point {name}; there are {', '.join(POINTS)}")
    if not re.fullmatch(r"[0-9]{0,6}", passes):
        raise ValueError(f"GOUFU_FAULT: after {name}: stands the number of the pass")
    return _AtPass(name, int(passes or 1))


def _once_each(folder: str) -> _OnceEach:
    if not os.path.isdir(folder):
        raise ValueError(f"GOUFU_FAULT: no folder {folder}; make it first")
    return _OnceEach(Path(folder))


def _at_start(wanted: str) -> _AtPass | _OnceEach | None:
    if wanted in ("", "header"):
        return None
    try:
        return _once_each(wanted.removeprefix("each:")) if wanted.startswith("each:") else _at_pass(wanted)
    except ValueError as error:
        raise SystemExit(str(error)) from None


_WANTED = os.environ.get("GOUFU_FAULT", "") if os.environ.get("GOUFU_SANDBOX") == "1" else ""
BY_HEADER = _WANTED == "header"
_armed = _at_start(_WANTED)


def arm(wanted: str) -> None:
    """Arms a point for the command that asks for it, and none when it asks for none; raises ValueError for an unknown
    one."""
    global _armed
    _armed = _at_pass(wanted) if wanted else None


def point(name: str, subjects: Iterable[str] = ()) -> None:
    """Passes the point; kills the process when it is armed for this pass."""
    if _armed is not None and _armed.dies(name, subjects):
        os.kill(os.getpid(), signal.SIGKILL)
