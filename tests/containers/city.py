"""A city's operator: brings docker-compose.yml up as deploy/compose/env.example says, in a copy of the files."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.local.ports import free_ports
from shared.web.issuer import ISSUER, DevelopmentIssuer
from tests.containers.commands import CommandFailed, Commands, wait_until
from tests.containers.engine import Engine
from tests.containers.images import pip_settings

PROJECT: Final = Path(__file__).resolve().parents[2]
_HERE: Final = Path(__file__).parent
_HEALTHY_SECONDS = 240.0
TREASURY_TOKEN: Final = "known-to-the-treasury"


@dataclass(frozen=True)
class Container:
    """A container as the engine sees it."""

    id: str
    service: str
    image: str
    state: str
    health: str
    exit_code: int
    pid: int
    address: str

    @property
    def well(self) -> bool:
        """Running and healthy, or what only had to be done once is done."""
        return self.health == "healthy" if self.state == "running" else self.state == "exited" and self.exit_code == 0


class City:
    """The deployment of one operator: a folder with the project's files and its `.env`."""

    def __init__(self, engine: Engine, commands: Commands, folder: Path) -> None:
        self.engine = engine
        self._commands = commands
        self.folder = folder / "goufu"
        self.issuer = DevelopmentIssuer(folder / "issuer", sandbox=True)
        self._outside = folder / "outside"
        [self.port] = free_ports(1)
        self.answers: dict[str, str] = {}

    @property
    def address(self) -> str:
        """The gateway's."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """The files as git would give them, those changed here included, and the operator's settings."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = PROJECT / name, self.folder / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        self._outside.mkdir()
        shutil.copy(_HERE / "outside.py", self._outside)
        shutil.copy(self.issuer.jwks_path, self._outside)
        self._write_settings()

    def _write_settings(self) -> None:
        """Every value that env.example leaves to be set, and the secrets: what the city knows, nothing for what may be
        left out, for the rest a random one. Those that `migrate` prints come later."""
        known = {
            "GOUFU_ISSUER": ISSUER,
            "GOUFU_JWKS": "http://outside:8000/jwks.json",
            "GOUFU_JWKS_HTTP_HOSTS": "outside",
            "GOUFU_RULEBOOKS": "./deploy/demo/rulebooks",
            "GOUFU_CONTRACTS_TREASURY_URL": "http://outside:8000/orders",
            "GOUFU_GATEWAY_PORT": str(self.port),
            "GOUFU_PIP_INDEX_URL": pip_settings().get("index-url", ""),
            "OUTSIDE": str(self._outside),
        }
        example = (self.folder / "deploy/compose/env.example").read_text()
        [named] = re.findall(r"for secret in (.*)$", example, re.MULTILINE)
        self.answers = {name: secrets.token_hex(32) for name in named.split()}
        self.answers |= {"GOUFU_CONTRACTS_TREASURY_TOKEN": TREASURY_TOKEN, "GOUFU_CHECKPOINT_KEY": ""}
        (self.folder / "secrets").mkdir(mode=0o700)
        self._write_secrets(self.answers)
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in known.items()))

    def _write_secrets(self, given: Mapping[str, str]) -> None:
        for name, value in given.items():
            (self.folder / "secrets" / name).write_text(value)
            (self.folder / "secrets" / name).chmod(0o644)

    def shown(self) -> list[str]:
        """The containers of which `docker inspect` shows a secret, or whose process has one in its environment; to
        PostgreSQL's own its entry point may hand one on."""
        known = [value.encode() for value in self.answers.values() if value]
        found = []
        for name, each in self.containers().items():
            told = self.engine.docker("inspect", each.id).encode()
            if each.pid and name != "postgres":
                told += Path(f"/proc/{each.pid}/environ").read_bytes()
            if any(secret in told for secret in known):
                found.append(name)
        return found

    def compose(self, *arguments: str, seconds: float = 300) -> str:
        """What `docker compose` says. Raises CommandFailed."""
        files = ("--file", "docker-compose.yml", "--file", "tests/containers/sandbox.yml")
        command = (self.engine.program, "compose", *files, *arguments)
        return self._commands.run(*command, folder=self.folder, seconds=seconds)

    def upgrade(self) -> float:
        """What the operator does with a new release; returns the seconds that took."""
        script, began = ("bash", "deploy/compose/upgrade.sh"), time.monotonic()
        programs = {"PATH": f"{Path(self.engine.program).parent}:{os.environ['PATH']}"}
        files = {"COMPOSE_FILE": "docker-compose.yml:tests/containers/sandbox.yml"}
        self._commands.run(*script, folder=self.folder, environment=programs | files, seconds=900)
        return time.monotonic() - began

    def goufu(self, *arguments: str, seconds: float = 300) -> str:
        """What an operator's command says, run in a container of its own."""
        return self.compose("run", "--rm", "-T", "migrate", *arguments, seconds=seconds)

    def images(self) -> list[str]:
        """Those that somebody else makes: the services', and the one that ours is built on."""
        told = json.loads(self.compose("config", "--format", "json"))["services"]
        built = [each["build"]["args"]["PYTHON_IMAGE"] for each in told.values() if "build" in each]
        return sorted({each["image"] for each in told.values() if each["image"] != "goufu:local"} | set(built))

    def bring_up(self) -> None:
        """Build, migrate, start, wait until all are well."""
        self.compose("build", seconds=600)
        urls = self.goufu("migrate", "--show-urls", seconds=240)
        printed = dict(line.split("=", 1) for line in urls.splitlines())
        self._write_secrets(printed)
        self.answers |= printed
        self.up()

    def up(self) -> float:
        """Starts what does not run as its files say; returns the seconds until all were well."""
        self.compose("up", "--detach", seconds=300)
        return self.healthy()

    def healthy(self) -> float:
        """Waits until all containers are well; returns the seconds that took. Raises CommandFailed with those that are
        not, and the end of their logs."""
        return wait_until("all containers are well", lambda: not self.sick(), _HEALTHY_SECONDS)

    def sick(self) -> list[str]:
        return [name for name, each in self.containers().items() if not each.well]

    def containers(self) -> dict[str, Container]:
        """Every service's container."""
        ids = self.engine.docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={_LABEL}.project=goufu")
        found = {}
        for each in json.loads(self.engine.docker("inspect", *ids.split())) if ids else []:
            container = _read(each)
            if each["Config"]["Labels"].get(f"{_LABEL}.oneoff") != "True":
                found[container.service] = container
        return found

    def kill(self, *services: str) -> None:
        """The first process of each dies, as when it crashes or the machine's memory is at its end; its restart policy
        brings it back."""
        containers = self.containers()
        for service in services:
            os.kill(containers[service].pid, signal.SIGKILL)

    def cut(self, service: str) -> None:
        """Takes the container from the network."""
        self.engine.docker("network", "disconnect", "goufu_default", self.containers()[service].id)

    def join(self, service: str) -> None:
        self.engine.docker("network", "connect", "--alias", service, "goufu_default", self.containers()[service].id)

    def lose(self, service: str) -> None:
        """The container is gone, and its data with it."""
        self.compose("rm", "--stop", "--force", service)
        self.engine.docker("volume", "rm", f"goufu_{service}")

    def orders(self) -> list[str]:
        """The payment orders that reached the treasury."""
        said = self.engine.docker("logs", self.containers()["outside"].id)
        return [line for line in said.splitlines() if line.startswith("order ")]

    def tell_logs(self) -> None:
        """Writes down how every container is, and the end of its log."""
        for name, each in sorted(self.containers().items()):
            self._commands.note(f"## {name}: {each.state} {each.health} {each.exit_code}")
            self.engine.tried("logs", "--tail", "40", each.id)

    def take_down(self) -> None:
        """Everything away, data included. After containers were killed and cut off the engine at times still counts one
        that is gone as its network's and keeps the network: then what it counts is disconnected, and asked again, as an
        operator would. Raises CommandFailed."""
        down = ("down", "--volumes", "--remove-orphans", "--timeout", "30")
        for pause in (0.0, 3.0, 10.0):
            time.sleep(pause)
            try:
                self.compose(*down, seconds=180)
                return
            except CommandFailed as error:
                failed = error
            for network in json.loads(self.engine.tried("network", "inspect", "goufu_default") or "[]"):
                for each in network["Containers"].values():
                    self.engine.tried("network", "disconnect", "--force", "goufu_default", each["Name"])
        raise failed

    def left(self) -> list[str]:
        """What is still there of it."""
        label = ("--quiet", "--filter", f"label={_LABEL}.project=goufu")
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return [name for kind in kinds for name in self.engine.docker(*kind, *label).split()]


_LABEL: Final = "com.docker.compose"


def _read(told: dict[str, Any]) -> Container:
    networks = told["NetworkSettings"]["Networks"]
    return Container(
        id=told["Id"],
        service=told["Config"]["Labels"][f"{_LABEL}.service"],
        image=told["Image"],
        state=told["State"]["Status"],
        health=told["State"].get("Health", {}).get("Status", ""),
        exit_code=told["State"]["ExitCode"],
        pid=told["State"]["Pid"],
        address=next((each["IPAddress"] for each in networks.values() if each["IPAddress"]), ""),
    )
