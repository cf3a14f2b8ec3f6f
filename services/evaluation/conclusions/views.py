"""How evaluations look from outside: in full for the parties, without persons for the public."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.evaluation.conclusions.records import Evaluation, EvaluationResult, PublishedEvaluation
from services.evaluation.fields import Quantity
from services.evaluation.opinions.views import OpinionView
from shared.fields.money import Points
from shared.web.http import Shown, View
from shared.work.bounds import latest


class EvaluationView(View):
    """An evaluation: `score` in points and `grade` once concluded; a correction counts `result_version` up."""

    id: UUID
    contract_id: UUID
    version: int
    kind: str
    line_id: UUID | None
    organiser: str
    state: str
    added_items: list[str]
    survey_id: UUID | None
    score: Points | None
    grade: str | None
    result_version: int | None
    concluded_on: date | None
    published_on: date | None


class PartView(BaseModel):
    """One party's points of 100."""

    part: str
    score: Points


class ResultView(BaseModel):
    """One version of the result, with the parties' points behind it."""

    result_version: int
    score: Points
    grade: str
    parts: list[PartView]
    decided_on: date


class EvaluationDetails(EvaluationView):
    """Everything but names: what was judged and attained, who of the sides agreed, and every version of the result."""

    judgements: dict[str, str]
    attained: dict[str, Quantity]
    opinions: list[OpinionView]
    results: list[ResultView]
    reasons: str | None


class PublishedView(Shown):
    """A published result: whose service, how it was graded and by which points; no person is named."""

    id: UUID
    reference: str
    jurisdiction: str
    organisation: UUID
    provider_id: UUID
    kind: str
    score: Points
    grade: str
    result_version: int
    concluded_on: date
    published_on: date


class PublishedDetails(PublishedView):
    """With the parties' points, the indicators' values and how many of each side agreed."""

    parts: list[PartView]
    attained: dict[str, Quantity]
    opinions: list[OpinionView]


def evaluation_details(
    evaluation: Evaluation, opinions: list[OpinionView], results: list[EvaluationResult], reasons: str | None
) -> EvaluationDetails:
    versions = [result_view(result) for result in latest(results)]
    said = {"opinions": opinions, "results": versions, "reasons": reasons}
    return EvaluationDetails.model_validate({**evaluation.columns(), **said})


def result_view(result: EvaluationResult) -> ResultView:
    return ResultView.model_validate({**result.columns(), "parts": parts_of(result)})


def parts_of(result: EvaluationResult) -> list[PartView]:
    return [PartView.model_validate({"part": name, "score": points}) for name, points in sorted(result.parts.items())]


def published_details(
    published: PublishedEvaluation, result: EvaluationResult, opinions: list[OpinionView]
) -> PublishedDetails:
    behind = {"parts": parts_of(result), "opinions": opinions}
    return PublishedDetails.model_validate({**published.columns(), **behind})
