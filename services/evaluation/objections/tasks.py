"""What waits about objections: to file one in time, to answer one in time."""

import sqlalchemy as sa

from services.evaluation.assessments.records import AssessmentState
from services.evaluation.assessments.tasks import ASSESSMENT
from services.evaluation.objections.records import ObjectionState
from services.evaluation.plans.tasks import of_contract
from services.evaluation.tables import assessments, objections
from shared.reading.tasks import ME, TODAY, Kind
from shared.work.identity import OVERSIGHT

_s = assessments.c
_o = objections.c
OBJECTION = of_contract("objection", objections, "/v1/objections/{}")

KINDS = (
    Kind(
        "file_objection",
        {"file_objection"},
        ASSESSMENT,
        sa.and_(_s.state == AssessmentState.NOTIFIED, sa.or_(_s.window_provisional, _s.objections_until >= TODAY)),
        _s.provider_id,
        deadline="objection_window",
    ),
    Kind(
        "answer_objection",
        {"answer_objection"},
        OBJECTION,
        sa.and_(_o.state == ObjectionState.OPEN, _o.assessed_by != ME),
        _o.organisation,
        deadline="objection_answer",
    ),
    Kind(
        "watch_overdue_answer",
        OVERSIGHT,
        OBJECTION,
        sa.and_(_o.state == ObjectionState.OPEN, _o.answer_due < TODAY, ~_o.due_provisional),
        deadline="objection_answer",
    ),
)
