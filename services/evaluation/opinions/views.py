"""How opinions look from outside: who, how many, for or against. What they said is for the parties."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.evaluation.opinions.rules import Opinion
from shared.fields.text import LongText
from shared.web.http import Body
from shared.work.database import Row


class OpinionBody(Body):
    """An opinion as given: by which side, by how many members, for or against, in their words."""

    side: Literal["committee", "residents"]
    agrees: bool
    members: int = Field(ge=1, le=1000)
    statement: LongText

    def given(self) -> Opinion:
        return Opinion(self.side, self.agrees, self.members, self.statement)


class OpinionView(BaseModel):
    """An opinion on record, without names and words."""

    side: str
    agrees: bool
    members: int
    recorded_at: datetime


def opinion_views(rows: list[Row]) -> list[OpinionView]:
    return [OpinionView(**{name: row[name] for name in OpinionView.model_fields}) for row in rows]
