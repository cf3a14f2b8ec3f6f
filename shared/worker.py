"""A service's second process: relay, consumer, deadlines and errands, side by side until one is told to stop."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import uvloop

from shared import bus
from shared.errands.deadlines import Kinds, Sweeper
from shared.errands.dispatches import Adapter, Dispatcher
from shared.errands.retention import Retention
from shared.events import SERVICES, checkpoints_of, heartbeats_of, topic_of
from shared.fields.calendar import default_calendar
from shared.process.settings import Settings
from shared.process.telemetry import configure_logs
from shared.road.checkpoints import Checkpoints
from shared.road.consumer import Consumer, Copy, Reaction
from shared.road.migrations import metadata_of
from shared.road.relay import Relay
from shared.web.http import open_store
from shared.work.database import Database
from shared.work.refusals import Summaries


@dataclass(frozen=True, slots=True)
class Worker:
    """What a service does besides answering requests; its tables say it all."""

    service: str
    copies: Sequence[Copy] = ()
    reactions: Sequence[Reaction] = ()
    deadlines: Kinds = field(default_factory=dict)
    adapters: Mapping[str, Adapter] = field(default_factory=dict)

    async def run(self, settings: Settings) -> None:
        """Runs until cancelled. Raises SettingsError, and CalendarError for a calendar that cannot be read, before
        anything is begun."""
        default_calendar()
        settings.refuse_memory()
        database = Database(self.service, settings.url(self.service), size=2)
        connection = bus.connect(settings.bus_url(self.service), settings.bus_login())
        prefix, tags = settings.topic_prefix, settings.tags
        checkpoints, store = Checkpoints(database, settings), open_store(settings.documents)
        await database.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(Relay(database, connection, tags, prefix).run())
                tasks.create_task(Consumer(database, connection, self.copies, self.reactions, tags, prefix).run())
                tasks.create_task(Sweeper(database, self.deadlines).run())
                tasks.create_task(Dispatcher(database, self.adapters).run())
                tasks.create_task(Summaries(database).run())
                tasks.create_task(Retention(database, metadata_of(self.service), store).run())
                tasks.create_task(checkpoints.run(connection))
        finally:
            await connection.close()
            await database.close()


async def ensure_topics(settings: Settings, service: str) -> None:
    """Creates the topics, or checks that they have the partitions they must have."""
    connection = bus.connect(settings.bus_url(service), settings.bus_login())
    try:
        await make_topics(connection, settings.topic_prefix)
    finally:
        await connection.close()


async def make_topics(connection: bus.Bus, prefix: str) -> None:
    """The same on a bus that is there already."""
    names = [topic_of(name, prefix) for name in (*SERVICES, "public")]
    await connection.ensure_topics([*names, *(checkpoints_of(name, prefix) for name in SERVICES)])
    await connection.ensure_topics([heartbeats_of(name, prefix) for name in SERVICES], retention_ms=600_000)


def main(worker: Worker, settings: Settings) -> None:
    """Runs the worker as a process: SIGTERM ends it cleanly, and leaves its group."""
    configure_logs(settings.log_level)
    uvloop.run(_until_told(worker, settings))


async def _until_told(worker: Worker, settings: Settings) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await worker.run(settings)
