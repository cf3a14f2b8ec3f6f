"""`.ci/run` goes the same way in a clone that has nothing beside it, and the hooks fetch nothing."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The script in a folder, with a `make` that only tells how it was called."""
    folder = tmp_path / "clone"
    (folder / ".ci").mkdir(parents=True)
    (folder / ".ci/run").write_bytes((ROOT / ".ci/run").read_bytes())
    (tmp_path / "make").write_text('#!/bin/sh\necho "$1 ${CLAUSE_TABLES:-none}"\n', encoding="utf-8")
    for script in (folder / ".ci/run", tmp_path / "make"):
        script.chmod(0o755)
    return folder


def called(clone: Path, **given: str) -> tuple[list[str], str]:
    path = f"{clone.parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run([clone / ".ci/run"], env={"PATH": path, **given}, capture_output=True, text=True, check=True)
    return run.stdout.splitlines(), run.stderr


def test_a_clone_without_tables_beside_it_says_so_and_goes_on(clone: Path) -> None:
    steps, said = called(clone)

    assert "clauses none" in steps
    assert steps[-1] == "containers none"
    assert "there is no folder ../shared/clauses" in said


def test_tables_beside_a_clone_are_compared_in_the_step_of_the_clauses_alone(clone: Path) -> None:
    (clone.parent / "shared/clauses").mkdir(parents=True)

    steps, said = called(clone)

    assert [step for step in steps if not step.endswith(" none")] == ["clauses ../shared/clauses"]
    assert "there is no folder" not in said


def test_how_long_each_stage_took_is_said_at_the_end_also_of_one_that_failed(clone: Path) -> None:
    steps, said = called(clone)
    told = [line.partition(" s: ")[2].split()[1] for line in said.splitlines() if " s: make " in line]
    make = clone.parent / "make"
    make.write_text('#!/bin/sh\ntest "$1" != test\n', encoding="utf-8")
    path = f"{make.parent}{os.pathsep}{os.environ['PATH']}"
    failed = subprocess.run([clone / ".ci/run"], env={"PATH": path}, capture_output=True, text=True, check=False)

    assert told == [step.split()[0] for step in steps]
    assert failed.returncode != 0
    assert [line.partition(" s: ")[2] for line in failed.stderr.splitlines()] == [
        "make lint",
        "make types",
        "make audit-dependencies",
        "",
    ]


def test_tables_may_lie_elsewhere(clone: Path, tmp_path: Path) -> None:
    steps, _ = called(clone, CLAUSE_TABLES=str(tmp_path))

    assert f"clauses {tmp_path}" in steps


def test_every_step_is_a_target_that_make_knows(clone: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert [step for step in called(clone)[0] if f"\n{step.split()[0]}: " not in makefile] == []


def fetched(hooks: dict[str, Any]) -> Iterator[str]:
    """Hooks that would fetch something, or run another program than those of the project's environment."""
    for repo in hooks["repos"]:
        for hook in repo["hooks"]:
            if repo["repo"] != "local" or hook["language"] != "system" or not hook["entry"].startswith(".venv/bin/"):
                yield hook["id"]


def test_hooks_run_what_the_project_has_installed() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    far = {"repo": "elsewhere", "hooks": [{"id": "far", "language": "system", "entry": ".venv/bin/ruff"}]}
    other = {"repo": "local", "hooks": [{"id": "other", "language": "system", "entry": "ruff"}]}

    assert list(fetched(hooks)) == []
    assert list(fetched({"repos": [far, other]})) == ["far", "other"]
