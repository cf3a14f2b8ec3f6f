"""A service's own database role alters nothing that is insert-only, reaches no other schema and administers nothing."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from shared.events import SERVICES
from shared.road.migrations import metadata_of, service_url
from tests.support.world import World


def insert_only(service: str) -> list[str]:
    tables = metadata_of(service).sorted_tables
    kept = [table.name for table in tables if table.info.get("insert_only") and "keep_until" not in table.c]
    return [*kept, "alembic_version", "road_version"]


@pytest.fixture(params=SERVICES)
async def own_role(request: pytest.FixtureRequest, world: World) -> AsyncIterator[tuple[str, Any]]:
    """A service and a connection of its role."""
    service = request.param
    connection = await asyncpg.connect(service_url(world.admin_url, world.secret, service, database=world.roles_of))
    yield service, connection
    await connection.close()


async def test_a_service_alters_nothing_of_what_is_insert_only(own_role: tuple[str, Any]) -> None:
    service, connection = own_role
    tables = insert_only(service)
    assert {"journal", "ledger", "inbox"} <= set(tables)
    assert service != "contracts" or "payments" in tables

    for table in tables:
        column = await connection.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", f"{service}.{table}"
        )
        for statement in (
            f"UPDATE {service}.{table} SET {column} = {column}",
            f"DELETE FROM {service}.{table}",
            f"TRUNCATE {service}.{table}",
            f"ALTER TABLE {service}.{table} DISABLE TRIGGER ALL",
            f"DROP TABLE {service}.{table}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_of_what_goes_after_its_last_day_nothing_but_that_day_is_altered(own_role: tuple[str, Any]) -> None:
    service, connection = own_role
    dated = [t for t in metadata_of(service).sorted_tables if t.info.get("insert_only") and "keep_until" in t.c]
    assert service != "tendering" or len(dated) == 3

    for table in dated:
        for column in table.c:
            if column.name != "keep_until":
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"UPDATE {service}.{table.name} SET {column.name} = {column.name}")


async def test_a_service_reaches_no_other_schema(own_role: tuple[str, Any]) -> None:
    service, connection = own_role

    for other in SERVICES:
        if other != service:
            for statement in (
                f"SELECT * FROM {other}.journal",
                f"INSERT INTO {other}.keys VALUES (gen_random_uuid(), 0)",
                f"SELECT {other}.lock_keys(ARRAY[]::uuid[])",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sandbox.clock SET ahead = interval '1 day'",
        "CREATE TABLE of_my_own (id int)",
        "CREATE SCHEMA of_my_own",
        "CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "SELECT pg_read_file('PG_VERSION')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
async def test_a_service_is_no_administrator(own_role: tuple[str, Any], statement: str) -> None:
    service, connection = own_role
    await connection.execute(f"SET search_path = {service}")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
