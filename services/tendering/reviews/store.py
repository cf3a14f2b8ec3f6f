"""Queries about qualification."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from services.tendering.bids.records import BidState
from services.tendering.opening import store as opening
from services.tendering.procurements.records import Procurement
from services.tendering.reviews.records import ConditionResult, Findings, Verification
from services.tendering.reviews.rules import Candidate, Reviewed
from services.tendering.tables import bids, qualification_findings, qualification_results, verifications
from shared.work.database import Reader, Transaction

_VERIFIED = sa.select(verifications).where(
    verifications.c.provider_id == sa.any_(sa.bindparam("providers", type_=ARRAY(sa.Uuid)))
)
_RESULTS = (
    sa.select(qualification_results)
    .where(qualification_results.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .ext(distinct_on(qualification_results.c.bid_id, qualification_results.c.condition))
    .order_by(qualification_results.c.bid_id, qualification_results.c.condition, qualification_results.c.number.desc())
)
_FINDINGS = (
    sa.select(qualification_findings)
    .where(qualification_findings.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(qualification_findings.c.number)
)
_QUALIFY = (
    sa.update(bids)
    .where(bids.c.procurement_id == sa.bindparam("procurement", type_=sa.Uuid), bids.c.state == BidState.OPENED)
    .values(qualified=bids.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))), version=bids.c.version + 1)
)


async def candidates(reader: Reader, procurement_id: UUID) -> tuple[Candidate, ...]:
    """The opened bids with what the registry verified of their bidders so far, and what these declare of their size."""
    opened = await opening.opened(reader, procurement_id)
    told = await reader.all(_VERIFIED, Verification, providers=[bid.provider_id for bid in opened])
    verified = {each.provider_id: (frozenset(each.conditions), each.assessment_grade) for each in told}
    nothing: tuple[frozenset[str], str | None] = (frozenset(), None)
    offers = await opening.offers(reader, procurement_id)
    letters = {bid: offer.declaration for bid, offer in offers.items()}
    return tuple(
        Candidate(bid.bid_id, bid.price, *verified.get(bid.provider_id, nothing), letters.get(bid.bid_id))
        for bid in opened
    )


async def keep_findings(
    tx: Transaction, procurement_id: UUID, number: int, found: list[dict[str, Any]], person: UUID, reason: str | None
) -> Findings:
    """What one reviewer found, beside what was found before."""
    return await tx.add(
        Findings(
            procurement_id=procurement_id,
            number=number,
            found=found,
            found_by=person,
            found_at=tx.now,
            reason=reason,
        )
    )


async def findings(reader: Reader, procurement_id: UUID) -> list[Findings]:
    """What reviewers found of the purchaser's own conditions, latest last."""
    return await reader.all(_FINDINGS, Findings, procurement_id=procurement_id)


async def save(
    tx: Transaction, procurement: Procurement, reviewed: Reviewed, person: UUID, first: UUID | None
) -> list[ConditionResult]:
    """Keeps every result, and marks every bid as qualified or not. `first` found the same before this person."""
    kept = [
        await tx.add(
            ConditionResult(
                bid_id=result.bid_id,
                condition=result.condition,
                procurement_id=procurement.id,
                met=result.met,
                basis=result.basis,
                clause=result.clause.id,
                reviewed_by=person,
                first_found_by=first,
            )
        )
        for result in reviewed.results
    ]
    await tx.run(_QUALIFY, procurement=procurement.id, ids=list(reviewed.qualified))
    return sorted(kept, key=lambda result: (result.bid_id, result.condition))


async def correct(
    tx: Transaction,
    procurement_id: UUID,
    before: Sequence[ConditionResult],
    found: Mapping[tuple[UUID, str], bool],
    person: UUID,
    first: UUID,
) -> list[ConditionResult]:
    """Keeps what holds from now on beside what held, and marks the bids anew. What the registry, the prices and the
    panel said stays as it was said."""
    number = max(each.number for each in before) + 1
    kept = [
        each
        if each.basis == "panel"
        else await tx.add(
            replace(
                each,
                number=number,
                met=found.get((each.bid_id, each.condition), False) if each.basis == "reviewer" else each.met,
                reviewed_by=person,
                first_found_by=first,
            )
        )
        for each in before
    ]
    failed = {each.bid_id for each in kept if not each.met}
    await tx.run(_QUALIFY, procurement=procurement_id, ids=list({each.bid_id for each in kept} - failed))
    return kept


async def results(reader: Reader, procurement_id: UUID) -> list[ConditionResult]:
    """What holds of every bid by every condition."""
    return await reader.all(_RESULTS, ConditionResult, procurement_id=procurement_id)
