"""How rescorings look: to the purchaser's side, those who oversee it, and the panel."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.tendering.rescorings.records import Rescoring
from shared.fields.money import Points
from shared.web.http import View


class FaultView(BaseModel):
    """Points found at fault: whose, for which bid, on which factor."""

    person_id: UUID
    bid_id: UUID
    factor: str


class PlaceView(BaseModel):
    """The place that a bid had before."""

    bid_id: UUID
    rank: int
    total: Points


class RescoringView(View):
    """Scores opened again: `asked` (the panel is to find the fault), `open` (the members named score again), `done`
    (`changed`: the places came out others), or `dropped`. `before` is the ranking until then; `found` and `not_found`
    count the members' voices. With ground, clause and reason it is what is reported of a result that changed."""

    id: UUID
    version: int
    procurement_id: UUID
    number: int
    state: str
    ground: str
    clause: str
    reason: str
    faults: list[FaultView]
    before: list[PlaceView]
    found: int
    not_found: int
    changed: bool | None
    opened_at: datetime
    ended_at: datetime | None


def rescoring_view(rescoring: Rescoring, voices: Collection[bool]) -> RescoringView:
    counted = {"found": sum(voices), "not_found": len(voices) - sum(voices)}
    return RescoringView.model_validate({**rescoring.columns(), **counted})
