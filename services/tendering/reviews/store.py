"""Queries about qualification."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from services.tendering.bids.contents import BidContent
from services.tendering.bids.records import BidState
from services.tendering.opening import store as opening
from services.tendering.opening.records import ReadOut
from services.tendering.procurements.records import Procurement
from services.tendering.reviews.records import ConditionResult, Control, Findings, Verification
from services.tendering.reviews.rules import Candidate, Reviewed
from services.tendering.tables import bids, controls, qualification_findings, qualification_results, verifications
from shared.work.database import Reader, Transaction

_VERIFIED = sa.select(verifications).where(
    verifications.c.provider_id == sa.any_(sa.bindparam("providers", type_=ARRAY(sa.Uuid)))
)
_CONTROLS = sa.select(controls).where(
    controls.c.provider_id == sa.any_(sa.bindparam("providers", type_=ARRAY(sa.Uuid)))
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
    providers = [bid.provider_id for bid in opened]
    verified = {each.provider_id: each for each in await reader.all(_VERIFIED, Verification, providers=providers)}
    controls = {each.provider_id: each for each in await reader.all(_CONTROLS, Control, providers=providers)}
    offers = await opening.offers(reader, procurement_id)
    return tuple(
        _candidate(bid, verified.get(bid.provider_id), controls.get(bid.provider_id), offers.get(bid.bid_id))
        for bid in opened
    )


def _candidate(bid: ReadOut, told: Verification | None, control: Control | None, offer: BidContent | None) -> Candidate:
    return Candidate(
        bid_id=bid.bid_id,
        price=bid.price,
        verified=frozenset(told.conditions) if told else frozenset(),
        grade=told.assessment_grade if told else None,
        declaration=offer.declaration if offer else None,
        provider_id=bid.provider_id,
        head=control.head if control else None,
        held_by=frozenset(control.held_by) if control else frozenset(),
        managed_by=frozenset(control.managed_by) if control else frozenset(),
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
