"""The closing, by deadline or by the first request after it, and the opening by two persons with k of n openers."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening import store
from services.tendering.opening.events import OffersOpened, OpeningProposed
from services.tendering.opening.records import OpeningAct, SealedBid
from services.tendering.opening.rules import Opening, count_bidders, count_unreadable, invalid_by, may_open
from services.tendering.opening.skips import ask_again
from services.tendering.opening.unsealing import unseal
from services.tendering.opening_keys import store as opening_keys
from services.tendering.panels.interests import of_a_bidder
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import answer, fail
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import OpeningSection
from shared.errands.deadlines import Deadline, meet_deadline
from shared.events.tendering import BiddingClosed, BidsOpened
from shared.sealing.shares import OpeningKey
from shared.sealing.suites import suite_of
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class ProposeOpening:
    """The first of two persons asks to open the bids, which begins an opening act."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class ConfirmOpening:
    """The second person confirms, and all bids are opened in this act, if enough openers gave their shares."""

    procurement_id: UUID


async def on_bids_close(tx: Transaction, deadline: Deadline) -> None:
    """The closing has passed: the list is frozen, whether or not anybody asks."""
    await _close_if_due(tx, await procurements.lock(tx, deadline.subject))


async def propose_opening(call: Call, command: ProposeOpening) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Procurement, command.procurement_id, "open_bids", by=None, fresh=False)
        await opening_keys.must_open(tx, before, person)
        tx.expect(before.version)
        procurement = await _close_if_due(tx, before)
        if before.state is ProcurementState.NOTICED and procurement.state is ProcurementState.FAILED:
            return answer(tx, 200, procurement)
        listed, key = _listed(procurement), await opening_keys.of_procurement(tx, procurement)
        opening, _ = await _opening(tx, procurement, listed, key, person)
        tx.decided(may_open(opening, tx.law(procurement, OpeningSection), tx.today))
        must_be(procurement, (ProcurementState.CLOSED,))
        act = await store.begin_act(tx, procurement.id, key)
        # What was said of the openers of one act says nothing of another's.
        anew = replace(procurement, opening_proposed_by=person, abandonment_proposed_by=None)
        procurement = await procurements.save(tx, procurement, anew)
        tx.emit(OpeningProposed(**procurements.about(procurement), act_id=act.id))
        return answer(tx, 200, procurement)


async def confirm_opening(call: Call, command: ConfirmOpening) -> Answer:
    async with call.transaction() as tx:
        closed, person = await tx.open(Procurement, command.procurement_id, "open_bids", by=None, fresh=False)
        await opening_keys.must_open(tx, closed, person)
        tx.expect(closed.version)
        must_be(closed, (ProcurementState.CLOSED,))
        act, first = await act_of(tx, closed)
        key = await opening_keys.of_procurement(tx, closed)
        private, openers = await store.opening_key(tx, act, key)
        opening, sealed = await _opening(tx, closed, _listed(closed), key, first, person, len(openers), private)
        tx.decided(may_open(opening, tx.law(closed, OpeningSection), tx.today))
        unread = await _unseal(tx, closed, sealed, private or b"")
        await store.end_act(tx, closed.id)
        offers = await store.contents(tx, closed.id)
        by_them = replace(closed, opening_confirmed_by=person, opened_at=tx.now, opened_with=openers)
        procurement = await procurements.save(tx, closed, replace(by_them, state=ProcurementState.OPENED))
        about = procurements.about(procurement)
        tx.emit(
            BidsOpened(
                **about,
                bids=len(sealed),
                shares=len(openers),
                threshold=key.threshold,
                suite=key.suite,
                hashes=[bid.hash for bid in sealed],
                unreadable=unread,
            )
        )
        tx.emit(OffersOpened(**about, offers=offers))
        await ask_again(tx, procurement, {bid.id for bid in sealed}, {bid.provider_id for bid in sealed})
        return answer(tx, 200, procurement)


async def act_of(tx: Transaction, procurement: Procurement) -> tuple[OpeningAct, UUID]:
    """The opening act under way, and who proposed it; raises WrongState before one is proposed."""
    act = await store.act(tx, procurement.id)
    if act is None or procurement.opening_proposed_by is None:
        raise WrongState(procurement.state, "opening_proposed")
    return act, procurement.opening_proposed_by


def _listed(procurement: Procurement) -> tuple[int, str]:
    """How many bids were frozen, and the hash over them; raises WrongState before the closing and after the opening."""
    if procurement.bids is None or procurement.receipts_hash is None or procurement.opened_at is not None:
        raise WrongState(procurement.state, "closed")
    return procurement.bids, procurement.receipts_hash


async def _opening(
    tx: Transaction,
    procurement: Procurement,
    listed: tuple[int, str],
    key: OpeningKey,
    first: UUID,
    second: UUID | None = None,
    shares: int = 0,
    private: bytes | None = None,
) -> tuple[Opening, list[SealedBid]]:
    """The opening as the rule asks for it, and the sealed bids."""
    sealed = await store.sealed(tx, procurement.id)
    opening = Opening(
        bids=listed[0],
        proposed_by=first,
        confirmed_by=second,
        of_a_bidder=await of_a_bidder(tx, procurement, {bid.provider_id for bid in sealed}),
        frozen=listed[1],
        found=await store.hash_of_what_lies_here(tx, sealed, key.suite),
        shares=shares,
        threshold=key.threshold if second else 0,
        key_fits=private is not None,
    )
    return opening, sealed


async def _unseal(tx: Transaction, procurement: Procurement, sealed: list[SealedBid], private: bytes) -> int:
    """Opens every bid of the list, in this transaction or not at all; returns how many hold nothing readable."""
    section, unread = tx.law(procurement, OpeningSection), 0
    for bid in sealed:
        found = unseal(await store.envelope(tx, bid), private)
        unread += isinstance(found, str)
        await store.keep_opened(tx, procurement.id, bid, found, invalid_by(section))
    tx.decided(count_unreadable(unread, section, tx.today))
    await store.mark_opened(tx, sealed)
    return unread


async def _close_if_due(tx: Transaction, procurement: Procurement) -> Procurement:
    """Freezes the list once the closing has passed. The procurement is locked, so that every submission in flight has
    ended, and none that comes later gets in."""
    if procurement.state is not ProcurementState.NOTICED or not _is_over(procurement, tx.now):
        return procurement
    sealed = await store.sealed(tx, procurement.id)
    key = await opening_keys.of_procurement(tx, procurement)
    section = tx.law(procurement, OpeningSection)
    frozen = store.receipts_hash(sealed, suite_of(key.suite))
    listed = replace(procurement, bids=len(sealed), receipts_hash=frozen, closed_at=tx.now)
    closed = await procurements.save(tx, procurement, replace(listed, state=ProcurementState.CLOSED))
    await meet_deadline(tx, BIDS_CLOSE, closed.id)
    tx.emit(BiddingClosed(**procurements.about(closed), bids=len(sealed), receipts_hash=frozen))
    count = tx.decided(count_bidders(len(sealed), section, tx.today))
    if not count.enough:
        return await fail(tx, closed, "too_few_bidders", count.clause, [bid.provider_id for bid in sealed])
    return closed


def _is_over(procurement: Procurement, now: datetime) -> bool:
    return procurement.closes_at is not None and now >= procurement.closes_at
