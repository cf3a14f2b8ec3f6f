"""Queries about what identifies a person, and about its erasing."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.registry.erasures.records import Erasure
from services.registry.interests.records import DeclarationState
from services.registry.persons.records import Account
from services.registry.tables import (
    accounts,
    declarations,
    erasures,
    metadata,
    organisations,
    persons,
    posts,
    private_interest_acts,
    private_logins,
    private_persons,
)
from shared.work.database import Reader, Transaction

_ID = sa.bindparam("id", type_=sa.Uuid)
_ERASURE = sa.select(erasures).where(erasures.c.id == _ID)
_TEXTS = sa.union_all(
    sa.select(private_persons.c.display_name.label("text")).where(private_persons.c.person_id == _ID),
    sa.select(private_logins.c.account).where(private_logins.c.person_id == _ID),
)
_ENABLED = (
    sa.select(accounts)
    .where(accounts.c.person_id == _ID, accounts.c.enabled)
    .order_by(accounts.c.issuer, accounts.c.subject)
)
_TODAY = sa.bindparam("today", type_=sa.Date)
_TIES = sa.union_all(
    sa.select(posts.c.valid_until.label("day"))
    .join(organisations, organisations.c.id == posts.c.organisation_id)
    .where(posts.c.person_id == _ID, organisations.c.kind == "provider"),
    sa.select(
        sa.case((declarations.c.state == DeclarationState.STANDING, _TODAY), else_=declarations.c.last_day)
    ).where(declarations.c.person_id == _ID),
).subquery()
_WITH_SUPPLIER = sa.select(sa.func.max(_TIES.c.day))
_PRIVATE = (private_persons, private_logins, private_interest_acts)
_GONE = [sa.delete(table).where(table.c.person_id == _ID) for table in _PRIVATE]
_j = metadata.tables["journal"].c
_OWN_RECORD = sa.select(sa.cast(sa.func.timezone("Asia/Shanghai", sa.func.max(_j.recorded_at)), sa.Date)).where(
    _j.actor == _ID, _j.kind == "event", _j.key.not_in(sa.select(persons.c.id))
)


async def erasure_by_id(reader: Reader, erasure_id: UUID) -> Erasure | None:
    return await reader.one(_ERASURE, Erasure, id=erasure_id)


async def texts(tx: Transaction, person_id: UUID) -> list[str]:
    """Every text by which this service knows the person."""
    return [text for (text,) in await tx.all(_TEXTS, id=person_id)]


async def enabled_logins(tx: Transaction, person_id: UUID) -> list[Account]:
    return await tx.all(_ENABLED, Account, id=person_id)


async def last_with_supplier(tx: Transaction, person_id: UUID) -> date | None:
    """The last day of their posts with suppliers, and of interests in suppliers that were declared: today, while one
    stands."""
    day: date | None = await tx.value(_WITH_SUPPLIER, id=person_id, today=tx.today)
    return day


async def last_recorded(tx: Transaction, person_id: UUID) -> date | None:
    """The last day on which the person acted here on something that is no person's."""
    day: date | None = await tx.value(_OWN_RECORD, id=person_id)
    return day


async def erase(tx: Transaction, person_id: UUID) -> None:
    for statement in _GONE:
        await tx.run(statement, id=person_id)
