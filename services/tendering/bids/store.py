"""Queries about bids. Nothing here lists or counts bids of a procurement that is not closed, but its closing."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.tendering.bids.rules import Standing
from services.tendering.tables import bids, departures, envelopes, procurements, providers, standings
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.law.decision import Effect
from shared.law.rulebook import rulebooks
from shared.reading.visibility import seen_by
from shared.sealing.envelope import Header
from shared.sealing.suites import suite_of
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

LIVE = ("submitted", "opened")
MOST_ENVELOPES = 50
"""Sealed bids that are kept of one bidder for one procurement, submitted or not."""

_SHARED = (
    sa.select(procurements).where(procurements.c.id == sa.bindparam("id", type_=sa.Uuid)).with_for_update(read=True)
)
_NOW = sa.text("SELECT clock.now()")
_PROVIDER = sa.select(providers).where(providers.c.id == sa.bindparam("id", type_=sa.Uuid))
_STANDINGS = sa.select(standings).where(standings.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid))
_LEFT = sa.select(departures.c.left_on).where(departures.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid))
_ENVELOPE = sa.select(*(column for column in envelopes.c if column.name != "envelope")).where(
    envelopes.c.id == sa.bindparam("id", type_=sa.Uuid)
)
_STORED = (
    sa.select(sa.func.count())
    .select_from(envelopes)
    .where(
        envelopes.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
        envelopes.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid),
    )
)
_BID = sa.select(bids).where(bids.c.id == sa.bindparam("id", type_=sa.Uuid))
_LIVE_OF = sa.select(bids.c.id).where(
    bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
    bids.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid),
    bids.c.state == "submitted",
)
_ALL = (
    sa.select(bids)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(bids.c.submitted_at, bids.c.id)
)


async def share(tx: Transaction, procurement_id: UUID) -> Row:
    """The procurement under a lock that other submissions share and the closing waits for; raises NotFound for one
    that is not noticed."""
    row = await tx.one(_SHARED, id=procurement_id)
    if row is None or row["noticed_on"] is None:
        raise NotFound
    return row


async def clock(tx: Transaction) -> datetime:
    """The database's time at this statement, after whatever lock was waited for."""
    return await tx.value(_NOW)  # type: ignore[no-any-return]


async def provider(reader: Reader, provider_id: UUID) -> Row:
    """A registered provider; raises NotFound."""
    row = await reader.one(_PROVIDER, id=provider_id)
    if row is None:
        raise NotFound
    return row


async def standings_of(reader: Reader, provider_id: UUID, jurisdiction: str) -> tuple[Standing, ...]:
    """The standings of a provider that bind in this place: those of the place and of the areas above it."""
    rows = await reader.all(_STANDINGS, provider_id=provider_id)
    return tuple(_standing(row) for row in rows if within(jurisdiction, row["jurisdiction"]))


async def left_on(reader: Reader, provider_id: UUID) -> date | None:
    """Since when the provider's registration is withdrawn; None while it is registered."""
    day: date | None = await reader.value(_LEFT, provider_id=provider_id)
    return day


def _standing(row: Row) -> Standing:
    clause = rulebooks().get(row["rulebook"]).clause(row["clause"])
    return Standing(row["kind"], clause, Effect(row["effect"]), row["from_day"], row["until_day"])


async def stored(reader: Reader, procurement_id: UUID, provider_id: UUID) -> int:
    """How many sealed bids of this bidder are kept."""
    return int(await reader.value(_STORED, procurement_id=procurement_id, provider_id=provider_id))


async def insert_envelope(tx: Transaction, header: Header, content: bytes, sealed_by: str, person: UUID) -> Row:
    """Keeps a sealed bid. It is no bid before it is submitted."""
    envelope_id = new_id()
    await tx.insert(
        envelopes,
        id=envelope_id,
        procurement_id=header.procurement_id,
        provider_id=header.provider_id,
        envelope=content,
        hash=suite_of(header.suite).hash(content),
        suite=header.suite,
        commitment=header.commitment,
        sealed_by=sealed_by,
        stored_by=person,
        stored_at=tx.now,
    )
    return await envelope(tx, envelope_id)


async def envelope(reader: Reader, envelope_id: UUID) -> Row:
    """What is known of a sealed bid, without its bytes; raises NotFound."""
    row = await reader.one(_ENVELOPE, id=envelope_id)
    if row is None:
        raise NotFound
    return row


async def retire(tx: Transaction, procurement_id: UUID, provider_id: UUID) -> UUID | None:
    """Marks the provider's bid as replaced, if it has one; returns its id."""
    live: UUID | None = await tx.value(_LIVE_OF, procurement_id=procurement_id, provider_id=provider_id)
    if live is not None:
        await tx.update(bids, live, state="replaced")
    return live


async def insert(tx: Transaction, bid_id: UUID, procurement: Row, envelope: Row, **given: Any) -> Row:
    await tx.insert(
        bids,
        id=bid_id,
        key=bid_id,
        version=1,
        jurisdiction=procurement["jurisdiction"],
        organisation=envelope["provider_id"],
        procurement_id=procurement["id"],
        provider_id=envelope["provider_id"],
        envelope_id=envelope["id"],
        hash=envelope["hash"],
        sealed_by=envelope["sealed_by"],
        state="submitted",
        **given,
    )
    return await get(tx, bid_id)


async def lock(tx: Transaction, bid_id: UUID) -> Row:
    return await tx.lock_row(bids, bid_id)


async def set_state(tx: Transaction, bid: Row, state: str) -> Row:
    await tx.update(bids, bid["id"], state=state)
    return await get(tx, bid["id"])


async def get(reader: Reader, bid_id: UUID) -> Row:
    row = await reader.one(_BID, id=bid_id)
    if row is None:
        raise NotFound
    return row


async def live(reader: Reader, procurement_id: UUID) -> list[Row]:
    """The bids that count, in the order of their receipts: for the closing, and for what comes after it."""
    return [row for row in await reader.all(_ALL, procurement_id=procurement_id) if row["state"] in LIVE]


async def read(reader: Reader, bid_id: UUID, scope: Scope) -> Row:
    """A bid for its bidder; raises NotFound for everybody else, those who oversee included, until it is opened."""
    row = await get(reader, bid_id)
    opened = row["state"] == "opened" and scope.sees((), row["jurisdiction"])
    if not opened and not scope.owns((), row["jurisdiction"], row["provider_id"]):
        raise NotFound
    return row


async def read_own(reader: Reader, procurement_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    """The reader's own organisations' bids, replaced and withdrawn ones too."""
    mine = _ALL.where(seen_by(replace(scope, oversees=()), bids.c.jurisdiction, provider=bids.c.provider_id))
    return await reader.all(shown.of(mine), procurement_id=procurement_id)
