"""`goufu demo` as a stranger runs it, under the conditions it must bear."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.deployment import login_settings
from tests.support.servers import Broker

COMMAND = [sys.executable, "-m", "deploy.cli.main", "demo"]
LAST_LINE = re.compile(r"^circle: purchases=3 paid=2 withheld=1 flagged=1 refused=4 events=\d+ seconds=\d+$")

pytestmark = pytest.mark.long


def play(**environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(COMMAND, env=env, capture_output=True, text=True, timeout=300, check=False)


def test_without_kafka_the_story_is_the_same_and_says_what_was_left_out() -> None:
    ended = play(GOUFU_NO_KAFKA="1")

    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert LAST_LINE.match(ended.stdout.rstrip().rsplit("\n", 1)[-1])
    assert "events go over PostgreSQL" in ended.stderr
    assert "跳过停机一步" in ended.stdout


def test_given_servers_are_used_and_left_as_they_were(database_url: str, kafka: Broker) -> None:
    login = {f"GOUFU_{name.upper()}": value for name, value in login_settings(kafka.login).items()}

    ended = play(DATABASE_URL=database_url, KAFKA_BOOTSTRAP=kafka.bootstrap, **login)

    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    assert LAST_LINE.match(ended.stdout.rstrip().rsplit("\n", 1)[-1])
    assert "Starting a private" not in ended.stderr


def test_an_interrupt_cleans_up() -> None:
    mark = f"GOUFU_TEST_MARK={uuid4().hex}"
    name, _, value = mark.partition("=")
    # A shell's background job ignores interrupts, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            COMMAND, env={**os.environ, name: value}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    finally:
        signal.signal(signal.SIGINT, before)
    end = time.monotonic() + 120
    while len(processes_with(mark)) <= 10:
        assert time.monotonic() < end, processes_with(mark)
        time.sleep(1)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert process.returncode == 130
    assert processes_with(mark) == []


def processes_with(mark: str) -> list[str]:
    """Command lines of the processes that inherited the mark."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environment.read_bytes():
                found.append(environment.with_name("cmdline").read_text().replace("\0", " "))
    return found
