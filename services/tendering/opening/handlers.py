"""The closing, by deadline or by the first request after it, and the opening by two persons."""

from dataclasses import dataclass
from uuid import UUID

from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening import store
from services.tendering.opening.rules import Opening, count_bidders, may_open
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import answer, fail, must_be
from services.tendering.rulebook import OpeningSection
from shared.database import Answer, Call, Row, Transaction, WrongState
from shared.deadlines import meet_deadline
from shared.events.tendering import BiddingClosed, BidsOpened, OpeningProposed
from shared.rulebook import rulebooks


@dataclass(frozen=True, slots=True)
class ProposeOpening:
    """The first of two persons asks to open the bids."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class ConfirmOpening:
    """The second person confirms, and all bids are opened in this act."""

    procurement_id: UUID


async def on_bids_close(tx: Transaction, deadline: Row) -> None:
    """The closing has passed: the list is frozen, whether or not anybody asks."""
    procurement = await procurements.lock(tx, deadline["subject"])
    await _close_if_due(tx, procurement)


async def propose_opening(call: Call, command: ProposeOpening) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = await tx.require_fresh("open_bids", None, procurement["jurisdiction"])
        tx.expect(procurement["version"])
        before = procurement["state"]
        procurement = await _close_if_due(tx, procurement)
        if before == "noticed" and procurement["state"] == "failed":
            return answer(tx, 200, procurement)
        await _decide(tx, procurement, person)
        must_be(procurement, "closed")
        procurement = await procurements.update(tx, procurement, opening_proposed_by=person)
        tx.emit(OpeningProposed(**procurements.about(procurement)))
        return answer(tx, 200, procurement)


async def confirm_opening(call: Call, command: ConfirmOpening) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = await tx.require_fresh("open_bids", None, procurement["jurisdiction"])
        tx.expect(procurement["version"])
        must_be(procurement, "closed")
        first = procurement["opening_proposed_by"]
        if first is None:
            raise WrongState("closed, no opening proposed", "proposed to be opened")
        sealed = await _decide(tx, procurement, first, person)
        await store.open_all(tx, procurement["id"], sealed)
        procurement = await procurements.update(
            tx, procurement, state="opened", opening_confirmed_by=person, opened_at=tx.now
        )
        tx.emit(BidsOpened(**procurements.about(procurement), bids=len(sealed), openers=[first, person]))
        return answer(tx, 200, procurement)


async def _decide(tx: Transaction, procurement: Row, first: UUID, second: UUID | None = None) -> list[Row]:
    """The sealed bids, when this list may be opened by these persons; raises WrongState before the
    closing and after the opening."""
    if procurement["bids"] is None or procurement["opened_at"] is not None:
        raise WrongState(procurement["state"], "closed")
    sealed = await store.sealed(tx, procurement["id"])
    opening = Opening(
        method=procurement["method"],
        bids=procurement["bids"],
        proposed_by=first,
        confirmed_by=second,
        of_a_bidder=bool(tx.actor.organisations() & {row["provider_id"] for row in sealed}),
        frozen=procurement["receipts_hash"],
        found=store.receipts_hash(sealed),
    )
    tx.decided(may_open(opening, _section(tx, procurement), tx.today))
    return sealed


async def _close_if_due(tx: Transaction, procurement: Row) -> Row:
    """Freezes the list once the closing has passed. The procurement is locked, so that every submission in flight has
    ended, and none that comes later gets in."""
    if procurement["state"] != "noticed" or tx.now < procurement["closes_at"]:
        return procurement
    sealed = await store.sealed(tx, procurement["id"])
    section = _section(tx, procurement)
    frozen = store.receipts_hash(sealed)
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


def _section(tx: Transaction, procurement: Row) -> OpeningSection:
    return tx.under(rulebooks().get(procurement["rulebook"])).section(OpeningSection)
