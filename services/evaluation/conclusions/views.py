"""How evaluations look from outside: in full for the parties, without persons for the public."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.evaluation.fields import Quantity
from services.evaluation.opinions.views import OpinionView
from shared.fields.money import Points
from shared.web.http import View
from shared.work.database import Row


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


class PublishedView(BaseModel):
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


def evaluation_view(row: Row) -> EvaluationView:
    return EvaluationView(**_shown(row, EvaluationView))


def evaluation_details(
    row: Row, opinions: list[OpinionView], results: list[Row], reasons: str | None
) -> EvaluationDetails:
    shown = _shown(row, EvaluationView)
    given = {"judgements": row["judgements"], "attained": row["attained"]}
    versions = [result_view(result) for result in results]
    return EvaluationDetails(**shown, **given, opinions=opinions, results=versions, reasons=reasons)


def result_view(row: Row) -> ResultView:
    shown = {name: row[name] for name in ("result_version", "score", "grade", "decided_on")}
    return ResultView(**shown, parts=parts_of(row))


def parts_of(result: Row) -> list[PartView]:
    return [PartView(part=name, score=points) for name, points in sorted(result["parts"].items())]


def published_view(row: Row) -> PublishedView:
    return PublishedView(**_shown(row, PublishedView))


def published_details(row: Row, result: Row, opinions: list[OpinionView]) -> PublishedDetails:
    shown = _shown(row, PublishedView)
    return PublishedDetails(**shown, parts=parts_of(result), attained=row["attained"], opinions=opinions)


def _shown(row: Row, view: type[BaseModel]) -> dict[str, Any]:
    return {name: row[name] for name in view.model_fields if name != "explain"}
