"""How assessments look from outside."""

from datetime import date, datetime
from uuid import UUID

from services.evaluation.assessments.records import Assessment
from services.evaluation.conduct.views import ObserverView
from shared.fields.money import Points
from shared.web.http import View


class AssessmentView(View):
    """The assessment of a period: `score` as notified, `corrected_score` after an objection was upheld. Objections may
    be filed until the end of `objections_until`; a provisional end closes nothing. `attempt` is the version of the
    result. `corrects`: the record of the occasion whose result another person set right; the one with the highest
    `attempt` counts."""

    id: UUID
    contract_id: UUID
    version: int
    line_id: UUID
    period: int
    attempt: int
    modes: list[str]
    modes_reason: str | None
    organiser: str
    purchaser_is_user: bool
    state: str
    held_at: datetime | None
    score: Points | None
    corrected_score: Points | None
    notified_at: datetime | None
    objections_until: date | None
    window_provisional: bool
    confirmed_on: date | None
    corrects: UUID | None


class AssessmentDetails(AssessmentView):
    """With the notices to observers, without names."""

    observers: list[ObserverView]


def assessment_details(assessment: Assessment, observers: list[ObserverView]) -> AssessmentDetails:
    return AssessmentDetails(**dict(AssessmentView.model_validate(assessment)), observers=observers)
