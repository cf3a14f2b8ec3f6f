"""How opinions look from outside: who, how many, for or against. What they said is for the parties."""

from datetime import datetime

from pydantic import Field

from services.evaluation.opinions.records import RecordedOpinion, Side
from services.evaluation.opinions.rules import Opinion
from shared.fields.text import LongText
from shared.web.http import Body, Shown


class OpinionBody(Body):
    """An opinion as given: by which side, by how many members, for or against, in their words."""

    side: Side
    agrees: bool
    members: int = Field(ge=1, le=1000)
    statement: LongText

    def given(self) -> Opinion:
        return Opinion(self.side, self.agrees, self.members, self.statement)


class OpinionView(Shown):
    """An opinion on record, without names and words."""

    side: str
    agrees: bool
    members: int
    recorded_at: datetime


def opinion_views(given: list[RecordedOpinion]) -> list[OpinionView]:
    return [OpinionView.model_validate(opinion) for opinion in given]
