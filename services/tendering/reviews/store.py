"""Queries about qualification."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.opening import store as opening
from services.tendering.reviews.rules import Candidate, Reviewed
from services.tendering.tables import bids, qualification_findings, qualification_results, verifications
from shared.work.database import Reader, Row, Transaction

_VERIFIED = sa.select(verifications).where(
    verifications.c.provider_id == sa.any_(sa.bindparam("providers", type_=ARRAY(sa.Uuid)))
)
_RESULTS = (
    sa.select(qualification_results)
    .where(qualification_results.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(qualification_results.c.bid_id, qualification_results.c.condition)
)
_FINDINGS = (
    sa.select(qualification_findings)
    .where(qualification_findings.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(qualification_findings.c.number)
)
_QUALIFY = (
    sa.update(bids)
    .where(bids.c.procurement_id == sa.bindparam("procurement", type_=sa.Uuid), bids.c.state == "opened")
    .values(qualified=bids.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))), version=bids.c.version + 1)
)


async def candidates(reader: Reader, procurement_id: UUID) -> tuple[Candidate, ...]:
    """The opened bids with what the registry verified of their bidders so far."""
    opened = await opening.opened(reader, procurement_id)
    rows = await reader.all(_VERIFIED, providers=[bid["provider_id"] for bid in opened])
    verified = {row["provider_id"]: (frozenset(row["conditions"]), row["assessment_grade"]) for row in rows}
    nothing: tuple[frozenset[str], str | None] = (frozenset(), None)
    return tuple(Candidate(bid["bid_id"], bid["price"], *verified.get(bid["provider_id"], nothing)) for bid in opened)


async def keep_findings(
    tx: Transaction, procurement_id: UUID, number: int, found: list[dict[str, Any]], person: UUID
) -> None:
    """What one reviewer found, beside what was found before."""
    await tx.insert(
        qualification_findings,
        procurement_id=procurement_id,
        number=number,
        found=found,
        found_by=person,
        found_at=tx.now,
    )


async def findings(reader: Reader, procurement_id: UUID) -> list[Row]:
    """What reviewers found of the purchaser's own conditions, latest last."""
    return await reader.all(_FINDINGS, procurement_id=procurement_id)


async def save(tx: Transaction, procurement: Row, reviewed: Reviewed, person: UUID, first: UUID | None) -> None:
    """Keeps every result, and marks every bid as qualified or not. `first` found the same before this person."""
    await tx.insert_many(
        qualification_results,
        [
            {
                "bid_id": result.bid_id,
                "condition": result.condition,
                "procurement_id": procurement["id"],
                "met": result.met,
                "basis": result.basis,
                "clause": result.clause.id,
                "reviewed_by": person,
                "first_found_by": first,
            }
            for result in reviewed.results
        ],
    )
    await tx.run(_QUALIFY, procurement=procurement["id"], ids=list(reviewed.qualified))


async def results(reader: Reader, procurement_id: UUID) -> list[Row]:
    return await reader.all(_RESULTS, procurement_id=procurement_id)
