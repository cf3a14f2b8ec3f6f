"""The chain names the first entry that anybody altered, even one who may do anything to the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.road.audit import ChainBroken, verify
from tests.support.probe import acceptance
from tests.support.world import World


@asynccontextmanager
async def as_administrator(world: World) -> AsyncIterator[Any]:
    """A connection that may do anything to evaluation's tables; what it does is undone at the end."""
    connection = await asyncpg.connect(world.admin_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SET LOCAL search_path = evaluation")
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


@pytest.fixture
async def ten_entries(world: World) -> int:
    """Ten entries at least, every one with its position; returns how many."""
    for _ in range(10):
        await world.emit("evaluation", acceptance(uuid4(), 1))
    await world.pump()
    [row] = await world.rows("SELECT count(*) AS n FROM evaluation.ledger")
    return int(row["n"])


async def broken_at(connection: Any) -> tuple[int, str]:
    with pytest.raises(ChainBroken) as caught:
        await verify(connection)
    return caught.value.position, str(caught.value)


async def test_what_nobody_altered_verifies_to_its_end(world: World, ten_entries: int) -> None:
    async with as_administrator(world) as connection:
        position, digest = await verify(connection)
        assert (position, digest) == (
            ten_entries,
            await connection.fetchval("SELECT hash FROM ledger ORDER BY position DESC LIMIT 1"),
        )


_AT_FIVE = "WHERE id = (SELECT entry FROM ledger WHERE position = 5)"
_ALTERED = {
    "the entry's text": f"UPDATE journal SET entry = replace(entry, 'true', 'false') {_AT_FIVE}",
    "a space in the text": f"UPDATE journal SET entry = entry || ' ' {_AT_FIVE}",
    "key": f"UPDATE journal SET key = gen_random_uuid() {_AT_FIVE}",
    "version": f"UPDATE journal SET version = 7 {_AT_FIVE}",
    "kind": f"UPDATE journal SET kind = 'refusal', version = NULL {_AT_FIVE}",
    "type": f"UPDATE journal SET type = 'goufu.evaluation.other.v1' {_AT_FIVE}",
    "audience": f"UPDATE journal SET audience = 'internal' {_AT_FIVE}",
    "subject": f"UPDATE journal SET subject = gen_random_uuid() {_AT_FIVE}",
    "jurisdiction": f"UPDATE journal SET jurisdiction = '5101' {_AT_FIVE}",
    "organisation": f"UPDATE journal SET organisation = NULL {_AT_FIVE}",
    "actor": f"UPDATE journal SET actor = gen_random_uuid() {_AT_FIVE}",
    "cause": f"UPDATE journal SET cause = gen_random_uuid() {_AT_FIVE}",
    "correlation": f"UPDATE journal SET correlation = gen_random_uuid() {_AT_FIVE}",
    "time": f"UPDATE journal SET recorded_at = recorded_at - interval '1 day' {_AT_FIVE}",
    "id": f"UPDATE journal SET id = gen_random_uuid() {_AT_FIVE}",
    "journal row deleted": f"DELETE FROM journal {_AT_FIVE}",
    "ledger row deleted": "DELETE FROM ledger WHERE position = 5",
    "hash": "UPDATE ledger SET hash = sha256(hash) WHERE position = 5",
    "two swapped": "ALTER TABLE ledger DROP CONSTRAINT uq_ledger_entry; UPDATE ledger l SET entry = o.entry"
    " FROM ledger o WHERE (l.position, o.position) IN ((5, 6), (6, 5))",
    "two positions swapped": "UPDATE ledger SET position = 1000005 WHERE position = 5;"
    "UPDATE ledger SET position = 5 WHERE position = 6; UPDATE ledger SET position = 6 WHERE position = 1000005",
    "one named twice": "ALTER TABLE ledger DROP CONSTRAINT uq_ledger_entry;"
    "UPDATE ledger SET entry = (SELECT entry FROM ledger WHERE position = 4) WHERE position = 5",
}
_FORGED = "00000000-0000-7000-8000-000000000001"
_ALTERED["one inserted"] = (
    "UPDATE ledger SET position = position + 1000000 WHERE position >= 5;"
    "UPDATE ledger SET position = position - 999999 WHERE position > 1000000;"
    f'INSERT INTO journal SELECT (jsonb_populate_record(j, \'{{"id": "{_FORGED}", "version": 99}}\')).*'
    " FROM journal j JOIN ledger l ON l.entry = j.id WHERE l.position = 4;"
    f"INSERT INTO ledger VALUES (5, '{_FORGED}', sha256('x'))"
)


@pytest.mark.parametrize("kind", _ALTERED)
async def test_an_alteration_is_found_at_its_own_position(world: World, ten_entries: int, kind: str) -> None:
    async with as_administrator(world) as connection:
        for statement in _ALTERED[kind].split(";"):
            if statement.strip():
                await connection.execute(statement)

        position, _ = await broken_at(connection)

        assert position == 5


async def test_an_entry_hashed_anew_after_a_change_breaks_the_next_one(world: World, ten_entries: int) -> None:
    async with as_administrator(world) as connection:
        await connection.execute(f"UPDATE journal SET entry = replace(entry, 'true', 'false') {_AT_FIVE}")
        await connection.execute(
            "UPDATE ledger l SET hash = sha256((SELECT hash FROM ledger WHERE position = 4) || int8send(5::bigint)"
            " || sha256(convert_to(j.entry, 'UTF8'))) FROM journal j WHERE l.position = 5 AND j.id = l.entry"
        )

        assert (await broken_at(connection))[0] == 6


async def test_from_a_checkpoint_only_what_follows_is_walked(world: World, ten_entries: int) -> None:
    async with as_administrator(world) as connection:
        at_five = await connection.fetchval("SELECT hash FROM ledger WHERE position = 5")
        await connection.execute("UPDATE ledger SET hash = sha256(hash) WHERE position = 2")

        assert (await verify(connection, 5, at_five))[0] == ten_entries
        with pytest.raises(ChainBroken, match="position 6"):
            await verify(connection, 5, bytes(32))
