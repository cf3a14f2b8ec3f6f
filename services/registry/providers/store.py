"""Queries about providers and their evidence. The register is public; papers are for the provider, the registration
authority and those who oversee it."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.registry.providers.rules import Candidate, Paper
from services.registry.providers.vocabulary import BY_AUTHORITY
from services.registry.successions.store import lineage
from services.registry.tables import evidence, providers
from shared.reading.visibility import lies_in
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_PROVIDER = sa.select(providers).where(providers.c.id == sa.bindparam("id", type_=sa.Uuid))
_EVIDENCE = (
    sa.select(evidence).where(evidence.c.provider_id == sa.bindparam("id", type_=sa.Uuid)).order_by(evidence.c.id)
)


async def find(reader: Reader, provider_id: UUID) -> Row | None:
    return await reader.one(_PROVIDER, id=provider_id)


async def find_left(reader: Reader, jurisdiction: str, title_folded: str, credit_code: str | None) -> Row | None:
    """The provider that left and is meant again: by its code, or, without one, by its name in its place."""
    same = (
        providers.c.credit_code == credit_code
        if credit_code is not None
        else sa.and_(
            providers.c.credit_code.is_(None),
            providers.c.jurisdiction == jurisdiction,
            providers.c.title_folded == title_folded,
        )
    )
    return await reader.one(sa.select(providers).where(same, providers.c.state == "left"))


async def evidence_of(reader: Reader, provider_id: UUID) -> list[Row]:
    """Every paper of the provider, verified or not, in the order of entry."""
    return await reader.all(_EVIDENCE, id=provider_id)


async def candidate(reader: Reader, row: Row) -> Candidate:
    """The provider of this row with its verified papers, as the rules see it; penalties of those whose place it took
    are its own."""
    shown = [paper for paper in await evidence_of(reader, row["id"]) if paper["state"] == "verified"]
    for before in await lineage(reader, row["id"]):
        if before != row["id"]:
            known = await evidence_of(reader, before)
            shown += [paper for paper in known if paper["state"] == "verified" and paper["kind"] in BY_AUTHORITY]
    papers = [_paper(paper) for paper in shown]
    return Candidate(
        kind=row["kind"],
        founded_on=row["founded_on"],
        registered_with=row["registered_with"],
        registration_number=row["registration_number"],
        form=row["form"],
        registered=row["state"] in ("registered", "verified"),
        papers=tuple(papers),
    )


def _paper(row: Row) -> Paper:
    return Paper(row["kind"], row["issued_on"], row["result"], row["valid_until"], row["issuer_level"])


async def set_seen(tx: Transaction, evidence_ids: Sequence[UUID], state: str, verifier: UUID) -> None:
    for evidence_id in evidence_ids:
        await tx.update(evidence, evidence_id, state=state, verified_by=verifier, verified_on=tx.today)


async def read_provider(reader: Reader, provider_id: UUID, scope: Scope) -> Row:
    row = await find(reader, provider_id)
    if row is None:
        raise NotFound
    return row


async def read_evidence(reader: Reader, provider_id: UUID, scope: Scope) -> Row:
    """The provider whose papers they are; raises NotFound for whoever is neither it, nor its authority, nor oversees
    it."""
    row = await read_provider(reader, provider_id, scope)
    is_authority = any(
        reader.actor.holds(duty, None, row["jurisdiction"]) for duty in ("register_provider", "verify_provider")
    )
    if not is_authority and not scope.sees((), row["jurisdiction"], provider_id):
        raise NotFound
    return row


async def list_evidence(reader: Reader, provider_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    """The papers, for whoever may read them."""
    await read_evidence(reader, provider_id, scope)
    return await reader.all(shown.of(_EVIDENCE), id=provider_id)


async def read_providers(
    reader: Reader, kind: str | None, jurisdiction: str | None, after: UUID | None, limit: int, scope: Scope
) -> list[Row]:
    """Providers in the order of their registration, those of a kind or of a jurisdiction and below when asked for."""
    statement = sa.select(providers).order_by(providers.c.id).limit(limit)
    if kind is not None:
        statement = statement.where(providers.c.kind == kind)
    if jurisdiction is not None:
        statement = statement.where(lies_in(providers.c.jurisdiction, jurisdiction))
    if after is not None:
        statement = statement.where(keyset_condition([providers.c.id], [after], descending=False))
    return await reader.all(statement)
