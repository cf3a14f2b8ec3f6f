"""A process that is told to end: who waits is answered, who comes is answered or refused, and it ends soon.

What is promised of a restart: whatever connection the process takes gets its answer; one that is refused may be made
again, to another process of the service. Real processes and real sockets.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from deploy.deployment import Process
from deploy.local.ports import free_ports
from shared.web.issuer import ISSUER
from tests.support.world import Person, World

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8


class Launcher:
    """Starts APIs of registry from one process that has everything imported, so that a restart costs no seconds."""

    def __init__(self, program: asyncio.subprocess.Process, world: World, folder: Path) -> None:
        self._program = program
        self._world = world
        self._folder = folder
        self._started: list[Process] = []
        self._hearing = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        assert self._program.stdout is not None
        async for line in self._program.stdout:
            message = json.loads(line)
            self._started[message["order"]].note(message)

    async def api(self, port: int) -> "Api":
        """An API that answers."""
        world, number = self._world, len(self._started)
        api = Api(port, Process(), self._folder / f"{number}.log")
        environment = {
            "GOUFU_SANDBOX": "1",
            "GOUFU_JWKS": world.settings.jwks,
            "GOUFU_REGISTRY_URL": world.settings.url("registry"),
            "GOUFU_RATE": "1e6",  # few persons play the parts of many
            "GOUFU_BURST": "1e6",
            "PATH": os.environ["PATH"],
        }
        argv = ("serve", "registry", "--port", str(port))
        order = {"order": number, "argv": argv, "environment": environment, "log": str(api.log)}
        self._started.append(api.process)
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(order).encode() + b"\n")
        await api.ready()
        return api

    async def close(self) -> None:
        for process in self._started:
            if not process.ended.done():
                await process.signal(signal.SIGKILL)
                await process.ended
        assert self._program.stdin is not None
        self._program.stdin.close()
        await self._program.wait()
        await self._hearing


@dataclass(frozen=True)
class Api:
    port: int
    process: Process
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ready(self) -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                assert not self.process.ended.done(), self.log.read_text()
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        raise AssertionError(self.log.read_text())

    async def ended(self) -> float:
        """Tells it to end; returns after how many seconds it had."""
        began = time.monotonic()
        await self.process.signal(signal.SIGTERM)
        status = await asyncio.wait_for(asyncio.shield(self.process.ended), 30)
        assert status == 0, self.log.read_text()
        return time.monotonic() - began

    def levels(self) -> set[object]:
        """Of its log, each line of which is JSON."""
        return {json.loads(line)["level"] for line in self.log.read_text().splitlines()}


@pytest.fixture(scope="module")
async def launcher(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Launcher]:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.launcher", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    launcher = Launcher(program, world, tmp_path_factory.mktemp("stopping"))
    try:
        yield launcher
    finally:
        await launcher.close()


@pytest.fixture(scope="module")
async def reader(world: World) -> Person:
    return await world.person("reader", duties={"audit"})


def headers(person: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {person.token}"}


async def newest(client: httpx.AsyncClient) -> str:
    """The cursor behind which nothing has come yet."""
    cursor = ""
    while True:
        answer = await client.get("/v1/events", params={"limit": 200, **({"after": cursor} if cursor else {})})
        feed = answer.raise_for_status().json()
        if not feed["items"]:
            return str(feed["next"])
        cursor = feed["next"]


async def test_who_waits_for_events_is_answered_at_once_and_the_process_ends(
    launcher: Launcher, reader: Person
) -> None:
    api = await launcher.api(*free_ports(1))
    async with httpx.AsyncClient(base_url=api.url, headers=headers(reader), timeout=25) as client:
        cursor = await newest(client)
        feeds = [client.get("/v1/events", params={"after": cursor, "wait": 20}) for _ in range(10)]
        traces = [client.get(f"/v1/trace/{uuid4()}", params={"wait": 20}) for _ in range(10)]
        waiting = asyncio.gather(*feeds, *traces)
        await asyncio.sleep(0.5)
        seconds, answers = await asyncio.gather(api.ended(), waiting)

    assert [answer.status_code for answer in answers] == [200] * 20
    assert {answer.headers["connection"] for answer in answers} == {"close"}
    assert {answer.json()["next"] for answer in answers[:10]} == {cursor}
    assert seconds < 2
    assert api.levels() <= {"info"}


async def test_it_is_ready_no_more_while_it_still_listens(launcher: Launcher) -> None:
    api = await launcher.api(*free_ports(1))
    async with httpx.AsyncClient(base_url=api.url) as client:
        before = await client.get("/readyz")
        ending = asyncio.create_task(api.ended())
        await asyncio.sleep(0.3)
        after = await client.get("/readyz")
        await ending

    assert (before.status_code, before.headers.get("connection")) == (200, None)
    assert (after.status_code, after.json(), after.headers["connection"]) == (503, {"status": "ending"}, "close")


async def test_what_is_given_up_in_the_end_is_told_to_come_again(world: World, reader: Person) -> None:
    async with world.admin.transaction():
        await world.admin.execute("LOCK registry.accounts IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.create_task(world.clients["registry"].get("/v1/me", headers=headers(reader)))
        await asyncio.sleep(0.3)
        asked.cancel()
        answer = await asked

    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]


async def test_two_processes_are_restarted_in_turn_under_load_and_no_request_fails(
    world: World, launcher: Launcher, reader: Person
) -> None:
    body = await world.organisation("purchaser")
    administrator = await world.person("administrator", duties={"administer_posts"}, organisation=body)
    ports = free_ports(2)
    apis = [await launcher.api(port) for port in ports]
    outcomes: Counter[object] = Counter()
    loading = True

    async def once(client: httpx.AsyncClient, turn: int) -> object:
        for port in (ports[turn % 2], ports[1 - turn % 2]):
            address = f"http://127.0.0.1:{port}"
            try:
                if turn % 3:
                    return (await client.get(f"{address}/v1/me", headers=headers(reader))).status_code
                known = {"organisation": str(body), "jurisdiction": "4404/440402", "issuer": ISSUER}
                sent = {**headers(administrator), "idempotency-key": uuid4().hex}
                person = {**known, "account": f"loaded-{uuid4().hex}"}
                return (await client.post(f"{address}/v1/persons", json=person, headers=sent)).status_code
            except httpx.ConnectError:
                outcomes["refused"] += 1
            except httpx.TransportError as error:
                return repr(error)
        return "nobody listened"

    async def load(number: int) -> None:
        """One client. Every other one keeps its connections, as a gateway does."""
        limits = httpx.Limits(max_keepalive_connections=2 if number % 2 else 0)
        async with httpx.AsyncClient(limits=limits, timeout=20) as client:
            turn = number
            while loading:
                turn += 1
                outcomes[await once(client, turn)] += 1

    clients = [asyncio.create_task(load(number)) for number in range(CLIENTS)]
    for turn, port in enumerate(ports):
        await asyncio.sleep(0.2)
        await apis[turn].ended()
        apis[turn] = await launcher.api(port)
    loading = False
    await asyncio.gather(*clients)

    assert outcomes.keys() == {200, 201, "refused"}, outcomes
    assert outcomes[200] > 50
    [made] = await world.rows("SELECT count(*) FROM registry.private_logins WHERE account LIKE 'loaded-%'")
    assert made["count"] == outcomes[201] > 25
