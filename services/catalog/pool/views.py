"""How recorded steps look from outside."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.web.http import Shown


class StepView(Shown):
    """An entry of a step: the highest `number` of a step counts. `occurred_on` is null where the entry withdraws the
    one before; `corrects` and `reason` say which entry it replaces, and why."""

    step: Literal["deliberation", "vote"]
    number: int
    occurred_on: date | None
    votes_for: int | None
    votes_against: int | None
    recorded_by: UUID
    recorded_on: date
    corrects: int | None
    reason: str | None
