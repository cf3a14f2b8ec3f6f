"""Queries about bids. Nothing here lists or counts bids of a procurement that is not closed, but its closing."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from services.tendering.bids.records import (
    LIVE,
    Bid,
    BidState,
    Envelope,
    Provider,
    SealedBy,
    StandingTold,
    WholeEnvelope,
)
from services.tendering.bids.rules import Standing
from services.tendering.procurements.records import Procurement
from services.tendering.tables import bids, departures, envelopes, procurements, providers, standings
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.law.decision import Effect
from shared.law.rulebook import rulebooks
from shared.reading.visibility import seen_by
from shared.sealing.envelope import Header
from shared.sealing.suites import suite_of
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

MOST_ENVELOPES = 50
"""Sealed bids that are kept of one bidder for one procurement, submitted or not."""

_SHARED = (
    sa.select(procurements).where(procurements.c.id == sa.bindparam("id", type_=sa.Uuid)).with_for_update(read=True)
)
_NOTICED_PLACE = sa.select(procurements.c.jurisdiction).where(
    procurements.c.id == sa.bindparam("id", type_=sa.Uuid), procurements.c.noticed_on.is_not(None)
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
_LIVE_OF = sa.select(bids).where(
    bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid),
    bids.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid),
    bids.c.state == BidState.SUBMITTED,
)
_ALL = (
    sa.select(bids)
    .where(bids.c.procurement_id == sa.bindparam("procurement_id", type_=sa.Uuid))
    .order_by(bids.c.submitted_at, bids.c.id)
)


async def share(tx: Transaction, procurement_id: UUID) -> Procurement:
    """The procurement under a lock that other submissions share and the closing waits for; raises NotFound for one
    that is not noticed."""
    procurement = await tx.one(_SHARED, Procurement, id=procurement_id)
    if procurement is None or procurement.noticed_on is None:
        raise NotFound
    return procurement


async def noticed_place(reader: Reader, procurement_id: UUID) -> str | None:
    """Where a procurement lies that everybody may know of: there a try is recorded that is refused before it begins."""
    place: str | None = await reader.value(_NOTICED_PLACE, id=procurement_id)
    return place


async def clock(tx: Transaction) -> datetime:
    """The database's time at this statement, after whatever lock was waited for."""
    return await tx.value(_NOW)  # type: ignore[no-any-return]


async def provider(reader: Reader, provider_id: UUID) -> Provider:
    """A registered provider; raises NotFound."""
    registered = await reader.one(_PROVIDER, Provider, id=provider_id)
    if registered is None:
        raise NotFound
    return registered


async def standings_of(reader: Reader, provider_id: UUID, jurisdiction: str) -> tuple[Standing, ...]:
    """The standings of a provider that bind in this place: those of the place and of the areas above it."""
    told = await reader.all(_STANDINGS, StandingTold, provider_id=provider_id)
    return tuple(_standing(each) for each in told if within(jurisdiction, each.jurisdiction))


async def left_on(reader: Reader, provider_id: UUID) -> date | None:
    """Since when the provider's registration is withdrawn; None while it is registered."""
    day: date | None = await reader.value(_LEFT, provider_id=provider_id)
    return day


def _standing(told: StandingTold) -> Standing:
    clause = rulebooks().get(told.rulebook).clause(told.clause)
    return Standing(told.kind, clause, Effect(told.effect), told.from_day, told.until_day)


async def stored(reader: Reader, procurement_id: UUID, provider_id: UUID) -> int:
    """How many sealed bids of this bidder are kept."""
    return int(await reader.value(_STORED, procurement_id=procurement_id, provider_id=provider_id))


async def keep(tx: Transaction, header: Header, content: bytes, sealed_by: SealedBy, person: UUID) -> Envelope:
    """Keeps a sealed bid. It is no bid before it is submitted."""
    return await tx.add(
        WholeEnvelope(
            id=new_id(),
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
    )


async def envelope(reader: Reader, envelope_id: UUID) -> Envelope:
    """What is known of a sealed bid, without its bytes; raises NotFound."""
    known = await reader.one(_ENVELOPE, Envelope, id=envelope_id)
    if known is None:
        raise NotFound
    return known


async def retire(tx: Transaction, procurement_id: UUID, provider_id: UUID) -> UUID | None:
    """Marks the provider's bid as replaced, if it has one; returns its id."""
    live = await tx.one(_LIVE_OF, Bid, procurement_id=procurement_id, provider_id=provider_id)
    if live is None:
        return None
    return (await tx.save(live, replace(live, state=BidState.REPLACED))).id


async def get(reader: Reader, bid_id: UUID) -> Bid:
    bid = await reader.one(_BID, Bid, id=bid_id)
    if bid is None:
        raise NotFound
    return bid


async def live(reader: Reader, procurement_id: UUID) -> list[Bid]:
    """The bids that count, in the order of their receipts: for the closing, and for what comes after it."""
    return [bid for bid in await reader.all(_ALL, Bid, procurement_id=procurement_id) if bid.state in LIVE]


async def bidders(reader: Reader, procurement_id: UUID) -> list[UUID]:
    """Whose they are."""
    return [bid.provider_id for bid in await live(reader, procurement_id)]


async def read(reader: Reader, bid_id: UUID, scope: Scope) -> Bid:
    """A bid for its bidder; raises NotFound for everybody else, those who oversee included, until it is opened."""
    bid = await get(reader, bid_id)
    opened = bid.state is BidState.OPENED and scope.sees((), bid.jurisdiction)
    if not opened and not scope.owns((), bid.jurisdiction, bid.provider_id):
        raise NotFound
    return bid


async def read_own(reader: Reader, procurement_id: UUID, shown: Slice, scope: Scope) -> list[Bid]:
    """The reader's own organisations' bids, replaced and withdrawn ones too."""
    mine = _ALL.where(seen_by(replace(scope, oversees=()), bids.c.jurisdiction, provider=bids.c.provider_id))
    return await reader.all(shown.of(mine), Bid, procurement_id=procurement_id)
