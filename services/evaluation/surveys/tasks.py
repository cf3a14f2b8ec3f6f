"""What waits about surveys: an open one, to close."""

from dataclasses import replace

from services.evaluation.plans.tasks import either, of_contract
from services.evaluation.rulebook import SurveySection
from services.evaluation.surveys.records import SurveyState
from services.evaluation.tables import contracts, surveys
from shared.reading.tasks import Kind, clause_of

_c = contracts.c
_v = surveys.c
SURVEY = replace(of_contract("survey", surveys, "/v1/surveys/{}"), title=_v.title)

KINDS = (
    *either(
        Kind(
            "close_survey",
            {"run_survey"},
            SURVEY,
            _v.state == SurveyState.OPEN,
            _c.organisation,
            law=lambda book: clause_of(book.section(SurveySection).satisfaction_required),
        )
    ),
)
