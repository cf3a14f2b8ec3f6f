"""Before the opening nobody is told who bids, so an operator with an interest in a bidder may leave out an event of the
purchase (`shared/people/interest.py`). At the opening those who did are asked again: what two left out is told to those
who oversee, and what one asked for and no other confirmed is asked for no more."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from services.tendering.panels.interests import interested
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.tables import metadata
from shared.events.tendering import InterestedSkipFound
from shared.law.rulebook import rulebooks
from shared.people.interest import InterestSection, named_in
from shared.work.database import SHANGHAI, Transaction

_held, _skipped = metadata.tables["held"].c, metadata.tables["skipped"].c
# Whoever is just confirming has the row, and is waited for; whoever comes later finds the bids opened.
_ASKED = (
    sa.select(_held.event, _held.type, _held.value, _held.skip_asked_by)
    .where(_held.skip_asked_by.is_not(None))
    .order_by(_held.event)
    .with_for_update()
)
_LEFT_OUT = sa.select(
    _skipped.event, _skipped.type, _skipped.value, _skipped.asked_by, _skipped.confirmed_by, _skipped.skipped_at
).order_by(_skipped.skipped_at, _skipped.event)
_ASK_NO_MORE = (
    sa.update(metadata.tables["held"])
    .where(_held.event == sa.bindparam("asked_for", type_=sa.Uuid))
    .values(skip_asked_by=None, skip_reason=None)
)


async def ask_again(tx: Transaction, procurement: Procurement, bids: Collection[UUID], bidders: set[UUID]) -> None:
    """Tells of each event of the purchase that somebody with an interest in a bidder left out, or asked to."""
    section = rulebooks().get(procurement.rulebook).section(InterestSection)
    of_purchase = {procurement.id, procurement.key, *bids}
    asked_for = [(*row, None, tx.now) for row in await tx.all(_ASKED)]
    for event, kind, value, asked, confirmed, at in [*asked_for, *await tx.all(_LEFT_OUT)]:
        if of_purchase.isdisjoint(named_in(value)):
            continue
        persons = {person for person in (asked, confirmed) if person is not None}
        with_one = await interested(tx, persons, bidders, section, at.astimezone(SHANGHAI).date())
        if not with_one:
            continue
        if confirmed is None:
            await tx.run(_ASK_NO_MORE, asked_for=event)
        tx.emit(
            InterestedSkipFound(
                **procurements.about(procurement),
                event=event,
                of_type=kind,
                asked_by=asked,
                confirmed_by=confirmed,
                interested=sorted(with_one),
                clause=section.recusal_grounds.clause("employment").id,
            )
        )
