"""Queries about opening keys. A key is insert-only: the procurement names the one that counts."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.files import store as files
from services.tendering.tables import metadata, opening_keys
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.sealing.envelope import Tender
from shared.sealing.shares import OpeningKey
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import NotAllowed

LOT = 1
"""A procurement has one lot."""

_POSTS = metadata.tables["posts"]
_DAY = sa.bindparam("day", type_=sa.Date)
_KEY = sa.select(opening_keys.c.document).where(opening_keys.c.id == sa.bindparam("id", type_=sa.Uuid))
_WITH_DUTY = sa.select(_POSTS.c.person_id, _POSTS.c.jurisdiction).where(
    _POSTS.c.person_id == sa.any_(sa.bindparam("persons", type_=ARRAY(sa.Uuid))),
    sa.literal("open_bids") == sa.any_(_POSTS.c.duties),
    _POSTS.c.valid_from <= _DAY,
    sa.or_(_POSTS.c.valid_until.is_(None), _POSTS.c.valid_until >= _DAY),
)


async def with_post(reader: Reader, persons: Iterable[UUID], jurisdiction: str) -> frozenset[UUID]:
    """Those of the persons who may open bids in this place today, as far as the registry's posts have come."""
    rows = await reader.all(_WITH_DUTY, persons=list(persons), day=reader.today)
    return frozenset(row["person_id"] for row in rows if within(jurisdiction, row["jurisdiction"]))


async def insert(tx: Transaction, key: OpeningKey, person: UUID) -> UUID:
    """Keeps the key; returns its id."""
    key_id = new_id()
    document = key.model_dump(mode="json")
    await tx.insert(
        opening_keys,
        id=key_id,
        procurement_id=key.procurement_id,
        document=document,
        registered_by=person,
        registered_at=tx.now,
    )
    return key_id


async def of_procurement(reader: Reader, procurement: Row) -> OpeningKey:
    """The key that the procurement names; raises NotFound before there is one."""
    document = await reader.value(_KEY, id=procurement["opening_key_id"]) if procurement["opening_key_id"] else None
    if document is None:
        raise NotFound
    return OpeningKey.model_validate(document)


async def opener(reader: Reader, procurement: Row) -> UUID:
    """The person at hand, when they may take part in opening this procurement's bids: with that duty at its purchaser,
    or with that duty there and a share of its opening key. Raises NotAllowed for all others of the place."""
    place = procurement["jurisdiction"]
    person = reader.require("open_bids", None, place)
    if not reader.actor.holds("open_bids", procurement["organisation"], place):
        key = await of_procurement(reader, procurement) if procurement["opening_key_id"] else None
        if key is None or key.share_of(person) is None:
            raise NotAllowed("open_bids", place)
    return person


async def tender(reader: Reader, procurement: Row) -> Tender:
    """What bids for a noticed procurement are bound to."""
    key = await of_procurement(reader, procurement)
    file = await files.get(reader, procurement["file_id"])
    return Tender(key.suite, key.public_key, procurement["id"], LOT, file["number"], f"sha256:{file['hash']}")


def named(key: OpeningKey) -> dict[str, Any]:
    """How events name a key, without persons."""
    return {"opening_key": key.fingerprint(), "suite": key.suite, "threshold": key.threshold}


def openers(key: OpeningKey) -> list[UUID]:
    return [share.opener for share in key.shares]
