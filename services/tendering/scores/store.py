"""Queries about scores, the ranking and what evaluation said of the bidders before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.opening import store as opening
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.scores.records import (
    DrawnLots,
    GivenSheet,
    HandedIn,
    KnownResult,
    LotsState,
    Place,
    SheetPoints,
    TitledPlace,
)
from services.tendering.scores.rules import Bid, Ranked, Sheet
from services.tendering.scores.signs import Handed, Sign, signs_in
from services.tendering.tables import bids, evaluations, lots, providers, rankings, score_sheets, scores, standings
from shared.fields.ids import new_id
from shared.law.rulebook import Items
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction

_QUALIFIED = sa.select(bids.c.id, bids.c.provider_id).where(
    bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid), bids.c.qualified
)
_given = scores.alias("given")
_LAST_SHEET = (
    sa.select(sa.func.max(_given.c.sheet))
    .where(_given.c.procurement_id == scores.c.procurement_id, _given.c.person_id == scores.c.person_id)
    .correlate(scores)
    .scalar_subquery()
)
_ALL_SCORES = sa.select(scores).where(scores.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
_SCORES = _ALL_SCORES.where(scores.c.sheet == _LAST_SHEET)
_SHEETS = sa.select(score_sheets).where(score_sheets.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
_OF_MEMBER = score_sheets.c.person_id == sa.bindparam("person_id", type_=sa.Uuid)
_COUNT = _SHEETS.where(_OF_MEMBER).with_only_columns(sa.func.count())
_HANDED = (
    sa.select(bids.c.id, bids.c.submitted_by, bids.c.qualified, providers.c.title)
    .join(providers, providers.c.id == bids.c.provider_id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
)
_PROVIDERS = sa.bindparam("providers", type_=ARRAY(sa.Uuid))
_CONCLUDED = sa.select(
    evaluations.c.provider_id,
    evaluations.c.jurisdiction,
    evaluations.c.rulebook,
    evaluations.c.kind,
    sa.cast(evaluations.c.score, sa.Text).label("score"),
    evaluations.c.grade,
    evaluations.c.concluded_on,
).where(evaluations.c.provider_id == sa.any_(_PROVIDERS))
_IMPORTED = sa.select(
    standings.c.provider_id,
    standings.c.jurisdiction,
    standings.c.rulebook,
    sa.literal("imported").label("kind"),
    standings.c.score,
    standings.c.grade,
    standings.c.concluded_on,
).where(
    standings.c.provider_id == sa.any_(_PROVIDERS),
    standings.c.grade.is_not(None),
    standings.c.concluded_on.is_not(None),
    standings.c.cause.not_in(sa.select(evaluations.c.id).where(evaluations.c.provider_id == standings.c.provider_id)),
)
_RESULTS = sa.union_all(_CONCLUDED, _IMPORTED).order_by(sa.desc("concluded_on"))
_RANKING = (
    sa.select(rankings, providers.c.title)
    .join(providers, providers.c.id == rankings.c.provider_id)
    .where(rankings.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(rankings.c.rank, rankings.c.bid_id)
)
_PLACE = "UPDATE rankings SET rank = $2, tied = false, decided_by = 'lot' WHERE bid_id = $1"
_LOTS = (
    sa.select(lots)
    .where(lots.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid), lots.c.state == LotsState.DRAWN)
    .order_by(lots.c.id.desc())
)


async def qualified(reader: Reader, procurement_id: UUID) -> dict[UUID, UUID]:
    """The qualified bids and their bidders."""
    return dict(await reader.all(_QUALIFIED, procurement_id=procurement_id))


async def sheets_given(reader: Reader, procurement_id: UUID, person: UUID) -> int:
    """How many sheets the member gave so far."""
    return int(await reader.value(_COUNT, procurement_id=procurement_id, person_id=person))


async def keep_sheet(
    tx: Transaction,
    procurement_id: UUID,
    person: UUID,
    sheet: Sheet,
    number: int,
    reason: str | None,
    signs: list[dict[str, Any]],
) -> GivenSheet:
    """A member's points and what they say of signs, in the place of those on the sheet before."""
    given = await tx.add(
        GivenSheet(
            procurement_id=procurement_id,
            person_id=person,
            number=number,
            reason=reason,
            given_at=tx.now,
            signs=signs,
        )
    )
    for (bid, code), points in sheet.items():
        await tx.add(
            SheetPoints(
                procurement_id=procurement_id,
                person_id=person,
                bid_id=bid,
                factor=code,
                points=points,
                sheet=number,
            )
        )
    return given


async def said_of_signs(reader: Reader, procurement_id: UUID) -> dict[UUID, list[dict[str, Any]]]:
    """What each member says of signs of concert, on the sheet that counts."""
    given = await reader.all(_SHEETS.order_by(score_sheets.c.number), GivenSheet, procurement_id=procurement_id)
    return {sheet.person_id: sheet.signs for sheet in given}


async def signs_shown(reader: Reader, procurement: Procurement, listed: Items) -> frozenset[Sign]:
    """The signs of concert that the opened bids show, of those that are qualified."""
    if not listed:
        return frozenset()
    offers = await opening.offers(reader, procurement.id)
    who = {each.id: each for each in await reader.all(_HANDED, HandedIn, procurement_id=procurement.id)}
    handed = {bid: Handed(offer, who[bid].submitted_by, who[bid].title) for bid, offer in offers.items()}
    return frozenset(each for each in signs_in(handed, listed) if who[each[0]].qualified)


async def list_sheets(reader: Reader, procurement_id: UUID, shown: Slice, person: UUID | None) -> list[GivenSheet]:
    """A page of the sheets given, former ones too; with `person` of this member's alone."""
    given = _SHEETS if person is None else _SHEETS.where(_OF_MEMBER)
    return await reader.all(shown.of(given), GivenSheet, procurement_id=procurement_id, person_id=person)


