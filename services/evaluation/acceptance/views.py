"""How acceptances look from outside."""

from datetime import date, datetime
from uuid import UUID

from services.evaluation.acceptance.records import Acceptance
from services.evaluation.conduct.views import ObserverView
from services.evaluation.opinions.views import OpinionView
from shared.fields.money import Points
from shared.web.http import View


class AcceptanceView(View):
    """An acceptance of a payment line (or of none); `attempt` counts from 1 and is the version of its result.
    `corrects`: the record of the occasion whose result another person set right; the one with the highest `attempt`
    counts."""

    id: UUID
    contract_id: UUID
    version: int
    line_id: UUID | None
    attempt: int
    organiser: str
    purchaser_is_user: bool
    state: str
    held_at: datetime | None
    concluded_on: date | None
    satisfaction: Points | None
    corrects: UUID | None


class AcceptanceDetails(AcceptanceView):
    """With the notices to observers and the opinions of the sides, without names."""

    observers: list[ObserverView]
    opinions: list[OpinionView]


def acceptance_details(
    acceptance: Acceptance, observers: list[ObserverView], opinions: list[OpinionView]
) -> AcceptanceDetails:
    shown = dict(AcceptanceView.model_validate(acceptance))
    return AcceptanceDetails(**shown, observers=observers, opinions=opinions)
