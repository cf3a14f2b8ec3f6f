"""The command on qualification."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.fields import WrongField
from services.tendering.files import store as files
from services.tendering.files.small_enterprises import NOTHING_SAID
from services.tendering.panels import store as panels
from services.tendering.panels.interests import of_a_bidder
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.reviews import store
from services.tendering.reviews.events import BidsQualified, QualificationFound, QualifiedBid
from services.tendering.reviews.records import ConditionResult, Findings
from services.tendering.reviews.rules import Review, confirms, correct, review
from services.tendering.reviews.views import review_view
from services.tendering.rulebook import ReviewSection
from services.tendering.tables import REVIEWED
from shared.events.tendering import QualificationReviewed
from shared.law.decision import Clause
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ReviewQualification:
    """The reviewer's findings on the purchaser's own conditions, by bid and condition; the registry and the prices
    answer for the others. `reason`: why it is found otherwise, once two found the same."""

    procurement_id: UUID
    found: dict[tuple[UUID, str], bool]
    reason: str | None = None


async def review_qualification(call: Call, command: ReviewQualification) -> Answer:
    async with call.transaction() as tx:
        states = (ProcurementState.OPENED, ProcurementState.REVIEWED)
        before, person = await tx.open(Procurement, command.procurement_id, "review_qualification", states=states)
        if before.state is ProcurementState.REVIEWED:
            return await _correct(tx, before, command, person)
        asked = await _review(tx, before, command)
        reviewed = tx.decided(review(asked, tx.law(before, ReviewSection), tx.today))
        findings = await store.findings(tx, before.id)
        first: UUID | None = None
        if command.found:
            first = _found_before(findings, command.found, person)
            findings = [*findings, await _keep_found(tx, before, len(findings) + 1, command, person)]
            if first is None:
                procurement = await procurements.save(tx, before, before)
                return tx.answer(200, review_view(procurement, [], findings), version=procurement.version)
        results = await store.save(tx, before, reviewed, person, first)
        procurement = await procurements.save(tx, before, replace(before, state=ProcurementState.REVIEWED))
        _tell(tx, procurement, results, first)
        procurement = await _fail_with_too_few(tx, procurement, reviewed.enough, reviewed.clause)
        return tx.answer(200, review_view(procurement, results, findings), version=procurement.version)


async def _correct(tx: Transaction, before: Procurement, command: ReviewQualification, person: UUID) -> Answer:
    """Two who did not find what stands find otherwise: then that holds, and whoever has scored scores again."""
    standing = await store.results(tx, before.id)
    said = {(each.bid_id, each.condition): each.met for each in standing if each.basis == "reviewer"}
    if not said:
        raise WrongState(before.state, ProcurementState.OPENED)
    if command.reason is None:
        raise WrongField("reason", "missing", "say why it is found otherwise than it was")
    section = tx.law(before, ReviewSection)
    asked = await _review(tx, before, command)
    found_by = {by for each in standing for by in (each.reviewed_by, each.first_found_by) if by}
    tx.decided(correct(asked, found_by, person, command.found != said, section, tx.today))
    findings = await store.findings(tx, before.id)
    first = _found_before(findings, command.found, person)
    findings = [*findings, await _keep_found(tx, before, len(findings) + 1, command, person)]
    if first is None:
        procurement = await procurements.save(tx, before, before)
        return tx.answer(200, review_view(procurement, standing, findings), version=procurement.version)
    results = await store.correct(tx, before.id, standing, command.found, person, first)
    procurement = await procurements.save(tx, before, before)
    _tell(tx, procurement, results, first, panel=await _score_again(tx, procurement))
    least = section.least_of(reserved=asked.reserved)
    enough = len(_passed(results)) >= least.value
    procurement = await _fail_with_too_few(tx, procurement, enough, least.clause)
    return tx.answer(200, review_view(procurement, results, findings), version=procurement.version)


async def _score_again(tx: Transaction, procurement: Procurement) -> str | None:
    """Every member scores the bids that passed now; their sheets of before stay with the others, and count no more. The
    digest of the panel, when there is one."""
    panel = await panels.of_procurement(tx, procurement.id)
    if panel is None:
        return None
    members = await panels.members(tx, panel.id)
    for seat in members:
        if seat.scored:
            members = panels.with_seat(members, await panels.set_unscored(tx, seat))
    return panels.sealed(panel, members)


async def _fail_with_too_few(tx: Transaction, procurement: Procurement, enough: bool, clause: Clause) -> Procurement:
    if enough:
        return procurement
    return await fail(tx, procurement, "too_few_qualified", clause, await bids.bidders(tx, procurement.id))


def _passed(results: Iterable[ConditionResult]) -> set[UUID]:
    """The bids that met every condition."""
    return {each.bid_id for each in results} - {each.bid_id for each in results if not each.met}


def _tell(
    tx: Transaction,
    procurement: Procurement,
    results: Sequence[ConditionResult],
    first: UUID | None,
    panel: str | None = None,
) -> None:
    """How many passed, and what the rows say of every bid."""
    passed, about = _passed(results), procurements.about(procurement)
    bids_of = {each.bid_id: [one for one in results if one.bid_id == each.bid_id] for each in results}
    told = [
        QualifiedBid(
            bid_id=bid,
            qualified=bid in passed,
            met={one.condition: one.met for one in found},
            basis={one.condition: one.basis for one in found},
        )
        for bid, found in bids_of.items()
    ]
    tx.emit(QualificationReviewed(**about, bids=len(told), qualified=len(passed), panel=panel))
    tx.emit(BidsQualified(**about, bids=told, first_found_by=first))


def _shown(found: Mapping[tuple[UUID, str], bool]) -> list[dict[str, Any]]:
    return [{"bid_id": str(bid), "condition": code, "met": met} for (bid, code), met in sorted(found.items())]


def _found_before(before: Sequence[Findings], found: Mapping[tuple[UUID, str], bool], person: UUID) -> UUID | None:
    """Who found the same last, if that was another person."""
    last = before[-1] if before else None
    return confirms(last.found_by, last.found == _shown(found), person) if last is not None else None


async def _keep_found(
    tx: Transaction, procurement: Procurement, number: int, command: ReviewQualification, person: UUID
) -> Findings:
    kept = await store.keep_findings(tx, procurement.id, number, _shown(command.found), person, command.reason)
    tx.emit(QualificationFound(**procurements.about(procurement), number=number, facts=REVIEWED(kept)))
    return kept


async def _review(tx: Transaction, procurement: Procurement, command: ReviewQualification) -> Review:
    contents = files.contents_of(await files.published(tx, procurement))
    bidders = set(await bids.bidders(tx, procurement.id))
    return Review(
        candidates=await store.candidates(tx, procurement.id),
        conditions=tuple(contents.conditions),
        budget=procurement.budget,
        found=command.found,
        of_a_bidder=await of_a_bidder(tx, procurement, bidders),
        lines=tuple(contents.terms.payments) if contents.terms else (),
        fixed_price=contents.fixed_price.amount if contents.fixed_price else None,
        small=contents.small_enterprises or NOTHING_SAID,
    )
