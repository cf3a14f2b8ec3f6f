"""Commands on scores: a member's sheet, the ranking that the last sheet brings, lots among equals."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.explanations.store import undecided
from services.tendering.files import store as files
from services.tendering.panels import store as panels
from services.tendering.panels.interests import apart, declared_by_me
from services.tendering.panels.rules import Member, Panel, composition
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import must_be
from services.tendering.rulebook import PanelSection, ScoreSection
from services.tendering.scores import store
from services.tendering.scores.rules import Lots, Scoring, draw_lots, may_score, rank, score
from services.tendering.scores.views import SheetView, ranking_view
from services.tendering.tables import PLACED
from shared.events.tendering import BidsRanked, GivenPoints, LotsDrawn, RankedBid, ScoresGiven
from shared.law.decision import Decision, decide
from shared.law.rulebook import rulebooks
from shared.people.interest import InterestSection, employed
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ScoreBids:
    """A member's sheet: points for every qualified bid on every factor that members score. Before the ranking a member
    sets the own sheet right by another, with the reason; once the sums are drawn nobody does (D87-64.1)."""

    procurement_id: UUID
    sheet: dict[tuple[UUID, str], Decimal]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DrawLots:
    """A person records the order drawn among bids that share a rank."""

    procurement_id: UUID
    order: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ConfirmLots:
    """Another person confirms it."""

    procurement_id: UUID


async def score_bids(call: Call, command: ScoreBids) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("score_bids", None, procurement["jurisdiction"])
        must_be(procurement, "reviewed")
        panel, member = await panels.membership(tx, procurement["id"], person)
        number = await store.sheets_given(tx, procurement["id"], person) + 1
        if number > 1 and command.reason is None:
            raise WrongState("scored", "not_yet_scored")
        if await undecided(tx, procurement["id"]):
            raise WrongState("price_asked_about", "every_price_decided")
        competing = await store.qualified(tx, procurement["id"])
        section = _section(tx, procurement)
        scoring = await _scoring(tx, procurement, member, competing, command)
        sheet = tx.decided(may_score(scoring, section, tx.today))
        tx.decided(_composition(procurement, panel, _active(await panels.members(tx, panel["id"]))))
        await store.save_sheet(tx, procurement["id"], person, sheet, number, command.reason)
        await panels.set_scored(tx, panel, person)
        points = [GivenPoints(bid_id=bid, factor=code, points=given) for (bid, code), given in sheet.items()]
        about, digest = procurements.about(procurement), await panels.sealed(tx, panel["id"])
        tx.emit(ScoresGiven(**about, points=points, sheet=number, panel=digest))
        procurement = await rank_if_complete(tx, procurement, panel)
        active = _active(await panels.members(tx, panel["id"]))
        done = sum(one["scored_at"] is not None for one in active)
        view = SheetView(procurement_id=procurement["id"], state=procurement["state"], scored=done, members=len(active))
        return tx.answer(201, view)


async def _scoring(
    tx: Transaction, procurement: Row, member: Row, competing: dict[UUID, UUID], command: ScoreBids
) -> Scoring:
    file = await files.get(tx, procurement["file_id"])
    bidders = {bid["provider_id"] for bid in await bids.live(tx, procurement["id"])}
    section = rulebooks().get(procurement["rulebook"]).section(InterestSection)
    elsewhere = [ground for provider, ground in (await declared_by_me(tx)).items() if provider in bidders]
    grounds = tuple(interest["ground"] for interest in member["interests"]) or tuple(elsewhere)
    tied = employed(tx.actor.ties, bidders, section, tx.today)  # by a declaration too, whose ground then says more
    return Scoring(
        sheet=command.sheet,
        factors=tuple(files.contents_of(file).factors),
        bids=frozenset(competing),
        declared=member["declared_at"] is not None,
        grounds=grounds,
        of_bidder=bool(tied and not grounds),
    )


async def rank_if_complete(tx: Transaction, procurement: Row, panel: Row) -> Row:
    """Ranks the bids when every active member of a lawful panel has scored and every price that was asked about is
    decided on; else nothing happens yet."""
    active = _active(await panels.members(tx, panel["id"]))
    scored = bool(active) and all(member["scored_at"] is not None for member in active)
    if procurement["state"] != "reviewed" or not scored or _composition(procurement, panel, active).refused:
        return procurement
    if await undecided(tx, procurement["id"]):
        return procurement
    return await _rank(tx, procurement, panel)


def _composition(procurement: Row, panel: Row, active: Sequence[Row]) -> Decision[Panel]:
    """Without the members who withdrew the panel must still be one; else it is named anew first."""
    section = rulebooks().get(procurement["rulebook"]).section(PanelSection)
    members = tuple(Member(one["person_id"], one["role"]) for one in active)
    asked = Panel(procurement["method"], procurement["budget"], members, panel["draw_reference"])
    return decide(composition(asked, section), asked)


def _active(members: Sequence[Row]) -> list[Row]:
    return [member for member in members if not member["interests"]]


async def _rank(tx: Transaction, procurement: Row, panel: Row) -> Row:
    file = await files.get(tx, procurement["file_id"])
    competing = await store.qualified(tx, procurement["id"])
    competitors = await store.scored_bids(tx, procurement["id"], competing)
    sheets = await store.sheets(tx, procurement["id"])
    method, section = procurement["method"], _section(tx, procurement)
    factors, given = files.contents_of(file).factors, list(sheets.values())
    scored = score(competitors, factors, given, drops_extremes=section.drops_extremes(method))
    ranked = rank(scored, method, section)
    await store.save_ranking(tx, procurement["id"], ranked, competing)
    await panels.set_done(tx, panel)
    tied = any(one.decided_by == "tie" for one in ranked)
    ranking = _as_told(await store.ranking(tx, procurement["id"]))
    tx.emit(BidsRanked(**procurements.about(procurement), bids=len(ranked), tied=tied, ranking=ranking))
    return await procurements.update(tx, procurement, state="scored")


async def record_lots(call: Call, command: DrawLots) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("approve_award", procurement["organisation"], procurement["jurisdiction"])
        await apart(tx, procurement)
        must_be(procurement, "scored", "proposed")
        ranking = await store.ranking(tx, procurement["id"])
        _decide(tx, procurement, Lots(command.order, person), ranking)
        await store.save_lots(tx, procurement, command.order, person)
        tx.emit(LotsDrawn(**procurements.about(procurement), confirmed=False, order=list(command.order)))
        return tx.answer(201, ranking_view(procurement, ranking))


async def confirm_lots(call: Call, command: ConfirmLots) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("approve_award", procurement["organisation"], procurement["jurisdiction"])
        await apart(tx, procurement)
        must_be(procurement, "scored", "proposed")
        drawn = await store.drawn_lots(tx, procurement["id"])
        ranking = await store.ranking(tx, procurement["id"])
        _decide(tx, procurement, Lots(tuple(drawn["bid_ids"]), drawn["drawn_by"], person), ranking)
        await store.place_by_lots(tx, drawn, ranking, person)
        ranking = await store.ranking(tx, procurement["id"])
        tx.emit(LotsDrawn(**procurements.about(procurement), confirmed=True, ranking=_as_told(ranking)))
        return tx.answer(200, ranking_view(procurement, ranking))


def _as_told(ranking: list[Row]) -> list[RankedBid]:
    """The places, for the audit."""
    return [
        RankedBid(
            **{name: row[name] for name in ("bid_id", "provider_id", "price", "total", "rank")}, facts=PLACED(row)
        )
        for row in ranking
    ]


def _decide(tx: Transaction, procurement: Row, lots: Lots, ranking: list[Row]) -> None:
    tied = store.tied_groups(ranking)
    tx.decided(draw_lots(lots, tied, procurement["method"], _section(tx, procurement), tx.today))


def _section(tx: Transaction, procurement: Row) -> ScoreSection:
    return tx.under(rulebooks().get(procurement["rulebook"])).section(ScoreSection)
