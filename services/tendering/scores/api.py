"""Routes of scores and ranking."""

from typing import Annotated, Self
from urllib.parse import quote
from uuid import UUID

from fastapi import Path as PathParameter
from fastapi import Response
from pydantic import Field, model_validator

from services.tendering.bids import store as bids
from services.tendering.explanations.looks import prices
from services.tendering.explanations.rules import Prices, low_prices
from services.tendering.files.contents import Code
from services.tendering.opening import store as opening
from services.tendering.panels import store as panels
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.rulebook import LowPriceSection, ScoreSection
from services.tendering.scores import store
from services.tendering.scores.handlers import (
    ConfirmLots,
    DrawLots,
    SaidOfSign,
    ScoreBids,
    active_of,
    confirm_lots,
    record_lots,
    score_bids,
)
from services.tendering.scores.views import (
    DossierView,
    GivenSheetView,
    KnownResultView,
    OfferView,
    RankingView,
    ScoreView,
    SheetView,
    SignSaidView,
    ranking_view,
)
from shared.errands.documents import Documented, names
from shared.fields.money import Points
from shared.fields.text import LongText, ShortText
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from shared.sealing.envelope import MOST_ANNEXES
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.work.bounds import MOST
from shared.work.database import NotFound

routes = router("scores")

_SHEET = ("person_id", "number")


class PointsBody(Body):
    """Points for one bid on one factor."""

    bid_id: Id
    factor: Code
    points: Points


class SignBody(Body):
    """What the member says of a sign of concert that the dossier shows of a bid: whether it is concerted, and why."""

    bid_id: Id
    sign: Code
    concerted: bool
    reason: ShortText


class SheetBody(Documented):
    """A whole sheet: every qualified bid on every factor that members score; in the place of one's own that was a slip,
    with the reason."""

    scores: list[PointsBody] = Field(max_length=2000)
    reason: LongText | None = None
    signs: list[SignBody] = Field(default=[], max_length=2000)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({(one.bid_id, one.factor) for one in self.scores}) != len(self.scores):
            raise ValueError("score each bid once on each factor")
        if len({(one.bid_id, one.sign) for one in self.signs}) != len(self.signs):
            raise ValueError("answer each sign of a bid once")
        return self


class LotsBody(Documented):
    """The bids that share a rank, in the order drawn."""

    order: list[Id] = Field(min_length=2, max_length=100)


@routes.post(
    "/procurements/{procurement_id}/scores", operation_id="score_bids", response_model=SheetView, status_code=201
)
async def post_scores(procurement_id: UUID, body: SheetBody, call: Command) -> Response:
    """Hands in a member's sheet; the last member's brings the ranking, and before it one's own is set right with a
    reason. Duty: score_bids."""
    said = tuple(SaidOfSign(one.bid_id, one.sign, one.concerted, one.reason) for one in body.signs)
    command = ScoreBids(
        procurement_id, {(one.bid_id, one.factor): one.points for one in body.scores}, body.reason, said
    )
    return await perform(score_bids, names(call, body, "scores", procurement_id), command)


@routes.get("/procurements/{procurement_id}/sheets", operation_id="list_sheets")
async def list_sheets(procurement_id: UUID, query: Query, listed: Listed) -> list[GivenSheetView]:
    """Every sheet of the panel, those that were set right too: for the purchaser's side once the bids are ranked, for a
    member the own ones."""
    await _may_read(query, procurement_id)
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    ranked = bool(await store.ranking(query, procurement_id))
    everybody = ranked and procurements.sees(scope, procurement)
    person = None if everybody else query.actor.person_id
    sheets = listed.page(await store.list_sheets(query, procurement_id, listed.by(*_SHEET), person), *_SHEET)
    points = await store.points_on(query, sheets)
    return [
        GivenSheetView(
            person_id=sheet.person_id,
            number=sheet.number,
            reason=sheet.reason,
            given_at=sheet.given_at,
            signs=[SignSaidView(**one) for one in sheet.signs],
            scores=[ScoreView.model_validate(one) for one in points[sheet.person_id, sheet.number]],
        )
        for sheet in sheets
    ]


