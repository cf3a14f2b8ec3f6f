"""Commands on scores: a member's sheet, the ranking that the last sheet brings, lots among equals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.bids.declarations import Declared, deduction
from services.tendering.explanations.looks import looked_at
from services.tendering.explanations.store import undecided
from services.tendering.files import store as files
from services.tendering.files.small_enterprises import NOTHING_SAID
from services.tendering.panels import store as panels
from services.tendering.panels.interests import apart, declared_by_me
from services.tendering.panels.records import FormedPanel, Seat
from services.tendering.panels.rules import Member, Panel, composition
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rescorings import store as rescorings
from services.tendering.rescorings.events import RescoringEnded
from services.tendering.rescorings.records import Rescoring, RescoringState
from services.tendering.rescorings.rules import within_faults
from services.tendering.rulebook import PanelSection, PreferenceSection, RescoringSection, ReviewSection, ScoreSection
from services.tendering.scores import store
from services.tendering.scores.events import BidsRanked, GivenPoints, LotsDrawn, RankedBid, ScoresGiven
from services.tendering.scores.records import Place
from services.tendering.scores.rules import (
    UNEQUAL,
    Lots,
    Scored,
    Scoring,
    Sheet,
    draw_lots,
    may_score,
    rank,
    score,
    unlike,
)
from services.tendering.scores.signs import Sign, concerted
from services.tendering.scores.views import SheetView, ranking_view
from services.tendering.tables import PLACED, SAID_OF_SIGNS
from shared.law.decision import Decision, decide
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from shared.people.interest import InterestSection, employed
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class SaidOfSign:
    """What a member says of a sign of concert in a bid: whether it is concerted, and why."""

    bid_id: UUID
    sign: str
    concerted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ScoreBids:
    """A member's sheet: points for every qualified bid on every factor that members score. Before the ranking a member
    sets the own sheet right by another, with the reason; once the sums are drawn, only where the panel found it at
    fault (D87-64.1)."""

    procurement_id: UUID
    sheet: dict[tuple[UUID, str], Decimal]
    reason: str | None = None
    signs: tuple[SaidOfSign, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawLots:
    """A person records the order drawn among bids that share a rank."""

    procurement_id: UUID
    order: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ConfirmLots:
    """Another person confirms it."""

    procurement_id: UUID


_RANKED = (ProcurementState.SCORED, ProcurementState.PROPOSED)
"""States in which lots may decide among equals."""


async def score_bids(call: Call, command: ScoreBids) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(
            Procurement,
            command.procurement_id,
            "score_bids",
            by=None,
            states=(ProcurementState.REVIEWED, ProcurementState.RESCORING),
            fresh=False,
        )
        panel, members, seat = await panels.membership(tx, procurement.id, person)
        number = await store.sheets_given(tx, procurement.id, person) + 1
        rescoring = await rescorings.live(tx, procurement.id)
        if rescoring is not None:
            must_be(rescoring, (RescoringState.OPEN,))
        if number > 1 and command.reason is None:
            raise WrongState("scored", "not_yet_scored")
        if await undecided(tx, procurement.id):
            raise WrongState("price_asked_about", "every_price_decided")
        if procurement.state is ProcurementState.REVIEWED:
            tx.decided(await looked_at(tx, procurement, active_of(members)))
        competing = await store.qualified(tx, procurement.id)
        section = tx.law(procurement, ScoreSection)
        scoring = await _scoring(tx, procurement, seat, competing, command)
        scoring = replace(scoring, others=await _standing(tx, procurement, members, seat))
        said = await _said(tx, procurement, person, command)
        shown = await store.signs_shown(tx, procurement, section.collusion_signs)
        scoring = replace(scoring, signs=shown, said=frozenset(_voice(said)))
        sheet = tx.decided(may_score(scoring, section, tx.today))
        if rescoring is not None:
            await _within_faults(tx, procurement, rescoring, person, sheet)
        tx.decided(lawful(procurement, panel, active_of(members)))
        given = await store.keep_sheet(tx, procurement.id, person, sheet, number, command.reason, said)
        members = panels.with_seat(members, await panels.set_scored(tx, seat))
        points = [GivenPoints(bid_id=bid, factor=code, points=given) for (bid, code), given in sheet.items()]
        about, digest = procurements.about(procurement), panels.sealed(panel, members)
        tx.emit(ScoresGiven(**about, points=points, sheet=number, panel=digest, facts=SAID_OF_SIGNS(given)))
        procurement = await rank_if_complete(tx, procurement, panel, members)
        active = active_of(members)
        done = sum(one.scored for one in active)
        view = SheetView(procurement_id=procurement.id, state=procurement.state, scored=done, members=len(active))
        return tx.answer(201, view)


async def _said(tx: Transaction, procurement: Procurement, person: UUID, command: ScoreBids) -> list[dict[str, Any]]:
    """What the member says of signs; who scores again after the sums said it before (D87-64.1)."""
    before = (await store.said_of_signs(tx, procurement.id)).get(person)
    if before is not None and procurement.state is ProcurementState.RESCORING:
        return before
    return [
        {"bid_id": str(one.bid_id), "sign": one.sign, "concerted": one.concerted, "reason": one.reason}
        for one in command.signs
    ]


def _voice(said: Iterable[Mapping[str, Any]]) -> dict[Sign, bool]:
    answers = [SaidOfSign(**{**one, "bid_id": UUID(str(one.get("bid_id")))}) for one in said]
    return {(one.bid_id, one.sign): one.concerted for one in answers}


async def _competing(
    tx: Transaction, procurement: Procurement, active: Sequence[Seat], before: Sequence[Place]
) -> dict[UUID, UUID]:
    """The bids that are ranked: those qualified that the panel does not find concerted; once the sums are drawn, those
    that were ranked then."""
    qualified = await store.qualified(tx, procurement.id)
    if before:
        return {place.bid_id: place.provider_id for place in before}
    members = {seat.person_id for seat in active}
    said = (await store.said_of_signs(tx, procurement.id)).items()
    out = concerted([_voice(signs) for who, signs in said if who in members], len(members))
    return {bid: provider for bid, provider in qualified.items() if bid not in out}


async def _within_faults(
    tx: Transaction, procurement: Procurement, rescoring: Rescoring, person: UUID, sheet: Sheet
) -> None:
    """After the sums are drawn a sheet is another one only where its points were found at fault."""
    faults = rescoring.faults_of(person)
    before = (await store.sheets(tx, procurement.id)).get(person, {})
    section = rulebooks().get(procurement.rulebook).section(RescoringSection, Case.of(procurement))
    tx.decided(within_faults(sheet, before, faults, section, tx.today))


async def _standing(
    tx: Transaction, procurement: Procurement, members: Sequence[Seat], seat: Seat
) -> dict[UUID, Sheet]:
    """The other members' sheets that stand; none for who sets the own one right while somebody has yet to score."""
    others = [one for one in active_of(members) if one.person_id != seat.person_id]
    if seat.scored and not all(one.scored for one in others):
        return {}
    scored = {one.person_id for one in others if one.scored}
    sheets = await store.sheets(tx, procurement.id) if scored else {}
    return {who: sheet for who, sheet in sheets.items() if who in scored}


