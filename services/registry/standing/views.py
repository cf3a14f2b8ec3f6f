"""How standing looks from outside."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, PlainSerializer

from services.registry.standing.records import Standing
from services.registry.standing.store import clause_of
from shared.web.http import FindingView

Score = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]


class StandingView(BaseModel):
    """One standing: by which clause, with which effect, from–until (last day), and which result or bar caused it."""

    id: UUID
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
    """What stands today, with the findings by which it does, and the latest 200 of all that ever stood."""

    provider_id: UUID
    standings: list[StandingView]
    history: list[StandingView]
    explain: list[FindingView]


def standing_views(standings: Iterable[Standing]) -> list[StandingView]:
    return [StandingView(**each.columns(), article=clause_of(each).article) for each in standings]
