"""How objections look from outside; the statements themselves only in the details, for the parties."""

from datetime import date, datetime
from uuid import UUID

from services.evaluation.objections.records import Objection
from shared.fields.money import Points
from shared.web.http import Shown, View


class ObjectionView(View):
    """An objection: `evidence` are SHA-256 hashes of the documents; `overdue` when the answer's day has passed without
    one."""

    id: UUID
    assessment_id: UUID
    contract_id: UUID
    version: int
    state: str
    filed_at: datetime
    evidence: list[str]
    answer_due: date
    due_provisional: bool
    overdue: bool
    answered_at: datetime | None
    corrected_score: Points | None
    withdrawn_at: datetime | None


class ObjectionDetails(ObjectionView):
    """With what was said and found."""

    statement: str | None
    verification: str | None


class AnswerCorrectionView(Shown):
    """An answer that another person set right: what it was, and why; texts are null once they are erased."""

    number: int
    was_upheld: bool
    was_score: Points | None
    was_verification: str | None
    was_at: datetime
    reason: str | None
    corrected_at: datetime


def objection_view(objection: Objection, today: date) -> ObjectionView:
    return ObjectionView.model_validate({**objection.columns(), "overdue": objection.overdue(today)})


def objection_details(
    objection: Objection, today: date, statement: str | None, verification: str | None
) -> ObjectionDetails:
    shown = dict(objection_view(objection, today))
    return ObjectionDetails(**shown, statement=statement, verification=verification)
