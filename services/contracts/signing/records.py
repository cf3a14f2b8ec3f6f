"""What bars providers, as it is kept."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.work.records import Record


@dataclass(frozen=True, kw_only=True)
class BarTold(Record):
    """What bars a provider, where, from when on and until when, as the registry last told it."""

    provider_id: UUID
    cause: UUID
    jurisdiction: str
    rulebook: str
    clause: str
    from_day: date
    until_day: date | None
    source_version: int
