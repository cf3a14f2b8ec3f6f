"""Programs of ours that go on in the background after the command that started them has returned.

One per name and clone. The program holds a lock as long as it lives, so a state file left by a killed one deceives
nobody and a process number used again is never signalled. The state holds passwords: only its owner can read it.
"""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from deploy.local.progress import say

State = Mapping[str, Any]
_PROJECT = Path(__file__).resolve().parents[2]


class BackgroundError(Exception):
    """A background program did not come up or does not end; the message says where its log is."""


class Background:
    """The background program of that name in this clone, running or not."""

    def __init__(self, name: str) -> None:
        self.name = name
        clone = hashlib.sha256(os.fsencode(_PROJECT)).hexdigest()[:8]
        base = _runtime_folder() / f"goufu-{name}-{clone}"
        self._state, self._lock = base.with_suffix(".json"), base.with_suffix(".lock")
        self.log = base.with_suffix(".log")

    def start(self, argv: Sequence[str], timeout: float = 600.0) -> State:
        """Start the program unless it runs, wait until it has published its state, and return that."""
        if state := self.state():
            return state
        with open(self.log, "wb", opener=_private) as log:
            program = subprocess.Popen(
                argv, cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            return self._wait_for(program, timeout)
        except BaseException:
            program.terminate()
            raise

    def state(self) -> State | None:
        """What the running program published; None when none runs or it is not ready."""
        holder = self._holder()
        try:
            state: State = json.loads(self._state.read_text())
        except FileNotFoundError:
            return None
        return state if state["pid"] == holder else None

    def stop(self, timeout: float = 60.0) -> bool:
        """Ask the program to end, ready or not, and wait until it has; False when none was running."""
        pid = self._holder()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while self._holder() == pid:
            if time.monotonic() > deadline:
                raise BackgroundError(f"{self.name} (process {pid}) does not end; its log is {self.log}")
            time.sleep(0.05)
        self.log.unlink(missing_ok=True)
        return True

    @contextmanager
    def held(self) -> Iterator[None]:
        """For the program itself, around its whole life: one at a time; its state goes when it ends."""
        with open(self._lock, "ab", opener=_private) as lock:
            self._take(lock)
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)

    def publish(self, state: State) -> None:
        """For the program itself, inside `held`: it is ready, and this is where to find it."""
        fresh = self._state.with_suffix(".new")
        with open(fresh, "w", opener=_private) as file:
            json.dump({"pid": os.getpid(), **state}, file)
        fresh.replace(self._state)

    def _wait_for(self, program: subprocess.Popen[bytes], timeout: float) -> State:
        deadline = time.monotonic() + timeout
        with self.log.open() as log:
            while True:
                state = self.state()
                for line in log:
                    say(line.rstrip())
                if state:
                    return state
                if program.poll() is not None:
                    raise BackgroundError(f"{self.name} ended at its start; its log is {self.log}")
                if time.monotonic() > deadline:
                    raise BackgroundError(f"{self.name} was not ready in {timeout:.0f} s; its log is {self.log}")
                time.sleep(0.05)

    def _take(self, lock: IO[bytes]) -> None:
        """Retried for a second: whoever asks for the state holds the lock for a moment."""
        for _ in range(20):
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                lock.truncate(0)
                lock.write(str(os.getpid()).encode())
                lock.flush()
                return
            time.sleep(0.05)
        raise BackgroundError(f"{self.name} is already running")

    def _holder(self) -> int | None:
        """Process id of the running program, which it writes right after it has taken the lock."""
        try:
            with self._lock.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            pass
        else:
            return None
        while not (pid := self._lock.read_text()):
            time.sleep(0.01)
        return int(pid)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _runtime_folder() -> Path:
    """The user's runtime folder, else one in the temp directory that nobody else can enter."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and os.access(given, os.W_OK):
        return Path(given)
    folder = Path(tempfile.gettempdir()) / f"goufu-run-{os.geteuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    facts = folder.lstat()
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
        raise BackgroundError(f"{folder} is not ours alone: remove it, or set XDG_RUNTIME_DIR to a folder of your own")
    return folder
