"""Schedules of working days at the command line, and at the start of every process."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from shared.fields.calendar import default_calendar
from tests.support.schedules import schedule

WRONG = '{"year": 2027, "papers": [], "days": []}'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GOUFU_CALENDAR", str(tmp_path))
    default_calendar.cache_clear()
    yield tmp_path
    default_calendar.cache_clear()


def test_a_file_that_adds_up_is_said_to(folder: Path) -> None:
    (folder / "2027.toml").write_text(schedule(2027), encoding="utf-8")

    result = CliRunner().invoke(app, ["calendar", "check", str(folder / "2027.toml")])

    assert (result.exit_code, result.output) == (0, "2027: 5 days off, 0 worked; notice for 2027\n")


def test_a_file_that_does_not_add_up_is_said_not_to(folder: Path) -> None:
    (folder / "2027.json").write_text(WRONG, encoding="utf-8")

    result = CliRunner().invoke(app, ["calendar", "check", str(folder / "2027.json")])

    assert result.exit_code == 1
    assert "2027.json is no year's schedule" in result.output


def test_what_is_known_is_shown(folder: Path) -> None:
    (folder / "2027.toml").write_text(schedule(2027), encoding="utf-8")

    lines = CliRunner().invoke(app, ["calendar", "show"]).output.splitlines()

    assert lines[0].startswith("2004: ")
    assert lines[-2] == "2027: 5 days off, 0 worked; notice for 2027"
    assert lines[-1].startswith("known until 2027-12-31, ")


@pytest.mark.parametrize("command", [["serve", "contracts"], ["work", "contracts"]], ids=["an API", "a worker"])
def test_no_process_starts_with_a_schedule_that_does_not_add_up(
    folder: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "2027.json").write_text(WRONG, encoding="utf-8")
    monkeypatch.setattr("deploy.serve.configure_logs", lambda level: SimpleNamespace(flush=lambda: None))

    given = {"GOUFU_CONTRACTS_URL": "postgresql://nobody@127.0.0.1:9/none", "GOUFU_JWKS": "none.json"}
    result = CliRunner().invoke(app, command, env=given)

    assert result.exit_code == 1
    assert "GOUFU_CALENDAR: 2027.json is no year's schedule" in result.output
    assert "Traceback" not in result.output
