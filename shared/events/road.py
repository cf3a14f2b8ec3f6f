"""What operators did behind the commands of a service: every service publishes these, none acts on them.

They are internal, belong to no purchase (each has a key of its own) and lie in the nation. A reason is what the
operator wrote down to answer for the act; it names no person.
"""

from datetime import datetime
from functools import cache
from typing import ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel

from shared.events import Audience, Event
from shared.fields.places import NATION

NOBODY = UUID(int=0)
"""The organisation of an act at the machine, where nobody logs in."""


class RoadEvent(Event):
    """Base of these. `service` is given where one is emitted."""

    audience: ClassVar[Audience] = "internal"

    jurisdiction: str = NATION
    organisation: UUID = NOBODY


class RestingEvent(RoadEvent):
    """About an event that rests: from where, which one, and the SHA-256 of what it holds."""

    key_field: ClassVar[str] = "event"
    subject_field: ClassVar[str] = "event"

    event: UUID
    source: str
    of_type: str
    of_key: UUID
    of_version: int
    sha256: str


class EventReplayAsked(RestingEvent):
    """A parked event is to be tried again."""

    name: ClassVar[str] = "event_replay_asked"

    asked_by: UUID


class EventSkipAsked(RestingEvent):
    """One person wants to leave a parked event out; another has to confirm it."""

    name: ClassVar[str] = "event_skip_asked"

    asked_by: UUID
    asked_because: str


class EventSkipped(RestingEvent):
    """Two persons left a parked event out. What it held is kept in the table `skipped`."""

    name: ClassVar[str] = "event_skipped"

    asked_by: UUID
    asked_because: str
    confirmed_by: UUID
    confirmed_because: str


class DispatchEvent(RoadEvent):
    """About an errand on its way out of the house: which one, and to whom."""

    key_field: ClassVar[str] = "dispatch"
    subject_field: ClassVar[str] = "dispatch"

    dispatch: UUID
    business_key: str
    channel: str
    asked_by: UUID
    asked_because: str


class DispatchRetryAsked(DispatchEvent):
    """One person wants an errand to be sent now; another has to confirm it."""

    name: ClassVar[str] = "dispatch_retry_asked"


class DispatchCancelAsked(DispatchEvent):
    """One person wants an errand never to be sent; another has to confirm it."""

    name: ClassVar[str] = "dispatch_cancel_asked"


class DispatchRetried(DispatchEvent):
    """Two persons had an errand sent now, or one that was cancelled sent after all."""

    name: ClassVar[str] = "dispatch_retried"

    confirmed_by: UUID
    confirmed_because: str


class DispatchCancelled(DispatchEvent):
    """Two persons cancelled an errand. `unsure`: its receiver may have taken it all the same."""

    name: ClassVar[str] = "dispatch_cancelled"

    confirmed_by: UUID
    confirmed_because: str
    unsure: bool


class RebuiltTable(BaseModel):
    """What a rebuild changed in a table: rows, and the SHA-256 over all of them before and after."""

    table: str
    restored: int
    corrected: int
    removed: int
    before: str
    after: str


class CopiesRebuilt(RoadEvent):
    """An operator had copies made anew from the sources' ledgers. `left_out`: events that could no longer be read."""

    name: ClassVar[str] = "copies_rebuilt"
    key_field: ClassVar[str] = "rebuild"
    subject_field: ClassVar[str] = "rebuild"

    rebuild: UUID
    tables: list[RebuiltTable]
    left_out: int


class TimelineBegan(RoadEvent):
    """A restored service counts on from `position`, the last that ledger and topic told alike, with its hash; `lost`
    are the events that it had published beyond; of what was under seal it knows nothing newer than `sealed_until`.
    Public, so that whoever follows the chain can go on."""

    name: ClassVar[str] = "timeline_began"
    audience: ClassVar[Audience] = "public"
    key_field: ClassVar[str] = "restore"
    subject_field: ClassVar[str] = "restore"

    restore: UUID
    timeline: UUID
    after: UUID
    position: int
    hash: str
    lost: list[UUID]
    sealed_until: datetime | None = None


class DatabaseMigrated(RoadEvent):
    """The tables of a service that has records were brought to another revision."""

    name: ClassVar[str] = "database_migrated"
    key_field: ClassVar[str] = "migration"
    subject_field: ClassVar[str] = "migration"

    migration: UUID
    from_revision: str
    to_revision: str


class AdministratorsAppointed(RoadEvent):
    """The operator named administrators of posts at a place, where fewer than two could log in: `known` could."""

    name: ClassVar[str] = "administrators_appointed"
    key_field: ClassVar[str] = "appointment"
    subject_field: ClassVar[str] = "appointment"

    appointment: UUID
    place: str
    persons: list[UUID]
    known: int


class ClockMoved(RoadEvent):
    """The clock of a sandbox was moved; the entry is the first at the new time."""

    name: ClassVar[str] = "clock_moved"
    key_field: ClassVar[str] = "move"
    subject_field: ClassVar[str] = "move"

    move: UUID
    was: str


R = TypeVar("R", bound=RoadEvent)


@cache
def of_service(kind: type[R], service: str) -> type[R]:
    """The event as that service publishes it."""
    return type(kind.__name__, (kind,), {"service": service, "__module__": __name__, "__doc__": kind.__doc__})
