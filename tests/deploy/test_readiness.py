"""What is missing before a deployment can be used, and who is told of it: anybody a word, its operator a sentence."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from structlog.testing import capture_logs
from typer.testing import CliRunner

from deploy.cli.main import app
from services.contracts.app import create_app
from services.registry.app import create_app as create_registry
from shared.process.settings import Settings
from shared.road.migrations import make_roles, migrate, service_url
from shared.web.issuer import DevelopmentIssuer
from shared.work import revisions
from tests.deploy.test_compose import OURS, a_database
from tests.support.world import World

SECRET = secrets.token_hex(16)


def lacks(service: str, what: str) -> float | None:
    return REGISTRY.get_sample_value("goufu_lacks", {"service": service, "what": what})


@pytest.fixture
def unmigrated(database_url: str) -> Iterator[str]:
    with a_database(database_url, "ops_unmigrated") as url:
        yield url


async def test_before_the_migration_a_service_says_so_and_after_it_goes_on(unmigrated: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(unmigrated)
    await make_roles(connection, "ops_unmigrated", SECRET)
    await connection.close()
    issuer = DevelopmentIssuer(tmp_path, sandbox=True)
    address = service_url(unmigrated, SECRET, "contracts")
    service = create_app(Settings(contracts_url=SecretStr(address), sandbox=True, jwks=str(issuer.jwks_path)))
    headers = {"authorization": f"Bearer {issuer.token('somebody', audience='goufu')}"}
    transport = httpx.ASGITransport(app=service)

    with capture_logs() as logs:
        async with (
            service.router.lifespan_context(service),
            httpx.AsyncClient(transport=transport, base_url="http://contracts", headers=headers) as client,
        ):
            before = [await client.get(path) for path in ("/readyz", "/v1/tasks", "/v1/events")]
            assert lacks("contracts", "migration") == 1
            await migrate(unmigrated, SECRET, sandbox=True)
            after = [await client.get(path) for path in ("/readyz", "/v1/tasks", "/v1/events")]

    assert [answer.status_code for answer in before] == [503, 503, 503]
    assert before[0].json() == {"status": "not_migrated"}
    assert [answer.status_code for answer in after] == [200, 200, 200]
    assert lacks("contracts", "migration") == 0
    told = [line for line in logs if line["event"] == "database_not_migrated"]
    assert [(line["service"], line["do"]) for line in told] == [("contracts", "goufu migrate")]


@pytest.mark.parametrize("line", ["contracts", "road"])
@pytest.mark.parametrize(("tables", "status"), [("of_the_last_release", 503), ("of_the_next_release", 200)])
async def test_a_service_waits_for_tables_older_than_itself_and_serves_on_newer_ones(
    world: World, line: str, tables: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "revisions", lambda of: (frozenset({"of_the_last_release", "0001"}), "0001"))
    table = f"contracts.{revisions.version_table(line)}"
    await world.rows(f"UPDATE {table} SET version_num = $1", tables)
    try:
        answer = await world.clients["contracts"].get("/readyz")
    finally:
        await world.rows(f"UPDATE {table} SET version_num = '0001'")
        await world.clients["contracts"].get("/readyz")

    assert answer.status_code == status


def migrating(url: str) -> dict[str, str]:
    """The environment of compose's container for an operator's commands."""
    given = dict.fromkeys(OURS["migrate"]["environment"], "")
    return {**given, "DATABASE_URL": url, "GOUFU_ROLE_SECRET": SECRET, "GOUFU_BUS": "postgres"}


def goufu(url: str, *words: str) -> tuple[int, str]:
    outcome = CliRunner(env={**migrating(url), "GOUFU_SANDBOX": "0"}).invoke(app, list(words))
    return outcome.exit_code, " ".join(outcome.output.split())


@pytest.fixture
def city(database_url: str) -> Iterator[str]:
    """A production deployment that was only just migrated."""
    with a_database(database_url, "ops_first") as url:
        asyncio.run(migrate(url, SECRET, sandbox=False))
        yield url


async def test_a_production_deployment_gets_its_first_administrators_once_and_on_record(
    city: str, tmp_path: Path
) -> None:
    issuer = "https://login.city.example"
    add = ("administrator", "add", "--issuer", issuer)

    alone = await asyncio.to_thread(goufu, city, *add, "wang")
    missing = await asyncio.to_thread(goufu, city, "status")
    made = await asyncio.to_thread(goufu, city, *add, "wang", "li")
    again = await asyncio.to_thread(goufu, city, *add, "zhao", "qian")
    whole = await asyncio.to_thread(goufu, city, "status")
    verified = await asyncio.to_thread(goufu, city, "audit", "verify")

    assert alone[0] == 1
    assert "name two accounts" in alone[1]
    assert missing == (1, missing[1])
    assert "missing 缺少: two administrators of posts: goufu administrator add" in missing[1]
    assert made[0] == 0, made
    assert again[0] == 1
    assert "two administrators can log in there: they give posts to others" in again[1]
    assert "administrators" not in whole[1]
    assert verified[0] == 0, verified
    connection = await asyncpg.connect(city)
    accounts = await connection.fetch("SELECT account FROM registry.private_logins ORDER BY account")
    entries = await connection.fetch(
        "SELECT entry FROM registry.journal WHERE type = 'goufu.registry.administrators_appointed.v1'"
    )
    persons = await connection.fetch("SELECT person_id FROM registry.posts")
    await connection.close()
    assert [row["account"] for row in accounts] == ["li", "wang"]
    [entry] = [json.loads(row["entry"])["event"] for row in entries]
    assert set(entry["persons"]) == {str(row["person_id"]) for row in persons}
    assert entry["known"] == 0


async def test_that_nobody_administers_posts_is_a_figure_and_no_word(city: str, tmp_path: Path) -> None:
    issuer = DevelopmentIssuer(tmp_path, sandbox=True)
    address = service_url(city, SECRET, "registry")
    service = create_registry(Settings(registry_url=SecretStr(address), sandbox=True, jwks=str(issuer.jwks_path)))
    async with (
        service.router.lifespan_context(service),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=service), base_url="http://registry") as client,
    ):
        before, lacked = await client.get("/readyz"), lacks("registry", "administrators")
        add = ("administrator", "add", "--issuer", "https://login.city.example", "wang", "li")
        await asyncio.to_thread(goufu, city, *add)
        after, lacks_now = await client.get("/readyz"), lacks("registry", "administrators")

    assert before.content == after.content
    assert (lacked, lacks_now) == (1, 0)
