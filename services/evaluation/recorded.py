"""What evaluation's journal says of results: what was accepted, assessed, objected to and concluded, by whom."""

from collections.abc import Mapping
from typing import Any

from services.evaluation.assessments.events import LastDayMoved, ResultCorrected
from services.evaluation.plans.events import TargetsProposed
from services.evaluation.tables import (
    ACCEPTED,
    ASKED,
    ASSESSED,
    DECIDED,
    ENTRUSTED,
    EVALUATED,
    OBJECTED,
    OWED,
    POINTS,
    PROPOSED,
    TARGETED,
    TOLD,
    WAS,
)
from shared.events.evaluation import (
    AcceptanceConcluded,
    AcceptanceOpened,
    AssessmentConfirmed,
    AssessmentNotified,
    AssessmentOpened,
    CorrectionProposed,
    DutyDropped,
    DutyPlanned,
    EvaluationConcluded,
    EvaluationOpened,
    EvaluationPartGiven,
    EvaluationPublished,
    MandateEnded,
    MandateGiven,
    ObjectionAnswerCorrected,
    ObjectionAnswered,
    ObjectionFiled,
    ObjectionWithdrawn,
    ObserversNotified,
    OpinionRecorded,
    SurveyAnswersTaken,
    SurveyClosed,
    SurveyOpened,
    TargetsSet,
)
from shared.road.recorded import (
    ACTOR,
    ANY,
    DAY,
    INSTANT,
    OPEN_OR_OVER,
    OWNED,
    Adds,
    Is,
    Rows,
    Says,
    Value,
    day_of,
    if_told,
    watched,
)

RESULTS = Rows(
    "evaluation_results",
    "SELECT * FROM evaluation_results",
    ("evaluation_id", "result_version"),
    whole=True,
    makes={"decided": DECIDED},
)
EVALUATIONS = Rows(
    "evaluations", "SELECT * FROM evaluations", ("id",), whole=True, makes={"facts": EVALUATED}, owned=OWNED
)
PARTS = Rows(
    "evaluation_parts",
    "SELECT * FROM evaluation_parts",
    ("evaluation_id", "part"),
    whole=True,
    makes={"points": POINTS},
)
_ANSWER_WATCHED = watched("objection_answer", "o", "o.answer_due", states=OPEN_OR_OVER, provisional="o.due_provisional")
ASSESSMENTS = Rows(
    "assessments",
    # What lets points stand to which nobody objects is there, and after the last day: money waits for it.
    "SELECT a.*, coalesce(a.corrected_score, a.score) AS stands, a.state <> 'notified'"
    f" OR {watched('objection_window', 'a', 'a.objections_until', provisional='a.window_provisional')} AS closes"
    " FROM assessments a",
    ("id",),
    whole=True,
    makes={"facts": ASSESSED},
    owned=OWNED,
)
OBJECTIONS = Rows(
    "objections",
    f"SELECT o.*, o.state <> 'open' OR {_ANSWER_WATCHED} AS watched FROM objections o",
    ("id",),
    whole=True,
    makes={"facts": OBJECTED},
    owned=OWNED,
)
ACCEPTANCES = Rows(
    "acceptances", "SELECT * FROM acceptances", ("id",), whole=True, makes={"facts": ACCEPTED}, owned=OWNED
)
MANDATES = Rows("mandates", "SELECT * FROM mandates", ("id",), whole=True, makes={"facts": ENTRUSTED}, owned=OWNED)
DUTIES = Rows(
    "duties",
    "SELECT u.*, u.state NOT IN ('planned', 'under_way')"
    f" OR {watched('duty', 'u', 'u.due_on', states=OPEN_OR_OVER)} AS watched FROM duties u",
    ("contract_id", "kind", "line_id"),
    whole=True,
    makes={"facts": OWED},
    owned=OWNED,
)
TARGETS = Rows("targets", "SELECT * FROM targets", ("id",), whole=True, makes={"facts": TARGETED}, owned=OWNED)
STANDING_TARGETS = Rows(
    "targets",
    # Which of a contract stand and which are proposed; others stand no more.
    "SELECT contract_id, min(id::text) FILTER (WHERE state = 'set') AS stands,"
    " min(id::text) FILTER (WHERE state = 'proposed') AS proposed FROM targets GROUP BY contract_id",
    ("contract_id",),
    whole=True,
)
SURVEYS = Rows(
    "surveys",
    # Answers go after their last day; as long as all are there, they are what was counted.
    "SELECT s.*, coalesce(a.satisfied, s.satisfied) = s.satisfied AND coalesce(a.answers, 0) <= s.answers AS adds_up"
    " FROM surveys s LEFT JOIN LATERAL (SELECT count(*) AS answers, CASE WHEN count(*) = s.answers"
    " THEN count(*) FILTER (WHERE p.satisfied) END AS satisfied FROM private_answers p WHERE p.survey_id = s.id) a"
    " ON true",
    ("id",),
    whole=True,
    makes={"facts": ASKED},
    owned=OWNED,
)
OBSERVERS = Rows("observers", "SELECT * FROM observers", ("id",), whole=True, makes={"facts": TOLD})
OPINIONS = Rows(
    "opinions",
    "SELECT *, encode(statement_hash, 'hex') AS said FROM opinions",
    ("subject", "said"),
    whole=True,
)
CORRECTIONS = Rows(
    "corrections", "SELECT * FROM corrections", ("id",), whole=True, makes={"facts": PROPOSED}, owned=OWNED
)
ANSWERS = Rows(
    "answer_corrections",
    "SELECT * FROM answer_corrections",
    ("objection_id", "number"),
    whole=True,
    makes={"was": WAS},
)

