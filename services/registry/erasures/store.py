"""Queries about what identifies a person, and about its erasing."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.registry.tables import (
    accounts,
    declarations,
    erasure_answers,
    erasures,
    metadata,
    organisations,
    persons,
    posts,
    private_interest_acts,
    private_logins,
    private_persons,
)
from shared.work.database import Reader, Row, Transaction

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
_TIES = sa.union_all(
    sa.select(posts.c.valid_until.label("day"))
    .join(organisations, organisations.c.id == posts.c.organisation_id)
    .where(posts.c.person_id == _ID, organisations.c.kind == "provider"),
    sa.select(declarations.c.last_day).where(declarations.c.person_id == _ID),
).subquery()
_WITH_SUPPLIER = sa.select(sa.func.max(_TIES.c.day))
_PRIVATE = (private_persons, private_logins, private_interest_acts)
_GONE = [sa.delete(table).where(table.c.person_id == _ID) for table in _PRIVATE]
_j = metadata.tables["journal"].c
_OWN_RECORD = sa.select(sa.cast(sa.func.timezone("Asia/Shanghai", sa.func.max(_j.recorded_at)), sa.Date)).where(
    _j.actor == _ID, _j.kind == "event", _j.key.not_in(sa.select(persons.c.id))
)


async def erasure_by_id(reader: Reader, erasure_id: UUID) -> Row | None:
    return await reader.one(_ERASURE, id=erasure_id)


async def add(tx: Transaction, person: Row, erasure_id: UUID, reason: str, administrator: UUID) -> None:
    about = {name: person[name] for name in ("key", "jurisdiction", "organisation")}
    about |= {"version": 1, "state": "proposed", "person_id": person["id"]}
    await tx.insert(erasures, id=erasure_id, **about, reason=reason, proposed_by=administrator)


async def add_answer(tx: Transaction, erasure_id: UUID, service: str, last: date | None) -> None:
    await tx.insert(erasure_answers, erasure_id=erasure_id, service=service, last_recorded_on=last)


async def texts(tx: Transaction, person_id: UUID) -> list[str]:
    """Every text by which this service knows the person."""
    return [row["text"] for row in await tx.all(_TEXTS, id=person_id)]


async def enabled_logins(tx: Transaction, person_id: UUID) -> list[Row]:
    return await tx.all(_ENABLED, id=person_id)


async def last_with_supplier(tx: Transaction, person_id: UUID) -> date | None:
    """The last day of their posts with suppliers, and of interests in suppliers that were declared and have ended."""
    day: date | None = await tx.value(_WITH_SUPPLIER, id=person_id)
    return day


async def last_recorded(tx: Transaction, person_id: UUID) -> date | None:
    """The last day on which the person acted here on something that is no person's."""
    day: date | None = await tx.value(_OWN_RECORD, id=person_id)
    return day


async def erase(tx: Transaction, person_id: UUID) -> None:
    for statement in _GONE:
        await tx.run(statement, id=person_id)
