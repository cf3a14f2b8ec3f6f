"""Erasures of what identifies a person, and what the services answered."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.registry.persons.records import AboutPerson
from shared.work.records import Record


@dataclass(frozen=True, kw_only=True)
class Erasure(AboutPerson):
    """What identifies a person is to be erased; the reason stays on record and names nobody."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class ServiceAnswer(Record):
    """The last day of which a service's record tells of a matter of the person; None: there is none."""

    erasure_id: UUID
    service: str
    last_recorded_on: date | None
