"""Background programs: one at a time, found again by anyone of the same user, never mistaken for another process."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.background import Background, BackgroundError

NAME = "test-background"

WORKER = f"""
import signal
from deploy.local.background import Background
background = Background("{NAME}")
with background.held():
    print("working", flush=True)
    background.publish({{"answer": 42}})
    signal.sigwait([signal.SIGTERM])
"""
SLOW = f"""
import signal
from deploy.local.background import Background
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
with Background("{NAME}").held():
    signal.sigwait([signal.SIGTERM])
"""


def command(program: str) -> list[str]:
    # Blocked from the start: a signal that comes before sigwait must wait for it.
    block = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
    return [sys.executable, "-c", block + program]


@pytest.fixture
def background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Background]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    background = Background(NAME)
    yield background
    background.stop()


def test_a_program_is_found_again_until_it_is_stopped(
    background: Background, capfd: pytest.CaptureFixture[str]
) -> None:
    started = background.start(command(WORKER))
    assert started["answer"] == 42
    assert background.state() == Background(NAME).state() == started
    assert "working" in capfd.readouterr().err

    assert background.stop()

    assert background.state() is None
    assert not background.stop()


def test_a_second_start_finds_the_first(background: Background) -> None:
    first = background.start(command(WORKER))

    assert background.start(["/bin/false"]) == first


def test_its_state_is_for_its_owner_alone(background: Background, tmp_path: Path) -> None:
    background.start(command(WORKER))

    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_a_killed_program_is_not_taken_for_a_running_one(background: Background) -> None:
    first = background.start(command(WORKER))
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)

    assert background.state() is None
    assert not background.stop()
    assert background.start(command(WORKER))["pid"] != first["pid"]


def test_a_program_that_fails_at_its_start_shows_why(background: Background, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BackgroundError, match="ended at its start"):
        background.start(command("raise SystemExit('no database here')"))

    assert "no database here" in capfd.readouterr().err


def test_a_program_that_is_not_ready_in_time_is_ended(background: Background) -> None:
    with pytest.raises(BackgroundError, match="was not ready in 1 s"):
        background.start(command(SLOW), timeout=1)

    background.stop()
    assert background.state() is None
