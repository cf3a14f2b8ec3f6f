"""Clients that propose projects while the connections of every process are cut; what they were answered is kept."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from shared.events.registry import PurchaserRegistered
from shared.work.database import SHANGHAI
from tests.catalog.examples import ZHUHAI, ZHUHAI_SHEET, a_directory, nothing_negative
from tests.support.journey import Journey
from tests.support.world import Person, Reply

_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
    " WHERE datname = $1 AND usename <> current_user ORDER BY random() LIMIT $2) struck"
)


@dataclass
class Load:
    """What some clients were answered. `ids` has the project that each Idempotency-Key made, None while unknown."""

    journey: Journey
    planner: Person
    proposal: dict[str, Any]
    statuses: Counter[int] = field(default_factory=Counter)
    ids: dict[str, UUID | None] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    async def make(self) -> str:
        """A project more; its key."""
        key = uuid4().hex
        self.ids[key] = None
        await self.propose(key)
        return key

    async def propose(self, key: str) -> bool:
        """True when answered for good."""
        reply = await self._sent(self.planner.post("catalog", "/v1/projects", self.proposal, key=key))
        if reply is not None and reply.status == 201:
            made = UUID(reply.json["id"])
            if self.ids[key] not in (None, made):
                self.wrong.append(f"two answers under one key: {self.ids[key]}, {made}")
            self.ids[key] = made
        return self.ids[key] is not None

    async def go_on(self, told_to_stop: asyncio.Event) -> None:
        """One client: a command, its repetition while unanswered, and two queries in between."""
        while not told_to_stop.is_set():
            key = await self.make()
            await self._sent(self.planner.get("catalog", "/v1/projects", limit=1))
            await self._sent(self.planner.get("catalog", "/readyz"))
            await self.propose(key)

    async def _sent(self, request: Any) -> Reply | None:
        try:
            reply: Reply = await request
        except httpx.TransportError as error:
            self.wrong.append(f"{type(error).__name__} of an API that should live")
            return None
        self.statuses[reply.status] += 1
        if reply.status == 503 and "retry-after" not in reply.headers:
            self.wrong.append("503 without Retry-After")
        if reply.status not in (200, 201, 409, 503):
            self.wrong.append(f"{reply.status}: {reply.body.decode()[:300]}")
        return reply


async def a_load(journey: Journey) -> Load:
    """A directory in force and a planner who proposes under it."""
    street, bureau = uuid4(), uuid4()
    in_force = datetime(2022, 3, 1, 9, tzinfo=SHANGHAI)
    await journey.admin.execute("UPDATE sandbox.clock SET ahead = $1::timestamptz - clock_timestamp()", in_force)
    titled = {"title": "云澳街道办事处", "kind": "street_office"}
    await journey.emit("registry", PurchaserRegistered(jurisdiction=ZHUHAI, organisation=street, **titled))
    known = "SELECT count(*) AS n FROM catalog.purchasers WHERE id = $1"
    await journey.eventually(lambda: journey.rows(known, street), [{"n": 1}])
    await a_directory(journey, ZHUHAI, ZHUHAI_SHEET, bureau)  # type: ignore[arg-type]
    planner = await journey.person("planner", duties={"propose_project"}, organisation=street, jurisdiction=ZHUHAI)
    proposal = {
        "jurisdiction": ZHUHAI,
        "organisation": str(street),
        "title": "社区心理咨询服务",
        "way": "community_vote",
        "item": "2.04",
        "nature": "deliverable",
        "estimate": "220000.00",
        "need_origin": "public_service",
        "details": {
            "leads": ["party_organisation", "residents_committee"],
            "marks": {"inclusive": "面向全体居民"},
        },
        "negative_declaration": await nothing_negative(planner, ZHUHAI),
    }
    return Load(journey, planner, proposal)


async def cut(journey: Journey, times: int, seconds: float) -> int:
    """Ends so many connections of any process, at random, spread over the time; how many there were to end."""
    admin = await asyncpg.connect(journey.deployment.admin_url)
    database = await admin.fetchval("SELECT current_database()")
    ended, began = 0, time.monotonic()
    try:
        while ended < times:
            due = int(times * min(1.0, (time.monotonic() - began) / seconds)) if seconds else times
            if due > ended:
                ended += await admin.fetchval(_CUT, database, due - ended)
            await asyncio.sleep(0.02)
    finally:
        await admin.close()
    return ended


async def under_load(load: Load, trouble: Callable[[], Any], clients: int = 4) -> None:
    """The trouble, while some clients go on; afterwards what they do not know is asked again."""
    stop = asyncio.Event()
    running = [asyncio.create_task(load.go_on(stop)) for _ in range(clients)]
    try:
        await trouble()
    finally:
        stop.set()
        await asyncio.gather(*running)
    for key in load.ids:
        await load.journey.eventually(lambda key=key: load.propose(key), True)  # type: ignore[misc]


def processes(journey: Journey) -> dict[str, int | None]:
    """The process id of each that runs."""
    deployment = journey.deployment
    names = [f"{service}-{kind}" for service in deployment.ports for kind in ("api", "worker")]
    return {name: deployment.pid(name) if deployment.running(name) else None for name in names}