@routes.post(
    "/procurements/{procurement_id}/lots", operation_id="record_lots", response_model=RankingView, status_code=201
)
async def post_lots(procurement_id: UUID, body: LotsBody, call: Command) -> Response:
    """Records an order drawn among equals; it counts when another person confirms. Duty: approve_award."""
    return await perform(
        record_lots, names(call, body, "lots", procurement_id), DrawLots(procurement_id, tuple(body.order))
    )


@routes.post("/procurements/{procurement_id}/lots/confirm", operation_id="confirm_lots", response_model=RankingView)
async def post_lots_confirmation(procurement_id: UUID, call: Command) -> Response:
    """Confirms the order drawn, as another person. Duty: approve_award."""
    return await perform(confirm_lots, call, ConfirmLots(procurement_id))


@routes.get("/procurements/{procurement_id}/ranking", operation_id="get_ranking")
async def get_ranking(procurement_id: UUID, query: Query) -> RankingView:
    """The ranking: for the purchaser's side, and for everybody once the award is announced."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    ranking = await store.ranking(query, procurement_id)
    if not ranking or not (procurement.shows_result or procurements.sees(scope, procurement)):
        raise NotFound
    return ranking_view(procurement, ranking)


@routes.get("/procurements/{procurement_id}/dossier", operation_id="get_dossier")
async def get_dossier(procurement_id: UUID, query: Query) -> DossierView:
    """What the panel reads: the opened offers and the bidders' earlier results, the latest 200 of these; evaluation
    publishes all. For members who declared no interest, and the purchaser's side."""
    procurement = await _may_read(query, procurement_id)
    offers = await opening.offers(query, procurement_id)
    bidders = await bids.bidders(query, procurement_id) if offers else []
    results = await store.known_results(query, bidders)
    priced, low = await _low(query, procurement)
    section = rulebooks().get(procurement.rulebook).section(ScoreSection, Case.of(procurement))
    shown = await store.signs_shown(query, procurement, section.collusion_signs)
    return DossierView(
        procurement_id=procurement_id,
        offers=[
            OfferView(
                bid_id=bid,
                low_price=bid in low,
                price_looked_at=bid in priced.looked_at,
                signs=sorted(sign for of, sign in shown if of == bid),
                content=content.model_dump(mode="json"),
            )
            for bid, content in offers.items()
        ],
        results=[KnownResultView.model_validate(known) for known in results[:MOST]],
    )


@routes.get("/procurements/{procurement_id}/dossier/{bid_id}/annexes/{number}", operation_id="download_annex")
async def get_annex(
    procurement_id: UUID, bid_id: UUID, number: Annotated[int, PathParameter(ge=1, le=MOST_ANNEXES)], query: Query
) -> Response:
    """The bytes of an annex, by its place in the bid's list; for those who read the dossier."""
    await _may_read(query, procurement_id)
    annex = await opening.annex(query, procurement_id, bid_id, number)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(annex.name, safe='')}"}
    return Response(annex.content, headers=headers, media_type="application/octet-stream")


async def _low(query: Query, procurement: Procurement) -> tuple[Prices, frozenset[UUID]]:
    """What the bids ask, and which prices are clearly below the others."""
    section = rulebooks().get(procurement.rulebook).section(LowPriceSection, Case.of(procurement))
    panel = await panels.of_procurement(query, procurement.id)
    members = await panels.members(query, panel.id) if panel else []
    priced = await prices(query, procurement.id, active_of(members))
    return priced, low_prices(priced.of, section)


async def _may_read(query: Query, procurement_id: UUID) -> Procurement:
    """Raises NotFound for whoever is neither on the purchaser's side nor a member without interests."""
    scope = query.actor.scope()
    procurement = await procurements.read(query, procurement_id, scope)
    if not (procurements.sees(scope, procurement) or await _sits(query, procurement)):
        raise NotFound
    return procurement


async def _sits(query: Query, procurement: Procurement) -> bool:
    panel = await panels.of_procurement(query, procurement.id)
    members = await panels.members(query, panel.id) if panel else []
    me = query.actor.person_id
    return any(seat.person_id == me and seat.declared and not seat.interested for seat in members)
