"""The PostgreSQL of a test run: one private server, one template with every schema, a database cloned a module."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.migrations import migrate

SECRET = secrets.token_hex(16)


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


async def clone(admin_url: str, template: str, name: str) -> str:
    """A fresh database from the template; returns its administrator's URL."""
    await administer(admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return in_database(admin_url, name)


async def drop(admin_url: str, name: str) -> None:
    await administer(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
