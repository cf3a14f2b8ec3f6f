"""What evaluation's journal says of results: what was accepted, assessed and concluded."""

from collections.abc import Mapping
from typing import Any

from shared.events.evaluation import AcceptanceConcluded, AssessmentConfirmed, EvaluationConcluded
from shared.road.recorded import Is, Rows, Says

RESULTS = Rows(
    "evaluation_results",
    "SELECT evaluation_id, result_version, score, grade, decided_on FROM evaluation_results",
    ("evaluation_id", "result_version"),
    whole=True,
)
EVALUATIONS = Rows("evaluations", "SELECT id, score, grade, result_version FROM evaluations", ("id",))
ASSESSMENTS = Rows(
    "assessments", "SELECT id, coalesce(corrected_score, score) AS score, state FROM assessments", ("id",)
)
ACCEPTANCES = Rows("acceptances", "SELECT id, state FROM acceptances", ("id",))


def _passed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "passed" if event["passed"] else "failed"


RECORDED = (
    Says(
        EvaluationConcluded,
        RESULTS,
        {"evaluation_id": "evaluation_id", "result_version": "result_version"},
        {"score": "score", "grade": "grade", "decided_on": "concluded_on"},
    ),
    Says(
        EvaluationConcluded,
        EVALUATIONS,
        {"id": "evaluation_id"},
        {"score": "score", "grade": "grade", "result_version": "result_version"},
    ),
    Says(AssessmentConfirmed, ASSESSMENTS, {"id": "assessment_id"}, {"score": "score", "state": Is("confirmed")}),
    Says(AcceptanceConcluded, ACCEPTANCES, {"id": "acceptance_id"}, {"state": _passed}),
)