_FACTS = {"facts": if_told("facts")}
_OF = {"contract_id": "contract_id", "provider_id": "provider_id"}
_TRUE = Is(value=True)
_EVALUATION = {"id": "evaluation_id"}
_ASSESSMENT = {"id": "assessment_id"}
_ACCEPTANCE = {"id": "acceptance_id"}
_OBJECTION = {"id": "objection_id"}
_OBJECTION_OF = {"objection_id": "objection_id"}
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


def _under_way(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Of an evaluation opened before its end told whose duty it was nobody tells when that is done."""
    return "under_way" if "facts" in event else ANY


def _set_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("set_by", ANY) if event.get("reasoned") else event["actor"]


def _approved_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["actor"] if event.get("reasoned") else None


def _proposed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Targets that were proposed stand by their approval; those set at once leave what is proposed."""
    return None if event.get("reasoned") else before.get("proposed")


def _correction_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "withdrawn" if event["withdrawn"] else "proposed"


def _proposed_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("proposed_by", ANY) if event["withdrawn"] else event["actor"]


def _duty(kind: str, line: str = "line_id") -> dict[str, Value]:
    return {"contract_id": "contract_id", "kind": Is(kind), "line_id": line}


def _window(day: str, provisional: str) -> dict[str, Value]:
    return {day: "last_day", provisional: "provisional"}


_DUTY: dict[str, Value] = {name: name for name in ("contract_id", "kind", "line_id")}
_SURVEY = {"id": "survey_id"}

RECORDED = (
    Says(
        DutyPlanned,
        DUTIES,
        _DUTY,
        {
            "provider_id": "provider_id",
            "id": "duty_id",
            "due_on": "due_on",
            "state": Is("planned"),
            "watched": _TRUE,
            **_FACTS,
        },
    ),
    Says(DutyDropped, DUTIES, _DUTY, {"state": Is("dropped")}, begins=False),
    *(
        Says(event, DUTIES, _duty(kind), {"state": Is(state)}, begins=False)
        for event, kind, state in (
            (AcceptanceOpened, "acceptance", "under_way"),
            (AcceptanceConcluded, "acceptance", "concluded"),
            (AssessmentOpened, "assessment", "under_way"),
            (AssessmentNotified, "assessment", "notified"),
            (AssessmentConfirmed, "assessment", "concluded"),
        )
    ),
    Says(EvaluationOpened, DUTIES, _duty("evaluation"), {"state": _under_way}, begins=False),
    Says(EvaluationConcluded, DUTIES, _duty("evaluation", "duty_line"), {"state": Is("concluded")}, begins=False),
    Says(
        TargetsProposed,
        TARGETS,
        {"id": "targets_id"},
        {**_OF, "set_by": ACTOR, "set_on": DAY, "approved_by": Is(None), **_FACTS},
    ),
    Says(TargetsProposed, STANDING_TARGETS, {"contract_id": "contract_id"}, {"proposed": "targets_id"}),
    Says(
        TargetsSet,
        TARGETS,
        {"id": "targets_id"},
        {**_OF, "set_by": _set_by, "set_on": DAY, "approved_by": _approved_by, **_FACTS},
    ),
    Says(
        TargetsSet,
        STANDING_TARGETS,
        {"contract_id": "contract_id"},
        {"stands": "targets_id", "proposed": _proposed},
    ),
    Says(
        SurveyOpened,
        SURVEYS,
        _SURVEY,
        {
            **_OF,
            "invited": "invited",
            "answers": Is("0"),
            "opened_by": ACTOR,
            "closed_by": Is(None),
            "closed_on": Is(None),
            "state": Is("open"),
            "adds_up": Is(value=True),
            **_FACTS,
        },
    ),
    Says(SurveyAnswersTaken, SURVEYS, _SURVEY, {"answers": Adds("taken"), **_FACTS}),
    Says(
        SurveyClosed,
        SURVEYS,
        _SURVEY,
        {
            **{name: name for name in ("answers", "satisfied", "satisfaction", "thin")},
            "closed_by": ACTOR,
            "closed_on": DAY,
            "state": Is("closed"),
            **_FACTS,
        },
    ),
    Says(
        ObserversNotified,
        OBSERVERS,
        {"id": "observer_id"},
        {"subject": "observed_id", "notified_by": ACTOR, "notified_at": INSTANT, **_FACTS},
        each="observers",
    ),
    Says(
        OpinionRecorded,
        OPINIONS,
        {"subject": "concerns_id", "said": "statement_hash"},
        {
            **{name: name for name in ("side", "agrees", "members")},
            "recorded_by": ACTOR,
            "recorded_at": INSTANT,
        },
    ),
    Says(
        CorrectionProposed,
        CORRECTIONS,
        {"id": "correction_id"},
        {
            **_OF,
            "evaluation_id": "evaluation_id",
            "corrects": "corrects",
            "proposed_by": _proposed_by,
            "approved_by": Is(None),
            "state": _correction_state,
            **_FACTS,
        },
    ),
    Says(
        EvaluationConcluded,
        CORRECTIONS,
        {"id": "correction_id"},
        {"state": Is("approved"), "approved_by": ACTOR},
        begins=False,
    ),
    Says(
        EvaluationConcluded,
        RESULTS,
        {"evaluation_id": "evaluation_id", "result_version": "result_version"},
        {"score": "score", "grade": "grade", "decided_by": ACTOR, "decided_on": DAY, "decided": if_told("decided")},
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
            **_FACTS,
        },
    ),
    Says(
        EvaluationPartGiven,
        PARTS,
        {"evaluation_id": "evaluation_id", "part": "part"},
        {"given_by": ACTOR, "given_at": INSTANT, "points": if_told("given")},
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
            **_FACTS,
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
            **dict.fromkeys(("assessed_by", "confirmed_on", "notified_at", "objections_until"), Is(None)),
            "window_provisional": Is(value=False),
            "closes": _TRUE,
            **_FACTS,
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
            "window_provisional": if_told("provisional"),
            "notified_at": INSTANT,
            "closes": _TRUE,
            "state": Is("notified"),
            **_FACTS,
        },
    ),
    Says(LastDayMoved, ASSESSMENTS, {"id": "record"}, _window("objections_until", "window_provisional"), begins=False),
    Says(ObjectionFiled, ASSESSMENTS, _ASSESSMENT, {"state": Is("objected")}, begins=False),
    Says(ObjectionWithdrawn, ASSESSMENTS, _ASSESSMENT, {"state": Is("notified")}, begins=False),
    Says(
        AssessmentConfirmed,
        ASSESSMENTS,
        _ASSESSMENT,
        {"stands": "score", "state": Is("confirmed"), "attempt": "result_version", "confirmed_on": DAY, **_FACTS},
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
            "due_provisional": if_told("provisional"),
            "watched": _TRUE,
            "state": Is("open"),
            **_FACTS,
        },
    ),
    Says(LastDayMoved, OBJECTIONS, {"id": "record"}, _window("answer_due", "due_provisional"), begins=False),
    *(
        Says(
            event,
            OBJECTIONS,
            _OBJECTION,
            {
                "state": _upheld,
                "answered_by": ACTOR,
                "answered_at": INSTANT,
                "corrected_score": _corrected_score,
                **_FACTS,
            },
            begins=False,
        )
        for event in (ObjectionAnswered, ObjectionAnswerCorrected)
    ),
    Says(
        ObjectionAnswerCorrected,
        ANSWERS,
        {**_OBJECTION_OF, "number": "number"},
        {"was": "was", "corrected_by": ACTOR, "corrected_at": INSTANT},
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
            **_FACTS,
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
            **_FACTS,
        },
    ),
    Says(MandateGiven, MANDATES, _MANDATE, {**_OF, **_TERM, "given_by": ACTOR, "state": Is("live"), **_FACTS}),
    Says(MandateEnded, MANDATES, _MANDATE, {**_TERM, "state": Is("ended")}),
)
