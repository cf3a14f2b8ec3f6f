"""Fixtures of the whole suite: a private PostgreSQL and Kafka for the run, a World for a module."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("GOUFU_RULEBOOKS", str(Path(__file__).resolve().parents[1] / "deploy" / "demo" / "rulebooks"))
os.environ["GOUFU_SANDBOX"] = "1"

from deploy.local.kafka import KafkaUnavailable, PrivateKafka
from deploy.local.postgres import PrivatePostgres
from shared.bus.login import Login
from shared.process.settings import Settings
from tests.proof import law, mutation
from tests.proof.plugin import Proof
from tests.proof.ways import Taken
from tests.support.servers import SECRET, Broker, clone, drop, make_template
from tests.support.world import FIRST_DAY, World

OWN_SERVERS = {"kafka", "kafka_bootstrap", "own_kafka", "own_postgres"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two test processes one takes whatever needs a broker or processes of ours, the longest way, first; the other
    begins with the rest, file by file."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group("servers" if _needs_servers(item) else item.path.stem))
    items.sort(key=lambda item: not _needs_servers(item))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What cannot be kept together would not be noticed: each file would be set up in both processes."""
    together = getattr(session.config.option, "loadgroup", False)
    if together and (apart := [item.nodeid for item in session.items if "@" not in item.nodeid]):
        raise pytest.UsageError(
            f"tests are not kept together by their files, as {apart[0]}: see pyproject.toml on pytest"
        )


def _needs_servers(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & OWN_SERVERS) or "deploy" in item.path.parts[-2:]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", metavar="RUN", help="keep under this name what was earned and which ways were taken")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Taken(config, config.getoption("--proof")))
    if mutant := os.environ.get("GOUFU_MUTANT"):  # marks are not judged: a citation that is gone catches no mutant
        mutation.apply(mutation.parse(mutant), law.read_values())
    else:
        config.pluginmanager.register(Proof(config, config.getoption("--proof")))


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Administrator's connection string: the server that GOUFU_TEST_DATABASE names, else a private one."""
    given = os.environ.get("GOUFU_TEST_DATABASE")
    if given:
        yield given
        return
    server = PrivatePostgres(durable=False)
    server.start()
    try:
        yield server.url
    finally:
        server.close()


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """A broker: the one GOUFU_TEST_KAFKA names, with the login that GOUFU_BUS_SECURITY and its kind say, else a private
    one. Where none can be had, CI fails, others skip."""
    given = os.environ.get("GOUFU_TEST_KAFKA")
    if given:
        yield Broker(given, Settings(bus=f"kafka://{given}").bus_login())
        return
    server = PrivateKafka()
    try:
        server.start()
    except KafkaUnavailable as error:
        if os.environ.get("GOUFU_REQUIRE_KAFKA") == "1":
            raise
        pytest.skip(f"no Kafka: {error}")
    try:
        yield Broker(server.bootstrap, server.login)
    finally:
        server.close()


@pytest.fixture(scope="session")
def kafka_bootstrap(kafka: Broker) -> str:
    return kafka.bootstrap


@pytest.fixture(scope="session")
def kafka_login(kafka: Broker) -> Login:
    """The administrator's."""
    return kafka.login


@pytest.fixture(scope="session")
async def template(database_url: str) -> str:
    """Name of the template database of this run (of this worker, when several share a server), or the one given."""
    given = os.environ.get("GOUFU_TEST_TEMPLATE")
    if given:
        return given
    name = f"tpl_{secrets.token_hex(4)}"
    await make_template(database_url, name)
    return name


@pytest.fixture(scope="module")
async def world(
    request: pytest.FixtureRequest, database_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """All services on a fresh database, at 2022-03-01 09:00 in Beijing, or on the day that the module `BEGINS`."""
    name = f"t_{secrets.token_hex(4)}"
    url = await clone(database_url, template, name)
    world = World(url, template, SECRET, tmp_path_factory.mktemp(name), getattr(request.module, "BEGINS", FIRST_DAY))
    try:
        await world.open()
        yield world
    finally:
        await world.close()
        await drop(database_url, name)
