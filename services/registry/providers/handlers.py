"""Commands on providers: register, enter evidence, verify it, withdraw a registration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypedDict
from uuid import UUID

from services.registry.bodies.handlers import tell_organisation
from services.registry.bodies.store import come_back, stays_gone
from services.registry.changes import store as versions
from services.registry.changes.overtaken import end_changes
from services.registry.changes.rules import may_come_back
from services.registry.clearances.handlers import lock_purchases, recheck
from services.registry.fields import WrongField, founded, not_after, readable
from services.registry.law import each_governing, governing
from services.registry.papers import EVIDENCE as PAPERS
from services.registry.papers import keep_papers
from services.registry.providers import store
from services.registry.providers.events import EvidenceSeen, ProviderProposed, ProviderWithdrawalProposed
from services.registry.providers.records import (
    IN_REGISTER,
    NOT_LEFT,
    Evidence,
    EvidenceState,
    Provider,
    ProviderState,
)
from services.registry.providers.rules import (
    Candidate,
    best_grade,
    conditions_met,
    first_admitting,
    may_annul,
    may_confirm,
    may_take_off,
    may_verify,
)
from services.registry.providers.views import provider_file
from services.registry.providers.vocabulary import BY_AUTHORITY
from services.registry.rulebook import PostSection, ProviderSection
from services.registry.tables import ENTERED, PAPER
from shared.errands.deadlines import Deadline, meet_deadline, set_deadline
from shared.errands.notices import notify
from shared.events.registry import (
    EnteredPaper,
    EvidenceAnnulled,
    EvidenceEntered,
    ProviderControlTold,
    ProviderLeft,
    ProviderRegistered,
    ProviderReturned,
    ProviderVerified,
)
from shared.fields.calendar import closes_at
from shared.fields.credit_code import fits
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class RegisterProvider:
    """A body that asks to provide. A filed community organisation has no `credit_code`; `licence_hash` is the SHA-256
    of the licence that shows a code which misses its check character."""

    jurisdiction: str
    title: str
    credit_code: str | None
    candidate: Candidate
    licence_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ConfirmProvider:
    """Another person has compared the code with the licence."""

    provider_id: UUID


@dataclass(frozen=True, slots=True)
class Entered:
    """A paper as entered: `document_hash` is the SHA-256 of the document shown."""

    kind: str
    result: str | None
    issuer: str
    issuer_level: str | None
    issued_on: date
    valid_until: date | None
    document_hash: str


@dataclass(frozen=True, slots=True)
class EnterEvidence:
    """Papers of a provider, entered by itself or by the registration authority."""

    provider_id: UUID
    papers: tuple[Entered, ...]


@dataclass(frozen=True, slots=True)
class VerifyProvider:
    """Papers that the registration authority has seen and accepts, and those it rejects."""

    provider_id: UUID
    accepted: tuple[UUID, ...]
    rejected: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class AnnulEvidence:
    """A paper that was accepted is not the provider's, or does not say what was entered."""

    provider_id: UUID
    evidence_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawProvider:
    """The provider ends its registration or filing; or the registration authority proposes that it end."""

    provider_id: UUID


@dataclass(frozen=True, slots=True)
class SettleWithdrawal:
    """Another person of the authority confirms what was proposed, or somebody takes it back."""

    provider_id: UUID
    confirm: bool


async def register_provider(call: Call, command: RegisterProvider) -> Answer:
    async with call.transaction() as tx:
        person = tx.require("register_provider", None, command.jurisdiction)
        _must_be_plausible(tx, command)
        before = await store.find_left(tx, command.jurisdiction, folded(command.title), command.credit_code)
        provider_id = before.id if before else new_id()
        await tx.lock(provider_id)
        book, may = first_admitting(command.candidate, each_governing(command.jurisdiction, tx.today))
        tx.under(book)
        tx.decided(may)
        provider = _entered(command, provider_id, person)
        if before is not None:
            provider = replace(provider, head=before.head, held_by=before.held_by, managed_by=before.managed_by)
        if before is not None:
            facts = versions.facts_of(before), versions.facts_of(provider)
            tx.decided(may_come_back(*facts, book.section(PostSection)))
        provider = await tx.add(provider) if before is None else await _come_back(tx, before, provider)
        if provider.code_licence is None:
            await _register(tx, provider)
        else:
            tx.emit(ProviderProposed(**about(provider), licence_hash=provider.code_licence))
        return await _answer(tx, provider, 201)


