"""What a request answers when its connection, or the server, fails at any moment: 503, and the next one is well."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import obstore
import obstore.exceptions
import pytest
from asyncpg.exceptions import _base as client

from shared.events.registry import PurchaserRegistered
from shared.process.outages import Unavailable, is_outage
from shared.work import database as database_module
from shared.work import refusals
from shared.work.database import CommandBlock, Database, EntryTooLarge, Transaction
from tests.shared.test_outages import everything, made
from tests.support.world import Person, Reply, World

FILE = b"%PDF-1.7\n"
OUTAGES = [made(kind) for kind in sorted(set(everything()), key=str) if is_outage(made(kind))]


@pytest.fixture(scope="module")
async def clerk(world: World) -> Person:
    return await world.person("clerk", duties={"draft_directory", "write_requirement"})


@pytest.fixture
def database(world: World) -> Database:
    return world.services["catalog"].database


async def upload(clerk: Person, key: str) -> Reply:
    """A command that every service has."""
    headers = {"idempotency-key": key, "content-type": "application/pdf"}
    return await clerk.send("catalog", "POST", "/v1/documents", content=FILE, headers=headers)


async def uploaded(world: World, clerk: Person) -> int:
    [row] = await world.rows("SELECT count(*) AS n FROM catalog.documents WHERE uploaded_by = $1", clerk.id)
    return int(row["n"])


def unavailable(reply: Reply) -> None:
    reply.problem(503, "unavailable")
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: type(error).__name__)
async def test_every_outage_answers_503_and_when_to_come_again(
    world: World, clerk: Person, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Database, "caller", fails)
        unavailable(await clerk.get("catalog", "/v1/projects"))

    assert (await clerk.get("catalog", "/v1/projects")).status == 200


async def test_a_duty_that_lacks_and_cannot_be_recorded_answers_503(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise made(asyncpg.DiskFullError)

    (await clerk.get("catalog", "/v1/refusals")).problem(403, "not_allowed")
    monkeypatch.setattr(refusals, "entries", full)

    unavailable(await clerk.get("catalog", "/v1/refusals"))


async def test_a_statement_that_is_wrong_is_no_outage(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> None:
        raise made(asyncpg.UndefinedColumnError)

    monkeypatch.setattr(Database, "caller", fails)

    with pytest.raises(asyncpg.UndefinedColumnError):
        await clerk.get("catalog", "/v1/projects")


async def terminated(world: World, connection: Any) -> None:
    """Ended by an administrator, seen at once."""
    await world.admin.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())


MOMENTS: dict[str, tuple[type, str]] = {
    "before the first statement": (CommandBlock, "_begin"),
    "with the work done": (Transaction, "finish"),
    "before the commit": (CommandBlock, "_commit"),
    "when it is given back": (Database, "release"),
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_connection_that_ends_in_a_command_leaves_the_next_one_well(
    world: World, clerk: Person, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    owner, name = MOMENTS[moment]
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)
    ended: list[Any] = []

    async def cut(self: Any, *given: Any) -> Any:
        connection = given[0] if owner is Database or name == "_begin" else getattr(self, "_connection", None)
        connection = connection or self.connection
        if not ended:
            ended.append(connection)
            await terminated(world, connection)
        return await real(self, *given)

    before = await uploaded(world, clerk)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, cut)
        first = await upload(clerk, moment.replace(" ", "-"))
    again = await upload(clerk, moment.replace(" ", "-"))

    if moment in ("before the first statement", "when it is given back"):
        first.ok()  # nothing had been begun, or all had been done
    else:
        unavailable(first)
    again.ok()
    assert await uploaded(world, clerk) == before + 1


async def test_a_connection_that_ends_in_a_query_leaves_the_next_one_well(
    world: World, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = database_module.Reader.all
    ended: list[bool] = []

    async def cut(self: Any, *given: Any, **values: Any) -> Any:
        if not ended:
            ended.append(True)
            await terminated(world, self.connection)
        return await real(self, *given, **values)

    monkeypatch.setattr(database_module.Reader, "all", cut)

    unavailable(await clerk.get("catalog", "/v1/projects"))
    assert (await clerk.get("catalog", "/v1/projects")).status == 200


async def test_all_idle_connections_ended_at_once_cost_no_request(
    world: World, clerk: Person, database: Database
) -> None:
    held = [await database.acquire() for _ in range(4)]
    for connection in held:
        await database.release(connection)
    ended = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = $1"
    await world.admin.execute(ended, "goufu-catalog")

    for number in range(4):
        (await upload(clerk, f"idle-{number}")).ok()


@pytest.mark.parametrize(
    ("error", "tries"),
    [(asyncpg.InternalClientError("cannot switch to state 12"), 2), (TimeoutError(), 1), (ValueError("ours"), 1)],
    ids=["dead", "slow", "wrong"],
)
async def test_only_what_a_dead_connection_refused_is_tried_on_another(
    database: Database, error: Exception, tries: int
) -> None:
    seen: list[int] = []

    async def first(connection: Any) -> None:
        seen.append(connection.get_server_pid())
        raise error

    with pytest.raises(type(error)):
        await database.begun(first)

    assert len(seen) == tries
    assert len(set(seen)) == tries


async def test_a_full_disk_answers_503_and_the_connection_is_used_again(
    clerk: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []

    async def full(self: Transaction, *_: Any) -> None:
        pids.append(self.connection.get_server_pid())
        raise asyncpg.DiskFullError("could not extend file: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "finish", full)
        for _ in range(3):
            unavailable(await upload(clerk, "full"))

    (await upload(clerk, "full")).ok()
    assert len(set(pids)) == 1


async def test_connections_to_a_server_that_only_reads_are_all_made_anew(clerk: Person, database: Database) -> None:
    """As after a failover: every connection of the pool leads to what is now a standby."""
    held = [await database.acquire() for _ in range(4)]
    for connection in held:
        await connection.execute("SET default_transaction_read_only = on")
    for connection in held:
        await database.release(connection)

    unavailable(await upload(clerk, "standby"))
    for number in range(4):
        (await upload(clerk, f"standby-{number}")).ok()


async def test_a_pool_without_a_free_connection_answers_503(
    clerk: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [await database.acquire() for _ in range(4)]
    monkeypatch.setattr(database_module, "ACQUIRE_SECONDS", 0.05)

    try:
        answers = [await upload(clerk, "exhausted"), await clerk.get("catalog", "/readyz")]
    finally:
        for connection in held:
            await database.release(connection)

    for answer in answers:
        unavailable(answer)
    (await upload(clerk, "exhausted")).ok()


async def test_a_server_that_is_away_keeps_no_process_from_starting(world: World) -> None:
    away = Database("catalog", "postgresql://nobody@127.0.0.1:1/nowhere", size=2)
    await away.open()

    with pytest.raises(Unavailable):
        await away.acquire()
    await away.close()


@pytest.mark.parametrize("error", [made(asyncpg.NumericValueOutOfRangeError), made(client.DataError)], ids=repr)
async def test_a_value_that_fits_nowhere_is_the_senders_error(
    clerk: Person, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Database, "caller", fails)

    (await clerk.get("catalog", "/v1/projects")).problem(422, "field")


@pytest.mark.parametrize("broken", ["put_async", "get_async"])
async def test_a_store_of_documents_that_fails_answers_503(
    clerk: Person, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    document = (await upload(clerk, f"kept-{broken}")).ok()["id"]

    async def fails(*_: Any, **__: Any) -> None:
        raise obstore.exceptions.GenericError("No space left on device")

    monkeypatch.setattr(obstore, broken, fails)

    answers = {
        "put_async": await upload(clerk, f"full-{broken}"),
        "get_async": await clerk.get("catalog", f"/v1/documents/{document}/content"),
    }
    unavailable(answers.pop(broken))
    assert [answer.status // 100 for answer in answers.values()] == [2]


@pytest.mark.parametrize(("characters", "fits"), [(1000, True), (1 << 20, False)])
async def test_an_event_that_no_message_can_hold_is_not_recorded(world: World, characters: int, fits: bool) -> None:
    key = uuid4()
    event = PurchaserRegistered(jurisdiction="4404", organisation=key, title="街" * (characters // 3), kind="organ")
    registry = world.services["registry"]

    async def record() -> None:
        async with registry.database.system_transaction(registry.writer) as tx:
            await tx.lock(key)
            tx.emit(event)

    if fits:
        await record()
    else:
        with pytest.raises(EntryTooLarge):
            await record()

    [row] = await world.rows("SELECT count(*) AS n FROM registry.journal WHERE key = $1", key)
    assert row["n"] == fits


async def test_closing_waits_for_no_connection_that_does_not_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "CLOSE_SECONDS", 0.1)
    another = Database("catalog", world.settings.url("catalog"), size=2)
    await another.open()
    await another.acquire()

    async with asyncio.timeout(5):
        await another.close()
