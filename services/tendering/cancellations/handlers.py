"""Commands that end a procurement before it has a result, by two persons and at any stage."""

from dataclasses import dataclass
from uuid import UUID

from services.tendering.awards.endings import withdraw_live
from services.tendering.bids import store as bids
from services.tendering.cancellations.rules import TASK_CANCELLED, Cancellation, may_cancel
from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening import store as opening
from services.tendering.panels.interests import apart
from services.tendering.procurements import store
from services.tendering.procurements.handlers import answer, fail, must_be
from services.tendering.rulebook import CancellationSection
from shared.bus.records import together
from shared.errands import documents
from shared.errands.deadlines import meet_deadline
from shared.events.catalog import ProjectDeclined
from shared.events.tendering import CancellationProposed
from shared.law.decision import Clause
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState
from shared.work.proposals import Pending

CANCELLATION = Pending(
    "cancellation_proposed",
    by="cancellation_proposed_by",
    also={"cancellation_ground": None, "cancellation_reason": None},
)


@dataclass(frozen=True, slots=True)
class ProposeCancellation:
    """A person proposes to end the procurement. The reason is told to everybody with its end."""

    procurement_id: UUID
    ground: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmCancellation:
    """Another person confirms it, and the project may be procured again."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeCancellation:
    """Who proposed it takes it back, or another refuses it: the procurement goes on."""

    procurement_id: UUID


async def propose_cancellation(call: Call, command: ProposeCancellation) -> Answer:
    async with call.transaction() as tx:
        procurement, person, section = await _begin(tx, command.procurement_id)
        tx.decided(may_cancel(_asked(procurement, command.ground, person), section, tx.today))
        await documents.pass_on(tx, procurement["id"], "cancellation", "taken_back")
        procurement = await store.update(
            tx,
            procurement,
            cancellation_ground=command.ground,
            cancellation_reason=command.reason,
            cancellation_proposed_by=person,
        )
        tx.emit(CancellationProposed(**store.about(procurement), ground=command.ground))
        return answer(tx, 200, procurement)


async def confirm_cancellation(call: Call, command: ConfirmCancellation) -> Answer:
    async with call.transaction() as tx:
        procurement, person, section = await _begin(tx, command.procurement_id)
        first, ground = procurement["cancellation_proposed_by"], procurement["cancellation_ground"]
        if first is None:
            raise WrongState(procurement["state"], "cancellation_proposed")
        clause = tx.decided(may_cancel(_asked(procurement, ground, first, person), section, tx.today))
        procurement = await _end(tx, procurement, ground, clause)
        return answer(tx, 200, await store.update(tx, procurement, cancellation_confirmed_by=person))


async def revoke_cancellation(call: Call, command: RevokeCancellation) -> Answer:
    async with call.transaction() as tx:
        before, _, _ = await _begin(tx, command.procurement_id)
        procurement = await store.update(tx, before, **CANCELLATION.taken_back(before))
        await documents.pass_on(tx, procurement["id"], "cancellation", "taken_back")
        ground = before["cancellation_ground"]
        tx.emit(CancellationProposed(**store.about(procurement), ground=ground, withdrawn=True))
        return answer(tx, 200, procurement)


async def on_project_declined(tx: Transaction, event: ProjectDeclined) -> None:
    """The project is not bought any more: a procurement that was opened before this was known here ends with it."""
    procurement = await store.live_of(tx, event.project_id)
    if procurement is not None and procurement["state"] in store.WITHOUT_RESULT:
        together(event, procurement, project_id="key", organisation="organisation")
        section = tx.under(rulebooks().get(procurement["rulebook"])).section(CancellationSection)
        clause = section.grounds(procurement["method"]).clause(TASK_CANCELLED)
        await _end(tx, procurement, TASK_CANCELLED, clause)


async def _begin(tx: Transaction, procurement_id: UUID) -> tuple[Row, UUID, CancellationSection]:
    procurement = await store.lock(tx, procurement_id)
    person = tx.require("publish_notice", procurement["organisation"], procurement["jurisdiction"])
    book = await apart(tx, procurement)
    tx.expect(procurement["version"])
    must_be(procurement, *store.WITHOUT_RESULT)
    return procurement, person, book.section(CancellationSection)


def _asked(procurement: Row, ground: str, first: UUID, second: UUID | None = None) -> Cancellation:
    return Cancellation(procurement["method"], ground, procurement["state"] == "announced", first, second)


async def _end(tx: Transaction, procurement: Row, ground: str, clause: Clause) -> Row:
    """Whatever is under way in it ends with it: the taking of bids, an opening act, the round of an award."""
    bidders = [bid["provider_id"] for bid in await bids.live(tx, procurement["id"])]
    await meet_deadline(tx, BIDS_CLOSE, procurement["id"])
    if procurement["state"] == "closed":
        await opening.end_act(tx, procurement["id"])
    await withdraw_live(tx, procurement, ground)
    return await fail(tx, procurement, ground, clause, bidders)
