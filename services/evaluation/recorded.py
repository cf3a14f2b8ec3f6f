"""What evaluation's journal says of results: what was accepted, assessed, objected to and concluded, by whom."""

from collections.abc import Mapping
from typing import Any

from shared.events.evaluation import (
    AcceptanceConcluded,
    AcceptanceOpened,
    AssessmentConfirmed,
    AssessmentNotified,
    AssessmentOpened,
    EvaluationConcluded,
    EvaluationOpened,
    EvaluationPartGiven,
    EvaluationPublished,
    LastDayMoved,
    MandateEnded,
    MandateGiven,
    ObjectionAnswered,
    ObjectionFiled,
    ObjectionWithdrawn,
    ResultCorrected,
)
from shared.road.recorded import ACTOR, ANY, DAY, INSTANT, OWNED, Is, Rows, Says, day_of

RESULTS = Rows(
    "evaluation_results",
    "SELECT evaluation_id, result_version, score, grade, decided_by, decided_on FROM evaluation_results",
    ("evaluation_id", "result_version"),
    whole=True,
)
EVALUATIONS = Rows("evaluations", "SELECT * FROM evaluations", ("id",), owned=OWNED)
PARTS = Rows(
    "evaluation_parts",
    "SELECT evaluation_id, part, given_by, given_at FROM evaluation_parts",
    ("evaluation_id", "part"),
    whole=True,
)
ASSESSMENTS = Rows(
    "assessments", "SELECT *, coalesce(corrected_score, score) AS stands FROM assessments", ("id",), owned=OWNED
)
OBJECTIONS = Rows("objections", "SELECT * FROM objections", ("id",), whole=True, owned=OWNED)
ACCEPTANCES = Rows("acceptances", "SELECT * FROM acceptances", ("id",), owned=OWNED)
MANDATES = Rows("mandates", "SELECT * FROM mandates", ("id",), whole=True, owned=OWNED)

_OF = {"contract_id": "contract_id", "provider_id": "provider_id"}
_EVALUATION = {"id": "evaluation_id"}
_ASSESSMENT = {"id": "assessment_id"}
_ACCEPTANCE = {"id": "acceptance_id"}
_OBJECTION = {"id": "objection_id"}
_MANDATE = {"id": "mandate_id"}
_TERM = {name: name for name in ("third_party", "valid_from", "valid_until")}


def _passed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "passed" if event["passed"] else "failed"


