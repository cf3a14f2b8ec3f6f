"""The closing, by deadline or by the first request after it, and the opening by two persons with k of n openers."""

from dataclasses import dataclass
from uuid import UUID

from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening import store
from services.tendering.opening.rules import Opening, count_bidders, count_unreadable, invalid_by, may_open
from services.tendering.opening.unsealing import unseal
from services.tendering.opening_keys import store as opening_keys
from services.tendering.panels.interests import of_a_bidder
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import answer, fail, must_be
from services.tendering.rulebook import OpeningSection
from shared.errands.deadlines import Deadline, meet_deadline
from shared.events.tendering import BiddingClosed, BidsOpened, OffersOpened, OpenedOffer, OpeningProposed
from shared.law.rulebook import rulebooks
from shared.sealing.shares import OpeningKey
from shared.sealing.suites import suite_of
from shared.work.database import Answer, Call, Row, Transaction, WrongState


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
    procurement = await procurements.lock(tx, deadline.subject)
    await _close_if_due(tx, procurement)


async def propose_opening(call: Call, command: ProposeOpening) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = await opening_keys.opener(tx, procurement)
        tx.expect(procurement["version"])
        before = procurement["state"]
        procurement = await _close_if_due(tx, procurement)
        if before == "noticed" and procurement["state"] == "failed":
            return answer(tx, 200, procurement)
        opening, _ = await _opening(tx, procurement, person)
        tx.decided(may_open(opening, section_of(tx, procurement), tx.today))
        must_be(procurement, "closed")
        act_id = await store.begin_act(tx, procurement["id"], await opening_keys.of_procurement(tx, procurement))
        procurement = await procurements.update(tx, procurement, opening_proposed_by=person)
        tx.emit(OpeningProposed(**procurements.about(procurement), act_id=act_id))
        return answer(tx, 200, procurement)


async def confirm_opening(call: Call, command: ConfirmOpening) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = await opening_keys.opener(tx, procurement)
        tx.expect(procurement["version"])
        must_be(procurement, "closed")
        act = await act_of(tx, procurement)
        key = await opening_keys.of_procurement(tx, procurement)
        private, openers = await store.opening_key(tx, act, key)
        first = procurement["opening_proposed_by"]
        opening, sealed = await _opening(tx, procurement, first, person, len(openers), key.threshold, private)
        tx.decided(may_open(opening, section_of(tx, procurement), tx.today))
        unread = await _unseal(tx, procurement, sealed, private or b"")
        await store.end_act(tx, procurement["id"])
        procurement = await procurements.update(
            tx, procurement, state="opened", opening_confirmed_by=person, opened_at=tx.now, opened_with=openers
        )
        tx.emit(_opened(procurement, key, sealed, unread))
        offers = [OpenedOffer(**offer) for offer in await store.contents(tx, procurement["id"])]
        tx.emit(OffersOpened(**procurements.about(procurement), offers=offers))
        return answer(tx, 200, procurement)


async def act_of(tx: Transaction, procurement: Row) -> Row:
    """The opening act under way; raises WrongState before one is proposed."""
    act = await store.act(tx, procurement["id"])
    if act is None:
        raise WrongState(procurement["state"], "opening_proposed")
    return act


async def _opening(
    tx: Transaction,
    procurement: Row,
    first: UUID,
    second: UUID | None = None,
    shares: int = 0,
    threshold: int = 0,
    private: bytes | None = None,
) -> tuple[Opening, list[Row]]:
    """The opening as the rule asks for it, and the sealed bids; raises WrongState before the closing and after the
    opening."""
    if procurement["bids"] is None or procurement["opened_at"] is not None:
        raise WrongState(procurement["state"], "closed")
    sealed = await store.sealed(tx, procurement["id"])
    key = await opening_keys.of_procurement(tx, procurement)
    opening = Opening(
        method=procurement["method"],
        bids=procurement["bids"],
        proposed_by=first,
        confirmed_by=second,
        of_a_bidder=await of_a_bidder(tx, procurement, {row["provider_id"] for row in sealed}),
        frozen=procurement["receipts_hash"],
        found=await store.hash_of_what_lies_here(tx, sealed, key.suite),
        shares=shares,
        threshold=threshold,
        key_fits=private is not None,
    )
    return opening, sealed


async def _unseal(tx: Transaction, procurement: Row, sealed: list[Row], private: bytes) -> int:
    """Opens every bid of the list, in this transaction or not at all; returns how many hold nothing readable."""
    section, unread = section_of(tx, procurement), 0
    for row in sealed:
        found = unseal(await store.envelope(tx, row), private)
        unread += isinstance(found, str)
        await store.save_opened(tx, procurement["id"], row, found, invalid_by(section))
    await store.mark_opened(tx, sealed)
    return tx.decided(count_unreadable(unread, section, tx.today))


def _opened(procurement: Row, key: OpeningKey, sealed: list[Row], unread: int) -> BidsOpened:
    return BidsOpened(
        **procurements.about(procurement),
        bids=len(sealed),
        shares=len(procurement["opened_with"]),
        threshold=key.threshold,
        suite=key.suite,
        hashes=[row["hash"] for row in sealed],
        unreadable=unread,
    )


async def _close_if_due(tx: Transaction, procurement: Row) -> Row:
    """Freezes the list once the closing has passed. The procurement is locked, so that every submission in flight has
    ended, and none that comes later gets in."""
    if procurement["state"] != "noticed" or tx.now < procurement["closes_at"]:
        return procurement
    sealed = await store.sealed(tx, procurement["id"])
    key = await opening_keys.of_procurement(tx, procurement)
    section = section_of(tx, procurement)
    frozen = store.receipts_hash(sealed, suite_of(key.suite))
    procurement = await procurements.update(
        tx, procurement, state="closed", bids=len(sealed), receipts_hash=frozen, closed_at=tx.now
    )
    await meet_deadline(tx, BIDS_CLOSE, procurement["id"])
    tx.emit(BiddingClosed(**procurements.about(procurement), bids=len(sealed), receipts_hash=frozen))
    count = tx.decided(count_bidders(len(sealed), procurement["method"], section, tx.today))
    if not count.enough:
        bidders = [row["provider_id"] for row in sealed]
        return await fail(tx, procurement, "too_few_bidders", count.clause, bidders)
    return procurement


def section_of(tx: Transaction, procurement: Row) -> OpeningSection:
    return tx.under(rulebooks().get(procurement["rulebook"])).section(OpeningSection)
