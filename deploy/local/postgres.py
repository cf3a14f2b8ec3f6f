"""A private PostgreSQL: TCP on loopback, a random superuser password, everything in one folder that goes away."""

import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import ClassVar, Literal

from deploy.local.account import LocalServerUnavailable
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.postgres_programs import PostgresUnavailable, Programs, programs_for
from deploy.local.processes import Child, children
from deploy.local.server import PrivateServer

__all__ = ["PostgresUnavailable", "PrivatePostgres"]

StopMode = Literal["smart", "fast", "immediate"]
_STOP: dict[StopMode, signal.Signals] = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}
_SUPERUSER = "goufu_admin"

# Durable as in operation, so that fault tests mean something; shared memory in files of the data folder, because what a
# killed postmaster leaves in /dev/shm nobody would find again.
_SETTINGS = f"""
listen_addresses = '{LOOPBACK}'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
dynamic_shared_memory_type = mmap
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
"""
# Commits outlive a killed process, the server's too, but no crash of the machine.
_HASTY = """
fsync = off
full_page_writes = off
max_wal_size = 8GB
checkpoint_timeout = 1h
"""

_PASSING = ("Address already in use", "still in use", 'lock file "postmaster.pid"')


class PrivatePostgres(PrivateServer):
    """PostgreSQL of the system or of a wheel, initialised at the first start (UTF8, locale C, checksums, SCRAM)."""

    name = "postgres"
    unavailable: ClassVar[type[LocalServerUnavailable]] = PostgresUnavailable
    last_signal = signal.SIGQUIT

    def __init__(self, port: int | None = None, *, durable: bool = True) -> None:
        """`durable` says whether what is committed outlives a crash of the machine too, which costs a write to disk a
        commit."""
        super().__init__(port)
        self._settings = _SETTINGS if durable else _SETTINGS + _HASTY
        self._password = secrets.token_urlsafe(24)
        self._programs: Programs | None = None
        self._orphans: list[Child] = []

    @property
    def url(self) -> str:
        """Connection string of the superuser."""
        return f"postgresql://{_SUPERUSER}:{self._password}@{LOOPBACK}:{self.port}/postgres"

    @property
    def data(self) -> Path:
        return self.folder.path / "data"

    @property
    def major(self) -> int:
        """Major version of the server."""
        if self._programs is None:
            raise RuntimeError("the private postgres is not started")
        return self._programs.major

    def start(self) -> None:
        super().start()
        self._orphans = []

    def stop(self, mode: StopMode = "fast") -> None:
        """Shut down in that mode; one that does not end is shut down immediately, then killed."""
        self._end((_STOP[mode], 20.0), (signal.SIGQUIT, 6.0))

    def restart(self, mode: StopMode = "fast") -> None:
        """Shut down in that mode and start again on the same port and data."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """`kill -9` of the postmaster; its backends leave by themselves, and the next start waits for that."""
        self._orphans = self._backends()
        super().kill()

    def close(self) -> None:
        for orphan in self._orphans:
            orphan.send(signal.SIGKILL)
        if self._orphans:
            self._release_shared_memory()
        super().close()
        self._orphans = []

    def _prepare(self) -> None:
        if not self.port:
            [self.port] = free_ports(1)
        if self._programs is None or not self._programs.postgres.exists():
            self._programs = programs_for(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(self._programs.initdb)

    def _initialise(self, initdb: Path) -> None:
        password = self.folder.write("password", self._password)
        who = [f"--username={_SUPERUSER}", "--auth=scram-sha-256", f"--pwfile={password}"]
        how = ["--encoding=UTF8", "--locale=C", "--data-checksums", "--no-sync", "--no-instructions"]
        self.folder.run([initdb, f"--pgdata={self.data}", *who, *how])
        password.unlink()
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write(self._settings)

    def _launch(self) -> subprocess.Popen[bytes]:
        assert self._programs
        return self.folder.spawn([self._programs.postgres, "-D", self.data, "-p", str(self.port)], self.last_signal)

    def _answers(self) -> bool:
        """The postmaster writes its state into the eighth line of its lock file, the first is its process id."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _worth_another_try(self, log: str) -> bool:
        return any(words in log for words in _PASSING)

    def _backends(self) -> list[Child]:
        return children(self.pid) if self.running else []

    def _signal(self, number: signal.Signals) -> None:
        super()._signal(number)
        if number in (signal.SIGSTOP, signal.SIGCONT):
            for backend in self._backends():
                backend.send(number)

    def _release_shared_memory(self) -> None:
        """What kept a second postmaster out stays after a kill, until someone removes it or the machine restarts."""
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        ipcrm = shutil.which("ipcrm")
        if self._process is None and ipcrm and len(lines) >= 7:
            subprocess.run([ipcrm, "-m", lines[6].split()[1]], check=False, stderr=subprocess.DEVNULL)
