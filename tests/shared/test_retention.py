"""What is over goes, in every table that sets a last day, and nothing that is not over."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from shared.errands.retention import KEY_DAYS, Retention, erasing, private_tables
from shared.events import SERVICES
from shared.road.migrations import metadata_of
from tests.support.world import World

TABLES = [(service, table.name) for service in SERVICES for table in private_tables(metadata_of(service))]


async def sweep(world: World, service: str) -> int:
    state = world.services[service]
    return await Retention(state.database, metadata_of(service), state.app.state.documents).sweep(state.writer)


def a_value(column: sa.Column[Any]) -> str:
    """Some SQL value of the column's type."""
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return "gen_random_uuid()"
    if isinstance(kind, sa.JSON):
        return '\'{"x": "canary"}\''
    values = {sa.Text: "'canary'", sa.LargeBinary: "'canary'", sa.Boolean: "true", sa.DateTime: "clock.now()"}
    return next((value for known, value in values.items() if isinstance(kind, known)), "1")


async def put(world: World, service: str, table: sa.Table, last_day: date) -> str:
    """A row of the table with that last day, its references unchecked; returns which."""
    columns = [column for column in table.c if not column.nullable and column.name != "keep_until"]
    names = ", ".join(["keep_until", *(column.name for column in columns)])
    key = ", ".join(f"{column.name}::text" for column in table.primary_key)
    await world.rows("SET session_replication_role = replica")
    [row] = await world.rows(
        f"INSERT INTO {service}.{table.name} ({names}) VALUES ($1, {', '.join(a_value(each) for each in columns)})"
        f" RETURNING concat_ws('|', {key}) AS key",
        last_day,
    )
    await world.rows("SET session_replication_role = origin")
    return str(row["key"])


@pytest.mark.parametrize(("service", "name"), TABLES)
async def test_a_private_text_goes_on_the_day_after_its_last(world: World, service: str, name: str) -> None:
    table = metadata_of(service).tables[name]
    [now] = await world.rows("SELECT (clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS today")
    over = await put(world, service, table, now["today"] - timedelta(days=1))
    kept = await put(world, service, table, now["today"])
    key = ", ".join(f"{column.name}::text" for column in table.primary_key)

    erased = await sweep(world, service)
    again = await sweep(world, service)

    private = ", ".join(table.info.get("erased", {"'canary'": ""}))
    rows = await world.rows(f"SELECT concat_ws('|', {key}) AS key, concat({private}) AS said FROM {service}.{name}")
    left = {row["key"]: row["said"] for row in rows}
    assert erased >= 1
    assert again == 0
    assert "canary" not in left.get(over, "")
    assert "canary" in left[kept]
    await world.rows(f"DELETE FROM {service}.{name} WHERE keep_until <= $1", now["today"])


def test_every_table_with_a_last_day_is_swept_and_names_columns_that_it_has() -> None:
    dated = {
        (service, table.name)
        for service in SERVICES
        for table in metadata_of(service).sorted_tables
        if "keep_until" in table.c and table.name != "documents"
    }

    assert set(TABLES) == dated
    assert {name for _, name in dated if not name.startswith("private_")} == set()
    for service, name in TABLES:
        table = metadata_of(service).tables[name]
        assert set(table.info.get("erased", {})) <= set(table.c.keys())
        assert name in erasing(table)


async def test_a_stored_answer_goes_after_thirty_days_of_real_time(world: World) -> None:
    for days in (KEY_DAYS - 1, KEY_DAYS):
        await world.rows(
            "INSERT INTO catalog.idempotency VALUES ($1, 'a', 200, '{}', 'canary', clock_timestamp() - $2::interval)",
            uuid4().bytes,
            timedelta(days=days, minutes=1),
        )

    await sweep(world, "catalog")

    young = "clock_timestamp() - created_at < interval '30 days'"
    rows = await world.rows(f"SELECT {young} AS young FROM catalog.idempotency WHERE body = 'canary'")
    assert rows == [{"young": True}]


async def test_an_answer_is_stored_with_real_time_whatever_the_legal_clock_says(world: World) -> None:
    person = await world.person(duties={"register_provider"}, jurisdiction="4404")
    await person.post("registry", "/v1/providers", {})
    await person.post("registry", f"/v1/providers/{UUID(int=1)}/withdraw")

    rows = await world.rows(
        "SELECT count(*) AS n FROM registry.idempotency WHERE created_at < clock_timestamp() - interval '1 day'"
    )

    assert rows == [{"n": 0}]
