"""Queries about negative-list checks."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from services.catalog.negative_lists.records import NegativeCheck, Point
from services.catalog.tables import DECLARED, negative_checks
from shared.fields.ids import new_id
from shared.work.database import Transaction

_DECLARED_BY = sa.select(negative_checks.c.declared_by).where(
    negative_checks.c.subject == sa.bindparam("subject", type_=sa.Uuid),
    negative_checks.c.point == sa.bindparam("point", type_=sa.Text),
)
_CONFIRM = (
    sa.update(negative_checks)
    .where(
        negative_checks.c.subject == sa.bindparam("of", type_=sa.Uuid),
        negative_checks.c.point == sa.bindparam("at", type_=sa.Text),
    )
    .values(
        confirmed_by=sa.bindparam("person", type_=sa.Uuid),
        confirmed_on=sa.bindparam("day", type_=sa.Date),
    )
)


async def declare(
    tx: Transaction, key: UUID, subject: UUID, point: Point, answers: Mapping[str, bool], person: UUID
) -> str:
    """Keeps a declaration that was found clean, with who gave it; returns what an entry says of it."""
    check = NegativeCheck(
        id=new_id(),
        key=key,
        subject=subject,
        point=point,
        declaration=dict(answers),
        declared_by=person,
        declared_on=tx.today,
    )
    return DECLARED(await tx.add(check))


async def declared_by(tx: Transaction, subject: UUID, point: Point) -> UUID:
    """Who declared; every edition, project and requirement has a declaration from its first day."""
    person: UUID = await tx.value(_DECLARED_BY, subject=subject, point=point)
    return person


async def confirm(tx: Transaction, subject: UUID, point: Point, person: UUID) -> None:
    await tx.run(_CONFIRM, of=subject, at=point, person=person, day=tx.today)
