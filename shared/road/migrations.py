"""Schemas, roles and migrations: one schema and one database role a service, neither able to reach another's.

The administrator owns every table; a service's role may read and write its own schema, and of its insert-only tables
(journal, ledger, inbox, money) it holds no UPDATE, DELETE or TRUNCATE. Functions and grants are laid anew each time.
"""

import hashlib
import hmac
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.events import SERVICES
from shared.events.road import DatabaseMigrated
from shared.road.tables import service_metadata
from shared.work.acts import recorded
from shared.work.database import FUNCTIONS, Database
from shared.work.revisions import ROAD, TablesUnknown, folder_of, revisions, tables_have, version_table

_LOCK = 7_083_001
_ALEMBIC = Path(__file__).resolve().parent / "alembic"

_CLOCK = """
CREATE SCHEMA IF NOT EXISTS clock;
CREATE OR REPLACE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;
"""

_SANDBOX_CLOCK = """
CREATE SCHEMA IF NOT EXISTS clock;
CREATE SCHEMA IF NOT EXISTS sandbox;
CREATE TABLE IF NOT EXISTS sandbox.clock (id integer PRIMARY KEY CHECK (id = 1), ahead interval NOT NULL);
INSERT INTO sandbox.clock VALUES (1, interval '0') ON CONFLICT DO NOTHING;
CREATE OR REPLACE FUNCTION sandbox.only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ahead < OLD.ahead AND OLD.ahead <> interval '0' THEN
    RAISE EXCEPTION 'the sandbox clock moves forward only';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER only_forward BEFORE UPDATE ON sandbox.clock
  FOR EACH ROW EXECUTE FUNCTION sandbox.only_forward();
CREATE OR REPLACE FUNCTION clock.now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN clock_timestamp() + (SELECT ahead FROM sandbox.clock);
END $$;
"""


class NeedsRoles(Exception):
    """The connection may not create roles; `sql` is what an administrator has to run first."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        super().__init__(f"the database user may not create roles; have an administrator run:\n{sql}")


def role_of(database: str, service: str) -> str:
    """The service's role; roles belong to the whole server, therefore the database's name is part of it."""
    return f"{database}_{service}"


def password_of(secret: str, role: str) -> str:
    """The role's password, derived from the deployment's secret, so that nothing but the secret needs keeping."""
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()


def service_url(admin_url: str, secret: str, service: str, *, database: str | None = None) -> str:
    """Connection string of a service in the administrator's database, reached as the administrator reaches it (TLS
    too); `database` names the one whose roles count."""
    parts = urlsplit(admin_url)
    role = role_of(database or unquote(parts.path.lstrip("/")), service)
    place = parts.netloc.rpartition("@")[2] or "127.0.0.1"
    how = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in ("user", "password")])
    return urlunsplit((parts.scheme, f"{quote(role)}:{password_of(secret, role)}@{place}", parts.path, how, ""))


async def migrate(admin_url: str, secret: str, *, sandbox: bool) -> None:
    """Brings the database to the present: clock, roles, schemas, tables, functions, grants. Two at once wait for
    each other; one cut short is finished by the next. Raises NeedsRoles."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        database = await connection.fetchval("SELECT current_database()")
        await connection.execute(_SANDBOX_CLOCK if sandbox else _CLOCK)
        await make_roles(connection, database, secret)
        for service in SERVICES:
            await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{service}"')
        before = {service: await _revision(connection, service) for service in SERVICES}
        for service in SERVICES:
            await _known(connection, service)
        for service in SERVICES:
            await _upgrade(admin_url, service)
            await connection.execute(f'SET search_path = "{service}"; {FUNCTIONS}')
            await connection.execute(grants(service, role_of(database, service)))
        await tell_timelines(connection)
        await connection.execute("RESET search_path")
        for service in SERVICES:
            now = await _revision(connection, service)
            if now != before[service]:
                act = {"from_revision": before[service], "to_revision": now}
                await recorded(Database(service, admin_url), DatabaseMigrated, **act)
    finally:
        await connection.close()


async def tell_timelines(connection: Any) -> None:
    """Every source has a timeline, and every service knows those of all; `connection` is the administrator's."""
    for source in SERVICES:
        await connection.execute(
            f'INSERT INTO "{source}".timelines (source, id, number) SELECT $1, gen_random_uuid(), 1'
            f' WHERE NOT EXISTS (SELECT FROM "{source}".timelines WHERE source = $1)',
            source,
        )
        for service in SERVICES:
            await connection.execute(
                f'INSERT INTO "{service}".timelines (source, id, number, last, began_at)'
                f' SELECT source, id, number, last, began_at FROM "{source}".timelines WHERE source = $1'
                " ORDER BY last NULLS LAST ON CONFLICT (source, id) DO UPDATE SET last = excluded.last",
                source,
            )


