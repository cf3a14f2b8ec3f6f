"""Queries about consents."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from services.tendering.consents.records import DUTIES, LIVE, Authority, Consent, ConsentState, Purpose
from services.tendering.procurements.records import Procurement
from services.tendering.tables import consents
from shared.reading.visibility import lies_in, seen_by
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Actor, Scope

_c = consents.c
_ONE = sa.select(consents).where(_c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_PROJECT = sa.select(consents).where(_c.key == sa.bindparam("project_id", type_=sa.Uuid))
_SAME = _OF_PROJECT.where(_c.purpose == sa.bindparam("purpose"), _c.method == sa.bindparam("method"))
_STANDING = _SAME.where(_c.state == ConsentState.GIVEN.value, _c.amount >= sa.bindparam("amount", type_=_c.amount.type))
_LIVE = _SAME.where(_c.authority == sa.bindparam("authority"), sa.or_(*(_c.state == state.value for state in LIVE)))
_RESTS_ON = _OF_PROJECT.where(
    sa.or_(_c.used_for == sa.bindparam("procurement_id", type_=sa.Uuid), _c.state == ConsentState.GIVEN.value)
)


async def get(reader: Reader, consent_id: UUID) -> Consent:
    found = await reader.one(_ONE, Consent, id=consent_id)
    if found is None:
        raise NotFound
    return found


def sees(scope: Scope, actor: Actor, consent: Consent) -> bool:
    """The purchaser's side, who oversees it, and whoever may give it."""
    if scope.sees((consent.organisation,), consent.jurisdiction):
        return True
    return consent.authority is not Authority.SECOND_PERSON and actor.holds(
        DUTIES[consent.authority], None, consent.place
    )


async def read(reader: Reader, consent_id: UUID, scope: Scope) -> Consent:
    """One, for those who see it; raises NotFound."""
    consent = await get(reader, consent_id)
    if not sees(scope, reader.actor, consent):
        raise NotFound
    return consent


async def list_consents(reader: Reader, project_id: UUID, shown: Slice) -> list[Consent]:
    """A page of the project's that the reader sees, oldest first."""
    seen = _OF_PROJECT.where(_seen(reader.actor))
    return await reader.all(shown.of(seen), Consent, project_id=project_id)


def _seen(actor: Actor) -> sa.ColumnElement[bool]:
    """As `sees`, in SQL."""
    gives = [
        sa.and_(_c.authority == authority.value, lies_in(_c.place, post.jurisdiction))
        for authority, duty in DUTIES.items()
        for post in actor.posts
        if authority is not Authority.SECOND_PERSON and duty in post.duties
    ]
    return sa.or_(seen_by(actor.scope(), _c.jurisdiction, _c.organisation), *gives)


async def standing(reader: Reader, project_id: UUID, purpose: Purpose, method: str, amount: Decimal) -> list[Consent]:
    """Those that were given for this and not used: for this method, and for no less than this amount."""
    return await reader.all(
        _STANDING, Consent, project_id=project_id, purpose=purpose.value, method=method, amount=amount
    )


async def live(
    tx: Transaction, project_id: UUID, purpose: Purpose, method: str, authority: Authority
) -> Consent | None:
    """The one that this authority was asked for, or has given and nobody has used."""
    asked = {"purpose": purpose.value, "method": method, "authority": authority.value}
    return await tx.one(_LIVE, Consent, project_id=project_id, **asked)


async def rests_on(reader: Reader, project_id: UUID, procurement_id: UUID) -> list[Consent]:
    """Those that the procurement used, and those given since that nothing has used."""
    return await reader.all(_RESTS_ON, Consent, project_id=project_id, procurement_id=procurement_id)


async def for_procurement(reader: Reader, procurement: Procurement, purpose: Purpose) -> list[Consent]:
    """Those that it rests on for this, or may."""
    found = await rests_on(reader, procurement.key, procurement.id)
    same = [each for each in found if each.purpose is purpose and each.method == procurement.method]
    return [each for each in same if each.amount >= procurement.budget]


def authorities(given: Iterable[Consent]) -> frozenset[str]:
    """Who consented."""
    return frozenset(each.authority.value for each in given)


async def use(tx: Transaction, consent: Consent, procurement_id: UUID) -> Consent:
    """The procurement rests on it from now on."""
    return await tx.save(consent, replace(consent, state=ConsentState.USED, used_for=procurement_id))
