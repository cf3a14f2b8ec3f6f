"""A test whose mark is not earned fails, whatever it asserts; seen on a run of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.proof.law import ROOT
from tests.proof.plugin import UNEARNED

CONFTEST = """
from pathlib import Path
from tests.proof import plugin
plugin.RESULTS = Path(__file__).parent / "results"
plugin.UNEARNED = Path(__file__).parent / "unearned.txt"
plugin.ROOT = Path(__file__).parent
def pytest_configure(config):
    config.addinivalue_line("markers", "clause: ...")
    config.pluginmanager.register(plugin.Proof(config, "trial"))
"""
TESTS = """
import json, pytest
from tests.proof import seen

def refused():
    seen.answer(422, json.dumps({"findings": [{"clause": "ZH21-23.1", "satisfied": False}]}).encode())

@pytest.mark.clause("ZH21-23.1", "refuses")
def test_earned():
    refused()

@pytest.mark.clause("ZH21-23.1", "refuses")
@pytest.mark.clause("ZH21-23.1", "accepts")
def test_half_earned():
    refused()

@pytest.mark.clause("ZH21-23.1", "refuses")
def test_seen_by_another_test_only():
    pass

@pytest.mark.clause("ZH21-23.1", "refuses")
def test_excused():
    pass

@pytest.mark.clause("ZH21-23.1", "refuses")
def test_excused_for_nothing():
    refused()

@pytest.mark.clause("ZH21-23.1", "refuses")
def test_failing():
    refused()
    assert False

@pytest.mark.clause("ZH21-999", "refuses")
def test_of_no_clause():
    refused()

def test_unmarked():
    pass
"""
EXCUSED = ("test_excused", "test_excused_for_nothing")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a run of these tests, and what it printed."""
    folder = tmp_path_factory.mktemp("proof")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "unearned.txt").write_text("".join(f"test_it.py::{name} ZH21-23.1 refuses\n" for name in EXCUSED))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        "-rA",
        "-p",
        "no:cacheprovider",
        "test_it.py",
    ]
    done = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    return folder, done.stdout + done.stderr


def test_only_what_is_earned_or_excused_passes(run: tuple[Path, str]) -> None:
    _, printed = run

    passed = {line.rpartition("::")[2] for line in printed.splitlines() if line.startswith("PASSED")}

    assert passed == {"test_earned", "test_excused", "test_unmarked"}, printed


def test_a_failure_says_what_is_missing_or_to_be_struck_off(run: tuple[Path, str]) -> None:
    _, printed = run

    assert "ZH21-23.1 accepts: not earned" in printed
    assert "ZH21-23.1 refuses: earned now, take its line out of unearned.txt" in printed
    assert "no rulebook has a clause ZH21-999" in printed


def test_what_was_earned_is_kept_and_a_failing_test_earns_nothing(run: tuple[Path, str]) -> None:
    folder, _ = run

    document = json.loads((folder / "results" / "trial.json").read_text(encoding="utf-8"))

    assert document["whole"]
    assert [mark["test"] for mark in document["marks"] if not mark["lacks"]] == ["test_it.py::test_earned"]
    assert {
        "test": "test_it.py::test_failing",
        "clause": "ZH21-23.1",
        "side": "refuses",
        "lacks": "the test failed",
    } in (document["marks"])


def test_each_excuse_stands_once_and_in_order() -> None:
    lines = UNEARNED.read_text(encoding="utf-8").splitlines()

    assert lines == sorted(set(lines))
