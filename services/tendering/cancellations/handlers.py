"""Commands that end a procurement before it has a result, by two persons and at any stage."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.tendering.awards.endings import withdraw_live
from services.tendering.bids import store as bids
from services.tendering.cancellations.events import CancellationProposed
from services.tendering.cancellations.rules import TASK_CANCELLED, Cancellation, may_cancel
from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening import store as opening
from services.tendering.panels.interests import apart
from services.tendering.procurements import store
from services.tendering.procurements.handlers import answer, fail
from services.tendering.procurements.records import WITHOUT_RESULT, Procurement, ProcurementState
from services.tendering.rulebook import CancellationSection
from shared.bus.records import together
from shared.errands import documents
from shared.errands.deadlines import meet_deadline
from shared.events.catalog import ProjectDeclined
from shared.law.decision import Clause
from shared.law.scope import Case
from shared.work.database import Answer, Call, Transaction, WrongState, must_be
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
        before, person, section = await _begin(tx, command.procurement_id)
        tx.decided(may_cancel(_asked(before, command.ground, person), section, tx.today))
        await documents.pass_on(tx, before.id, "cancellation", "taken_back")
        proposed = replace(
            before,
            cancellation_ground=command.ground,
            cancellation_reason=command.reason,
            cancellation_proposed_by=person,
        )
        procurement = await store.save(tx, before, proposed)
        tx.emit(CancellationProposed(**store.about(procurement), ground=command.ground))
        return answer(tx, 200, procurement)


async def confirm_cancellation(call: Call, command: ConfirmCancellation) -> Answer:
    async with call.transaction() as tx:
        before, person, section = await _begin(tx, command.procurement_id)
        first, ground = before.cancellation_proposed_by, before.cancellation_ground
        if first is None or ground is None:
            raise WrongState(before.state, "cancellation_proposed")
        clause = tx.decided(may_cancel(_asked(before, ground, first, person), section, tx.today))
        return answer(tx, 200, await _end(tx, before, ground, clause, person))


async def revoke_cancellation(call: Call, command: RevokeCancellation) -> Answer:
    async with call.transaction() as tx:
        before, _, _ = await _begin(tx, command.procurement_id)
        after = replace(before, **CANCELLATION.taken_back(before))
        await documents.pass_on(tx, before.id, "cancellation", "taken_back")
        procurement = await store.save(tx, before, after)
        ground = before.cancellation_ground or ""
        tx.emit(CancellationProposed(**store.about(procurement), ground=ground, withdrawn=True))
        return answer(tx, 200, procurement)


async def on_project_declined(tx: Transaction, event: ProjectDeclined) -> None:
    """The project is not bought any more: a procurement that was opened before this was known here ends with it."""
    procurement = await store.live_of(tx, event.project_id)
    if procurement is not None and procurement.state in WITHOUT_RESULT:
        together(event, procurement, project_id="key", organisation="organisation")
        clause = tx.law(procurement, CancellationSection).end_grounds.clause(TASK_CANCELLED)
        await _end(tx, procurement, TASK_CANCELLED, clause)


async def _begin(tx: Transaction, procurement_id: UUID) -> tuple[Procurement, UUID, CancellationSection]:
    procurement, person = await tx.open(Procurement, procurement_id, "publish_notice")
    book = await apart(tx, procurement)
    must_be(procurement, WITHOUT_RESULT)
    return procurement, person, book.section(CancellationSection, Case.of(procurement))


def _asked(procurement: Procurement, ground: str, first: UUID, second: UUID | None = None) -> Cancellation:
    announced = procurement.state is ProcurementState.ANNOUNCED
    return Cancellation(ground, announced, first, second)


async def _end(
    tx: Transaction, procurement: Procurement, ground: str, clause: Clause, confirmed_by: UUID | None = None
) -> Procurement:
    """Whatever is under way in it ends with it: the taking of bids, an opening act, the round of an award."""
    bidders = await bids.bidders(tx, procurement.id)
    await meet_deadline(tx, BIDS_CLOSE, procurement.id)
    if procurement.state is ProcurementState.CLOSED:
        await opening.end_act(tx, procurement.id)
    await withdraw_live(tx, procurement, ground)
    return await fail(tx, procurement, ground, clause, bidders, confirmed_by)
