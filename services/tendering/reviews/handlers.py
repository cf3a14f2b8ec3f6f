"""The command on qualification."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.files import store as files
from services.tendering.panels.interests import of_a_bidder
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail, must_be
from services.tendering.reviews import store
from services.tendering.reviews.rules import Review, Reviewed, confirms, review
from services.tendering.reviews.views import review_view
from services.tendering.rulebook import ReviewSection
from services.tendering.tables import REVIEWED
from shared.events.tendering import BidsQualified, QualificationFound, QualificationReviewed, QualifiedBid
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Row, Transaction


@dataclass(frozen=True, slots=True)
class ReviewQualification:
    """The reviewer's findings on the purchaser's own conditions, by bid and condition; the registry and the prices
    answer for the others."""

    procurement_id: UUID
    found: dict[tuple[UUID, str], bool]


async def review_qualification(call: Call, command: ReviewQualification) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("review_qualification", procurement["organisation"], procurement["jurisdiction"])
        tx.expect(procurement["version"])
        must_be(procurement, "opened")
        section = tx.under(rulebooks().get(procurement["rulebook"])).section(ReviewSection)
        asked = await _review(tx, procurement, command)
        reviewed = tx.decided(review(asked, procurement["method"], section, tx.today))
        first = await _found_before(tx, procurement, command.found, person) if command.found else None
        if command.found and first is None:
            procurement = await procurements.update(tx, procurement)
            findings = await store.findings(tx, procurement["id"])
            return tx.answer(200, review_view(procurement, [], findings), version=procurement["version"])
        await store.save(tx, procurement, reviewed, person, first)
        procurement = await procurements.update(tx, procurement, state="reviewed")
        about = procurements.about(procurement)
        tx.emit(QualificationReviewed(**about, bids=len(asked.candidates), qualified=len(reviewed.qualified)))
        tx.emit(BidsQualified(**about, bids=_qualified(asked, reviewed), first_found_by=first))
        if not reviewed.enough:
            bidders = [bid["provider_id"] for bid in await bids.live(tx, procurement["id"])]
            procurement = await fail(tx, procurement, "too_few_qualified", reviewed.clause, bidders)
        results, findings = await store.results(tx, procurement["id"]), await store.findings(tx, procurement["id"])
        return tx.answer(200, review_view(procurement, results, findings), version=procurement["version"])


async def _found_before(
    tx: Transaction, procurement: Row, found: Mapping[tuple[UUID, str], bool], person: UUID
) -> UUID | None:
    """Keeps what this person found; who found the same last, if that was another person."""
    before = await store.findings(tx, procurement["id"])
    shown = [{"bid_id": str(bid), "condition": code, "met": met} for (bid, code), met in sorted(found.items())]
    number = len(before) + 1
    await store.keep_findings(tx, procurement["id"], number, shown, person)
    facts = REVIEWED({"found": shown})
    tx.emit(QualificationFound(**procurements.about(procurement), number=number, facts=facts))
    last = before[-1] if before else None
    return confirms(last["found_by"], last["found"] == shown, person) if last is not None else None


def _qualified(asked: Review, reviewed: Reviewed) -> list[QualifiedBid]:
    """What the rows say of every bid."""
    met: dict[UUID, dict[str, bool]] = {candidate.bid_id: {} for candidate in asked.candidates}
    for result in reviewed.results:
        met[result.bid_id][result.condition] = result.met
    return [QualifiedBid(bid_id=bid, qualified=bid in reviewed.qualified, met=found) for bid, found in met.items()]


async def _review(tx: Transaction, procurement: Row, command: ReviewQualification) -> Review:
    file = await files.get(tx, procurement["file_id"])
    bidders = {bid["provider_id"] for bid in await bids.live(tx, procurement["id"])}
    contents = files.contents_of(file)
    return Review(
        candidates=await store.candidates(tx, procurement["id"]),
        conditions=tuple(contents.conditions),
        budget=procurement["budget"],
        found=command.found,
        of_a_bidder=await of_a_bidder(tx, procurement, bidders),
        lines=tuple(contents.terms.payments) if contents.terms else (),
    )
