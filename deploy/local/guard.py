"""A small process that ends private servers when the one that started them is gone, however it went.

It reads one pipe. `watch <pid> <signal>` and `forget <pid>` say what runs; the end of the pipe means that the parent
has closed it or died, by SIGTERM, SIGINT or `kill -9` alike. Then the watched processes are ended and the run folder is
removed.

Why not PR_SET_PDEATHSIG: it exists on Linux only, is bound to the *thread* that started the server (a worker thread
that ends would take the database with it), and removes no folder. Why not signal handlers: a library that takes the
signals of the program it serves is a bad guest, and `kill -9` would pass it by.

Runs by its path with `python -I -S`, so it imports the standard library alone.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE = 5.0


def main(folder: str, lines: Iterable[str]) -> None:
    watched: dict[int, int] = {}
    for line in lines:
        match line.split():
            case ["watch", pid, last_signal]:
                watched[int(pid)] = int(last_signal)
            case ["forget", pid]:
                watched.pop(int(pid), None)
    end(watched)
    remove(folder)


def end(watched: dict[int, int]) -> None:
    """Send each process its signal, then SIGKILL to whatever is left after the grace period."""
    for pid, last_signal in watched.items():
        send(pid, last_signal)
        send(pid, signal.SIGCONT)  # a frozen one would never see it
    deadline = time.monotonic() + GRACE
    while any(map(alive, watched)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in filter(alive, watched):
        send(pid, signal.SIGKILL)


def send(pid: int, number: int) -> None:
    with suppress(OSError):
        os.kill(pid, number)


def alive(pid: int) -> bool:
    """A dead process that nobody has collected does not count: in a container it may stay for ever."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return True  # no /proc on this system


def remove(folder: str) -> None:
    """Remove the folder; the last writes of dying processes may put files back for a moment."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
