"""The PostgreSQL and Kafka of a run: private ones, alike for both sides."""

import asyncio
from types import TracebackType
from typing import Self

import asyncpg

from deploy.local.kafka import PrivateKafka
from deploy.local.postgres import PrivatePostgres
from deploy.local.progress import told

# The WAL stream needs the first; the second tells when a row was committed without anybody watching for it.
_SETTINGS = {"wal_level": "logical", "track_commit_timestamp": "on"}


class Servers:
    """A private PostgreSQL and, where needed, a private Kafka. Raises what these raise when they cannot be had."""

    def __init__(self, *, kafka: bool) -> None:
        self._postgres = PrivatePostgres()
        self._kafka = PrivateKafka(guarded=False) if kafka else None

    @property
    def database_url(self) -> str:
        return self._postgres.url

    @property
    def kafka(self) -> str | None:
        """`host:port` of the broker."""
        return self._kafka.bootstrap if self._kafka else None

    async def __aenter__(self) -> Self:
        try:
            with told("Starting the servers"):
                await asyncio.to_thread(self._postgres.start)
                await self._settle()
                if self._kafka is not None:
                    await asyncio.to_thread(self._kafka.start)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _settle(self) -> None:
        connection = await asyncpg.connect(self._postgres.url)
        for name, value in _SETTINGS.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await connection.close()
        await asyncio.to_thread(self._postgres.restart)

    async def _close(self) -> None:
        for server in (self._kafka, self._postgres):
            if server is not None:
                await asyncio.to_thread(server.close)
