"""The jars of the private Kafka: pinned one by one, fetched whole or not at all."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import kafka_jars as module
from deploy.local.kafka_jars import KAFKA_VERSION, KafkaUnavailable, jars, kafka_jars

PROJECT = Path(__file__).resolve().parents[2]

# Stands for a Maven whose mirror serves something else.
FORGING_MAVEN = """#!/bin/sh
for word in "$@"; do case $word in -DoutputDirectory=*) echo forged > "${word#*=}/kafka-clients-4.1.1.jar" ;; esac; done
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GOUFU_CACHE", str(folder))
    return folder


@pytest.fixture
def no_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_python_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo.maven", None)


def test_every_jar_of_the_list_has_its_checksum_and_the_broker_is_the_version_we_say() -> None:
    entries = re.findall("<dependency>", Path(module.__file__).with_name("kafka.pom.xml").read_text())

    pinned = jars()

    assert len(pinned) == len(entries) == len({jar.name for jar in pinned})
    assert f"kafka_2.13-{KAFKA_VERSION}.jar" in {jar.name for jar in pinned}


@pytest.mark.usefixtures("no_maven", "no_python_client")
def test_with_nothing_to_fetch_with_the_reason_says_what_to_install(cache: Path) -> None:
    with pytest.raises(KafkaUnavailable, match=r"no mvn .* no jgo .*pip install goufu\[local\]"):
        kafka_jars()

    assert list(cache.iterdir()) == []


@pytest.mark.usefixtures("no_python_client")
def test_files_that_differ_from_the_list_are_refused_and_not_kept(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = tmp_path / "mvn"
    maven.write_text(FORGING_MAVEN)
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(KafkaUnavailable, match=r"checksum differs or file missing: .*kafka-clients-4.1.1.jar"):
        kafka_jars()

    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUFU_CACHE", "/dev/null/cache")

    with pytest.raises(KafkaUnavailable, match="set GOUFU_CACHE"):
        kafka_jars()


@pytest.mark.long
@pytest.mark.kafka
@pytest.mark.usefixtures("no_maven")
def test_without_maven_the_same_jars_come_and_a_damaged_one_is_replaced(cache: Path) -> None:
    folder = kafka_jars()
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    (folder / f"kafka_2.13-{KAFKA_VERSION}.jar").write_bytes(b"damaged")

    again = kafka_jars()

    assert again == folder
    assert {file.name: file.read_bytes() for file in again.iterdir()} == first
    assert list(cache.iterdir()) == [folder]


@pytest.mark.long
@pytest.mark.kafka
def test_two_processes_that_fetch_at_once_both_get_the_jars(cache: Path) -> None:
    program = "from deploy.local.kafka_jars import kafka_jars; print(len(list(kafka_jars().iterdir())))"
    command = [sys.executable, "-c", program]

    both = [subprocess.Popen(command, cwd=PROJECT, env=os.environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    assert [process.communicate(timeout=300)[0].strip() for process in both] == [str(len(jars()))] * 2
    assert len(list(cache.iterdir())) == 1
