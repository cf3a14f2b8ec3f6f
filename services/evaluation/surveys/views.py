"""How surveys look from outside: counts, never answers."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.evaluation.surveys.records import Survey
from services.evaluation.surveys.rules import Batch
from shared.fields.money import Points
from shared.web.http import View


class SurveyView(View):
    """`answers` of `invited` people answered, `satisfied` of them are; `satisfaction` in points once it is closed.
    `thin`: few answered, and it counts with a reason."""

    id: UUID
    contract_id: UUID
    version: int
    title: str
    invited: int
    answers: int
    satisfied: int
    satisfaction: Points | None
    thin: bool
    state: str
    closed_on: date | None


class FaultView(BaseModel):
    """Why a row does not count; rows are numbered from 1, without the header."""

    row: int
    code: str


class BatchView(SurveyView):
    """What became of a batch: `taken` of `given` rows count. After a dry run nothing has been kept."""

    dry_run: bool
    given: int
    taken: int
    faults: list[FaultView]


def batch_view(survey: Survey, batch: Batch, *, dry_run: bool) -> BatchView:
    return BatchView(
        **dict(SurveyView.model_validate(survey)),
        dry_run=dry_run,
        given=len(batch.taken) + len(batch.faults),
        taken=len(batch.taken),
        faults=[FaultView(row=fault.row, code=fault.code) for fault in batch.faults],
    )
