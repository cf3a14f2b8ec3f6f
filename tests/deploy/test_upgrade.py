"""deploy/compose/upgrade.sh, on a stand-in for `docker` that keeps its containers as files: what is ended, and when."""

import os
import subprocess
from pathlib import Path

import pytest

from shared.events import SERVICES
from tests.deploy.test_compose import ROOT

DOCKER = r"""#!/usr/bin/env bash
set -eu
echo "$*" >> log
case "$*" in
  "image inspect"*) echo new ;;
  "compose config --hash"*) echo "$4 hash" ;;
  "compose ps --quiet"*) ls "containers/$4" | sed /exited/d ;;
  "compose rm --force"*) rm -f "containers/$4"/*.exited ;;
  "inspect --format {{.Image}}"*) cat containers/*/"$4" ;;
  "inspect --format {{.State.Health.Status}}"*) [[ $4 != "${SICK:-}" ]] && echo healthy || echo unhealthy ;;
  "compose up"*)
    scale=${7#*=}
    for each in "containers/$8"/*.exited; do if [[ -e $each ]]; then mv "$each" "${each%.exited}"; fi; done
    while (($(ls "containers/$8" | wc -l) < scale)); do
      echo "new hash" > "containers/$8/$8-new-$(ls "containers/$8" | wc -l)"
    done ;;
  "stop ${CUT:-nowhere}"*) mv containers/*/"$2" containers/"${2%-[0-9]}"/"$2.exited"; exit 137 ;;
  stop*) shift; for id in "$@"; do for each in containers/*/"$id"; do mv "$each" "$each.exited"; done; done ;;
  rm*) shift; for id in "$@"; do rm containers/*/"$id.exited"; done ;;
esac
"""
ORDER = ("registry", "catalog", "tendering", "contracts", "evaluation")
NAMES = [f"{service}-{part}" for service in SERVICES for part in ("api", "worker")]


class City:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "docker").write_text(DOCKER)
        (folder / "docker").chmod(0o755)
        for name in NAMES:
            self.has(name, "old hash")

    def has(self, name: str, *kinds: str) -> None:
        """Containers of that name, each with its image and the hash of its settings."""
        place = self.folder / "containers" / name
        place.mkdir(parents=True, exist_ok=True)
        for each in place.iterdir():
            each.unlink()
        for number, kind in enumerate(kinds):
            (place / f"{name}-{number}").write_text(f"{kind}\n")

    def left(self, name: str) -> list[str]:
        return [each.read_text().strip() for each in sorted((self.folder / "containers" / name).iterdir())]

    def upgrade(self, **more: str) -> tuple[int, list[str], str]:
        """Its exit status, what it told `docker` to do, and what it said of errors."""
        done = subprocess.run(
            ["bash", str(ROOT / "deploy/compose/upgrade.sh")],
            cwd=self.folder,
            env={"PATH": f"{self.folder}:{os.environ['PATH']}", "FOUND_SECONDS": "0", "WELL_SECONDS": "1", **more},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        asked = (self.folder / "log").read_text().splitlines()
        return done.returncode, [line for line in asked if not line.startswith(("inspect", "compose ps"))], done.stderr


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_an_upgrade_migrates_first_and_ends_nothing_before_as_many_new_ones_are_well(city: City) -> None:
    city.has("contracts-api", "old hash", "old hash")
    city.has("catalog-api", "new hash")
    city.has("tendering-api", "new other-settings")

    status, told, _ = city.upgrade()

    assert status == 0
    assert told[:2] == ["compose build", "compose run --rm -T migrate migrate"]
    assert {name: city.left(name) for name in NAMES} == {
        name: ["new hash"] * (2 if name == "contracts-api" else 1) for name in NAMES
    }
    assert "compose up --detach --no-deps --no-recreate --scale contracts-api=4 contracts-api" in told
    assert not [line for line in told if line.startswith("compose up") and line.endswith("catalog-api")]
    acts = [line for line in told if line.startswith(("compose up", "stop"))]
    apis = [n for n, line in enumerate(acts) if line.endswith("-api")]
    assert acts[0] == "compose up --detach --no-deps --no-recreate --scale registry-api=2 registry-api"
    assert max(apis) < acts.index(
        "stop registry-api-0 tendering-api-0 contracts-api-0 contracts-api-1 evaluation-api-0"
    )


def test_where_the_new_one_does_not_become_well_the_old_one_goes_on(city: City) -> None:
    status, told, said = city.upgrade(SICK="registry-api-new-1")

    assert status == 1
    assert "registry-api is unhealthy" in said
    assert [line for line in told if line.startswith("stop")] == [
        f"stop {' '.join(f'{service}-api-new-1' for service in ORDER)}"
    ]
    assert all(city.left(name) == ["old hash"] for name in NAMES)


@pytest.mark.parametrize("cut", ["before an old one is ended", "between its end and its removal"])
def test_what_was_cut_short_goes_on_and_leaves_as_many_as_there_were(city: City, cut: str) -> None:
    if cut == "before an old one is ended":
        city.has("registry-api", "old hash", "new hash")
    else:
        assert city.upgrade(CUT="registry-api-0")[0] == 137
        assert (city.folder / "containers/registry-api/registry-api-0.exited").exists()

    status, _, _ = city.upgrade()

    assert status == 0
    assert all(city.left(name) == ["new hash"] for name in NAMES)


def test_what_was_stopped_is_not_started_again_as_it_was(city: City) -> None:
    for name in NAMES:
        (city.folder / f"containers/{name}/{name}-0").rename(city.folder / f"containers/{name}/{name}-0.exited")

    status, _, _ = city.upgrade()

    assert status == 0
    assert all(city.left(name) == ["new hash"] for name in NAMES)
