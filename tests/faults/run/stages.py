"""Sixteen stages on one deployment: each client waits for what follows from its own purchase; all share one clock."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as daytime
from typing import Any
from uuid import UUID

import asyncpg
from rich.console import Console

from deploy.demo.stage import Stage, StoryError, heard_by
from shared.events import SERVICES
from shared.work.database import SHANGHAI
from tests.faults.run.history import History, Over

SOON = 0.15
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_TIDE = " UNION ALL ".join(
    f"SELECT '{s}' AS service, 'events' AS what, '' AS source, count(*) AS n FROM {s}.journal j WHERE kind = 'event'"
    f" AND NOT EXISTS (SELECT FROM {s}.sealed_queue q WHERE q.entry = j.id)"
    f" UNION ALL SELECT '{s}', 'received', source, received FROM {s}.sources"
    f" UNION ALL SELECT '{s}', 'held', '', count(*) FROM {s}.held"
    for s in SERVICES
)
_OWN = "SELECT " + " + ".join(f"(SELECT count(*) FROM {s}.journal WHERE organisation = $1)" for s in SERVICES)


class Observer:
    """Reads past the services, on a connection of the administrator that comes back when the server does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._turn = asyncio.Lock()
        self._tide: dict[tuple[str, str, str], int] = {}
        self._seen_at = 0.0

    async def ask(self, statement: str, *arguments: Any) -> list[Any]:
        """The rows; asked again until the server answers."""
        while True:
            async with self._turn:
                try:
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await asyncpg.connect(self._url, timeout=5, command_timeout=20)
                    return list(await self._connection.fetch(statement, *arguments))
                except AWAY:
                    if self._connection is not None:
                        self._connection.terminate()
                    self._connection = None
            await asyncio.sleep(0.3)

    async def tide(self) -> dict[tuple[str, str, str], int]:
        """How many events each service has written, received of each other, and holds back; as of a moment ago."""
        asked = time.monotonic()
        if self._seen_at < asked - SOON:
            rows = await self.ask(_TIDE)
            self._tide = {(row["service"], row["what"], row["source"]): row["n"] for row in rows}
            self._seen_at = asked
        return self._tide

    async def late(self, said: dict[tuple[str, str, str], int]) -> list[str]:
        """Who has not yet heard what had been said by then, and who holds something back."""
        tide = await self.tide()
        late = [f"{service} holds {n}" for (service, what, _), n in tide.items() if what == "held" and n]
        for service in SERVICES:
            for source in heard_by(service):
                lacks = said[source, "events", ""] - tide.get((service, "received", source), 0)
                if lacks > 0:
                    late.append(f"{service} lacks {lacks} of {source}")
        return late

    async def entries_of(self, organisation: UUID) -> int:
        """How many entries all journals hold of this organisation."""
        [row] = await self.ask(_OWN, organisation)
        return int(row[0])

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


class Calendar:
    """The sandbox clock. It goes on to the earliest day that somebody waits for, when everybody waits."""

    def __init__(self, move: Callable[[datetime], Awaitable[None]], clients: int) -> None:
        self._move = move
        self._clients = clients
        self._now = datetime.min.replace(tzinfo=SHANGHAI)
        self._waiting: list[tuple[datetime, asyncio.Event]] = []
        self._over = False

    async def reach(self, moment: datetime) -> None:
        """Waits for that moment. Raises Over."""
        if moment > self._now and not self._over:
            come = asyncio.Event()
            self._waiting.append((moment, come))
            await self._go_on()
            await come.wait()
        if self._over:
            raise Over

    @property
    def over(self) -> bool:
        return self._over

    @property
    def now(self) -> datetime:
        return self._now

    def wake(self) -> None:
        """Whoever waits for a day looks around: what it waits for was taken back."""
        waiting, self._waiting = self._waiting, []
        for _, come in waiting:
            come.set()

    async def leave(self) -> None:
        """A client plays no more."""
        self._clients -= 1
        await self._go_on()

    def end(self) -> None:
        """Nobody is to wait any more."""
        self._over = True
        for _, come in self._waiting:
            come.set()

    async def _go_on(self) -> None:
        if not self._waiting or len(self._waiting) < self._clients or self._over:
            return
        moment = min(moment for moment, _ in self._waiting)
        await self._move(moment)
        self._now = moment
        for _, come in [one for one in self._waiting if one[0] <= moment]:
            come.set()
        self._waiting = [one for one in self._waiting if one[0] > moment]


@dataclass
class ClientStage(Stage):
    """A client's own stage: it waits for what follows from its own purchase, and prints nothing."""

    console: Console = field(default_factory=lambda: Console(file=io.StringIO(), quiet=True))
    observer: Observer | None = None
    calendar: Calendar | None = None
    street: UUID | None = None
    history: History | None = None

    async def day(self, day: date, hour: int = 9) -> None:
        assert self.calendar is not None
        await self.calendar.reach(datetime.combine(day, daytime(hour), SHANGHAI))
        await self.settled()

    def in_a_week(self) -> date:
        assert self.calendar is not None
        return self.calendar.now.date() + timedelta(days=7)

    async def settled(self) -> None:
        """Waits until whatever was said has been heard by all who listen, and nothing of this street follows."""
        assert self.observer is not None
        before = -1
        end = time.monotonic() + self.patience
        while True:
            await asyncio.sleep(SOON)
            said = await self.observer.tide()
            self._stands()
            while late := await self.observer.late(said):
                self._stands()
                if self.calendar is not None and self.calendar.over:
                    raise Over
                if time.monotonic() > end:
                    raise StoryError(f"events do not arrive: {', '.join(late)}")
                await asyncio.sleep(SOON)
            found = await self.observer.entries_of(self.street) if self.street else 0
            if found == before or self.street is None:
                return
            before = found

    def _stands(self) -> None:
        if self.history is not None:
            self.history.stands()

    def say(self, step: str, what: str, **_: Any) -> None:
        """Nothing: the audience is the checker."""

    def refusal(self, number: int, what: str, finding: dict[str, Any]) -> None:
        """Nothing as well."""
