"""The `goufu` command."""

from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["version"])

    assert (result.exit_code, result.output.strip()) == (0, version("goufu"))


def test_what_is_not_running_has_no_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    result = CliRunner().invoke(app, ["local", "status"])

    assert (result.exit_code, result.output.strip()) == (3, "not running")
