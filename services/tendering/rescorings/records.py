"""Rescorings and what the panel said of them, as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(begins="asked", asked="open dropped", open="done dropped")
class RescoringState(StrEnum):
    """Whether the panel is asked about the fault, has found it, has scored anew, or the scores stand as they were."""

    ASKED = "asked"
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


LIVE = (RescoringState.ASKED, RescoringState.OPEN)


@dataclass(frozen=True, kw_only=True)
class Rescoring(Aggregate):
    """Scores opened again: on which ground, whose points are at fault (`person_id`, `bid_id`, `factor`), and the places
    before (`bid_id`, `rank`, `total`). `changed`: whether they came out others."""

    procurement_id: UUID
    number: int
    ground: str
    clause: str
    faults: list[dict[str, str]]
    reason: str
    before: list[dict[str, Any]]
    opened_by: UUID
    opened_at: datetime
    state: RescoringState = RescoringState.ASKED
    changed: bool | None = None
    ended_at: datetime | None = None

    def faults_of(self, person: UUID) -> set[tuple[UUID, str]]:
        """The points of this member that were found at fault."""
        return {(UUID(each["bid_id"]), each["factor"]) for each in self.faults if each["person_id"] == str(person)}

    @property
    def scorers(self) -> set[UUID]:
        """Whose points they are."""
        return {UUID(each["person_id"]) for each in self.faults}


@dataclass(frozen=True, kw_only=True)
class RescoringVoice(Record):
    """What a member of the panel says of it."""

    rescoring_id: UUID
    person_id: UUID
    found: bool
    said_at: datetime
