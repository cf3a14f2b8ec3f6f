"""Child processes of a server, for fault tests. Empty where there is no /proc."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Child:
    """A process, told apart by its start time from a later one with the same number."""

    pid: int
    started: str

    def alive(self) -> bool:
        fields = _fields(self.pid)
        return bool(fields) and fields[0] != "Z" and fields[19] == self.started

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def children(parent: int) -> list[Child]:
    """The direct children that a process has now."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [Child(pid, fields[19]) for pid in pids if (fields := _fields(pid)) and fields[1] == str(parent)]


def _fields(pid: int) -> list[str]:
    """proc(5) stat from the third field on (state, parent, ...); the 22nd of all is the start time."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
