"""Queries about opening keys. A key is insert-only: the procurement names the one that counts."""

from collections.abc import Iterable
from typing import TypedDict
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.files import store as files
from services.tendering.opening_keys.records import RegisteredKey
from services.tendering.procurements.records import Procurement
from services.tendering.tables import metadata, opening_keys
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.sealing.envelope import Tender
from shared.sealing.shares import OpeningKey
from shared.work.database import NotFound, Reader, Transaction
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
    posts = await reader.all(_WITH_DUTY, persons=list(persons), day=reader.today)
    return frozenset(person for person, place in posts if within(jurisdiction, place))


async def add(tx: Transaction, key: OpeningKey, person: UUID) -> RegisteredKey:
    """Keeps the key."""
    return await tx.add(
        RegisteredKey(
            id=new_id(),
            procurement_id=key.procurement_id,
            document=key.model_dump(mode="json"),
            registered_by=person,
            registered_at=tx.now,
        )
    )


async def of_procurement(reader: Reader, procurement: Procurement) -> OpeningKey:
    """The key that the procurement names; raises NotFound before there is one."""
    document = await reader.value(_KEY, id=procurement.opening_key_id) if procurement.opening_key_id else None
    if document is None:
        raise NotFound
    return OpeningKey.model_validate(document)


async def must_open(reader: Reader, procurement: Procurement, person: UUID) -> None:
    """Raises NotAllowed unless this person, who has the duty to open bids in the place, has it at the purchaser or has
    a share of the procurement's opening key."""
    place = procurement.jurisdiction
    if not reader.actor.holds("open_bids", procurement.organisation, place):
        key = await of_procurement(reader, procurement) if procurement.opening_key_id else None
        if key is None or key.share_of(person) is None:
            raise NotAllowed("open_bids", place)


async def tender(reader: Reader, procurement: Procurement) -> Tender:
    """What bids for a noticed procurement are bound to."""
    key = await of_procurement(reader, procurement)
    file = await files.published(reader, procurement)
    return Tender(key.suite, key.public_key, procurement.id, LOT, file.number, f"sha256:{file.hash}")


class Named(TypedDict):
    opening_key: str
    suite: str
    threshold: int


def named(key: OpeningKey) -> Named:
    """How events name a key, without persons."""
    return {"opening_key": key.fingerprint(), "suite": key.suite, "threshold": key.threshold}


def openers(key: OpeningKey) -> list[UUID]:
    return [share.opener for share in key.shares]
