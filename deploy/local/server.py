"""What the private PostgreSQL and the private Kafka have in common: one process in one run folder."""

import asyncio
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

from deploy.local.account import LocalServerUnavailable
from deploy.local.run_folder import RunFolder

_PORTS_TRIED = 5


class PrivateServer(ABC):
    """A server that lives as long as its context; also usable as an async context.

    `start` after `stop` or `kill` goes on with the same data on the same port; `close` ends it and removes everything.
    Calls block (seconds at most) and are not for two threads at once.
    """

    name: ClassVar[str]
    unavailable: ClassVar[type[LocalServerUnavailable]]
    last_signal: ClassVar[signal.Signals]
    start_timeout: ClassVar[float] = 60.0

    def __init__(self, port: int | None = None) -> None:
        """`port`: the one to try first; when it is taken, or None, a free one is found at the first start."""
        self.port = port or 0
        self._folder: RunFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._settled = False

    @property
    def folder(self) -> RunFolder:
        if self._folder is None:
            raise RuntimeError(f"the private {self.name} is not started")
        return self._folder

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None:
            raise RuntimeError(f"the private {self.name} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Raises `unavailable` with the reason; a first start then leaves nothing."""
        if self.running:
            return
        self._collect_dead()
        try:
            if self._folder is None:
                self._folder = RunFolder(self.name)
            self._start_on_a_port()
        except BaseException as error:
            if not self._settled:
                self.close()
            if isinstance(error, LocalServerUnavailable) and not isinstance(error, self.unavailable):
                raise self.unavailable(str(error)) from error
            raise
        self._settled = True

    def _start_on_a_port(self) -> None:
        """The first start looks for a free port; a later one waits for its own."""
        self._prepare()
        give_up = time.monotonic() + self.start_timeout
        tries = 1
        while not self._try_start():
            if time.monotonic() > give_up or (not self._settled and tries == _PORTS_TRIED):
                raise self.unavailable(f"{self.name} cannot start:\n{self.folder.log_tail()}")
            if not self._settled:
                self.port = 0
            tries += 1
            time.sleep(0.1)
            self._prepare()

    def _try_start(self) -> bool:
        """Start once; False when another try may succeed."""
        logged = self.folder.log.stat().st_size if self.folder.log.exists() else 0
        give_up = time.monotonic() + self.start_timeout
        self._process = self._launch()
        while not self._answers():
            if self._process.poll() is not None:
                self._collect_dead()
                if self._worth_another_try(self.folder.logged(logged)):
                    return False
                raise self.unavailable(f"{self.name} ended at its start:\n{self.folder.log_tail()}")
            if time.monotonic() > give_up:
                log = self.folder.log_tail()
                raise self.unavailable(f"{self.name} did not answer in {self.start_timeout:.0f} s:\n{log}")
            time.sleep(0.02)
        return True

    @abstractmethod
    def _prepare(self) -> None:
        """Choose ports if there are none, write the configuration and make the data folder if it is missing."""

    @abstractmethod
    def _launch(self) -> subprocess.Popen[bytes]: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the process just launched serves clients."""

    @abstractmethod
    def _worth_another_try(self, log: str) -> bool:
        """Whether what it logged before it ended will pass: a port taken, a predecessor still leaving."""

    @abstractmethod
    def stop(self) -> None:
        """End it in good order; data stay."""

    def kill(self) -> None:
        """End it as `kill -9` does; data stay as they are."""
        if self._process is not None:
            self._process.kill()
            self._collect_dead()

    def freeze(self) -> None:
        """Stop it in mid-air (SIGSTOP); connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove data, log and folder. Harmless when it is already closed."""
        if self._folder is None:
            return
        try:
            self.stop()
        finally:
            self._folder.remove()
            self._folder, self._process, self._settled = None, None, False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn until the process has ended within the seconds beside it, SIGKILL at last."""
        if self._process is None:
            return
        self.thaw()
        for number, seconds in (*steps, (signal.SIGKILL, None)):
            self._signal(number)
            try:
                self.folder.collect(self._process, seconds)
            except subprocess.TimeoutExpired:
                continue
            break
        self._process = None

    def _collect_dead(self) -> None:
        if self._process is not None:
            self.folder.collect(self._process)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)
