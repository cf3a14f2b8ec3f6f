"""Stands for `docker compose` where no engine is: `python -m tests.support.compose WORD …` runs what docker-compose.yml
names, with the environment that it gives, as plain processes. What is of the place (hosts, ports, folders, the bus) is
taken from the file that FIRST_HOUR names."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ASKED = re.compile(r"(?<!\$)\$\{(\w+)(:?[-?])?([^}]*)\}")
ROOT = Path(__file__).resolve().parents[2]


def main(words: list[str]) -> int:
    place: dict[str, Any] = json.loads(Path(os.environ["FIRST_HOUR"]).read_text())
    services = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]
    command = words[0]
    if command == "run":
        name, *arguments = [word for word in words[1:] if word not in ("--rm", "-T", "--no-deps")]
        folder = place["environment"]["GOUFU_CHECKPOINTS"]
        arguments = [folder if word == "/checkpoints" else word for word in arguments]
        told = _environment(services, name, place)
        return subprocess.run(_goufu(arguments), cwd=ROOT, env=told, check=False).returncode
    if command == "up":
        return _up(services, place)
    return 0 if command == "build" else 2


def _up(services: dict[str, Any], place: dict[str, Any]) -> int:
    for name, port in place["ports"].items():
        arguments = [*services[name]["command"][:2], *(["--port", str(port)] if port else [])]
        with open(f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                _goufu(arguments), cwd=ROOT, env=_environment(services, name, place), stdout=log, stderr=log
            )
        with open("pids", "a") as pids:
            pids.write(f"{process.pid}\n")
    return 0 if all(_ready(port) for port in place["ports"].values() if port) else 1


def _ready(port: int) -> bool:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def _goufu(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "deploy.cli.main", *arguments]


def _environment(services: dict[str, Any], name: str, place: dict[str, Any]) -> dict[str, str]:
    """What compose gives the container, with what is of the place."""
    answers = dict(re.findall(r"^(\w+)=(.*)$", Path(".env").read_text(), re.MULTILINE))

    def answered(asked: re.Match[str]) -> str:
        value = answers.get(asked[1], "")
        if not value and asked[2] == ":?":
            raise SystemExit(f"{asked[1]}: {asked[3]}")
        return value or (asked[3] if asked[2] == ":-" else "")

    given = {key: ASKED.sub(answered, str(value)) for key, value in services[name]["environment"].items()}
    folder = Path(answers.get("GOUFU_SECRETS") or "secrets").resolve()
    given = {key: value.replace("/run/secrets", str(folder)) for key, value in given.items()}
    kept = {key: value for key, value in given.items() if not key.startswith("GOUFU_BUS_")}
    for key, value in kept.items():
        if key.endswith("_FILE") and not Path(value).exists():
            raise SystemExit(f"there is no {value}")
    return {"PATH": os.environ["PATH"], **kept, **place["environment"], **place["own"].get(name, {})}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
