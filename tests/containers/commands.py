"""Commands of the machine, run to their end; what they say goes into one log."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

SHOWN = 2500


class CommandFailed(Exception):
    """A command ended with an error or took too long; the message holds the end of what it said."""


class Commands:
    """Runs commands; `log` keeps what they were and said."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.environment: dict[str, str] = {}

    def run(
        self,
        *argv: str | Path,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        given: str | None = None,
        seconds: float = 300,
    ) -> str:
        """What the command wrote to standard output. `given` is what it reads. Raises CommandFailed."""
        command = [str(word) for word in argv]
        began = time.monotonic()
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, **self.environment, **(environment or {})},
                input=given if given is not None else "",
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CommandFailed(f"{' '.join(command)}: {error}") from error
        self.note(f"$ {' '.join(command)}  [{done.returncode}, {time.monotonic() - began:.1f} s]")
        self.note(done.stdout[-4 * SHOWN :] + done.stderr[-4 * SHOWN :])
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-SHOWN:]
            raise CommandFailed(f"{' '.join(command)}: status {done.returncode}\n{said}")
        return done.stdout

    def note(self, what: str) -> None:
        with self.log.open("a") as log:
            log.write(f"{what}\n")

    def pipe(self, out: BinaryIO, *argv: str | Path, seconds: float = 300) -> None:
        """Runs a command whose standard output goes into a file. Raises CommandFailed."""
        try:
            subprocess.run([str(word) for word in argv], stdout=out, check=True, timeout=seconds)
        except (OSError, subprocess.SubprocessError) as error:
            raise CommandFailed(f"{argv[0]}: {error}") from error

    def tried(self, *argv: str | Path, seconds: float = 300) -> str | None:
        """The same; None where it fails."""
        try:
            return self.run(*argv, seconds=seconds)
        except CommandFailed:
            return None


def wait_until(what: str, question: Callable[[], bool], seconds: float, *, every: float = 0.5) -> float:
    """Asks until the answer is yes; returns the seconds that took. Raises CommandFailed."""
    began = time.monotonic()
    while not question():
        if time.monotonic() - began > seconds:
            raise CommandFailed(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - began