async def points_on(reader: Reader, sheets: Sequence[GivenSheet]) -> dict[tuple[UUID, int], list[SheetPoints]]:
    """What these sheets of one procurement say, by member and number."""
    found: dict[tuple[UUID, int], list[SheetPoints]] = {(sheet.person_id, sheet.number): [] for sheet in sheets}
    of = sheets[0].procurement_id if sheets else None
    for one in await reader.all(_ALL_SCORES, SheetPoints, procurement_id=of) if of else []:
        if (one.person_id, one.sheet) in found:
            found[one.person_id, one.sheet].append(one)
    return found


async def sheets(reader: Reader, procurement_id: UUID) -> dict[UUID, dict[tuple[UUID, str], Decimal]]:
    """The sheets that count, by member."""
    found: dict[UUID, dict[tuple[UUID, str], Decimal]] = {}
    for one in await reader.all(_SCORES, SheetPoints, procurement_id=procurement_id):
        found.setdefault(one.person_id, {})[one.bid_id, one.factor] = one.points
    return found


async def scored_bids(tx: Transaction, procurement_id: UUID, competing: Mapping[UUID, UUID]) -> list[Bid]:
    """The competing bids as they are scored, by id."""
    contents = await opening.offers(tx, procurement_id)
    grades = await latest_grades(tx, competing.values())
    return [Bid(bid, contents[bid], grades.get(provider)) for bid, provider in sorted(competing.items())]


async def known_results(reader: Reader, provider_ids: Iterable[UUID]) -> list[KnownResult]:
    """What is known of these providers' service, the latest first: what evaluation concluded here, and results of
    before that the registry imported."""
    return await reader.all(_RESULTS, KnownResult, providers=list(provider_ids))


async def latest_grades(reader: Reader, provider_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The grade of each provider's latest final result; newcomers are absent."""
    latest: dict[UUID, str] = {}
    for known in await known_results(reader, provider_ids):
        if known.kind != "mid":
            latest.setdefault(known.provider_id, known.grade)
    return latest


async def keep_ranking(
    tx: Transaction, procurement_id: UUID, ranked: Iterable[Ranked], bidders: Mapping[UUID, UUID]
) -> list[Place]:
    """Keeps the places, first place first, in the stead of those before, if there are any."""
    tx.write("rankings", "DELETE FROM rankings WHERE procurement_id = $1", procurement_id)
    places = [
        await tx.add(
            Place(
                bid_id=one.scored.id,
                procurement_id=procurement_id,
                provider_id=bidders[one.scored.id],
                price=one.scored.price,
                points={code: str(points) for code, points in one.scored.points.items()},
                technical=one.scored.technical,
                total=one.scored.total,
                rank=one.rank,
                tied=one.decided_by == "tie",
                decided_by=one.decided_by,
                evaluated_price=one.scored.evaluated,
            )
        )
        for one in ranked
    ]
    return sorted(places, key=_in_order)


def _in_order(place: Place) -> tuple[int, UUID]:
    return place.rank, place.bid_id


async def ranking(reader: Reader, procurement_id: UUID) -> list[TitledPlace]:
    """The ranking, first place first, with the bidders' titles."""
    return await reader.all(_RANKING, TitledPlace, procurement_id=procurement_id)


def tied_groups(ranking: Iterable[Place]) -> list[frozenset[UUID]]:
    """The bids that share a rank, group by group."""
    groups: dict[int, set[UUID]] = {}
    for place in ranking:
        if place.tied:
            groups.setdefault(place.rank, set()).add(place.bid_id)
    return [frozenset(group) for group in groups.values()]


async def keep_lots(tx: Transaction, procurement: Procurement, order: Sequence[UUID], person: UUID) -> None:
    """Keeps the order drawn; one that was drawn of the same bids before is void."""
    owner = procurements.owner(procurement)
    await void_lots(tx, procurement.id, order)
    await tx.add(DrawnLots(id=new_id(), version=1, **owner, bid_ids=list(order), drawn_by=person))


async def void_lots(tx: Transaction, procurement_id: UUID, bids: Iterable[UUID] | None = None) -> None:
    """An order that nobody has confirmed decides nothing any more: one of these bids, or any."""
    for drawn in await tx.all(_LOTS, DrawnLots, procurement_id=procurement_id):
        if bids is None or not set(bids).isdisjoint(drawn.bid_ids):
            await tx.save(drawn, replace(drawn, state=LotsState.VOID))


async def drawn_lots(tx: Transaction, procurement_id: UUID) -> DrawnLots:
    """The order that was drawn last and is not confirmed; raises NotFound."""
    drawn = await tx.one(_LOTS, DrawnLots, procurement_id=procurement_id)
    if drawn is None:
        raise NotFound
    return drawn


async def place_by_lots(
    tx: Transaction, drawn: DrawnLots, ranking: Sequence[TitledPlace], person: UUID
) -> list[TitledPlace]:
    """Gives the equals their places in the order drawn; returns the ranking as it then is."""
    first = min(place.rank for place in ranking if place.bid_id in drawn.bid_ids)
    ranks = {bid: rank for rank, bid in enumerate(drawn.bid_ids, first)}
    for bid, rank in ranks.items():
        tx.write("rankings", _PLACE, bid, rank)
    await tx.save(drawn, replace(drawn, state=LotsState.CONFIRMED, confirmed_by=person))
    placed = [
        replace(place, rank=ranks[place.bid_id], tied=False, decided_by="lot") if place.bid_id in ranks else place
        for place in ranking
    ]
    return sorted(placed, key=_in_order)
