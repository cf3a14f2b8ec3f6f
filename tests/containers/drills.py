"""What is done to the containers, and what must hold meanwhile and afterwards."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx

from shared.events import SERVICES
from tests.containers.city import City
from tests.containers.commands import wait_until
from tests.containers.stage import Composed

CUT_SECONDS = 10.0
WRITERS = 3


class Broken(Exception):
    """What must hold did not; the message says what."""


class Writers:
    """Commands through the gateway without a pause, while something is done to the containers: bodies are registered,
    each under one Idempotency-Key, sent again until it is answered. What was answered must be there, once."""

    def __init__(self, stage: Composed) -> None:
        self._stage = stage
        self._over = asyncio.Event()
        self._answered: list[str] = []
        self._run = uuid4().hex[:8]
        self._last = time.monotonic()
        self.longest = 0.0
        self.failed = 0

    async def __aenter__(self) -> "Writers":
        self._began = self._last = time.monotonic()
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(WRITERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await asyncio.gather(*self._tasks)

    async def _write(self, number: int) -> None:
        count = 0
        token = self._stage.token("administrator")
        async with httpx.AsyncClient(base_url=self._stage.deployment.url("registry"), timeout=10) as client:
            while not self._over.is_set():
                count += 1
                title = f"机构 {self._run} {number} {count}"
                body = {"title": title, "jurisdiction": "5101", "kind": "audit_body"}
                headers = {"authorization": f"Bearer {token}", "idempotency-key": uuid4().hex, "if-match": "*"}
                await self._answer(client, body, headers)
                self._answered.append(title)
                await asyncio.sleep(0.05)

    async def _answer(self, client: httpx.AsyncClient, body: dict[str, str], headers: dict[str, str]) -> None:
        end = time.monotonic() + self._stage.patience
        while True:
            try:
                answer = await client.post("/v1/bodies", json=body, headers=headers)
            except httpx.TransportError as error:
                told = repr(error)
            else:
                if answer.status_code == 201:
                    self.longest = max(self.longest, time.monotonic() - self._last)
                    self._last = time.monotonic()
                    return
                told = f"{answer.status_code} {answer.text[:200]}"
                if answer.status_code == 429:
                    await asyncio.sleep(float(answer.headers["retry-after"]))
                    continue
                if answer.status_code not in (409, 503):
                    raise Broken(f"a command was answered {told}")
            self.failed += 1
            if time.monotonic() > end:
                raise Broken(f"a command is not answered: {told}")
            await asyncio.sleep(0.2)

    async def check(self) -> str:
        """All that was answered is there, once. Raises Broken."""
        rows = await self._stage.watcher.ask(
            "SELECT title, count(*) AS n FROM registry.bodies WHERE title LIKE $1 GROUP BY title", f"机构 {self._run} %"
        )
        there = {row["title"]: row["n"] for row in rows}
        lost = [title for title in self._answered if title not in there]
        doubled = [title for title, count in there.items() if count > 1]
        if lost or doubled:
            raise Broken(f"{len(lost)} of {len(self._answered)} answered commands are lost, {len(doubled)} doubled")
        return (
            f"{len(self._answered)} commands answered, none lost or doubled, {self.failed} tries refused;"
            f" {self.longest:.1f} s without an answer"
        )


class Drills:
    """Strikes at the containers of a city; `restarts` counts those that came back."""

    def __init__(self, city: City, say: Callable[[str], None]) -> None:
        self._city = city
        self._say = say
        self.restarts = 0

    async def crash(self, *services: str) -> None:
        """They die as in a crash; their restart policies bring them back."""
        before = await asyncio.to_thread(self._city.containers)
        await asyncio.to_thread(self._city.kill, *services)
        took = await asyncio.to_thread(self._back, {name: before[name].pid for name in services})
        self.restarts += len(services)
        self._say(f"killed {', '.join(services)}: all well again after {took:.1f} s")

    def _back(self, pids: dict[str, int]) -> float:
        def back() -> bool:
            now = self._city.containers()
            return all(now[name].pid not in (0, pid) for name, pid in pids.items()) and all(
                c.well for c in now.values()
            )

        return wait_until(f"{', '.join(pids)} come back", back, 240.0)

    async def cut(self, service: str, seconds: float = CUT_SECONDS) -> None:
        """Nobody reaches it for a while."""
        await asyncio.to_thread(self._city.cut, service)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._city.join, service)
        took = await asyncio.to_thread(self._city.healthy)
        self._say(f"cut {service} off for {seconds:.0f} s: all well again after {took:.1f} s")

    async def storm(self) -> None:
        """One of each kind dies, one after the other; then the broker and the database are cut off."""
        for service in ("tendering-api", "contracts-worker", "gateway", "postgres", "kafka"):
            await self.crash(service)
        await self.cut("kafka")
        await self.cut("postgres")

    async def one_is_not_ready(self, service: str) -> None:
        """The gateway says so to whoever asks whether all is ready; it is alive all the same, and numbers each call."""
        async with httpx.AsyncClient(base_url=self._city.address, timeout=20) as client:
            told = [(await client.get("/readyz")).status_code]
            await asyncio.to_thread(self._city.compose, "stop", service)
            told += [(await client.get(path)).status_code for path in ("/readyz", "/livez")]
            await asyncio.to_thread(self._city.up)
            told.append((again := await client.get("/readyz")).status_code)
        if told != [200, 503, 200, 200] or not again.headers.get("x-request-id"):
            raise Broken(f"the gateway says of its readiness {told}, {dict(again.headers)}")
        self.restarts += 1
        self._say(f"the gateway knows that {service} was away")

    async def with_writers(self, stage: Composed, strike: Callable[[], Awaitable[None]]) -> None:
        """The strike under commands; afterwards everybody has heard what was answered."""
        async with Writers(stage) as writers:
            await asyncio.sleep(1)
            await strike()
            await asyncio.sleep(1)
        self._say(await writers.check())
        await stage.settled()

    async def power_cut(self) -> None:
        """Every container's first process dies in one moment."""
        services = [name for name, each in self._city.containers().items() if each.state == "running"]
        await self.crash(*(name for name in services if name != "outside"))

    async def lose_the_broker(self, stage: Composed) -> None:
        """Kafka's volume is lost with events that one service has not read; docs/recovery.md, A, brings them."""
        city, absent = self._city, "catalog"
        await asyncio.to_thread(city.compose, "stop", f"{absent}-worker")
        async with Writers(stage) as writers:
            await asyncio.sleep(2)
        self._say(await writers.check())
        await self._heard_by_all_but(absent, stage)
        await asyncio.to_thread(city.lose, "kafka")
        await asyncio.to_thread(city.up)
        late = await stage.watcher.late(await stage.watcher.tide())
        await asyncio.to_thread(city.goufu, "migrate")
        for service in SERVICES:
            await asyncio.to_thread(city.goufu, "road", "refill", service, "--wait", "120")
        await stage.settled()
        self.restarts += 2
        self._say(f"Kafka's volume was lost ({', '.join(late) or 'nothing lacked'}): refilled, and heard by all")

    async def _heard_by_all_but(self, absent: str, stage: Composed) -> None:
        end = time.monotonic() + stage.patience
        while True:
            late = await stage.watcher.late(await stage.watcher.tide())
            others = [one for one in late if not one.startswith(absent)]
            if late and not others:
                return
            if time.monotonic() > end:
                raise Broken(f"events do not arrive: {', '.join(others) or 'none that were missed'}")
            await asyncio.sleep(0.5)

    async def upgrade(self) -> None:
        """A line changes, and the operator's script takes it over: no command goes without its answer, and what did not
        change is not built or restarted again."""
        before = await asyncio.to_thread(self._city.containers)
        await asyncio.to_thread(self._change_a_line)
        layers = await asyncio.to_thread(self._layers)
        took = await asyncio.to_thread(self._city.upgrade)
        await asyncio.to_thread(self._city.healthy)
        after = await asyncio.to_thread(self._city.containers)
        replaced = {name for name in before if before[name].id != after[name].id}
        wanted = {f"{service}-{part}" for service in SERVICES for part in ("api", "worker")}
        if replaced != wanted:
            raise Broken(f"an upgrade replaced {sorted(replaced)}")
        new = [layer for layer in await asyncio.to_thread(self._layers) if layer not in layers]
        self.restarts += len(wanted)
        self._say(f"upgraded: {len(new)} new layers of the image; one process after the other in {took:.1f} s")

    def _change_a_line(self) -> None:
        file = self._city.folder / "shared/__init__.py"
        file.write_text(file.read_text() + "\n# The next version.\n")

    def _layers(self) -> list[str]:
        told = json.loads(self._city.engine.docker("image", "inspect", "goufu:local"))
        return [str(layer) for layer in told[0]["RootFS"]["Layers"]]

    async def nothing_changes(self) -> None:
        """Build and up without a change restart nothing."""
        before = await asyncio.to_thread(self._city.containers)
        await asyncio.to_thread(self._city.compose, "build", seconds=600)
        await asyncio.to_thread(self._city.up)
        after = await asyncio.to_thread(self._city.containers)
        replaced = [name for name in before if before[name].id != after[name].id and name != "migrate"]
        if replaced:
            raise Broken(f"a build without a change replaced {replaced}")
        self._say("built and started again without a change: nothing was replaced")
