"""Queries about the closing and the opening. One-time key and shares of an act are private and end with it."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.bids.contents import BidContent
from services.tendering.bids.records import BidState
from services.tendering.opening.events import OpenedOffer
from services.tendering.opening.records import (
    Annex,
    Offer,
    OpenedBid,
    OpeningAct,
    OpeningShare,
    ReadOut,
    Reason,
    SealedBid,
)
from services.tendering.opening.unsealing import Unsealed
from services.tendering.tables import (
    bids,
    envelopes,
    opened_bids,
    private_annexes,
    private_offers,
    private_opening_acts,
    private_opening_shares,
    providers,
)
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.law.decision import Clause
from shared.sealing.envelope import BadEnvelope, read
from shared.sealing.shares import GivenShare, OpeningKey, SharesDoNotFit, WrongShare, combine, receive_share
from shared.sealing.suites import Suite, suite_of
from shared.work.database import NotFound, Reader, Transaction

_SEALED = (
    sa.select(bids.c.id, bids.c.provider_id, bids.c.submitted_at, bids.c.hash, bids.c.envelope_id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid), bids.c.state == BidState.SUBMITTED)
    .order_by(bids.c.id)
)
_ENVELOPE = sa.select(envelopes.c.envelope).where(envelopes.c.id == sa.bindparam("id", type_=sa.Uuid))
_SET_OPENED = (
    sa.update(bids)
    .where(bids.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))))
    .values(state=BidState.OPENED, version=bids.c.version + 1)
)
_OPENED = (
    sa.select(
        opened_bids.c.bid_id,
        opened_bids.c.provider_id,
        opened_bids.c.price,
        opened_bids.c.unreadable,
        opened_bids.c.clause,
        providers.c.title,
        bids.c.submitted_at,
        bids.c.hash,
        bids.c.sealed_by,
        bids.c.qualified,
        envelopes.c.suite,
        envelopes.c.commitment,
    )
    .join(bids, bids.c.id == opened_bids.c.bid_id)
    .join(envelopes, envelopes.c.id == bids.c.envelope_id)
    .join(providers, providers.c.id == opened_bids.c.provider_id)
    .where(opened_bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(bids.c.submitted_at, bids.c.id)
)
_OFFERS = (
    sa.select(private_offers.c.bid_id, private_offers.c.content)
    .join(bids, bids.c.id == private_offers.c.bid_id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
)
CONTENT_HASH = "encode(sha256(salt || convert_to(content::text, 'UTF8')), 'hex')"
"""Of an offer: the database's own text of it, so that whoever reads the row computes the same."""
_CONTENTS = (
    sa.select(
        private_offers.c.bid_id,
        bids.c.provider_id,
        sa.literal_column(CONTENT_HASH).label("content"),
        opened_bids.c.price,
    )
    .join(bids, bids.c.id == private_offers.c.bid_id)
    .join(opened_bids, opened_bids.c.bid_id == bids.c.id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(private_offers.c.bid_id)
)
_ANNEX = (
    sa.select(private_annexes)
    .join(bids, bids.c.id == private_annexes.c.bid_id)
    .where(
        bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
        private_annexes.c.bid_id == sa.bindparam("bid_id", type_=sa.Uuid),
        private_annexes.c.number == sa.bindparam("number", type_=sa.Integer),
    )
)
_ACT = sa.select(private_opening_acts).where(
    private_opening_acts.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid)
)
_END_ACT = sa.delete(private_opening_acts).where(
    private_opening_acts.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid)
)
_SHARES = (
    sa.select(private_opening_shares)
    .where(private_opening_shares.c.act_id == sa.bindparam("act_id", type_=sa.Uuid))
    .order_by(private_opening_shares.c.given_at, private_opening_shares.c.number)
)


async def sealed(tx: Transaction, procurement_id: UUID) -> list[SealedBid]:
    """The bids that will be opened, with their receipts, by id; the procurement must be locked."""
    return await tx.all(_SEALED, SealedBid, procurement_id=procurement_id)


async def envelope(tx: Transaction, bid: SealedBid) -> bytes:
    """The sealed bid as it lies here."""
    return bytes(await tx.value(_ENVELOPE, id=bid.envelope_id))


def receipts_hash(sealed: Iterable[SealedBid], suite: Suite) -> str:
    """The hash over the receipts (bid, time, hash of the sealed bid), by id: what the closing freezes."""
    return suite.hash(canonical([[bid.id, bid.submitted_at, bid.hash] for bid in sealed]))


async def hash_of_what_lies_here(tx: Transaction, sealed: Iterable[SealedBid], suite: str) -> str:
    """The same over the sealed bids as they lie here, read one by one: what their receipts ought to say. One that names
    another bidder than its row has no hash."""
    used, found = suite_of(suite), []
    for bid in sealed:
        content = await envelope(tx, bid)
        found.append([bid.id, bid.submitted_at, used.hash(content) if _is_of(content, bid.provider_id) else ""])
    return used.hash(canonical(found))