async def _scoring(
    tx: Transaction, procurement: Procurement, seat: Seat, competing: dict[UUID, UUID], command: ScoreBids
) -> Scoring:
    file = await files.published(tx, procurement)
    bidders = await bids.bidders(tx, procurement.id)
    section = rulebooks().get(procurement.rulebook).section(InterestSection)
    elsewhere = [ground for provider, ground in (await declared_by_me(tx)).items() if provider in bidders]
    grounds = tuple(seat.grounds.values()) or tuple(elsewhere)
    tied = employed(tx.actor.ties, bidders, section, tx.today)  # by a declaration too, whose ground then says more
    return Scoring(
        sheet=command.sheet,
        factors=tuple(files.contents_of(file).factors),
        bids=frozenset(competing),
        declared=seat.declared,
        grounds=grounds,
        of_bidder=bool(tied and not grounds),
    )


async def rank_if_complete(
    tx: Transaction, procurement: Procurement, panel: FormedPanel, members: Sequence[Seat]
) -> Procurement:
    """Ranks the bids when every active member of a lawful panel has scored, objective factors alike, every low price
    was looked at, and every one that was asked about is decided on; else nothing happens yet."""
    active = active_of(members)
    scored = bool(active) and all(member.scored for member in active)
    if not scored or lawful(procurement, panel, active).refused or await undecided(tx, procurement.id):
        return procurement
    if not await _agree(tx, procurement, active):
        return procurement
    if procurement.state is ProcurementState.RESCORING:
        rescoring = await rescorings.live(tx, procurement.id)
        opened = rescoring is not None and rescoring.state is RescoringState.OPEN
        return await _rank(tx, procurement, panel, active, rescoring) if opened else procurement
    if procurement.state is not ProcurementState.REVIEWED or (await looked_at(tx, procurement, active)).refused:
        return procurement
    return await _rank(tx, procurement, panel, active)


async def _agree(tx: Transaction, procurement: Procurement, active: Sequence[Seat]) -> bool:
    """Whether these members' sheets are alike on every objective factor: one who set theirs right may differ from
    another when the last one, whose sheet was waited for, withdraws."""
    factors = files.contents_of(await files.published(tx, procurement)).factors
    if UNEQUAL not in tx.law(procurement, ScoreSection).score_change_grounds:
        return True
    sheets = await store.sheets(tx, procurement.id)
    first, *others = [sheets[seat.person_id] for seat in active]
    return not any(unlike(first, other, factors) for other in others)


