"""What residents did for a project, every entry of it, as it is kept."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.work.records import Aggregate

Step = Literal["deliberation", "vote"]
"""What residents do outside the platform, in the order in which it comes."""


@dataclass(frozen=True, kw_only=True)
class ProjectStep(Aggregate):
    """An entry of a step: the highest `number` of a step counts. `occurred_on` is None where it withdraws the one
    before; `corrects` and `corrects_by` are that one's number and recorder."""

    project_id: UUID
    step: Step
    number: int
    occurred_on: date | None
    votes_for: int | None
    votes_against: int | None
    recorded_by: UUID
    recorded_on: date
    corrects: int | None = None
    corrects_by: UUID | None = None
    reason: str | None = None
