"""Queries about the closing and the opening."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.bids.contents import BidContent
from services.tendering.bids.sealing import Binding, unseal
from services.tendering.tables import bids, envelopes, opened_bids, private_offers, providers
from shared.database import Reader, Row, Transaction
from shared.strict_json import canonical

_SEALED = (
    sa.select(bids.c.id, bids.c.provider_id, bids.c.submitted_at, envelopes.c.ciphertext, envelopes.c.file_hash)
    .join(envelopes, envelopes.c.id == bids.c.envelope_id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid), bids.c.state == "submitted")
    .order_by(bids.c.id)
)
_SET_OPENED = (
    sa.update(bids)
    .where(bids.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))))
    .values(state="opened", version=bids.c.version + 1)
)
_OPENED = (
    sa.select(
        opened_bids.c.bid_id,
        opened_bids.c.provider_id,
        opened_bids.c.price,
        providers.c.title,
        bids.c.submitted_at,
        bids.c.sha256,
        bids.c.sealed_by,
        bids.c.qualified,
    )
    .join(bids, bids.c.id == opened_bids.c.bid_id)
    .join(providers, providers.c.id == opened_bids.c.provider_id)
    .where(opened_bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(bids.c.submitted_at, bids.c.id)
)
_OFFERS = (
    sa.select(private_offers.c.bid_id, private_offers.c.content)
    .join(bids, bids.c.id == private_offers.c.bid_id)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
)


async def sealed(tx: Transaction, procurement_id: UUID) -> list[Row]:
    """The bids that will be opened, with their ciphertexts, by id; the procurement must be locked."""
    return await tx.all(_SEALED, procurement_id=procurement_id)


def receipts_hash(sealed: Iterable[Row]) -> str:
    """SHA-256 over the receipts (bid, time, SHA-256 of the ciphertext as it lies here), by id, as hex digits."""
    receipts = [
        [row["id"], row["submitted_at"], hashlib.sha256(row["ciphertext"]).hexdigest()]
        for row in sorted(sealed, key=lambda row: str(row["id"]))
    ]
    return hashlib.sha256(canonical(receipts)).hexdigest()


async def open_all(tx: Transaction, procurement_id: UUID, sealed: list[Row]) -> None:
    """Opens every bid of the list, in this transaction or not at all; raises CannotOpen."""
    contents = {row["id"]: _content(procurement_id, row) for row in sealed}
    await tx.insert_many(
        opened_bids,
        [
            {
                "bid_id": row["id"],
                "procurement_id": procurement_id,
                "provider_id": row["provider_id"],
                "price": contents[row["id"]].price,
                "opened_at": tx.now,
            }
            for row in sealed
        ],
    )
    await tx.insert_many(
        private_offers,
        [{"bid_id": bid_id, "content": content.model_dump(mode="json")} for bid_id, content in contents.items()],
    )
    await tx.run(_SET_OPENED, ids=list(contents))


def _content(procurement_id: UUID, row: Row) -> BidContent:
    text = unseal(row["ciphertext"], Binding(procurement_id, row["file_hash"], row["provider_id"]))
    return BidContent.model_validate_json(text)


async def opened(reader: Reader, procurement_id: UUID) -> list[Row]:
    """The opened bids with bidder's title and price, in the order of their receipts."""
    return await reader.all(_OPENED, procurement_id=procurement_id)


async def offers(reader: Reader, procurement_id: UUID) -> dict[UUID, BidContent]:
    """What the opened bids say, by bid."""
    rows = await reader.all(_OFFERS, procurement_id=procurement_id)
    return {row["bid_id"]: BidContent.model_validate(row["content"]) for row in rows}
