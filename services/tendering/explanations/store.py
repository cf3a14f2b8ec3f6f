"""Queries about explanations of low prices and the panel's voices on them."""

import hashlib
import os
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.tendering.tables import (
    bids,
    explanation_votes,
    explanations,
    private_explanations,
    qualification_results,
)
from shared.fields.ids import new_id
from shared.law.decision import Clause
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction

CONDITION = "panel:low_price"
"""How the panel's finding on a price stands among the results of the review; no file can name a condition so."""

_OF_PROCUREMENT = explanations.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid)
_WITH_TEXT = sa.select(explanations, private_explanations.c.text).outerjoin(
    private_explanations, private_explanations.c.explanation_id == explanations.c.id
)
_ALL = _WITH_TEXT.where(_OF_PROCUREMENT).order_by(explanations.c.id)
_READ = _WITH_TEXT.where(explanations.c.id == sa.bindparam("id", type_=sa.Uuid))
_OPEN = sa.select(sa.exists().where(_OF_PROCUREMENT, explanations.c.proven.is_(None)))
_ONE = sa.select(explanations).where(explanations.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_BID = sa.select(sa.exists().where(explanations.c.bid_id == sa.bindparam("bid_id", type_=sa.Uuid)))
_VOTES = sa.select(explanation_votes).where(
    explanation_votes.c.explanation_id == sa.bindparam("explanation_id", type_=sa.Uuid)
)
_UNQUALIFY = (
    sa.update(bids)
    .where(bids.c.id == sa.bindparam("bid", type_=sa.Uuid))
    .values(qualified=False, version=bids.c.version + 1)
)


async def of_procurement(reader: Reader, procurement_id: UUID) -> list[Row]:
    return await reader.all(_ALL, procurement_id=procurement_id)


async def undecided(reader: Reader, procurement_id: UUID) -> bool:
    """Whether a price was asked about and the panel has not decided: until then nothing is ranked."""
    return bool(await reader.value(_OPEN, procurement_id=procurement_id))


async def get(reader: Reader, explanation_id: UUID) -> Row:
    row = await reader.one(_ONE, id=explanation_id)
    if row is None:
        raise NotFound
    return row


async def read(reader: Reader, explanation_id: UUID) -> Row:
    """One with what the bidder said; raises NotFound."""
    row = await reader.one(_READ, id=explanation_id)
    if row is None:
        raise NotFound
    return row


async def asked_before(reader: Reader, bid_id: UUID) -> bool:
    return bool(await reader.value(_OF_BID, bid_id=bid_id))


async def ask(tx: Transaction, procurement: Row, bid: Row, person: UUID, until: datetime) -> UUID:
    explanation_id = new_id()
    await tx.insert(
        explanations,
        id=explanation_id,
        key=procurement["key"],
        version=1,
        jurisdiction=procurement["jurisdiction"],
        organisation=procurement["organisation"],
        procurement_id=procurement["id"],
        bid_id=bid["bid_id"],
        provider_id=bid["provider_id"],
        asked_by=person,
        asked_at=tx.now,
        answer_until=until,
    )
    return explanation_id


async def answer(tx: Transaction, explanation: Row, text: str, person: UUID) -> bytes:
    """Keeps the answer; returns SHA-256 over a salt and its text."""
    salt = os.urandom(16)
    await tx.update(explanations, explanation["id"], answered_by=person, answered_at=tx.now)
    await tx.insert(private_explanations, explanation_id=explanation["id"], text=text, salt=salt)
    return hashlib.sha256(salt + text.encode()).digest()


async def votes(reader: Reader, explanation_id: UUID) -> dict[UUID, bool]:
    """What each member has said, by person."""
    rows = await reader.all(_VOTES, explanation_id=explanation_id)
    return {row["person_id"]: row["proven"] for row in rows}


async def vote(tx: Transaction, explanation: Row, person: UUID, proven: bool) -> None:
    given: dict[str, Any] = {"explanation_id": explanation["id"], "person_id": person, "proven": proven}
    await tx.insert(explanation_votes, **given, voted_at=tx.now)


async def decide(tx: Transaction, explanation: Row, proven: bool, clause: Clause, person: UUID) -> None:
    """The panel has decided: the finding stands among the results, and a price that is not proven leaves."""
    await tx.update(explanations, explanation["id"], proven=proven, decided_at=tx.now)
    await tx.insert(
        qualification_results,
        bid_id=explanation["bid_id"],
        condition=CONDITION,
        procurement_id=explanation["procurement_id"],
        met=proven,
        basis="panel",
        clause=clause.id,
        reviewed_by=person,
    )
    if not proven:
        await tx.run(_UNQUALIFY, bid=explanation["bid_id"])


async def list_seen(reader: Reader, procurement_id: UUID, shown: Slice, providers: frozenset[UUID] | None) -> list[Row]:
    """A page of the procurement's; with `providers` of those about bids of these."""
    seen = _ALL
    if providers is not None:
        seen = _ALL.where(explanations.c.provider_id == sa.any_(sa.literal(list(providers), ARRAY(sa.Uuid))))
    return await reader.all(shown.of(seen), procurement_id=procurement_id)
