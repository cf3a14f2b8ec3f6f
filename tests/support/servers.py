"""The PostgreSQL of a test run: one private server, one template with every schema, a database cloned a module."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import NAMESPACE_OID, UUID, uuid5

import asyncpg

from deploy.road import lay
from shared.bus.kafka import KafkaBus
from shared.bus.login import Login
from shared.events import SERVICES
from shared.process.settings import Settings
from shared.road.migrations import migrate, role_of

SECRET = secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a Kafka is, and its administrator's login."""

    bootstrap: str
    login: Login

    @property
    def url(self) -> str:
        return f"kafka://{self.bootstrap}"

    @property
    def client(self) -> dict[str, Any]:
        """What a client of aiokafka's own is told."""
        return KafkaBus(self.bootstrap, self.login)._connection()


def in_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", "", ""))


async def administer(admin_url: str, statement: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def make_template(admin_url: str, name: str) -> None:
    """A database with every schema, role and function, ready to be cloned."""
    await administer(admin_url, f'CREATE DATABASE "{name}"')
    await migrate(in_database(admin_url, name), SECRET, sandbox=True)
    for service in SERVICES:  # ids that tests can name
        for source in SERVICES:
            statement = f"UPDATE {service}.timelines SET id = '{timeline_of(source)}' WHERE source = '{source}'"
            await administer(in_database(admin_url, name), statement)


def timeline_of(source: str) -> UUID:
    """The first timeline of a service, in every database of a test run."""
    return uuid5(NAMESPACE_OID, f"goufu.test/{source}")


async def clone(admin_url: str, template: str, name: str) -> str:
    """A fresh database from the template; returns its administrator's URL."""
    await administer(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return in_database(admin_url, name)


async def drop(admin_url: str, name: str) -> None:
    await administer(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def lay_on_postgres(settings: Settings, admin_url: str, roles_of: str) -> None:
    """The bus in the database itself, for services whose roles belong to another one's name."""
    names = {service: role_of(roles_of, service) for service in SERVICES}
    await lay(settings.model_copy(update={"bus": "postgres", "bus_users": names}), admin_url, SECRET)
