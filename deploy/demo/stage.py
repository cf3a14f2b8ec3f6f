"""Where the demonstration plays: the deployment, its people, its clock, and the table that is printed.

Everything the story does goes through the public APIs with the token of the person who does it; only the first
administrator of posts and the sandbox clock are set by the operator.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from datetime import time as daytime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from rich.console import Console

from deploy.deployment import Deployment
from deploy.local.kafka import PrivateKafka
from deploy.serve import worker
from shared.events import SERVICES
from shared.road.consumer import sources
from shared.routes import road_state
from shared.work.database import SHANGHAI

PATIENCE_SECONDS = 40.0


class StoryError(Exception):
    """The story did not go as written; the message says at which request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API."""

    status: int
    headers: httpx.Headers
    json: Any

    @property
    def etag(self) -> str:
        return str(self.headers.get("etag", "*"))


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody in the story: what they are called in it, where they work, and their token."""

    stage: "Stage"
    title: str
    account: str
    person_id: UUID
    organisation: UUID
    token: str

    async def get(self, service: str, path: str, **parameters: Any) -> Any:
        """The JSON of a query. Raises StoryError unless it is answered."""
        reply = await self._send(service, "GET", path, params=parameters or None)
        if reply.status != 200:
            raise StoryError(f"{self.title}: GET {path}: {reply.status} {reply.json}")
        return reply.json

    async def do(self, service: str, path: str, body: Any = None, *, etag: str = "*") -> Any:
        """A command that must be allowed; returns its answer."""
        reply = await self.ask(service, path, body, etag=etag)
        if not 200 <= reply.status < 300:
            raise StoryError(f"{self.title}: POST {path}: {reply.status} {reply.json}")
        return reply.json

    async def ask(self, service: str, path: str, body: Any = None, *, etag: str = "*") -> Reply:
        """A command, whatever its answer; sent again with the same key while the answer is lost or not to be had. A
        body of bytes is sent as it is."""
        headers = {"idempotency-key": uuid4().hex, "if-match": etag}
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        fault = self.stage.trouble.fault(service, path)
        if fault is not None:
            try:
                await self._once(service, "POST", path, headers={**headers, "goufu-fault": fault}, **sent)
            except httpx.TransportError:
                await self.stage.trouble.recover(service)
        return await self._send(service, "POST", path, headers=headers, **sent)

    async def upload(self, service: str, text: str) -> str:
        """Uploads a paper, here a line of text; returns its SHA-256 in hex, by which commands name it."""
        stored = await self.do(service, "/v1/documents", text.encode())
        return str(stored["sha256"])

    async def refused(self, service: str, path: str, body: Any = None, *, clause: str) -> dict[str, Any]:
        """A command that must be refused by this clause; returns the finding."""
        reply = await self.ask(service, path, body)
        found = [f for f in reply.json.get("findings", []) if f["clause"] == clause]
        if reply.status != 422 or not found:
            raise StoryError(f"{self.title}: POST {path}: {clause} was to refuse, not {reply.status} {reply.json}")
        return dict(found[0])

    async def _once(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> httpx.Response:
        given = {"authorization": f"Bearer {self.token}", "accept-language": "zh", **(headers or {})}
        return await self.stage.clients[service].request(method, path, headers=given, **rest)

    async def _send(self, service: str, method: str, path: str, **rest: Any) -> Reply:
        end = time.monotonic() + self.stage.patience
        while True:
            try:
                answer = await self._once(service, method, path, **rest)
            except httpx.TransportError as error:
                if time.monotonic() > end:
                    raise StoryError(f"{self.title}: {method} {path}: {error}") from error
            else:
                if answer.status_code != 503 or time.monotonic() > end:
                    return Reply(answer.status_code, answer.headers, answer.json() if answer.content else None)
            await asyncio.sleep(0.2)


class Trouble:
    """What goes wrong while the story plays: here nothing. Tests give one that kills processes."""

    def fault(self, service: str, path: str) -> str | None:
        """The point at which the service is to die in the next command, if at all."""
        return None

    async def recover(self, service: str) -> None:
        """Brings the service back after such a death."""


@dataclass
class Stage:
    """The deployment with everyone in it."""

    deployment: Deployment
    console: Console
    trouble: Trouble = field(default_factory=Trouble)
    broker: PrivateKafka | None = None
    patience: float = PATIENCE_SECONDS
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def __aenter__(self) -> "Stage":
        self._admin = await asyncpg.connect(self.deployment.admin_url)
        await self._admin.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        for service in SERVICES:
            self.clients[service] = httpx.AsyncClient(base_url=self.deployment.url(service), timeout=20)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self.clients.values():
            await client.aclose()
        await self._admin.close()

    async def day(self, day: date, hour: int = 9) -> None:
        """Moves the sandbox clock forward and gives the sweepers a turn."""
        moment = datetime.combine(day, daytime(hour), SHANGHAI)
        await self._admin.execute("UPDATE sandbox.clock SET ahead = $1::timestamptz - clock_timestamp()", moment)
        await asyncio.sleep(1.2)
        await self.settled()
        self.console.print(f"\n[bold]{day.isoformat()}[/bold]")

    async def settled(self) -> None:
        """Waits until every event has been sent and taken in by everyone who listens."""
        end = time.monotonic() + self.patience
        before: object = None
        while True:
            states: dict[str, Any] = {name: await road_state(self._admin, name) for name in SERVICES}
            quiet = all(
                not state["unsent"]
                and all(states[source]["events"] == state["copies"].get(source, 0) for source in heard_by(name))
                for name, state in states.items()
            )
            if quiet and states == before:
                break
            before = states if quiet else None
            if time.monotonic() > end:
                raise StoryError(f"events do not arrive: {states}")
            await asyncio.sleep(0.03)
        for name in [name for name, state in states.items() if state["parked"]]:
            rows = await self._admin.fetch(f"SELECT type, reason FROM {name}.held WHERE state = 'parked'")
            raise StoryError(f"{name} parked: {', '.join(f'{row[0]} ({row[1]})' for row in rows)}")

    async def order_taken(self, line_id: str) -> None:
        """Waits until the treasury has the order of this line; here is none that takes any."""

    async def until(self, question: Callable[[], Awaitable[Any]], expected: Any) -> None:
        """Asks until the answer is as expected."""
        end = time.monotonic() + self.patience
        while (answer := await question()) != expected:
            if time.monotonic() > end:
                raise StoryError(f"expected {expected!r}, found {answer!r}")
            await asyncio.sleep(0.1)

    def token(self, account: str) -> str:
        settings = self.deployment.settings
        return self.deployment.issuer.token(account, audience=settings.audience, auth_time=datetime.now(UTC))

    def say(
        self, step: str, what: str, *, answer: Any = None, clause: str = "", money: str = "", desk: str = ""
    ) -> None:
        """One line: what happened, by which clauses (as the answer explains), how much, whose desk is next."""
        columns = (
            f"[cyan]{clause or cited(answer)}[/cyan]",
            f"[green]{money or '—'}[/green]",
            f"[dim]→ {desk or '—'}[/dim]",
        )
        self.console.print(f"  [bold]{step}[/bold] {what} ·", " · ".join(columns), soft_wrap=True)

    def refusal(self, number: int, what: str, finding: dict[str, Any]) -> None:
        facts = ", ".join(f"{name}={value}" for name, value in finding["facts"].items())
        self.console.print(
            f"  [bold red]✗ refused {number}[/bold red] {what}\n"
            f"      [cyan]{finding['article']}[/cyan] ({finding['clause']}) {finding['message']} [dim]{facts}[/dim]",
            soft_wrap=True,
        )


def cited(answer: Any) -> str:
    """The articles that allowed a command, from its answer's `explain`: the first two, and how many more."""
    found = list(dict.fromkeys(one["article"] for one in (answer or {}).get("explain", []) if one["satisfied"]))
    more = f" 等 {len(found)} 条" if len(found) > 2 else ""
    return "、".join(found[:2]) + more if found else "—"


@cache
def heard_by(service: str) -> frozenset[str]:
    """The services that a service listens to."""
    listening = worker(service)
    return sources(service, listening.copies, listening.reactions)


def yuan(amount: Decimal | str) -> str:
    return f"{Decimal(amount):,.2f}"


def bullet(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(f"      · {line}", soft_wrap=True)