def _concluded(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """What is published stays so when its result is corrected."""
    return "published" if before.get("state") == "published" else "concluded"


def _concluded_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who concluded first; a correction is decided by others."""
    return event["actor"] if event["result_version"] == 1 else before.get("concluded_by", ANY)


def _published_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("published_by", ANY) if before.get("state") == "published" else event["actor"]


def _published_on(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    again = before.get("state") == "published"
    return before.get("published_on", ANY) if again else day_of(event["recorded_at"])


def _corrected(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A result that was confirmed at once keeps its state; the corrected one counts after it."""
    return "corrected" if before["state"] == "notified" else before["state"]


def _upheld(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "upheld" if event["upheld"] else "rejected"


def _corrected_score(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["score"] if event["upheld"] else None


RECORDED = (
    Says(
        EvaluationConcluded,
        RESULTS,
        {"evaluation_id": "evaluation_id", "result_version": "result_version"},
        {"score": "score", "grade": "grade", "decided_by": ACTOR, "decided_on": DAY},
    ),
    Says(
        EvaluationOpened,
        EVALUATIONS,
        _EVALUATION,
        {
            **_OF,
            **dict.fromkeys(("concluded_by", "concluded_on", "published_by", "published_on"), Is(None)),
            **dict.fromkeys(("score", "grade", "result_version"), Is(None)),
            "kind": "kind",
            "line_id": "line_id",
            "opened_by": ACTOR,
            "state": Is("open"),
        },
    ),
    Says(
        EvaluationPartGiven,
        PARTS,
        {"evaluation_id": "evaluation_id", "part": "part"},
        {"given_by": ACTOR, "given_at": INSTANT},
    ),
    Says(
        EvaluationConcluded,
        EVALUATIONS,
        _EVALUATION,
        {
            "score": "score",
            "grade": "grade",
            "result_version": "result_version",
            "state": _concluded,
            "concluded_by": _concluded_by,
            "concluded_on": "concluded_on",
        },
    ),
    Says(
        EvaluationPublished,
        EVALUATIONS,
        _EVALUATION,
        {"published_by": _published_by, "published_on": _published_on, "state": Is("published")},
        begins=False,
    ),
    Says(
        AssessmentOpened,
        ASSESSMENTS,
        _ASSESSMENT,
        {
            **_OF,
            "line_id": "line_id",
            "period": "period",
            "modes": "modes",
            "opened_by": ACTOR,
            "state": Is("open"),
            "stands": Is(None),
            "assessed_by": Is(None),
            "confirmed_on": Is(None),
        },
    ),
    Says(
        AssessmentNotified,
        ASSESSMENTS,
        _ASSESSMENT,
        {
            **_OF,
            "line_id": "line_id",
            "period": "period",
            "stands": "score",
            "assessed_by": ACTOR,
            "objections_until": "objections_until",
            "state": Is("notified"),
        },
    ),
    Says(LastDayMoved, ASSESSMENTS, {"id": "record"}, {"objections_until": "last_day"}, begins=False),
    Says(ObjectionFiled, ASSESSMENTS, _ASSESSMENT, {"state": Is("objected")}, begins=False),
    Says(ObjectionWithdrawn, ASSESSMENTS, _ASSESSMENT, {"state": Is("notified")}, begins=False),
    Says(
        AssessmentConfirmed,
        ASSESSMENTS,
        _ASSESSMENT,
        {"stands": "score", "state": Is("confirmed"), "attempt": "result_version", "confirmed_on": DAY},
    ),
    Says(
        ResultCorrected,
        ASSESSMENTS,
        {"id": "corrects"},
        {"state": _corrected},
        begins=False,
    ),
    Says(
        ObjectionFiled,
        OBJECTIONS,
        _OBJECTION,
        {
            **_OF,
            **dict.fromkeys(
                ("answered_by", "answered_at", "corrected_score", "withdrawn_by", "withdrawn_at"), Is(None)
            ),
            "assessment_id": "assessment_id",
            "filed_by": ACTOR,
            "filed_at": INSTANT,
            "answer_due": "answer_due",
            "state": Is("open"),
        },
    ),
    Says(LastDayMoved, OBJECTIONS, {"id": "record"}, {"answer_due": "last_day"}, begins=False),
    Says(
        ObjectionAnswered,
        OBJECTIONS,
        _OBJECTION,
        {"state": _upheld, "answered_by": ACTOR, "answered_at": INSTANT, "corrected_score": _corrected_score},
        begins=False,
    ),
    Says(
        ObjectionWithdrawn,
        OBJECTIONS,
        _OBJECTION,
        {"state": Is("withdrawn"), "withdrawn_by": ACTOR, "withdrawn_at": INSTANT},
        begins=False,
    ),
    Says(
        AcceptanceOpened,
        ACCEPTANCES,
        _ACCEPTANCE,
        {
            **_OF,
            "line_id": "line_id",
            "opened_by": ACTOR,
            "state": Is("open"),
            "concluded_by": Is(None),
            "concluded_on": Is(None),
        },
    ),
    Says(
        AcceptanceConcluded,
        ACCEPTANCES,
        _ACCEPTANCE,
        {
            **_OF,
            "line_id": "line_id",
            "attempt": "result_version",
            "state": _passed,
            "concluded_by": ACTOR,
            "concluded_on": DAY,
        },
    ),
    Says(MandateGiven, MANDATES, _MANDATE, {**_OF, **_TERM, "given_by": ACTOR, "state": Is("live")}),
    Says(MandateEnded, MANDATES, _MANDATE, {**_TERM, "state": Is("ended")}),
)