async def _revision(connection: Any, service: str) -> str:
    """The revisions that the service's tables have, its own and the road's; empty before the first."""
    has = [await tables_have(connection, service, line) for line in (service, ROAD)]
    return " ".join(f"{line} {one}" for line, one in zip(("own", ROAD), has, strict=True) if one)


async def _known(connection: Any, service: str) -> None:
    """Raises TablesUnknown for tables that this program's migrations do not know how to bring on."""
    own, road = [await tables_have(connection, service, line) for line in (service, ROAD)]
    for line, has in ((service, own), (ROAD, road)):
        if has not in (None, *revisions(line)[0]) or (road is None) != (own is None):
            raise TablesUnknown(service, " ".join(filter(None, (own, road))))


async def make_roles(connection: Any, database: str, secret: str) -> None:
    known = {r["rolname"] for r in await connection.fetch("SELECT rolname FROM pg_roles")}
    statements = []
    for service in SERVICES:
        role = role_of(database, service)
        verb = "ALTER" if role in known else "CREATE"
        statements.append(f"{verb} ROLE \"{role}\" LOGIN PASSWORD '{password_of(secret, role)}';")
    missing = [s for s in statements if s.startswith("CREATE")]
    try:
        for statement in statements:
            await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        if missing:
            raise NeedsRoles("\n".join(missing)) from error


def metadata_of(service: str) -> sa.MetaData:
    return import_module(f"services.{service}.tables").metadata  # type: ignore[no-any-return]


def _config(line: str, service: str, connection: Any) -> Config:
    metadata = service_metadata() if line == ROAD else metadata_of(service)
    config = Config()
    config.set_main_option("script_location", str(_ALEMBIC))
    config.set_main_option("version_locations", str(folder_of(line)))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, metadata=metadata, version_table=version_table(line))
    return config


async def _with_alembic(admin_url: str, line: str, service: str, work: Any) -> None:
    """Alembic on the service's schema, for its own line of migrations or the road's."""

    async def connect() -> Any:
        return await asyncpg.connect(admin_url, server_settings={"search_path": service})

    # The driver alone reads the connection string: SQLAlchemy would read it otherwise.
    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=connect)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: work(_config(line, service, sync)))
    finally:
        await engine.dispose()


async def _upgrade(admin_url: str, service: str) -> None:
    """The road's tables first: a service's own may refer to them."""
    for line in (ROAD, service):
        await _with_alembic(admin_url, line, service, lambda config: command.upgrade(config, "head"))


async def check(admin_url: str, service: str) -> None:
    """Raises when the service's tables, or the road's, and the migrations disagree."""
    for line in (ROAD, service):
        await _with_alembic(admin_url, line, service, command.check)


async def revise(admin_url: str, line: str, message: str) -> None:
    """Writes the next migration from the difference between tables and database: a service's, or with `road` those of
    the tables that stand in every service's schema."""
    number = f"{len(list(folder_of(line).glob('[0-9]*.py'))) + 1:04}"

    def write(config: Config) -> None:
        command.revision(config, message=message, autogenerate=True, rev_id=number)

    await _with_alembic(admin_url, line, SERVICES[0] if line == ROAD else line, write)


def grants(service: str, role: str) -> str:
    tables = metadata_of(service).sorted_tables
    insert_only = ", ".join(f'"{t.name}"' for t in tables if t.info.get("insert_only"))
    read_only = ", ".join(f'"{t.name}"' for t in tables if t.info.get("read_only"))
    lines = [
        f'GRANT USAGE ON SCHEMA "{service}", clock TO "{role}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "{service}" TO "{role}"',
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{service}" TO "{role}"',
        f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "{service}", clock TO "{role}"',
        f'REVOKE UPDATE, DELETE, TRUNCATE ON {insert_only}, "alembic_version", "road_version" FROM "{role}"',
        *(
            f'GRANT DELETE, UPDATE (keep_until) ON "{table.name}" TO "{role}"'
            for table in tables
            if table.info.get("insert_only") and "keep_until" in table.c
        ),
        f'REVOKE UPDATE, TRUNCATE ON "queue", "sealed_queue" FROM "{role}"',
        f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {read_only} FROM "{role}"',
        f"DO $$ BEGIN IF to_regnamespace('sandbox') IS NOT NULL THEN"
        f' GRANT USAGE ON SCHEMA sandbox TO "{role}"; GRANT SELECT ON sandbox.clock TO "{role}"; END IF; END $$',
    ]
    return "; ".join(lines)
