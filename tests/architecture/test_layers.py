"""Who may say SQL, who may commit, who may speak to the bus; and which package may know which."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Source, every, read

SQL = re.compile(r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|TRUNCATE|ALTER TABLE)\b", re.S)
DATABASE_LIBRARIES = ("sqlalchemy", "asyncpg", "alembic")
CONNECTS = frozenset(
    {"asyncpg.connect", "asyncpg.create_pool", "create_async_engine", "sa.create_engine", "create_engine"}
)
COMMITS = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|START TRANSACTION)\b")
MAY_COMMIT = {
    "shared/work/database.py": "the only commit of commands and events",
    "shared/bus/postgres.py": "the bus of one machine, in a schema of its own",
    "shared/road/migrations.py": "schemas and roles, as administrator",
}
KAFKA = ("aiokafka", "kafka", "confluent_kafka")
FOLDERS = sorted(path.parent.name for path in (ROOT / "shared").glob("*/__init__.py"))


# --- SQL


def says_sql(source: Source) -> Iterator[str]:
    """For handlers, routes, views and rules: they ask `store.py`."""
    for node, text in source.texts():
        if SQL.search(text):
            yield source.at(node, "SQL belongs into store.py")
    for imported, name in source.imports():
        if name.split(".")[0] in DATABASE_LIBRARIES:
            yield source.at(imported, f"{name} belongs into store.py")


def test_handlers_routes_views_and_rules_say_no_sql() -> None:
    sources = read(*(f"services/*/*/{name}.py" for name in ("handlers", "api", "views", "rules")))

    assert [offence for source in sources for offence in says_sql(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        'x = "SELECT 1 FROM contracts"',
        'x = "INSERT INTO payments VALUES (1)"',
        'x = f"UPDATE contracts SET paid = {x}"',
        "import sqlalchemy as sa",
        "from sqlalchemy import select",
        "import asyncpg",
    ],
)
def test_sql_in_a_handler_would_be_found(text: str) -> None:
    assert list(says_sql(Source("services/contracts/payments/handlers.py", text)))


# --- commits and connections


def commits(source: Source) -> Iterator[str]:
    if source.path in MAY_COMMIT:
        return
    for call, name in source.calls():
        if name in CONNECTS or name.endswith(".create_pool"):
            yield source.at(call, f"{name}: take a connection from shared/work/database.py")
    for node, text in source.texts():
        if COMMITS.match(text):
            yield source.at(node, f"{text.split()[0]}: only shared/work/database.py begins and commits")


def test_only_the_database_module_connects_and_commits() -> None:
    assert [offence for source in every() for offence in commits(source)] == []


@pytest.mark.parametrize("path", MAY_COMMIT)
def test_who_is_excepted_needs_it(path: str) -> None:
    [source] = read(path)

    assert list(commits(Source("shared/elsewhere.py", source.text)))


@pytest.mark.parametrize(
    "text",
    [
        "import asyncpg\nc = asyncpg.connect('x')",
        "import asyncpg\np = asyncpg.create_pool('x')",
        "from sqlalchemy.ext.asyncio import create_async_engine\ne = create_async_engine('x')",
        'async def f(c): await c.execute("COMMIT")',
        'async def f(c): await c.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")',
        'async def f(c): await c.execute("ROLLBACK")',
    ],
)
def test_a_second_place_that_commits_would_be_found(text: str) -> None:
    assert list(commits(Source("services/contracts/payments/store.py", text)))


def goes_past_the_transaction(source: Source) -> Iterator[str]:
    """What is said to the connection itself does not see the writes that wait."""
    for call, name in source.calls():
        if "connection" in name.split("."):
            yield source.at(call, f"{name}: ask the reader or the transaction")


def test_no_service_speaks_to_the_connection_itself() -> None:
    assert [offence for source in read("services/**/*.py") for offence in goes_past_the_transaction(source)] == []


@pytest.mark.parametrize(
    "text", ["async def f(tx): await tx.connection.fetch('x')", "async def f(q): return q.connection.fetchval('x')"]
)
def test_a_read_past_the_transaction_would_be_found(text: str) -> None:
    assert list(goes_past_the_transaction(Source("services/contracts/payments/store.py", text)))


# --- the bus


def speaks_kafka(source: Source) -> Iterator[str]:
    if source.path in ("shared/bus/kafka.py", "shared/bus/kafka_admit.py"):
        return
    for node, name in source.imports():
        if name.split(".")[0] in KAFKA:
            yield source.at(node, "only shared/bus/kafka*.py imports a Kafka client")
        if name.startswith("shared.bus.kafka") and source.path != "shared/bus/__init__.py":
            yield source.at(node, "take the bus from shared.bus.connect")


def test_only_the_bus_speaks_kafka() -> None:
    sources = [*every(), *read("deploy/**/*.py")]

    assert [offence for source in sources for offence in speaks_kafka(source)] == []


@pytest.mark.parametrize(
    "text", ["import aiokafka", "from aiokafka import AIOKafkaProducer", "from shared.bus.kafka import KafkaBus"]
)
def test_a_second_kafka_client_would_be_found(text: str) -> None:
    assert list(speaks_kafka(Source("shared/road/relay.py", text)))


# --- events and transactions


def moves(source: Source) -> Iterator[str]:
    """Only handlers open a command's transaction and emit; routes, stores, views and rules do neither."""
    for call, name in source.calls():
        if name.endswith(".transaction") or name.endswith(".emit"):
            yield source.at(call, f"{name.rsplit('.', 1)[1]} belongs into handlers.py")


