"""Queries about declared interests."""

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.registry.interests.records import Declaration, DeclarationState, InterestAct
from services.registry.tables import declarations, metadata, private_interest_acts
from shared.fields.strict_json import canonical
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

_KNOWN = metadata.tables["interests"]
_DECLARATION = sa.select(declarations).where(declarations.c.id == sa.bindparam("id", type_=sa.Uuid))
_given = insert(_KNOWN).values(
    id=sa.bindparam("interest", type_=sa.Uuid),
    person_id=sa.bindparam("person", type_=sa.Uuid),
    organisation_id=sa.bindparam("provider", type_=sa.Uuid),
    until=sa.bindparam("last_day", type_=sa.Date),
    source_version=sa.bindparam("at_version", type_=sa.BigInteger),
    annulled=sa.bindparam("never", type_=sa.Boolean),
)
_KEEP = _given.on_conflict_do_update(
    index_elements=["id"], set_={name: _given.excluded[name] for name in ("until", "source_version", "annulled")}
)
_ACTS = (
    sa.select(private_interest_acts)
    .where(private_interest_acts.c.interest_id == sa.bindparam("interest", type_=sa.Uuid))
    .order_by(private_interest_acts.c.number)
)
_SET_LAST_DAY = (
    sa.update(private_interest_acts)
    .where(
        private_interest_acts.c.interest_id == sa.bindparam("interest", type_=sa.Uuid),
        private_interest_acts.c.keep_until.is_(None),
    )
    .values(keep_until=sa.bindparam("last_day", type_=sa.Date))
)


async def find(reader: Reader, interest: UUID) -> Declaration | None:
    return await reader.one(_DECLARATION, Declaration, id=interest)


async def read_interest(reader: Reader, interest: UUID, scope: Scope) -> Declaration:
    """A declared interest, for the person it is about and those who supervise the place; raises NotFound."""
    declaration = await find(reader, interest)
    if declaration is None:
        raise NotFound
    mine = scope.person_id == declaration.person_id
    if not mine and not reader.actor.holds("supervise", None, declaration.jurisdiction):
        raise NotFound
    return declaration


async def acts_of(reader: Reader, interest: UUID) -> list[InterestAct]:
    """How it was declared, ended or annulled, every time, the oldest first; what is over is kept no longer."""
    return await reader.all(_ACTS, InterestAct, interest=interest)


async def add_act(
    tx: Transaction, declaration: Declaration, act: str, ground: str, document_hash: str | None, person: UUID
) -> str:
    """Keeps what somebody says of the interest, and by which document; returns the hash by which it is told. Each act
    is a version of the record, which gives its number: what is kept no longer leaves none to another."""
    said = await tx.add(
        InterestAct(
            interest_id=declaration.id,
            number=declaration.version,
            person_id=declaration.person_id,
            act=act,
            ground=ground,
            document_hash=document_hash,
            acted_by=person,
            acted_at=tx.now,
            salt=os.urandom(16),
        )
    )
    return hashed(said.columns())


def hashed(act: Mapping[str, Any]) -> str:
    """SHA-256 over the salt and what was said."""
    said = {name: act[name] for name in ("interest_id", "number", "act", "ground", "document_hash", "acted_by")}
    return hashlib.sha256(act["salt"] + canonical(said)).hexdigest()


async def set_last_day(tx: Transaction, interest: UUID, last_day: date) -> None:
    """Until when what was said so far is kept, now that the interest is over."""
    await tx.run(_SET_LAST_DAY, interest=interest, last_day=last_day)


async def keep(tx: Transaction, declaration: Declaration) -> None:
    """What the registry itself asks when the person acts; at the version that the person's key now has."""
    await tx.run(
        _KEEP,
        interest=declaration.id,
        person=declaration.person_id,
        provider=declaration.provider_id,
        last_day=declaration.last_day,
        never=declaration.state == DeclarationState.ANNULLED,
        at_version=tx.versions[declaration.person_id],
    )
