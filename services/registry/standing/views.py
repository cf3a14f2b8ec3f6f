"""How standing looks from outside."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, PlainSerializer

from shared.law.rulebook import rulebooks
from shared.web.http import FindingView
from shared.work.database import Row

Score = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]


class StandingView(BaseModel):
    """One standing: by which clause, with which effect, from–until (last day), and which result or bar caused it."""

    kind: str
    origin: str
    jurisdiction: str
    rulebook: str
    clause: str
    article: str
    effect: str
    cause: UUID
    grade: str | None
    score: Score | None
    concluded_on: date | None
    from_day: date
    until_day: date | None
    state: str
    ended_because: str | None


class ProviderStanding(BaseModel):
    """What stands today, with the findings by which it does, and everything that ever stood."""

    provider_id: UUID
    standings: list[StandingView]
    history: list[StandingView]
    explain: list[FindingView]


def standing_views(rows: list[Row]) -> list[StandingView]:
    return [_standing_view(row) for row in rows]


def _standing_view(row: Row) -> StandingView:
    article = rulebooks().get(row["rulebook"]).clause(row["clause"]).article
    fields = {name: row[name] for name in StandingView.model_fields if name != "article"}
    return StandingView(article=article, **fields)
