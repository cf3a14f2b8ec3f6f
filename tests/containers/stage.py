"""The demonstration's stage on containers: every act goes through the gateway, as from a desk in the city hall.

What an operator may do besides — start and kill containers, move the sandbox clock — is done with the engine.
"""

import asyncio
import time
from dataclasses import replace
from datetime import date, datetime
from datetime import time as daytime
from types import SimpleNamespace
from typing import Any, Final, Self
from uuid import UUID

import asyncpg
import httpx
from rich.console import Console

from deploy.demo.stage import Player, Stage, StoryError
from shared.events import SERVICES
from shared.work.database import SHANGHAI
from tests.containers.city import City
from tests.faults.run.stages import AWAY, SOON, Observer

ADMINISTRATORS: Final = ("administrator", "administrator-2")
PATIENCE_SECONDS = 180.0


class Deployed:
    """What the story asks of a deployment."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.settings = SimpleNamespace(audience="goufu")
        self.issuer = city.issuer

    def url(self, service: str) -> str:
        return f"{self._city.address}/{service}"

    @property
    def admin_url(self) -> str:
        """Raises ConnectionError while PostgreSQL's container is cut off."""
        address, password = self._city.containers()["postgres"].address, self._city.answers["POSTGRES_PASSWORD"]
        if not address:
            raise ConnectionError("PostgreSQL has no address")
        return f"postgresql://goufu_admin:{password}@{address}:5432/goufu"

    async def kill(self, name: str) -> None:
        await asyncio.to_thread(self._city.kill, name)

    def start_worker(self, service: str) -> None:
        """Its restart policy has done so."""


class Watcher(Observer):
    """Reads past the services; it finds the server again where it has come back at another address."""

    def __init__(self, deployed: Deployed) -> None:
        super().__init__("")
        self._deployed = deployed

    async def ask(self, statement: str, *arguments: Any) -> list[Any]:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    url = await asyncio.to_thread(lambda: self._deployed.admin_url)
                    self._connection = await asyncpg.connect(url, timeout=5, command_timeout=20)
                return list(await self._connection.fetch(statement, *arguments))
            except AWAY as error:
                await self.close()
                if time.monotonic() > end:
                    raise StoryError(f"PostgreSQL does not answer: {error}") from error
            await asyncio.sleep(0.3)

    async def close(self) -> None:
        await super().close()
        self._connection = None


class Composed(Stage):
    """The story's stage; what it looks up in the database it asks of a watcher, because the server is killed."""

    def __init__(self, city: City, console: Console) -> None:
        self.deployed = Deployed(city)
        super().__init__(self.deployed, console, patience=PATIENCE_SECONDS)  # type: ignore[arg-type]  # as far as needed
        self.watcher = Watcher(self.deployed)

    async def __aenter__(self) -> Self:
        for service in SERVICES:
            self.clients[service] = httpx.AsyncClient(base_url=self.deployment.url(service), timeout=20)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self.clients.values():
            await client.aclose()
        await self.watcher.close()

    async def day(self, day: date, hour: int = 9) -> None:
        moment = datetime.combine(day, daytime(hour), SHANGHAI)
        await self.watcher.ask(
            "UPDATE sandbox.clock SET ahead = $1::timestamptz - clock_timestamp() RETURNING 1", moment
        )
        await asyncio.sleep(1.2)
        await self.settled()
        self.console.print(f"  {day.isoformat()}")

    async def settled(self) -> None:
        """Waits until every event has been taken in by everyone who listens, and nothing follows."""
        end, before = time.monotonic() + self.patience, None
        while True:
            tide = await self.watcher.tide()
            late = await self.watcher.late(tide)
            if not late and tide == before:
                return
            before = None if late else tide
            if time.monotonic() > end:
                raise StoryError(f"events do not arrive: {', '.join(late)}")
            await asyncio.sleep(2 * SOON)

    async def order_taken(self, line_id: str) -> None:
        """A receipt that comes first would be a payment by hand, and the order would not go."""
        left = (
            "SELECT count(*) FROM contracts.dispatches WHERE business_key LIKE $1 AND state IN ('waiting', 'sending')"
        )
        end = time.monotonic() + self.patience
        while (await self.watcher.ask(left, f"payment/{line_id}/%"))[0][0]:
            if time.monotonic() > end:
                raise StoryError(f"the treasury does not take the order of line {line_id}")
            await asyncio.sleep(SOON)

    def say(self, step: str, what: str, **_: Any) -> None:
        self.console.print(f"    {step} {what}", soft_wrap=True, markup=False)

    def refusal(self, number: int, what: str, finding: dict[str, Any]) -> None:
        self.console.print(f"    refused {number} {what}: {finding['clause']}", soft_wrap=True, markup=False)

    async def administrators(self) -> tuple[Player, Player]:
        """The first two, whom the operator has made, as the registry knows them."""
        one, two = [await self._found(account) for account in ADMINISTRATORS]
        return one, two

    async def _found(self, account: str) -> Player:
        nobody = Player(self, "系统管理员", account, UUID(int=0), UUID(int=0), self.token(account))
        me = await nobody.get("registry", "/v1/me")
        return replace(nobody, person_id=UUID(me["person_id"]), organisation=UUID(me["posts"][0]["organisation"]))
