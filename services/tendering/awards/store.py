"""Queries about awards."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.awards.records import ENDED, Award, ReasonCorrection
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.scores import store as scores
from services.tendering.scores.records import TitledPlace
from services.tendering.tables import awards, qualification_results, reason_corrections
from shared.events.registry import CitedClause
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction

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
_CORRECTIONS = sa.select(reason_corrections).where(
    reason_corrections.c.award_id == sa.bindparam("award_id", type_=sa.Uuid)
)
_COUNT = _CORRECTIONS.with_only_columns(sa.func.count())
_LATER = qualification_results.alias()
_FAILED = (
    sa.select(qualification_results.c.bid_id, qualification_results.c.condition)
    .where(
        qualification_results.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
        sa.not_(qualification_results.c.met),
        ~sa.exists().where(
            _LATER.c.bid_id == qualification_results.c.bid_id,
            _LATER.c.condition == qualification_results.c.condition,
            _LATER.c.number > qualification_results.c.number,
        ),
    )
    .order_by(qualification_results.c.condition)
)


async def of_procurement(reader: Reader, procurement_id: UUID) -> list[Award]:
    """All rounds, oldest first."""
    return await reader.all(_AWARDS, Award, procurement_id=procurement_id)


async def list_rounds(
    reader: Reader, procurement_id: UUID, shown: Slice, states: Sequence[str] | None = None
) -> list[Award]:
    """A page of them; with `states` of those in one of these."""
    rounds = (
        _AWARDS
        if states is None
        else _AWARDS.where(awards.c.state == sa.any_(sa.literal(list(states), ARRAY(sa.Text))))
    )
    return await reader.all(shown.of(rounds), Award, procurement_id=procurement_id)


async def candidate(reader: Reader, procurement_id: UUID, rounds: Sequence[Award]) -> TitledPlace | None:
    """The first in rank who was not proposed in one of these rounds; None when all were."""
    tried = {award.bid_id for award in rounds}
    ranking = await scores.ranking(reader, procurement_id)
    return next((place for place in ranking if place.bid_id not in tried), None)


async def live(reader: Reader, procurement_id: UUID) -> Award | None:
    """The round that stands or is under way; None when there is none."""
    rounds = await of_procurement(reader, procurement_id)
    return next((award for award in rounds if award.state not in ENDED), None)


async def add(
    tx: Transaction,
    procurement: Procurement,
    number: int,
    candidate: TitledPlace,
    person: UUID,
    reasons: Mapping[str, str],
) -> Award:
    """The next round, for this candidate."""
    return await tx.add(
        Award(
            id=new_id(),
            version=1,
            **procurements.owner(procurement),
            lot=LOT,
            round=number,
            bid_id=candidate.bid_id,
            provider_id=candidate.provider_id,
            amount=candidate.price,
            proposed_by=person,
            reasons=dict(reasons),
            reasons_by=dict.fromkeys(reasons, str(person)),
        )
    )


async def keep_correction(
    tx: Transaction, award: Award, reasons: Mapping[str, str], why: str, givers: Collection[UUID], person: UUID
) -> ReasonCorrection:
    """What the reasons were, and what they are from now on."""
    number = int(await tx.value(_COUNT, award_id=award.id)) + 1
    kept = ReasonCorrection(
        award_id=award.id,
        number=number,
        was=award.reasons,
        reasons=dict(reasons),
        why=why,
        was_by=sorted(givers),
        corrected_by=person,
        corrected_at=tx.now,
    )
    return await tx.add(kept)


async def list_corrections(reader: Reader, award_id: UUID, shown: Slice) -> list[ReasonCorrection]:
    """A page of the reasons that were set right."""
    return await reader.all(shown.of(_CORRECTIONS), ReasonCorrection, award_id=award_id)


async def of_round(tx: Transaction, procurement_id: UUID, lot: int, round_: int) -> Award | None:
    """The award of a round; its key must be locked."""
    return await tx.one(_OF_ROUND, Award, procurement_id=procurement_id, lot=lot, round=round_)


async def get(reader: Reader, award_id: UUID) -> Award:
    award = await reader.one(_AWARD, Award, id=award_id)
    if award is None:
        raise NotFound
    return award


def cited(award: Award) -> list[CitedClause]:
    """What the registry found for this award."""
    return [CitedClause.model_validate(found) for found in award.findings]


async def failed_conditions(reader: Reader, procurement_id: UUID) -> dict[UUID, list[str]]:
    """By bid, the conditions it did not meet."""
    failed: dict[UUID, list[str]] = {}
    for bid, condition in await reader.all(_FAILED, procurement_id=procurement_id):
        failed.setdefault(bid, []).append(condition)
    return failed