def _entered(command: RegisterProvider, provider_id: UUID, person: UUID) -> Provider:
    candidate, code = command.candidate, command.credit_code
    licence = None if code is None or fits(code) else command.licence_hash
    return Provider(
        id=provider_id,
        key=provider_id,
        version=1,
        jurisdiction=command.jurisdiction,
        organisation=provider_id,
        state=ProviderState.PROPOSED if licence else ProviderState.REGISTERED,
        title=command.title,
        title_folded=folded(command.title),
        kind=candidate.kind,
        form=candidate.form,
        credit_code=code,
        code_licence=licence,
        code_entered_by=person if licence else None,
        registered_with=candidate.registered_with,
        registration_number=candidate.registration_number,
        founded_on=candidate.founded_on,
        registered_by=person,
    )


async def _come_back(tx: Transaction, left: Provider, entered: Provider) -> Provider:
    """One that left is registered again: the same record, with what is known now."""
    await stays_gone(tx, entered.id)
    provider = await come_back(tx, entered)
    was, new = versions.facts_of(left), versions.facts_of(provider)
    if was != new:
        await versions.add_version(tx, provider.id, was, new, tx.today)
    return provider


async def confirm_provider(call: Call, command: ConfirmProvider) -> Answer:
    async with call.transaction() as tx:
        await lock_purchases(tx, command.provider_id)
        provider, person = await tx.open(Provider, command.provider_id, "register_provider", by=None)
        section = _apart(tx, provider).section(ProviderSection)
        must_be(provider, (ProviderState.PROPOSED,))
        tx.decided(may_confirm(provider.code_entered_by, person, section))
        confirmed = replace(provider, state=ProviderState.REGISTERED, code_confirmed_by=person)
        confirmed = await tx.save(provider, confirmed)
        await _register(tx, confirmed)
        return await _answer(tx, confirmed)


async def tell_registered(tx: Transaction, provider: Provider) -> bool:
    """What the others know of the provider, as it now is. Whether they knew it before."""
    tx.emit(
        ProviderRegistered(
            **about(provider),
            title=provider.title,
            kind=provider.kind,
            founded_on=provider.founded_on,
            credit_code=provider.credit_code or "",
            verified=provider.state == ProviderState.VERIFIED,
            facts=ENTERED(provider),
        )
    )
    if (provider.head, provider.held_by, provider.managed_by) != (None, None, None):
        held, managed = provider.held_by or [], provider.managed_by or []
        tx.emit(ProviderControlTold(**about(provider), head=provider.head, held_by=held, managed_by=managed))
    return await tell_organisation(tx, provider.id, "provider", provider.title, provider.jurisdiction)


async def _register(tx: Transaction, provider: Provider) -> None:
    """The provider is registered from now on; one that had left is back."""
    if await tell_registered(tx, provider):
        tx.emit(ProviderReturned(**about(provider), returned_on=tx.today))


def _apart(tx: Transaction, provider: Provider) -> Rulebook:
    """The text that decides about the provider, for a person who has no interest in it. Raises Refused."""
    return apart(tx, governing(provider.jurisdiction, tx.today).name, {provider.id})


def _must_be_plausible(tx: Transaction, command: RegisterProvider) -> None:
    readable("title", command.title)
    founded(command.candidate.founded_on, tx.today)
    if command.credit_code is not None and not fits(command.credit_code) and command.licence_hash is None:
        message = (
            "the check character does not match: compare the code again; where the licence itself shows this code,"
            " give the licence's hash as licence_hash, and another person confirms it"
        )
        raise WrongField("credit_code", "credit_code_check", message)


async def enter_evidence(call: Call, command: EnterEvidence) -> Answer:
    async with call.transaction() as tx:
        duty = partial(_enterer, tx, command.papers)
        provider, person = await tx.open(Provider, command.provider_id, duty, by=None, states=IN_REGISTER)
        digests = [paper.document_hash for paper in command.papers]
        await keep_papers(tx, digests, "evidence", provider.id, PAPERS, provider.jurisdiction)
        entered = []
        for shown in command.papers:
            not_after("issued_on", shown.issued_on, tx.today)
            paper = await tx.add(_paper(provider, shown, person))
            entered.append(EnteredPaper(evidence_id=paper.id, kind=paper.kind, facts=PAPER(paper)))
        provider = await tx.save(provider, provider)
        kinds = [paper.kind for paper in entered]
        tx.emit(EvidenceEntered(**about(provider), kinds=kinds, papers=entered))
        return await _answer(tx, provider, 201)


