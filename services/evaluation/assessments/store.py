"""Queries about assessments."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.mandates.store import party_contract
from services.evaluation.plans.store import owner
from services.evaluation.tables import assessments
from shared.fields.calendar import Due
from shared.fields.ids import new_id
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_OWNER = ("key", "jurisdiction", "organisation", "provider_id", "contract_id")
_ASSESSMENT = sa.select(assessments).where(assessments.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_CONTRACT = (
    sa.select(assessments)
    .where(
        assessments.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid),
        sa.or_(
            sa.bindparam("mode", type_=sa.Text).is_(None),
            sa.bindparam("mode", type_=sa.Text) == sa.any_(assessments.c.modes),
        ),
    )
    .order_by(assessments.c.id)
)
_LAST = (
    sa.select(assessments)
    .where(assessments.c.line_id == sa.bindparam("line_id", type_=sa.Uuid))
    .order_by(assessments.c.attempt.desc())
    .limit(1)
)


async def last_attempt(reader: Reader, line_id: UUID) -> Row | None:
    """The latest assessment of the line, whatever became of it."""
    return await reader.one(_LAST, line_id=line_id)


async def add_assessment(tx: Transaction, contract: Row, given: dict[str, Any]) -> Row:
    assessment_id = new_id()
    values = {"id": assessment_id, "window_provisional": False, "state": "open", **owner(contract), **given}
    await tx.insert(assessments, **values)
    return await find_assessment(tx, assessment_id)


async def find_assessment(reader: Reader, assessment_id: UUID) -> Row:
    row = await reader.one(_ASSESSMENT, id=assessment_id)
    if row is None:
        raise NotFound
    return row


async def set_notified(
    tx: Transaction, assessment: Row, person: UUID, score: Decimal, held_at: datetime, until: Due | None
) -> Row:
    """The result is told; until when objections may be filed, None where there are none."""
    await tx.update(
        assessments,
        assessment["id"],
        state="notified",
        assessed_by=person,
        score=score,
        held_at=held_at,
        notified_at=tx.now,
        objections_until=until.day if until else None,
        window_provisional=until.provisional if until else False,
    )
    return await find_assessment(tx, assessment["id"])


async def add_corrected(tx: Transaction, assessment: Row, assessment_id: UUID, digest: bytes) -> Row:
    """The same occasion, open for another result, as the next attempt. The one before keeps the result it had."""
    if assessment["state"] == "notified":
        await set_state(tx, assessment, "corrected")
    taken = ("line_id", "period", "modes", "modes_reason", "purchaser_is_user", "organiser", "kept_apart", "opened_by")
    values = {
        **{name: assessment[name] for name in (*taken, *_OWNER)},
        "id": assessment_id,
        "version": 1,
        "attempt": assessment["attempt"] + 1,
        "window_provisional": False,
        "state": "open",
        "corrects": assessment["corrects"] or assessment["id"],
        "corrected_from": assessment["assessed_by"],
        "reason_hash": digest,
    }
    await tx.insert(assessments, **values)
    return await find_assessment(tx, assessment_id)


async def set_state(tx: Transaction, assessment: Row, state: str) -> None:
    """Objected, or notified as it was once the objection is taken back."""
    await tx.update(assessments, assessment["id"], state=state)


async def set_confirmed(tx: Transaction, assessment: Row, corrected: Decimal | None) -> Row:
    changes = {"state": "confirmed", "confirmed_on": tx.today, "corrected_score": corrected}
    await tx.update(assessments, assessment["id"], **changes)
    return await find_assessment(tx, assessment["id"])


def standing(assessment: Row) -> Decimal:
    """The points that count: the corrected ones where there are any."""
    corrected: Decimal | None = assessment["corrected_score"]
    score: Decimal = assessment["score"]
    return score if corrected is None else corrected


async def read_assessment(reader: Reader, assessment_id: UUID, scope: Scope) -> Row:
    """An assessment, for the parties of its contract and those who oversee them."""
    row = await find_assessment(reader, assessment_id)
    await party_contract(reader, row["contract_id"], scope)
    return row


async def read_assessments(
    reader: Reader, contract_id: UUID, shown: Slice, scope: Scope, mode: str | None
) -> list[Row]:
    """The assessments of a contract; `mode` keeps those carried out in that way."""
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), contract_id=contract_id, mode=mode)
