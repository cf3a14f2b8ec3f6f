"""Timelines: which positions of a source count.

A source counts its positions and the versions of its keys within a timeline. When its database is restored from a
backup, it gives positions a second time: a new timeline then begins after the last position that both have, and what
the old one had published beyond it is lost. Every service keeps the timelines of every source in the table
`timelines`, which `goufu migrate` and `goufu restore-finish` fill.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from shared.bus import BusUnavailable
from shared.bus.records import Arrived, Heartbeat
from shared.process.telemetry import UNBELIEVED

log = structlog.get_logger(__name__)

_KNOWN = "SELECT source, id, last FROM timelines"
_PRESENT = "SELECT id FROM timelines WHERE source = $1 AND last IS NULL"


class UnknownTimeline(BusUnavailable):
    """A source sends in a timeline that this service has not been told of; whoever reads waits until it is told."""


async def present(connection: Any, service: str) -> UUID:
    """The timeline in which this service sends. Raises UnknownTimeline before the first migration."""
    found: UUID | None = await connection.fetchval(_PRESENT, service)
    if found is None:
        raise UnknownTimeline(f"{service} has no timeline: run `goufu migrate`")
    return found


class Timelines:
    """What one consumer knows of the timelines of its sources."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, UUID], int | None] = {}

    async def counting(self, connection: Any, events: Sequence[Arrived]) -> list[Arrived]:
        """The events without those of a lost stretch. Raises UnknownTimeline."""
        await self._learn(connection, {(e.source, e.timeline) for e in events if e.timeline is not None})
        return [event for event in events if self._counts(event)]

    async def presents(self, connection: Any, beats: Sequence[Heartbeat]) -> list[Heartbeat]:
        """The heartbeats of present timelines. Raises UnknownTimeline."""
        await self._learn(connection, {(beat.service, beat.timeline) for beat in beats})
        return [beat for beat in beats if self._last[beat.service, beat.timeline] is None]

    async def _learn(self, connection: Any, named: set[tuple[str, UUID]]) -> None:
        if named <= self._last.keys():
            return
        self._last = {(row["source"], row["id"]): row["last"] for row in await connection.fetch(_KNOWN)}
        if unknown := named - self._last.keys():
            source, timeline = min(unknown)
            raise UnknownTimeline(f"{source} sends in the timeline {timeline}, unknown here: run `goufu migrate`")

    def _counts(self, event: Arrived) -> bool:
        if event.timeline is None:
            return True
        last = self._last[event.source, event.timeline]
        if last is None or event.position <= last:
            return True
        UNBELIEVED.labels(event.source, "lost").inc()
        log.warning("lost_event_left_out", source=event.source, event_id=str(event.id), position=event.position)
        return False
