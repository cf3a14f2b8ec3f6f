"""What waits about assessments: to open, a result to give; a window that ends on no known day."""

import sqlalchemy as sa

from services.evaluation.assessments.records import AssessmentState
from services.evaluation.plans.tasks import either, of_contract, same_line, to_open, under_way
from services.evaluation.tables import assessments
from shared.reading.tasks import ME, TODAY, Kind
from shared.work.identity import OVERSIGHT

_s = assessments.c
ASSESSMENT = of_contract("assessment", assessments, "/v1/assessments/{}", same_line("assessment", _s.line_id))

KINDS = (
    *either(to_open("open_assessment", "assessment")),
    *either(
        under_way(
            "give_assessment_result",
            "accept_service",
            ASSESSMENT,
            sa.and_(_s.state == AssessmentState.OPEN, _s.kept_apart.is_distinct_from(ME)),
        )
    ),
    Kind(
        "watch_provisional_window",
        OVERSIGHT,
        ASSESSMENT,
        sa.and_(_s.state == AssessmentState.NOTIFIED, _s.window_provisional, _s.objections_until < TODAY),
        deadline="objection_window",
    ),
)
