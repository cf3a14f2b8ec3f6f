"""Changes of what is known of organisations, and its versions, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(begins="proposed confirmed", proposed="confirmed withdrawn")
class ChangeState(StrEnum):
    """A weighty change counts once another person has confirmed it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class OrganisationChange(Aggregate):
    """New facts of an organisation and what they were `before`, as JSON holds them; whose place it takes in which
    manner, or how it leaves; from which day on (None: a slip of the version that stands is corrected)."""

    state: ChangeState
    weighty: bool
    facts: dict[str, Any]
    before: dict[str, Any]
    successor_of: UUID | None
    manner: str | None
    departure: str | None
    valid_from: date | None
    reason: str
    document_hash: str
    proposed_by: UUID
    confirmed_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class OrganisationVersion(Record):
    """What was known of an organisation from a day on (None: since its registration), by which change."""

    organisation: UUID
    number: int
    valid_from: date | None
    facts: dict[str, Any]
    title_folded: str
    change_id: UUID | None
    document_hash: str | None
