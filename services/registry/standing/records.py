"""Results and standings, as they are kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.registry.standing.rules import Kind
from shared.events.evaluation import Grade
from shared.law.decision import Effect
from shared.work.records import Aggregate
from shared.work.states import moves

Origin = Literal["result", "conduct", "bar"]
"""What a standing rests on: a result, misconduct or a termination, or a bar."""
Because = Literal["replaced", "expired", "lifted"]
"""Why a standing ended."""


@moves(begins="proposed counted", proposed="counted withdrawn", counted="annulled")
class ResultState(StrEnum):
    """An imported result counts once another person has confirmed it, unless it is annulled."""

    PROPOSED = "proposed"
    COUNTED = "counted"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"


@moves(begins="standing", standing="ended")
class StandingState(StrEnum):
    """A standing holds until it ends."""

    STANDING = "standing"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class KeptResult(Aggregate):
    """A result in its latest version, and where it counts; one of before Goufu with SHA-256 of its evidence, and who
    entered and confirmed it."""

    provider_id: UUID
    state: ResultState
    place: str
    rulebook: str
    project_id: UUID | None = None
    grade: Grade
    score: Decimal | None
    concluded_on: date
    result_version: int
    evidence_hash: str | None = None
    imported_by: UUID | None = None
    confirmed_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Standing(Aggregate):
    """What stands for or against a provider by a clause of a rulebook, from–until (last day), and what caused it."""

    provider_id: UUID
    state: StandingState = StandingState.STANDING
    kind: Kind
    origin: Origin
    rulebook: str
    clause: str
    effect: Effect
    cause: UUID
    project_id: UUID | None = None
    grade: str | None = None
    score: Decimal | None = None
    concluded_on: date | None = None
    from_day: date
    until_day: date | None = None
    ended_because: str | None = None
