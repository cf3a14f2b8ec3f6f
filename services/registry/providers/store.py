"""Queries about providers and their evidence. The register is public; papers are for the provider, the registration
authority and those who oversee it."""

from uuid import UUID

import sqlalchemy as sa

from services.registry.providers.records import IN_REGISTER, Evidence, EvidenceState, Provider, ProviderState
from services.registry.providers.rules import Candidate, Paper
from services.registry.providers.vocabulary import BY_AUTHORITY
from services.registry.successions.store import lineage
from services.registry.tables import evidence, providers
from shared.reading.visibility import lies_in
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope

_PROVIDER = sa.select(providers).where(providers.c.id == sa.bindparam("id", type_=sa.Uuid))
_EVIDENCE = (
    sa.select(evidence).where(evidence.c.provider_id == sa.bindparam("id", type_=sa.Uuid)).order_by(evidence.c.id)
)


async def find(reader: Reader, provider_id: UUID) -> Provider | None:
    return await reader.one(_PROVIDER, Provider, id=provider_id)


async def find_left(reader: Reader, jurisdiction: str, title_folded: str, credit_code: str | None) -> Provider | None:
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
    return await reader.one(sa.select(providers).where(same, providers.c.state == ProviderState.LEFT), Provider)


async def evidence_of(reader: Reader, provider_id: UUID) -> list[Evidence]:
    """Every paper of the provider, verified or not, in the order of entry."""
    return await reader.all(_EVIDENCE, Evidence, id=provider_id)


async def candidate(reader: Reader, provider: Provider) -> Candidate:
    """The provider with its verified papers, as the rules see it; penalties of those whose place it took count as its
    own."""
    shown = await evidence_of(reader, provider.id)
    for before in await lineage(reader, provider.id):
        if before != provider.id:
            shown += [paper for paper in await evidence_of(reader, before) if paper.kind in BY_AUTHORITY]
    return Candidate(
        kind=provider.kind,
        founded_on=provider.founded_on,
        registered_with=provider.registered_with,
        registration_number=provider.registration_number,
        form=provider.form,
        registered=provider.state in IN_REGISTER,
        papers=tuple(
            Paper(paper.kind, paper.issued_on, paper.result, paper.valid_until, paper.issuer_level)
            for paper in shown
            if paper.state == EvidenceState.VERIFIED
        ),
    )


async def read_provider(reader: Reader, provider_id: UUID, scope: Scope) -> Provider:
    provider = await find(reader, provider_id)
    if provider is None:
        raise NotFound
    return provider


async def read_evidence(reader: Reader, provider_id: UUID, scope: Scope) -> Provider:
    """The provider whose papers they are; raises NotFound for whoever is neither it, nor its authority, nor oversees
    it."""
    provider = await read_provider(reader, provider_id, scope)
    duties = ("register_provider", "verify_provider")
    is_authority = any(reader.actor.holds(duty, None, provider.jurisdiction) for duty in duties)
    if not is_authority and not scope.sees((), provider.jurisdiction, provider_id):
        raise NotFound
    return provider


async def list_evidence(reader: Reader, provider_id: UUID, shown: Slice, scope: Scope) -> list[Evidence]:
    """The papers, for whoever may read them."""
    await read_evidence(reader, provider_id, scope)
    return await reader.all(shown.of(_EVIDENCE), Evidence, id=provider_id)


async def read_providers(
    reader: Reader, kind: str | None, jurisdiction: str | None, after: UUID | None, limit: int, scope: Scope
) -> list[Provider]:
    """Providers in the order of their registration, those of a kind or of a jurisdiction and below when asked for."""
    statement = sa.select(providers).order_by(providers.c.id).limit(limit)
    if kind is not None:
        statement = statement.where(providers.c.kind == kind)
    if jurisdiction is not None:
        statement = statement.where(lies_in(providers.c.jurisdiction, jurisdiction))
    if after is not None:
        statement = statement.where(keyset_condition([providers.c.id], [after], descending=False))
    return await reader.all(statement, Provider)
