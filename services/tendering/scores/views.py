"""How scores and ranking look from outside."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.tendering.procurements.records import Procurement
from services.tendering.scores.records import TitledPlace
from shared.fields.money import Money, Points
from shared.web.http import Shown, View


class RankView(Shown):
    """A bid in the ranking: points by factor, total, and what set it apart (score, price, technical, lot; tie: lots
    have yet to be drawn). Prices in CNY: the one that was offered, and would be paid, and the one by which it was
    scored, after the deduction for small enterprises."""

    bid_id: UUID
    provider_id: UUID
    title: str
    price: Money
    evaluated_price: Money
    points: dict[str, Points]
    technical: Points
    total: Points
    rank: int
    tied: bool
    decided_by: str


class RankingView(View):
    """The ranking of all qualified bids, first place first."""

    procurement_id: UUID
    state: str
    ranking: list[RankView]


class SheetView(View):
    """What a member's sheet led to: how many members have scored, and whether the bids are ranked now."""

    procurement_id: UUID
    state: str
    scored: int
    members: int


class ScoreView(Shown):
    """Points of a member for one bid on one factor."""

    bid_id: UUID
    factor: str
    points: Points


class SignSaidView(BaseModel):
    """What a member says of a sign of concert in a bid."""

    bid_id: UUID
    sign: str
    concerted: bool
    reason: str


class GivenSheetView(BaseModel):
    """A sheet that a member gave; the last `number` counts, `reason` says why it took the place of the one before."""

    person_id: UUID
    number: int
    reason: str | None
    given_at: datetime
    scores: list[ScoreView]
    signs: list[SignSaidView]


class OfferView(BaseModel):
    """An opened bid as the panel reads it. `low_price`: it is clearly below the others; `price_looked_at`: the panel
    asked about it, or its majority found no need to."""

    bid_id: UUID
    low_price: bool
    price_looked_at: bool
    signs: list[str]
    content: dict[str, Any]


class KnownResultView(Shown):
    """What evaluation concluded of a bidder before; `kind` is mid or final, or imported for one of before Goufu."""

    provider_id: UUID
    jurisdiction: str
    rulebook: str
    kind: str
    score: str | None
    grade: str
    concluded_on: date


class DossierView(BaseModel):
    """What the panel reads: the offers, and the bidders' earlier results."""

    procurement_id: UUID
    offers: list[OfferView]
    results: list[KnownResultView]


def ranking_view(procurement: Procurement, ranking: Sequence[TitledPlace]) -> RankingView:
    shown = [RankView.model_validate(replace(place, evaluated_price=place.scored_price)) for place in ranking]
    return RankingView(procurement_id=procurement.id, state=procurement.state, ranking=shown)
