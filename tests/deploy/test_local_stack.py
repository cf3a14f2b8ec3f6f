"""The stack: given servers are used, missing ones started, a missing Kafka replaced and said."""

from pathlib import Path

import asyncpg
import pytest

from deploy.local.kafka import KafkaUnavailable
from deploy.local.stack import Stack


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP", "GOUFU_NO_KAFKA"):
        monkeypatch.delenv(name, raising=False)


async def test_servers_that_are_given_are_used_and_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone@db.example/goufu")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "broker.example:9092")

    async with Stack() as stack:
        assert stack.database_url == "postgresql://someone@db.example/goufu"
        assert stack.bus_url == "kafka://broker.example:9092"
        assert (stack.postgres, stack.kafka) == (None, None)


async def test_without_a_kafka_one_line_says_that_events_go_over_postgres(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOUFU_NO_KAFKA", "1")

    async with Stack() as stack:
        connection = await asyncpg.connect(stack.database_url)
        may_create = await connection.fetchval(
            "select rolcreatedb and rolcreaterole from pg_roles where rolname = user"
        )
        await connection.close()

        assert may_create
        assert (stack.bus_url, stack.kafka_bootstrap) == ("postgres", None)

    said = [line for line in capfd.readouterr().err.splitlines() if "Kafka" in line]
    assert said == ["No private Kafka here (GOUFU_NO_KAFKA=1 is set): events go over PostgreSQL instead."]


async def test_where_kafka_is_required_its_absence_is_an_error_that_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOUFU_NO_KAFKA", "1")
    stack = Stack(kafka="require")

    with pytest.raises(KafkaUnavailable):
        await stack.start()

    assert (stack.postgres, stack.kafka) == (None, None)


@pytest.mark.long
@pytest.mark.kafka
async def test_with_nothing_given_both_are_started_and_both_go() -> None:
    async with Stack(kafka="require") as stack:
        assert stack.postgres
        assert stack.kafka
        assert stack.bus_url == f"kafka://{stack.kafka.bootstrap}"
        folders = [stack.postgres.folder.path, stack.kafka.folder.path]
        assert all(folder.is_dir() for folder in folders)

    assert not any(folder.exists() for folder in folders)
