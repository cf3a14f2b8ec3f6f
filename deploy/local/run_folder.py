"""The folder a private server lives in: config, data and log, gone when the server's owner is gone."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deploy.local import guard
from deploy.local.account import LocalServerUnavailable, may_read, server_account

_LOG_LINES_SHOWN = 15


class RunFolder:
    """A 0700 folder in the system's temp directory, owned by the user the server runs as.

    `guard` ends every process spawned here and removes the folder as soon as this process is gone or calls `remove`.
    """

    def __init__(self, name: str) -> None:
        self.account = server_account()
        self.path = Path(tempfile.mkdtemp(prefix=f"goufu-{name}-", dir=self._base()))
        self.log = self.path / "server.log"
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C at the terminal is for the parent
        )
        self._give(self.path)

    def spawn(self, argv: Sequence[str | Path], last_signal: signal.Signals) -> subprocess.Popen[bytes]:
        """Start a server; its output goes to the log. `last_signal` ends it when this process has died."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*map(str, argv)],
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=() if self.account else None,
                umask=0o077,
                cwd=self.path,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell(f"watch {process.pid} {last_signal.value}")
        return process

    def run(self, argv: Sequence[str | Path]) -> None:
        """Run a tool to its end; raises with the last lines of the log when it fails."""
        if self.collect(self.spawn(argv, signal.SIGKILL)) != 0:
            raise LocalServerUnavailable(f"{Path(argv[0]).name} failed:\n{self.log_tail()}")

    def collect(self, process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        """Wait for a process of ours to end and stop watching it; raises TimeoutExpired when it does not."""
        status = process.wait(timeout)
        self._tell(f"forget {process.pid}")
        return status

    def write(self, name: str, text: str) -> Path:
        """A file that only the server's user reads."""
        path = self.path / name
        path.touch(mode=0o600)
        path.write_text(text)
        self._give(path)
        return path

    def copy(self, source: Path, name: str, leave_out: Sequence[str] = ()) -> Path:
        """A folder of programs, copied to where the server's user can read it."""
        target = self.path / name
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(*leave_out))
        self._give(target)
        for parent, folders, files in os.walk(target):
            for entry in (*folders, *files):
                self._give(Path(parent, entry))
        return target

    def logged(self, start: int = 0) -> str:
        """What was logged after byte `start`."""
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def log_tail(self) -> str:
        """The last lines of the log, without the stack traces of Java."""
        lines = [line for line in self.logged().splitlines() if not line.startswith(("\tat ", "\t... "))]
        return "\n".join(lines[-_LOG_LINES_SHOWN:])

    def remove(self) -> None:
        """End what still runs here and remove everything."""
        with suppress(OSError):
            self._guard.communicate()  # closes the pipe, which is the sign, and waits
        guard.remove(str(self.path))

    def _base(self) -> str | None:
        """The temp directory, or one of the usual ones when the server's user cannot enter it."""
        if self.account is None:
            return None
        for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 what is made there has a name of its own
            if may_read(self.account, Path(base)):
                return base
        raise LocalServerUnavailable(f"user {self.account.name} can enter no temp directory; set TMPDIR to one it can")

    def _give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def _tell(self, line: str) -> None:
        assert self._guard.stdin
        with suppress(BrokenPipeError):
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()

    def _environment(self) -> dict[str, str]:
        """Nothing of ours: no passwords, no PG* variables, messages in English so that they can be recognised."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.path), "TMPDIR": str(self.path), "LC_ALL": "C", "TZ": "UTC"}
