"""The two servers everything runs on: those the environment names, else private ones."""

import asyncio
import os
from types import TracebackType
from typing import Literal, Self

from deploy.local.kafka import KafkaUnavailable, PrivateKafka
from deploy.local.postgres import PrivatePostgres
from deploy.local.progress import say, told
from shared.bus.login import NO_LOGIN, Login
from shared.process.settings import Settings

KafkaWish = Literal["try", "require", "never"]
_REASON_SHOWN = 200


class Stack:
    """A PostgreSQL and, where it can be had, a Kafka, for as long as the context lasts.

    DATABASE_URL and KAFKA_BOOTSTRAP in the environment name servers that are there; what they name is not started. When
    no Kafka can be had, one line says so and the Postgres bus takes its place; with `kafka="require"` KafkaUnavailable
    is raised, with `"never"` it is not tried.
    """

    def __init__(self, kafka: KafkaWish = "try") -> None:
        self._wish = kafka
        self._given_database = os.environ.get("DATABASE_URL")
        self._given_kafka = None if kafka == "never" else os.environ.get("KAFKA_BOOTSTRAP")
        self.postgres: PrivatePostgres | None = None
        self.kafka: PrivateKafka | None = None

    @property
    def database_url(self) -> str:
        """Connection string of a role that may create databases and roles (a given one: whatever it may)."""
        if self._given_database:
            return self._given_database
        if self.postgres is None:
            raise RuntimeError("the stack is not started")
        return self.postgres.url

    @property
    def kafka_bootstrap(self) -> str | None:
        """`host:port` of a broker, or None when events go over PostgreSQL."""
        if self._given_kafka:
            return self._given_kafka
        return self.kafka.bootstrap if self.kafka else None

    @property
    def bus_url(self) -> str:
        """`kafka://host:port`, or `postgres` for the Postgres bus."""
        return f"kafka://{self.kafka_bootstrap}" if self.kafka_bootstrap else "postgres"

    @property
    def bus_login(self) -> Login:
        """The administrator's login on the broker; on a given one what GOUFU_BUS_SECURITY and its kind say."""
        if self._given_kafka:
            return Settings(bus=self.bus_url).bus_login()
        return self.kafka.login if self.kafka else NO_LOGIN

    async def start(self) -> None:
        """Start what is not given, both at the same time. Leaves nothing running when it raises."""
        starts = (asyncio.to_thread(self._start_postgres), asyncio.to_thread(self._start_kafka))
        results = await asyncio.gather(*starts, return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            await self.close()
            raise failures[0]

    async def close(self) -> None:
        """End what was started here."""
        servers = [server for server in (self.postgres, self.kafka) if server]
        self.postgres = self.kafka = None
        await asyncio.gather(*(asyncio.to_thread(server.close) for server in servers))

    def _start_postgres(self) -> None:
        if self._given_database:
            return
        server = PrivatePostgres()
        with told("Starting a private PostgreSQL"):
            server.start()
        self.postgres = server

    def _start_kafka(self) -> None:
        if self._given_kafka or self._wish == "never":
            return
        server = PrivateKafka()
        try:
            with told("Starting a private Kafka"):
                server.start()
        except KafkaUnavailable as error:
            if self._wish == "require":
                raise
            reason = " ".join(str(error).split())[:_REASON_SHOWN]
            say(f"No private Kafka here ({reason}): events go over PostgreSQL instead.")
        else:
            self.kafka = server

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
