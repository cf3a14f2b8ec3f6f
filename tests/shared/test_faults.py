"""A process dies where it is told to, as `kill -9` does, and nowhere outside a sandbox."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TWO_EVENTS = (
    "from shared.process import faults; [faults.point('consumer.effect', [name]) for name in ('paid', 'signed')]"
)


def ran(fault: str, code: str = TWO_EVENTS, *, sandbox: str = "1") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOUFU_FAULT": fault, "GOUFU_SANDBOX": sandbox}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("", 0),
        ("consumer.effect:1", -signal.SIGKILL),
        ("consumer.effect:2", -signal.SIGKILL),
        ("consumer.effect:3", 0),
        ("consumer.applied:1", 0),
    ],
)
def test_a_process_dies_at_the_pass_it_is_told(fault: str, status: int) -> None:
    assert ran(fault).returncode == status


def test_a_process_dies_once_for_each_subject_of_a_point(tmp_path: Path) -> None:
    statuses = [ran(f"each:{tmp_path}").returncode for _ in range(3)]

    assert statuses == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert {note.name for note in tmp_path.iterdir()} == {"consumer.effect paid", "consumer.effect signed"}


def test_a_point_without_a_subject_kills_nobody_once_each(tmp_path: Path) -> None:
    assert ran(f"each:{tmp_path}", "from shared.process import faults; faults.point('relay.moved')").returncode == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [("relay.nowhere:1", "no fault point relay.nowhere; there are command.begun"), ("each:/nowhere", "make it first")],
)
def test_what_cannot_be_armed_says_what_to_do(fault: str, told: str) -> None:
    tried = ran(fault)

    assert tried.returncode == 1
    assert told in tried.stderr


def test_nothing_dies_outside_a_sandbox() -> None:
    assert ran("consumer.effect:1", sandbox="0").returncode == 0


def test_a_command_that_names_no_point_disarms_the_one_before() -> None:
    code = (
        "from shared.process import faults\n"
        "faults.arm('command.effect:1'); faults.arm(''); faults.point('command.effect')\n"
        "faults.arm('command.begun:1'); faults.point('command.begun')"
    )

    assert ran("header").returncode == 0
    assert ran("header", code).returncode == -signal.SIGKILL
