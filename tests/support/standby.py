"""A PostgreSQL that follows another by streaming replication, and can take its place."""

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.local.ports import LOOPBACK
from deploy.local.postgres import PrivatePostgres

NAME = "standby"
_STREAMS = "SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming'"


class Standby(PrivatePostgres):
    """A copy of the primary, made while that works, which then follows it. Every commit of the primary waits for it."""

    def __init__(self, primary: PrivatePostgres) -> None:
        super().__init__()
        self._primary = primary
        self._password = str(urlsplit(primary.url).password)

    def start(self) -> None:
        super().start()
        asyncio.run(self._follow())

    async def _follow(self) -> None:
        connection = await asyncpg.connect(self._primary.url)
        try:
            async with asyncio.timeout(30):
                while not await connection.fetchval(_STREAMS, NAME):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            await connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()

    async def promote(self) -> None:
        """From now on it is the primary."""
        connection = await asyncpg.connect(self.url)
        try:
            assert await connection.fetchval("SELECT pg_promote()")
        finally:
            await connection.close()

    def _initialise(self, initdb: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            copied = Path(folder) / "data"
            asyncio.run(self._copy(copied))
            self.folder.copy(copied, "data")
        self.data.chmod(0o700)

    async def _copy(self, target: Path) -> None:
        connection = await asyncpg.connect(self._primary.url)
        try:
            await connection.execute("ALTER SYSTEM SET wal_keep_size = '256MB'")
            await connection.execute("SELECT pg_reload_conf()")
            await connection.execute("SELECT pg_backup_start($1, true)", NAME)
            # What vanishes while it is copied, the log replaces.
            with contextlib.suppress(shutil.Error):
                shutil.copytree(self._primary.data, target, ignore=_left_out)
            label = await connection.fetchval("SELECT labelfile FROM pg_backup_stop(false)")
        finally:
            await connection.close()
        (target / "pg_wal" / "archive_status").mkdir(parents=True)
        (target / "backup_label").write_text(label)
        (target / "standby.signal").touch()
        place = urlsplit(self._primary.url)
        primary = f"host={LOOPBACK} port={place.port} user={place.username} password={place.password}"
        with (target / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"primary_conninfo = '{primary} application_name={NAME}'\n")


def _left_out(folder: str, names: list[str]) -> set[str]:
    return {"postmaster.pid", "pg_wal"}.intersection(names)
