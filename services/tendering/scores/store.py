"""Queries about scores, the ranking and what evaluation said of the bidders before."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.opening import store as opening
from services.tendering.scores.rules import Bid, Ranked, Sheet
from services.tendering.tables import bids, evaluations, lots, providers, rankings, score_sheets, scores, standings
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction

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
    sa.literal("imported"),
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
_PLACE = (
    sa.update(rankings)
    .where(rankings.c.bid_id == sa.bindparam("bid", type_=sa.Uuid))
    .values(rank=sa.bindparam("place"), tied=False, decided_by="lot")
)
_LOTS = (
    sa.select(lots)
    .where(lots.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid), lots.c.state == "drawn")
    .order_by(lots.c.id.desc())
)


async def qualified(reader: Reader, procurement_id: UUID) -> dict[UUID, UUID]:
    """The qualified bids and their bidders."""
    return {row["id"]: row["provider_id"] for row in await reader.all(_QUALIFIED, procurement_id=procurement_id)}


async def sheets_given(reader: Reader, procurement_id: UUID, person: UUID) -> int:
    """How many sheets the member gave so far."""
    return int(await reader.value(_COUNT, procurement_id=procurement_id, person_id=person))


async def save_sheet(
    tx: Transaction, procurement_id: UUID, person: UUID, sheet: Sheet, number: int, reason: str | None
) -> None:
    """A member's points, in the place of those on the sheet before."""
    of = {"procurement_id": procurement_id, "person_id": person}
    await tx.insert(score_sheets, **of, number=number, reason=reason, given_at=tx.now)
    await tx.insert_many(
        scores,
        [
            {**of, "bid_id": bid, "factor": code, "points": points, "sheet": number}
            for (bid, code), points in sheet.items()
        ],
    )


async def list_sheets(reader: Reader, procurement_id: UUID, shown: Slice, person: UUID | None) -> list[Row]:
    """A page of the sheets given, former ones too; with `person` of this member's alone."""
    if person is None:
        return await reader.all(shown.of(_SHEETS), procurement_id=procurement_id)
    return await reader.all(shown.of(_SHEETS.where(_OF_MEMBER)), procurement_id=procurement_id, person_id=person)


async def points_on(reader: Reader, sheets: Sequence[Row]) -> dict[tuple[UUID, int], list[Row]]:
    """What these sheets of one procurement say, by member and number."""
    found: dict[tuple[UUID, int], list[Row]] = {(row["person_id"], row["number"]): [] for row in sheets}
    for row in await reader.all(_ALL_SCORES, procurement_id=sheets[0]["procurement_id"]) if sheets else []:
        if (row["person_id"], row["sheet"]) in found:
            found[row["person_id"], row["sheet"]].append(row)
    return found


async def sheets(reader: Reader, procurement_id: UUID) -> dict[UUID, dict[tuple[UUID, str], Decimal]]:
    """The sheets that count, by member."""
    found: dict[UUID, dict[tuple[UUID, str], Decimal]] = {}
    for row in await reader.all(_SCORES, procurement_id=procurement_id):
        found.setdefault(row["person_id"], {})[row["bid_id"], row["factor"]] = row["points"]
    return found


async def scored_bids(tx: Transaction, procurement_id: UUID, competing: dict[UUID, UUID]) -> list[Bid]:
    """The competing bids as they are scored, by id."""
    contents = await opening.offers(tx, procurement_id)
    grades = await latest_grades(tx, competing.values())
    return [Bid(bid, contents[bid], grades.get(provider)) for bid, provider in sorted(competing.items())]


async def known_results(reader: Reader, provider_ids: Iterable[UUID]) -> list[Row]:
    """What is known of these providers' service, the latest first: what evaluation concluded here, and results of
    before that the registry imported."""
    return await reader.all(_RESULTS, providers=list(provider_ids))


async def latest_grades(reader: Reader, provider_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The grade of each provider's latest final result; newcomers are absent."""
    latest: dict[UUID, str] = {}
    for row in await known_results(reader, provider_ids):
        if row["kind"] != "mid":
            latest.setdefault(row["provider_id"], row["grade"])
    return latest


async def save_ranking(
    tx: Transaction, procurement_id: UUID, ranked: Sequence[Ranked], bidders: dict[UUID, UUID]
) -> None:
    await tx.insert_many(
        rankings,
        [
            {
                "bid_id": one.scored.id,
                "procurement_id": procurement_id,
                "provider_id": bidders[one.scored.id],
                "price": one.scored.price,
                "points": {code: str(points) for code, points in one.scored.points.items()},
                "technical": one.scored.technical,
                "total": one.scored.total,
                "rank": one.rank,
                "tied": one.decided_by == "tie",
                "decided_by": one.decided_by,
            }
            for one in ranked
        ],
    )


async def ranking(reader: Reader, procurement_id: UUID) -> list[Row]:
    """The ranking, first place first, with the bidders' titles."""
    return await reader.all(_RANKING, procurement_id=procurement_id)


def tied_groups(ranking: Iterable[Row]) -> list[frozenset[UUID]]:
    """The bids that share a rank, group by group."""
    groups: dict[int, set[UUID]] = {}
    for row in ranking:
        if row["tied"]:
            groups.setdefault(row["rank"], set()).add(row["bid_id"])
    return [frozenset(group) for group in groups.values()]


async def save_lots(tx: Transaction, procurement: Row, order: Sequence[UUID], person: UUID) -> None:
    await tx.insert(
        lots,
        id=new_id(),
        key=procurement["key"],
        version=1,
        jurisdiction=procurement["jurisdiction"],
        organisation=procurement["organisation"],
        procurement_id=procurement["id"],
        bid_ids=list(order),
        drawn_by=person,
        state="drawn",
    )


async def drawn_lots(tx: Transaction, procurement_id: UUID) -> Row:
    """The order that was drawn last and is not confirmed; raises NotFound."""
    row = await tx.one(_LOTS, procurement_id=procurement_id)
    if row is None:
        raise NotFound
    return row


async def place_by_lots(tx: Transaction, drawn: Row, ranking: Iterable[Row], person: UUID) -> None:
    """Gives the equals their places in the order drawn."""
    first = min(row["rank"] for row in ranking if row["bid_id"] in drawn["bid_ids"])
    for place, bid in enumerate(drawn["bid_ids"], first):
        await tx.run(_PLACE, bid=bid, place=place)
    await tx.update(lots, drawn["id"], state="confirmed", confirmed_by=person)
