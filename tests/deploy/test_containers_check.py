"""The check of the containers itself: what it says where there is no engine, and what it leaves of the network."""

from pathlib import Path

import pytest

from deploy.local.kafka_jars import KAFKA_VERSION
from tests.containers import __main__ as check
from tests.containers import engine
from tests.deploy.test_compose import ROOT


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_without_an_engine_it_says_so_in_a_line_and_fails_only_where_one_is_required(
    required: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(check, "LOG", tmp_path / "log")
    monkeypatch.setattr("tests.containers.engine.os.geteuid", lambda: 1000)
    monkeypatch.setenv("GOUFU_REQUIRE_CONTAINERS", required)

    assert check.main() == status

    [line] = capsys.readouterr().out.splitlines()
    assert line == "no container engine can be had here, so nothing was checked: a container engine needs root"


def test_it_takes_the_engines_rules_away_and_no_others() -> None:
    before = [":FORWARD ACCEPT [3:4]", "-A INPUT -i docker0 -j DROP"]
    now = [
        ":FORWARD DROP [0:0]",
        ":DOCKER - [0:0]",
        "-A INPUT -i docker0 -j DROP",
        "-A FORWARD -o br-1 -j DOCKER",
        "-A POSTROUTING -s 172.18.0.0/16 ! -o br-1 -j MASQUERADE",
        "-A INPUT -s 192.0.2.1/32 -j ACCEPT",
    ]

    assert engine.put_back(now, before, {"br-1", "docker0"}) == [*before, "-A INPUT -s 192.0.2.1/32 -j ACCEPT"]


def test_the_broker_that_stands_in_is_the_one_that_compose_names() -> None:
    assert f"apache/kafka:{KAFKA_VERSION}" in (ROOT / "docker-compose.yml").read_text()