def test_only_handlers_open_transactions_and_emit() -> None:
    sources = read(*(f"services/*/*/{name}.py" for name in ("api", "store", "views", "rules")))

    assert [offence for source in sources for offence in moves(source)] == []


@pytest.mark.parametrize("text", ["async def f(call):\n  async with call.transaction() as tx: ...", "tx.emit(x)"])
def test_a_route_that_emits_would_be_found(text: str) -> None:
    assert list(moves(Source("services/contracts/payments/api.py", text)))


# --- packages


def crosses(source: Source) -> Iterator[str]:
    for node, name in source.imports():
        top, second = (*name.split("."), "")[:2]
        if top == "services" and source.service is not None and second != source.service:
            yield source.at(node, f"services do not import each other: {name}")
        if top == "services" and source.parts[0] == "shared":
            yield source.at(node, f"what is shared knows no service: {name}")
        if top in ("deploy", "tests") and source.parts[0] in ("services", "shared"):
            yield source.at(node, f"nothing that is deployed knows {top}: {name}")


def test_no_package_imports_what_it_must_not_know() -> None:
    assert [offence for source in every() for offence in crosses(source)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/contracts/payments/handlers.py", "from services.registry.tables import providers"),
        ("services/contracts/payments/handlers.py", "import services.registry.app"),
        ("services/contracts/worker.py", "from deploy.deployment import Deployment"),
        ("shared/web/http.py", "from services.contracts.app import create_app"),
        ("shared/web/http.py", "from deploy import serve"),
        ("shared/web/http.py", "from tests.support.world import World"),
    ],
)
def test_a_forbidden_import_would_be_found(path: str, text: str) -> None:
    assert list(crosses(Source(path, text)))


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_in_pyproject_hold_through_every_chain_of_imports() -> None:
    """As `make lint` asks; unlike the tests above it also follows what an import imports."""
    found = lint_imports(ROOT)

    assert found.returncode == 0, found.stdout


def test_a_chain_that_breaks_a_contract_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    planted = {
        "services/catalog/app.py": "import shared.helper",
        "services/registry/app.py": "",
        "services/registry/bars/rules.py": "import shared.helper",
        "shared/helper.py": "import shared.process.settings\nimport services.registry.app",
        "shared/process/settings.py": "",
        "shared/work/database.py": "",
        **{f"shared/{name}/__init__.py": "" for name in FOLDERS},
        "shared/routes.py": "",
        "shared/worker.py": "",
        "shared/fields/money.py": "import shared.law.decision",
        "shared/law/decision.py": "",
        "shared/bus/kafka.py": "import aiokafka",
        "deploy/serve.py": "import aiokafka",
    }
    for path, text in planted.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for folder in list(file.relative_to(tmp_path).parents)[:-1]:
            (tmp_path / folder / "__init__.py").touch()

    found = lint_imports(tmp_path)

    assert found.returncode == 1, found.stdout + found.stderr
    assert found.stdout.count("BROKEN") == 5, found.stdout