def _is_of(envelope: bytes, provider_id: UUID) -> bool:
    try:
        return read(envelope).header.provider_id == provider_id
    except BadEnvelope:
        return False


# --- acts


async def begin_act(tx: Transaction, procurement_id: UUID, key: OpeningKey) -> OpeningAct:
    """A new act with a key of its own, in the place of one before it."""
    await end_act(tx, procurement_id)
    suite = suite_of(key.suite)
    private = suite.new_key()
    return await tx.add(
        OpeningAct(
            id=new_id(),
            procurement_id=procurement_id,
            public_key=suite.public_key(private),
            private_key=private,
            begun_at=tx.now,
        )
    )


async def act(reader: Reader, procurement_id: UUID) -> OpeningAct | None:
    """The act under way, with its one-time key; None when there is none."""
    return await reader.one(_ACT, OpeningAct, procurement_id=procurement_id)


async def end_act(tx: Transaction, procurement_id: UUID) -> None:
    """Deletes the one-time key and the shares given to it."""
    await tx.run(_END_ACT, procurement_id=procurement_id)


async def keep_share(tx: Transaction, given: GivenShare, opener: UUID) -> OpeningShare:
    """Keeps a share as it was encrypted to the act, once for each opener."""
    return await tx.add(
        OpeningShare(act_id=given.act_id, opener=opener, number=given.number, share=given.share, given_at=tx.now)
    )


async def given_shares(reader: Reader, act_id: UUID) -> list[OpeningShare]:
    """The shares given to an act, in the order in which they came."""
    return await reader.all(_SHARES, OpeningShare, act_id=act_id)


async def opening_key(tx: Transaction, act: OpeningAct, key: OpeningKey) -> tuple[bytes | None, list[UUID]]:
    """The private half of the opening key, None when the shares given to the act do not make it; and who gave them."""
    given = await given_shares(tx, act.id)
    openers = [share.opener for share in given]
    try:
        return combine(key, [_share(share, key, act) for share in given]), openers
    except (SharesDoNotFit, WrongShare):
        return None, openers


def _share(kept: OpeningShare, key: OpeningKey, act: OpeningAct) -> str:
    given = GivenShare(act_id=act.id, number=kept.number, share=kept.share)
    return receive_share(given, kept.opener, key, act.private_key)


# --- opened bids


async def contents(tx: Transaction, procurement_id: UUID) -> list[OpenedOffer]:
    """Whose each readable offer is, and the hash of its content."""
    return [OpenedOffer(**offer) for offer in await tx.all(_CONTENTS, procurement_id=procurement_id)]


async def keep_opened(
    tx: Transaction, procurement_id: UUID, bid: SealedBid, found: Unsealed | Reason, invalid_by: Clause
) -> None:
    """Keeps what a bid holds, or that it holds nothing readable, by this clause."""
    readable = found if isinstance(found, Unsealed) else None
    await tx.add(
        OpenedBid(
            bid_id=bid.id,
            procurement_id=procurement_id,
            provider_id=bid.provider_id,
            price=readable.content.price if readable else None,
            unreadable=None if isinstance(found, Unsealed) else found,
            clause=None if readable else invalid_by.id,
            opened_at=tx.now,
        )
    )
    if readable is not None:
        await _keep_content(tx, bid.id, readable)


async def _keep_content(tx: Transaction, bid_id: UUID, found: Unsealed) -> None:
    await tx.add(Offer(bid_id=bid_id, content=found.content.model_dump(mode="json"), salt=found.salt))
    for number, annex in enumerate(found.content.annexes, 1):
        await tx.add(Annex(bid_id=bid_id, number=number, name=annex.name, content=found.annexes[annex.name]))


async def mark_opened(tx: Transaction, sealed: Iterable[SealedBid]) -> None:
    await tx.run(_SET_OPENED, ids=[bid.id for bid in sealed])


async def opened(reader: Reader, procurement_id: UUID) -> list[ReadOut]:
    """The opened bids with bidder's title and price, in the order of their receipts; unreadable ones without price."""
    return await reader.all(_OPENED, ReadOut, procurement_id=procurement_id)


async def offers(reader: Reader, procurement_id: UUID) -> dict[UUID, BidContent]:
    """What the readable bids say, by bid."""
    found = await reader.all(_OFFERS, procurement_id=procurement_id)
    return {bid: BidContent.model_validate(content) for bid, content in found}


async def annex(reader: Reader, procurement_id: UUID, bid_id: UUID, number: int) -> Annex:
    """An annex of an opened bid, by its place in the bid's list; raises NotFound."""
    found = await reader.one(_ANNEX, Annex, procurement_id=procurement_id, bid_id=bid_id, number=number)
    if found is None:
        raise NotFound
    return found