async def verify_provider(call: Call, command: VerifyProvider) -> Answer:
    async with call.transaction() as tx:
        await lock_purchases(tx, command.provider_id)
        provider, person = await tx.open(Provider, command.provider_id, "verify_provider", by=None)
        section = _apart(tx, provider).section(ProviderSection)
        must_be(provider, IN_REGISTER)
        waiting = await _named(tx, provider, (*command.accepted, *command.rejected))
        for paper in waiting:
            must_be(paper, (EvidenceState.ENTERED,))
        tx.decided(may_verify(frozenset(paper.entered_by for paper in waiting), person, section))
        for paper in waiting:
            state = EvidenceState.VERIFIED if paper.id in command.accepted else EvidenceState.REJECTED
            await tx.save(paper, replace(paper, state=state, verified_by=person, verified_on=tx.today))
        accepted, rejected = list(command.accepted), list(command.rejected)
        tx.emit(EvidenceSeen(**about(provider), accepted=accepted, rejected=rejected))
        provider = await tx.save(provider, replace(provider, state=ProviderState.VERIFIED))
        await _watch_expiry(tx, [paper for paper in waiting if paper.id in command.accepted], section)
        await _tell_conditions(tx, provider, section)
        await recheck(tx, provider.id)
        return await _answer(tx, provider)


async def annul_evidence(call: Call, command: AnnulEvidence) -> Answer:
    async with call.transaction() as tx:
        await lock_purchases(tx, command.provider_id)
        provider, person = await tx.open(Provider, command.provider_id, "verify_provider", by=None)
        section = _apart(tx, provider).section(ProviderSection)
        must_be(provider, IN_REGISTER)
        [paper] = await _named(tx, provider, [command.evidence_id])
        must_be(paper, (EvidenceState.VERIFIED,))
        tx.decided(may_annul(paper.verified_by, person, section))
        annulled = replace(paper, state=EvidenceState.ANNULLED, annulled_by=person, annulled_on=tx.today)
        await tx.save(paper, replace(annulled, annulled_because=command.reason))
        provider = await tx.save(provider, provider)
        await meet_deadline(tx, "evidence_expires", paper.id)
        tx.emit(EvidenceAnnulled(**about(provider), kind=paper.kind, evidence_id=paper.id))
        await _tell_conditions(tx, provider, section)
        await recheck(tx, provider.id)
        return await _answer(tx, provider)


async def withdraw_provider(call: Call, command: WithdrawProvider) -> Answer:
    async with call.transaction() as tx:
        await lock_purchases(tx, command.provider_id)
        provider, person = await tx.open(Provider, command.provider_id, partial(_withdrawer, tx), by=None)
        own = _is_own(tx, provider)
        if not own:
            _apart(tx, provider)
        must_be(provider, NOT_LEFT)
        if own:
            provider = await take_off(tx, provider)
        elif provider.leaving_proposed_by is not None:
            raise WrongState("removal_proposed", "removal_not_proposed")
        else:
            provider = await tx.save(provider, replace(provider, leaving_proposed_by=person))
            tx.emit(ProviderWithdrawalProposed(**about(provider)))
        return await _answer(tx, provider)


async def settle_withdrawal(call: Call, command: SettleWithdrawal) -> Answer:
    async with call.transaction() as tx:
        await lock_purchases(tx, command.provider_id)
        provider, person = await tx.open(Provider, command.provider_id, "register_provider", by=None)
        section = _apart(tx, provider).section(ProviderSection)
        must_be(provider, NOT_LEFT)
        if provider.leaving_proposed_by is None:
            raise WrongState(provider.state, "removal_proposed")
        if command.confirm:
            tx.decided(may_take_off(provider.leaving_proposed_by, person, section))
            provider = await take_off(tx, provider, person)
        else:
            provider = await tx.save(provider, replace(provider, leaving_proposed_by=None))
            tx.emit(ProviderWithdrawalProposed(**about(provider), withdrawn=True))
        return await _answer(tx, provider)


