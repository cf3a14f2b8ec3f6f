"""What waits about evaluations: to open, parts and opinions to give, to conclude, to publish."""

from dataclasses import replace

import sqlalchemy as sa

from services.evaluation.conclusions.records import EvaluationState
from services.evaluation.opinions.tasks import asked_by, unheard
from services.evaluation.plans.tasks import DUTY, by_third_party, either, live, next, of_contract, under_way
from services.evaluation.rulebook import ConclusionSection
from services.evaluation.tables import duties, evaluation_parts, evaluations, mandates
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, Kind, clause_of

_d = duties.c
_e = evaluations.c
EVALUATION = of_contract("evaluation", evaluations, "/v1/evaluations/{}", _d.id == _e.duty_id)


def _publication(book: Rulebook) -> Clause | None:
    section = book.section(ConclusionSection)
    return clause_of(section.publish_evaluation, section.evaluation_result_public)


def _part(part: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(evaluation_parts.c.evaluation_id == _e.id, evaluation_parts.c.part == part)


_under_evaluation = _e.state == EvaluationState.OPEN

_given = sa.and_(
    _under_evaluation,
    _e.kept_apart.is_distinct_from(ME),
    ~unheard(_e.id),
    _part("purchaser"),
    sa.or_(_part("third_party"), ~sa.exists().where(live(mandates.alias("entrusted")))),
)

_CONCLUDE = under_way("conclude_evaluation", "conclude_evaluation", EVALUATION, _given)

KINDS = (
    Kind(
        "open_evaluation",
        {"conclude_evaluation"},
        DUTY,
        sa.and_(next, _d.kind == "evaluation"),
        _d.organisation,
        deadline="duty",
    ),
    under_way(
        "give_evaluation_part",
        "evaluate_service",
        EVALUATION,
        sa.and_(_under_evaluation, ~_part("purchaser")),
    ),
    by_third_party(
        under_way(
            "give_evaluation_part",
            "evaluate_service",
            EVALUATION,
            sa.and_(_under_evaluation, ~_part("third_party")),
        )
    ),
    *either(
        under_way(
            "give_evaluation_opinion",
            "conclude_evaluation",
            EVALUATION,
            sa.and_(_under_evaluation, unheard(_e.id)),
            asked_by,
        )
    ),
    _CONCLUDE,
    by_third_party(replace(_CONCLUDE, where=sa.and_(_given, _e.organiser == "entrusted_third_party"))),
    Kind(
        "publish_evaluation",
        {"conclude_evaluation"},
        EVALUATION,
        _e.state == EvaluationState.CONCLUDED,
        _e.organisation,
        law=_publication,
    ),
)
