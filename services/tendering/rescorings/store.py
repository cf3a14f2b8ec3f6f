"""Queries about rescorings and what the panel said of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.rescorings.records import Rescoring, RescoringState, RescoringVoice
from services.tendering.rescorings.rules import Fault
from services.tendering.scores.records import Place
from services.tendering.tables import rescoring_voices, rescorings, score_sheets
from shared.fields.ids import new_id
from shared.law.decision import Clause
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction

_ONE = sa.select(rescorings).where(rescorings.c.id == sa.bindparam("id", type_=sa.Uuid))
_ALL = sa.select(rescorings).where(rescorings.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
_LIVE = _ALL.where(rescorings.c.ended_at.is_(None))
_COUNT = _ALL.with_only_columns(sa.func.count())
_VOICES = sa.select(rescoring_voices).where(
    rescoring_voices.c.rescoring_id == sa.bindparam("rescoring_id", type_=sa.Uuid)
)
_SHEETS_SINCE = sa.select(
    sa.exists().where(
        score_sheets.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
        score_sheets.c.given_at >= sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    )
)


async def get(reader: Reader, rescoring_id: UUID) -> Rescoring:
    found = await reader.one(_ONE, Rescoring, id=rescoring_id)
    if found is None:
        raise NotFound
    return found


async def live(reader: Reader, procurement_id: UUID) -> Rescoring | None:
    """The one that the panel is asked about, or that is open; None when the scores stand."""
    return await reader.one(_LIVE, Rescoring, procurement_id=procurement_id)


async def list_rescorings(reader: Reader, procurement_id: UUID, shown: Slice) -> list[Rescoring]:
    return await reader.all(shown.of(_ALL), Rescoring, procurement_id=procurement_id)


async def voices(reader: Reader, rescoring_id: UUID) -> dict[UUID, bool]:
    """What each member has said, by person."""
    said = await reader.all(_VOICES, RescoringVoice, rescoring_id=rescoring_id)
    return {voice.person_id: voice.found for voice in said}


async def sheets_since(reader: Reader, rescoring: Rescoring) -> bool:
    """Whether a member gave another sheet since."""
    since = {"procurement_id": rescoring.procurement_id, "since": rescoring.opened_at}
    return bool(await reader.value(_SHEETS_SINCE, **since))


async def add(
    tx: Transaction,
    procurement: Procurement,
    ground: str,
    clause: Clause,
    faults: Collection[Fault],
    ranking: Sequence[Place],
    reason: str,
    person: UUID,
) -> Rescoring:
    """A new one, with the ranking as it is before."""
    return await tx.add(
        Rescoring(
            id=new_id(),
            version=1,
            **procurements.owner(procurement),
            number=int(await tx.value(_COUNT, procurement_id=procurement.id)) + 1,
            ground=ground,
            clause=clause.id,
            faults=[{"person_id": str(who), "bid_id": str(bid), "factor": code} for who, bid, code in sorted(faults)],
            reason=reason,
            before=[{"bid_id": str(one.bid_id), "rank": one.rank, "total": str(one.total)} for one in ranking],
            opened_by=person,
            opened_at=tx.now,
        )
    )


async def say(tx: Transaction, rescoring: Rescoring, person: UUID, found: bool) -> None:
    await tx.add(RescoringVoice(rescoring_id=rescoring.id, person_id=person, found=found, said_at=tx.now))


async def end(tx: Transaction, rescoring: Rescoring, state: RescoringState, changed: bool | None = None) -> Rescoring:
    return await tx.save(rescoring, replace(rescoring, state=state, changed=changed, ended_at=tx.now))