def lawful(procurement: Procurement, panel: FormedPanel, active: Iterable[Seat]) -> Decision[Panel]:
    """Without the members who withdrew the panel must still be one; else it is named anew first."""
    section = rulebooks().get(procurement.rulebook).section(PanelSection, Case.of(procurement))
    members = tuple(Member(seat.person_id, seat.role) for seat in active)
    asked = Panel(procurement.budget, members, panel.draw_reference)
    return decide(composition(asked, section), asked)


def active_of(members: Iterable[Seat]) -> list[Seat]:
    return [seat for seat in members if not seat.interested]


async def _rank(
    tx: Transaction,
    procurement: Procurement,
    panel: FormedPanel,
    active: Sequence[Seat],
    rescoring: Rescoring | None = None,
) -> Procurement:
    before = await store.ranking(tx, procurement.id)
    competing = await _competing(tx, procurement, active, before)
    least = tx.law(procurement, ReviewSection).least_qualified
    if len(competing) < least.value:
        return await fail(tx, procurement, "too_few_qualified", least.clause, await bids.bidders(tx, procurement.id))
    scored = await scored_by(tx, procurement, active, before)
    ranked = rank(scored, tx.law(procurement, ScoreSection))
    await store.void_lots(tx, procurement.id)
    places = await store.keep_ranking(tx, procurement.id, ranked, competing)
    await panels.set_done(tx, panel)
    about = procurements.about(procurement)
    if rescoring is not None:
        changed = [(place.bid_id, place.rank) for place in before] != [(place.bid_id, place.rank) for place in places]
        await rescorings.end(tx, rescoring, RescoringState.DONE, changed)
        tx.emit(RescoringEnded(**about, number=rescoring.number, changed=changed))
    tied = any(one.decided_by == "tie" for one in ranked)
    tx.emit(BidsRanked(**about, bids=len(ranked), tied=tied, ranking=_as_told(places)))
    return await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.SCORED))


async def scored_by(
    tx: Transaction, procurement: Procurement, active: Sequence[Seat], before: Sequence[Place]
) -> list[Scored]:
    """The bids with all their points. What was computed for the ranking before stays as it was then: a grade that its
    bidder got meanwhile changes no result."""
    file, section = await files.published(tx, procurement), tx.law(procurement, ScoreSection)
    contents = files.contents_of(file)
    said, preference = contents.small_enterprises or NOTHING_SAID, tx.law(procurement, PreferenceSection)
    competitors = [
        replace(bid, deduction=tx.decided(deduction(Declared(bid.content.declaration, said), preference)))
        for bid in await store.scored_bids(tx, procurement.id, await _competing(tx, procurement, active, before))
    ]
    members = {seat.person_id for seat in active}
    given = [sheet for who, sheet in (await store.sheets(tx, procurement.id)).items() if who in members]
    computed = {(place.bid_id, code): Decimal(said) for place in before for code, said in place.points.items()}
    drops = section.drops_extremes.value
    return score(competitors, contents.factors, given, drops_extremes=drops, computed=computed)


async def record_lots(call: Call, command: DrawLots) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "approve_award", fresh=False)
        await apart(tx, procurement)
        must_be(procurement, _RANKED)
        ranking = await store.ranking(tx, procurement.id)
        _decide(tx, procurement, Lots(command.order, person), ranking)
        await store.keep_lots(tx, procurement, command.order, person)
        tx.emit(LotsDrawn(**procurements.about(procurement), confirmed=False, order=list(command.order)))
        return tx.answer(201, ranking_view(procurement, ranking))


async def confirm_lots(call: Call, command: ConfirmLots) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "approve_award", fresh=False)
        await apart(tx, procurement)
        must_be(procurement, _RANKED)
        drawn = await store.drawn_lots(tx, procurement.id)
        tied = await store.ranking(tx, procurement.id)
        _decide(tx, procurement, Lots(tuple(drawn.bid_ids), drawn.drawn_by, person), tied)
        ranking = await store.place_by_lots(tx, drawn, tied, person)
        told, order = procurements.about(procurement), list(drawn.bid_ids)
        tx.emit(LotsDrawn(**told, confirmed=True, ranking=_as_told(ranking), order=order))
        return tx.answer(200, ranking_view(procurement, ranking))


def _as_told(ranking: Iterable[Place]) -> list[RankedBid]:
    """The places, for the audit."""
    return [
        RankedBid(
            bid_id=place.bid_id,
            provider_id=place.provider_id,
            price=place.price,
            total=place.total,
            rank=place.rank,
            facts=PLACED(place),
        )
        for place in ranking
    ]


def _decide(tx: Transaction, procurement: Procurement, lots: Lots, ranking: Iterable[Place]) -> None:
    tied, section = store.tied_groups(ranking), tx.law(procurement, ScoreSection)
    tx.decided(draw_lots(lots, tied, section, tx.today))
