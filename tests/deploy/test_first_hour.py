"""An operator's first hour, as docs/operating.md tells it: its commands are run, and a city has its first project.

No container engine: `docker compose` starts the same commands with the environment that docker-compose.yml gives, on
PostgreSQL as the bus. What the page has from elsewhere, a token of each person, comes from an issuer of ours.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.local.ports import free_ports
from shared.events import SERVICES
from shared.process.settings import Settings
from shared.web.issuer import DevelopmentIssuer
from shared.work.database import WORKER_CONNECTIONS
from tests.deploy.test_compose import a_database

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operating.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LOGIN = "https://login.city.example/realms/city"
PEOPLE = ("wang", "li", "chen", "sun", "zhou", "wu", "he")

pytestmark = pytest.mark.long


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    with a_database(database_url, "ops_first_hour") as url:
        yield url


class Hour:
    """A folder with what the operator has: compose's files, a token of each person, a shell."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.ports: dict[str, int] = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        shutil.copy(ROOT / "docker-compose.yml", folder)
        shutil.copytree(ROOT / "deploy/compose", folder / "deploy/compose")
        issuer = DevelopmentIssuer(folder / "issuer", sandbox=True)
        for name in PEOPLE:
            (folder / f"{name}.token").write_text(issuer.token(name, audience="goufu", issuer=LOGIN))
        self._tell_place(database, issuer.jwks_path)
        (folder / "checkpoints").mkdir()
        programs = folder / "programs"
        programs.mkdir()
        (programs / "docker").write_text(
            f'#!/bin/sh\nshift\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.support.compose "$@"\n'
        )
        (programs / "docker").chmod(0o755)

    def _tell_place(self, database: str, jwks: Path) -> None:
        """What a container would have otherwise: where the database is, folders, and no Kafka."""
        ports: dict[str, int] = {}
        own: dict[str, dict[str, str]] = {"migrate": {"DATABASE_URL": database, "DATABASE_PASSWORD_FILE": ""}}
        for service in SERVICES:
            ports |= {f"{service}-api": self.ports[service], f"{service}-worker": 0}
            for part in ("api", "worker"):
                own[f"{service}-{part}"] = {"GOUFU_DOCUMENTS": f"file://{self.folder}/documents/{service}"}
        environment = {
            "GOUFU_BUS": "postgres",
            "GOUFU_JWKS": str(jwks),
            "GOUFU_RULEBOOKS": str(self.folder / "deploy/compose/rulebooks"),
            "GOUFU_CALENDAR": "",
            "GOUFU_CHECKPOINTS": str(self.folder / "checkpoints"),
            "GOUFU_METRICS_PORT": "",
            "GOUFU_HOST": "127.0.0.1",
            "GOUFU_PUBLIC_URL": "/{service}",
        }
        place = {"ports": ports, "environment": environment, "own": own}
        (self.folder / "place.json").write_text(json.dumps(place))

    async def run(self, script: str, gateway: str) -> str:
        environment = {
            "PATH": f"{self.folder}/programs:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "FIRST_HOUR": str(self.folder / "place.json"),
            "ISSUER": LOGIN,
            "GOUFU": gateway,
        }
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", script),
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        said, lines = "", process.stdout
        with suppress(TimeoutError):
            async with asyncio.timeout(240):
                async for line in lines:
                    said += line.decode()
                await process.wait()
        if process.returncode is None:
            process.kill()
        assert process.returncode == 0, f"{said[-3000:]}\n{self.logs()}"
        return said

    def logs(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()[-600:]}" for path in self.folder.glob("*.log"))

    def end(self) -> None:
        if (self.folder / "pids").exists():
            for pid in (self.folder / "pids").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGTERM)


def gateway(ports: dict[str, int]) -> Starlette:
    """As deploy/compose/gateway.conf: /catalog/v1/... goes to catalog as /v1/..., and all else nowhere."""
    client = httpx.AsyncClient(timeout=30)

    async def pass_on(request: Request) -> Response:
        service, _, rest = request.url.path.lstrip("/").partition("/")
        if service not in ports or not rest.startswith("v1/"):
            return Response(status_code=404)
        url = httpx.URL(f"http://127.0.0.1:{ports[service]}/{rest}", query=request.url.query.encode())
        headers = [(name, value) for name, value in request.headers.items() if name != "host"]
        answer = await client.request(request.method, url, headers=headers, content=await request.body())
        passed = {name: value for name, value in answer.headers.items() if name in ("content-type", "location")}
        return Response(answer.content, answer.status_code, passed)

    return Starlette(routes=[Route("/{path:path}", pass_on, methods=["GET", "POST"])])


async def test_a_stranger_comes_from_nothing_to_a_citys_first_project(database: str, tmp_path: Path) -> None:
    hour = Hour(tmp_path, database)
    [port] = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(gateway(hour.ports), port=port, log_config=None))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    tokens = f'token() {{ cat "{tmp_path}/$1.token"; }}\n'
    try:
        said = await hour.run(tokens + "\n".join(BLOCKS), f"http://127.0.0.1:{port}")
        taken = await connections(database)
    finally:
        hour.end()
        server.should_exit = True
        await serving

    assert len(taken) == len(SERVICES)
    assert max(taken) <= Settings().pool + WORKER_CONNECTIONS
    assert "missing 缺少: two administrators of posts" in said
    assert re.findall(r"(\w+) +whole 完整", said) == list(SERVICES)
    tasks, _ = json.JSONDecoder().raw_decode(said[said.rindex('[{"task"') :])
    assert [task["task"] for task in tasks] == ["review_project"]
    assert urlsplit(tasks[0]["path"]).path.startswith("/catalog/v1/projects/")
    connection = await asyncpg.connect(database)
    project = await connection.fetchrow("SELECT title, rulebook, state FROM catalog.projects")
    await connection.close()
    assert dict(project) == {
        "title": "桥东街道居家养老服务",
        "rulebook": "huizhou-2026@1:2026-01-01",
        "state": "proposed",
    }


async def connections(database: str) -> list[int]:
    """How many connections each service has, its API and its worker together."""
    asking = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'ops_first_hour_%' GROUP BY usename"
    connection = await asyncpg.connect(database)
    try:
        return [row["count"] for row in await connection.fetch(asking)]
    finally:
        await connection.close()


def test_what_is_no_command_of_the_page_is_an_example() -> None:
    marks = re.findall(r"^```(\w*)$", PAGE, re.MULTILINE)

    assert set(marks) == {"sh", "text", ""}
    assert marks.count("text") == 2
