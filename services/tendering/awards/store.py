"""Queries about awards."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.scores import store as scores
from services.tendering.tables import awards, qualification_results
from shared.events.registry import CitedClause
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction

LOT = 1
"""Lots of one procurement are not divided yet: everything is lot 1."""

_AWARD = sa.select(awards).where(awards.c.id == sa.bindparam("id", type_=sa.Uuid))
_AWARDS = (
    sa.select(awards)
    .where(awards.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(awards.c.lot, awards.c.round)
)
_OF_ROUND = sa.select(awards).where(
    awards.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
    awards.c.lot == sa.bindparam("lot", type_=sa.Integer),
    awards.c.round == sa.bindparam("round", type_=sa.Integer),
)
_FAILED = (
    sa.select(qualification_results.c.bid_id, qualification_results.c.condition)
    .where(
        qualification_results.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
        sa.not_(qualification_results.c.met),
    )
    .order_by(qualification_results.c.condition)
)


async def of_procurement(reader: Reader, procurement_id: UUID) -> list[Row]:
    """All rounds, oldest first."""
    return await reader.all(_AWARDS, procurement_id=procurement_id)


async def list_rounds(
    reader: Reader, procurement_id: UUID, shown: Slice, states: Sequence[str] | None = None
) -> list[Row]:
    """A page of them; with `states` of those in one of these."""
    rounds = (
        _AWARDS
        if states is None
        else _AWARDS.where(awards.c.state == sa.any_(sa.literal(list(states), ARRAY(sa.Text))))
    )
    return await reader.all(shown.of(rounds), procurement_id=procurement_id)


async def candidate(reader: Reader, procurement_id: UUID) -> Row | None:
    """The first in rank who was not proposed yet; None when all were."""
    tried = {award["bid_id"] for award in await of_procurement(reader, procurement_id)}
    ranking = await scores.ranking(reader, procurement_id)
    return next((row for row in ranking if row["bid_id"] not in tried), None)


async def live(reader: Reader, procurement_id: UUID) -> Row | None:
    """The round that stands or is under way; None when there is none."""
    rounds = await of_procurement(reader, procurement_id)
    return next((award for award in rounds if award["state"] not in ("blocked", "withdrawn")), None)


async def insert(tx: Transaction, procurement: Row, candidate: Row, person: UUID, reasons: Mapping[str, str]) -> Row:
    """The next round, for this candidate."""
    award_id = new_id()
    before = await of_procurement(tx, procurement["id"])
    await tx.insert(
        awards,
        id=award_id,
        key=procurement["key"],
        version=1,
        jurisdiction=procurement["jurisdiction"],
        organisation=procurement["organisation"],
        procurement_id=procurement["id"],
        lot=LOT,
        round=len(before) + 1,
        bid_id=candidate["bid_id"],
        provider_id=candidate["provider_id"],
        amount=candidate["price"],
        state="proposed",
        cover="asked",
        proposed_by=person,
        reasons=dict(reasons),
        findings=[],
        choice_reasons={},
    )
    return await get(tx, award_id)


async def lock(tx: Transaction, award_id: UUID) -> Row:
    return await tx.lock_row(awards, award_id)


async def of_round(tx: Transaction, procurement_id: UUID, lot: int, round_: int) -> Row | None:
    """The award of a round; its key must be locked."""
    return await tx.one(_OF_ROUND, procurement_id=procurement_id, lot=lot, round=round_)


async def update(tx: Transaction, award: Row, **values: Any) -> Row:
    await tx.update(awards, award["id"], **values)
    return await get(tx, award["id"])


async def get(reader: Reader, award_id: UUID) -> Row:
    row = await reader.one(_AWARD, id=award_id)
    if row is None:
        raise NotFound
    return row


def cited(award: Row) -> list[CitedClause]:
    """What the registry found for this award."""
    return [CitedClause.model_validate(found) for found in award["findings"]]


async def failed_conditions(reader: Reader, procurement_id: UUID) -> dict[UUID, list[str]]:
    """By bid, the conditions it did not meet."""
    failed: dict[UUID, list[str]] = {}
    for row in await reader.all(_FAILED, procurement_id=procurement_id):
        failed.setdefault(row["bid_id"], []).append(row["condition"])
    return failed