async def take_off(tx: Transaction, provider: Provider, confirmed_by: UUID | None = None) -> Provider:
    """The provider is registered no more: it is awarded nothing, and what was cleared for it is blocked. Where nobody
    confirms what the authority proposed, that is overtaken."""
    proposed_by = provider.leaving_proposed_by if confirmed_by else None
    if proposed_by != provider.leaving_proposed_by:
        tx.emit(ProviderWithdrawalProposed(**about(provider), withdrawn=True))
    left = replace(provider, leaving_proposed_by=proposed_by, leaving_confirmed_by=confirmed_by)
    left = await tx.save(provider, replace(left, state=ProviderState.LEFT))
    tx.emit(ProviderLeft(**about(left), left_on=tx.today))
    await end_changes(tx, left.id)
    await notify(tx, left.id, "registration_withdrawn", left.id, {"on": str(tx.today)})
    await recheck(tx, left.id)
    return left


async def on_evidence_expires(tx: Transaction, deadline: Deadline) -> None:
    """The last day of a paper is over: the conditions still met are told anew, to the provider as well."""
    provider = await store.find(tx, deadline.key)
    if provider is None or provider.state == ProviderState.LEFT:
        return
    await tell_conditions(tx, provider)
    await notify(tx, provider.id, "evidence_expired", deadline.subject, {"clause": deadline.clause})


async def _watch_expiry(tx: Transaction, accepted: Sequence[Evidence], section: ProviderSection) -> None:
    clause = section.required_conditions.opening
    for paper in accepted:
        last = paper.valid_until
        if last is not None and last >= tx.today:
            await set_deadline(tx, "evidence_expires", paper.id, paper.provider_id, closes_at(last), clause)


def _enterer(tx: Transaction, papers: Sequence[Entered], provider: Provider) -> tuple[str, UUID | None]:
    """The provider enters its own papers; penalties and the like only the registration authority does."""
    is_authority = tx.actor.holds("register_provider", None, provider.jurisdiction)
    if is_authority or any(paper.kind in BY_AUTHORITY for paper in papers):
        return "register_provider", None
    return "maintain_provider", provider.id


def _withdrawer(tx: Transaction, provider: Provider) -> tuple[str, UUID | None]:
    return ("maintain_provider", provider.id) if _is_own(tx, provider) else ("register_provider", None)


def _is_own(tx: Transaction, provider: Provider) -> bool:
    return tx.actor.holds("maintain_provider", provider.id, provider.jurisdiction)


async def _named(tx: Transaction, provider: Provider, named: Sequence[UUID]) -> list[Evidence]:
    """These papers of the provider; raises NotFound for another provider's."""
    papers = {paper.id: paper for paper in await store.evidence_of(tx, provider.id)}
    if not papers.keys() >= set(named):
        raise NotFound
    return [papers[paper_id] for paper_id in named]


async def tell_conditions(tx: Transaction, provider: Provider) -> None:
    """The conditions that the provider meets today, as it and its papers now are."""
    section = tx.under(governing(provider.jurisdiction, tx.today)).section(ProviderSection)
    await _tell_conditions(tx, provider, section)


async def _tell_conditions(tx: Transaction, provider: Provider, section: ProviderSection) -> None:
    candidate = await store.candidate(tx, provider)
    tx.emit(
        ProviderVerified(
            **about(provider),
            conditions=conditions_met(candidate, section, tx.today),
            assessment_grade=best_grade(candidate, section, tx.today),
        )
    )


class About(TypedDict):
    jurisdiction: str
    organisation: UUID
    provider_id: UUID


def about(provider: Provider) -> About:
    """What every event of a provider says of it, and every record of its own."""
    return {"jurisdiction": provider.jurisdiction, "organisation": provider.id, "provider_id": provider.id}


def _paper(provider: Provider, shown: Entered, person: UUID) -> Evidence:
    return Evidence(
        id=new_id(),
        key=provider.id,
        version=1,
        **about(provider),
        kind=shown.kind,
        result=shown.result,
        issuer=shown.issuer,
        issuer_level=shown.issuer_level,
        issued_on=shown.issued_on,
        valid_until=shown.valid_until,
        document_hash=shown.document_hash,
        entered_by=person,
    )


async def _answer(tx: Transaction, provider: Provider, status: int = 200) -> Answer:
    view = provider_file(provider, await store.evidence_of(tx, provider.id))
    location = f"/v1/providers/{provider.id}" if status == 201 else None
    return tx.answer(status, view, version=provider.version, location=location)
