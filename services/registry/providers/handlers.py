"""Commands on providers: register, enter evidence, verify it, withdraw a registration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.bodies.handlers import tell_organisation
from services.registry.bodies.store import stays_gone
from services.registry.changes import store as versions
from services.registry.clearances.handlers import lock_provider, recheck
from services.registry.fields import WrongField, not_after
from services.registry.law import governing
from services.registry.papers import EVIDENCE as PAPERS
from services.registry.papers import keep_papers
from services.registry.providers import store
from services.registry.providers.rules import (
    Candidate,
    best_grade,
    conditions_met,
    first,
    may_annul,
    may_confirm,
    may_register,
    may_take_off,
    may_verify,
)
from services.registry.providers.views import provider_file
from services.registry.providers.vocabulary import BY_AUTHORITY
from services.registry.rulebook import ProviderSection
from services.registry.tables import PAPER, evidence, providers
from shared.errands.deadlines import Deadline, meet_deadline, set_deadline
from shared.errands.notices import notify
from shared.events.registry import (
    EnteredPaper,
    EvidenceAnnulled,
    EvidenceEntered,
    EvidenceSeen,
    ProviderLeft,
    ProviderProposed,
    ProviderRegistered,
    ProviderReturned,
    ProviderVerified,
    ProviderWithdrawalProposed,
)
from shared.fields.calendar import closes_at
from shared.fields.credit_code import fits
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.people.interest import apart
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState
from shared.work.identity import NotAllowed


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
        candidate, code = command.candidate, command.credit_code
        _must_be_plausible(tx, command)
        before = await store.find_left(tx, command.jurisdiction, folded(command.title), code)
        provider_id = before["id"] if before else new_id()
        await tx.lock(provider_id)
        book = tx.under(governing(command.jurisdiction, tx.today))
        tx.decided(may_register(candidate, book.section(ProviderSection)))
        licence = None if code is None or fits(code) else command.licence_hash
        known = {
            "jurisdiction": command.jurisdiction,
            "state": "proposed" if licence else "registered",
            "title": command.title,
            "title_folded": folded(command.title),
            "kind": candidate.kind,
            "form": candidate.form,
            "credit_code": code,
            "code_licence": licence,
            "code_entered_by": person if licence else None,
            "code_confirmed_by": None,
            "registered_with": candidate.registered_with,
            "registration_number": candidate.registration_number,
            "founded_on": candidate.founded_on,
            "registered_by": person,
            "leaving_proposed_by": None,
            "leaving_confirmed_by": None,
        }
        if before is None:
            own = {"id": provider_id, "key": provider_id, "organisation": provider_id}
            await tx.insert(providers, version=1, **own, **known)
        else:
            await stays_gone(tx, provider_id)
            _must_be(await tx.lock_row(providers, provider_id), "left")
            await tx.update(providers, provider_id, **known)
            was = versions.facts_of("provider", before)
            new = versions.facts_of("provider", known)
            if was != new:
                await versions.add_version(tx, provider_id, was, new, tx.today)
        if licence is None:
            await _register(tx, provider_id)
        else:
            row = await tx.lock_row(providers, provider_id)
            tx.emit(ProviderProposed(**_event(row), licence_hash=licence))
        return await _answer(tx, provider_id, 201)


async def confirm_provider(call: Call, command: ConfirmProvider) -> Answer:
    async with call.transaction() as tx:
        provider = await lock_provider(tx, command.provider_id)
        person = tx.require("register_provider", None, provider["jurisdiction"])
        tx.expect(provider["version"])
        book = apart(tx, governing(provider["jurisdiction"], tx.today).name, {provider["id"]})
        _must_be(provider, "proposed")
        section = book.section(ProviderSection)
        tx.decided(may_confirm(provider["code_entered_by"], person, section))
        await tx.update(providers, command.provider_id, state="registered", code_confirmed_by=person)
        await _register(tx, command.provider_id)
        return await _answer(tx, command.provider_id)


async def tell_registered(tx: Transaction, provider_id: UUID) -> bool:
    """What the others know of the provider, as its row now says. Whether they knew it before."""
    row = await tx.lock_row(providers, provider_id)
    known = {name: row[name] for name in ("title", "kind", "founded_on")}
    code, verified = row["credit_code"] or "", row["state"] == "verified"
    tx.emit(ProviderRegistered(**_event(row), **known, credit_code=code, verified=verified))
    return await tell_organisation(tx, provider_id, "provider", row["title"], row["jurisdiction"])


async def _register(tx: Transaction, provider_id: UUID) -> None:
    """The provider is registered from now on; one that had left is back."""
    if await tell_registered(tx, provider_id):
        row = await tx.lock_row(providers, provider_id)
        tx.emit(ProviderReturned(**_event(row), returned_on=tx.today))


def _must_be_plausible(tx: Transaction, command: RegisterProvider) -> None:
    not_after("founded_on", command.candidate.founded_on, tx.today)
    if command.credit_code is not None and not fits(command.credit_code) and command.licence_hash is None:
        message = (
            "the check character does not match: compare the code again; where the licence itself shows this code,"
            " give the licence's hash as licence_hash, and another person confirms it"
        )
        raise WrongField("credit_code", "credit_code_check", message)


async def enter_evidence(call: Call, command: EnterEvidence) -> Answer:
    async with call.transaction() as tx:
        provider = await tx.lock_row(providers, command.provider_id)
        person = _may_enter(tx, provider, command.papers)
        tx.expect(provider["version"])
        _must_be(provider, "registered", "verified")
        digests = [paper.document_hash for paper in command.papers]
        await keep_papers(tx, digests, "evidence", command.provider_id, PAPERS, provider["jurisdiction"])
        entered = []
        for paper in command.papers:
            not_after("issued_on", paper.issued_on, tx.today)
            own, said = _about(provider), _columns(paper)
            await tx.insert(evidence, **own, **said, entered_by=person)
            entered.append(EnteredPaper(evidence_id=own["id"], kind=paper.kind, facts=PAPER(said)))
        await tx.update(providers, command.provider_id)
        kinds = [paper.kind for paper in command.papers]
        tx.emit(EvidenceEntered(**_event(provider), kinds=kinds, papers=entered))
        return await _answer(tx, command.provider_id, 201)


async def verify_provider(call: Call, command: VerifyProvider) -> Answer:
    async with call.transaction() as tx:
        provider = await lock_provider(tx, command.provider_id)
        person = tx.require("verify_provider", None, provider["jurisdiction"])
        tx.expect(provider["version"])
        _must_be(provider, "registered", "verified")
        book = apart(tx, governing(provider["jurisdiction"], tx.today).name, {provider["id"]})
        section = book.section(ProviderSection)
        waiting = await _waiting(tx, command)
        tx.decided(may_verify(frozenset(paper["entered_by"] for paper in waiting), person, section))
        await store.set_seen(tx, command.accepted, "verified", person)
        await store.set_seen(tx, command.rejected, "rejected", person)
        accepted, rejected = list(command.accepted), list(command.rejected)
        tx.emit(EvidenceSeen(**_event(provider), accepted=accepted, rejected=rejected))
        await tx.update(providers, command.provider_id, state="verified")
        await _watch_expiry(tx, [paper for paper in waiting if paper["id"] in command.accepted], section)
        await _tell_conditions(tx, provider, section)
        await recheck(tx, command.provider_id)
        return await _answer(tx, command.provider_id)


async def annul_evidence(call: Call, command: AnnulEvidence) -> Answer:
    async with call.transaction() as tx:
        provider = await lock_provider(tx, command.provider_id)
        person = tx.require("verify_provider", None, provider["jurisdiction"])
        tx.expect(provider["version"])
        book = apart(tx, governing(provider["jurisdiction"], tx.today).name, {provider["id"]})
        _must_be(provider, "registered", "verified")
        papers = {paper["id"]: paper for paper in await store.evidence_of(tx, command.provider_id)}
        paper = papers.get(command.evidence_id)
        if paper is None:
            raise NotFound
        _must_be(paper, "verified")
        section = book.section(ProviderSection)
        tx.decided(may_annul(paper["verified_by"], person, section))
        by = {"annulled_by": person, "annulled_on": tx.today, "annulled_because": command.reason}
        await tx.update(evidence, command.evidence_id, state="annulled", **by)
        await tx.update(providers, command.provider_id)
        await meet_deadline(tx, "evidence_expires", command.evidence_id)
        tx.emit(EvidenceAnnulled(**_event(provider), kind=paper["kind"], evidence_id=paper["id"]))
        await _tell_conditions(tx, provider, section)
        await recheck(tx, command.provider_id)
        return await _answer(tx, command.provider_id)


async def withdraw_provider(call: Call, command: WithdrawProvider) -> Answer:
    async with call.transaction() as tx:
        provider = await lock_provider(tx, command.provider_id)
        own = tx.actor.holds("maintain_provider", provider["id"], provider["jurisdiction"])
        person = tx.actor.person_id if own else tx.require("register_provider", None, provider["jurisdiction"])
        tx.expect(provider["version"])
        if not own:
            apart(tx, governing(provider["jurisdiction"], tx.today).name, {provider["id"]})
        _must_be(provider, "proposed", "registered", "verified")
        if own:
            await take_off(tx, provider)
        elif provider["leaving_proposed_by"] is not None:
            raise WrongState("removal_proposed", "removal_not_proposed")
        else:
            await tx.update(providers, provider["id"], leaving_proposed_by=person)
            tx.emit(ProviderWithdrawalProposed(**_event(provider)))
        return await _answer(tx, command.provider_id)


async def settle_withdrawal(call: Call, command: SettleWithdrawal) -> Answer:
    async with call.transaction() as tx:
        provider = await lock_provider(tx, command.provider_id)
        person = tx.require("register_provider", None, provider["jurisdiction"])
        tx.expect(provider["version"])
        book = apart(tx, governing(provider["jurisdiction"], tx.today).name, {provider["id"]})
        _must_be(provider, "proposed", "registered", "verified")
        if provider["leaving_proposed_by"] is None:
            raise WrongState(provider["state"], "removal_proposed")
        if command.confirm:
            tx.decided(may_take_off(provider["leaving_proposed_by"], person, book.section(ProviderSection)))
            await take_off(tx, provider, person)
        else:
            await tx.update(providers, provider["id"], leaving_proposed_by=None)
            tx.emit(ProviderWithdrawalProposed(**_event(provider), withdrawn=True))
        return await _answer(tx, command.provider_id)


async def take_off(tx: Transaction, provider: Row, confirmed_by: UUID | None = None) -> None:
    """The provider is registered no more: it is awarded nothing, and what was cleared for it is blocked. Where nobody
    confirms what the authority proposed, that is overtaken."""
    proposed_by = provider["leaving_proposed_by"] if confirmed_by else None
    if proposed_by != provider["leaving_proposed_by"]:
        tx.emit(ProviderWithdrawalProposed(**_event(provider), withdrawn=True))
    by = {"leaving_proposed_by": proposed_by, "leaving_confirmed_by": confirmed_by}
    await tx.update(providers, provider["id"], state="left", **by)
    tx.emit(ProviderLeft(**_event(provider), left_on=tx.today))
    await notify(tx, provider["id"], "registration_withdrawn", provider["id"], {"on": str(tx.today)})
    await recheck(tx, provider["id"])


async def on_evidence_expires(tx: Transaction, deadline: Deadline) -> None:
    """The last day of a paper is over: the conditions still met are told anew, to the provider as well."""
    provider = await store.find(tx, deadline.key)
    if provider is None or provider["state"] == "left":
        return
    section = tx.under(governing(provider["jurisdiction"], tx.today)).section(ProviderSection)
    await _tell_conditions(tx, provider, section)
    await notify(tx, provider["id"], "evidence_expired", deadline.subject, {"clause": deadline.clause})


async def _watch_expiry(tx: Transaction, accepted: Sequence[Row], section: ProviderSection) -> None:
    clause = first(section.required_conditions)
    for paper in accepted:
        last = paper["valid_until"]
        if last is not None and last >= tx.today:
            await set_deadline(tx, "evidence_expires", paper["id"], paper["provider_id"], closes_at(last), clause)


def _may_enter(tx: Transaction, provider: Row, papers: Sequence[Entered]) -> UUID:
    """The provider enters its own papers; penalties and the like only the registration authority does."""
    person, place = tx.actor.person_id, provider["jurisdiction"]
    if person is not None and tx.actor.holds("register_provider", None, place):
        return person
    if any(paper.kind in BY_AUTHORITY for paper in papers):
        raise NotAllowed("register_provider")
    return tx.require("maintain_provider", provider["id"], place)


async def _waiting(tx: Transaction, command: VerifyProvider) -> list[Row]:
    """The papers the command names, none of them seen before; raises NotFound for another provider's."""
    papers = {paper["id"]: paper for paper in await store.evidence_of(tx, command.provider_id)}
    named = [papers.get(paper_id) for paper_id in (*command.accepted, *command.rejected)]
    waiting = [paper for paper in named if paper is not None]
    if len(waiting) < len(named):
        raise NotFound
    for paper in waiting:
        _must_be(paper, "entered")
    return waiting


async def tell_conditions(tx: Transaction, provider_id: UUID) -> None:
    """The conditions that the provider meets today, as its row and its papers now say."""
    row = await tx.lock_row(providers, provider_id)
    section = tx.under(governing(row["jurisdiction"], tx.today)).section(ProviderSection)
    await _tell_conditions(tx, row, section)


async def _tell_conditions(tx: Transaction, provider: Row, section: ProviderSection) -> None:
    candidate = await store.candidate(tx, provider)
    tx.emit(
        ProviderVerified(
            **_event(provider),
            conditions=conditions_met(candidate, section, tx.today),
            assessment_grade=best_grade(candidate, tx.today),
        )
    )


def _event(provider: Row) -> dict[str, Any]:
    return {
        "jurisdiction": provider["jurisdiction"],
        "organisation": provider["id"],
        "provider_id": provider["id"],
    }


def _about(provider: Row) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key": provider["id"],
        "version": 1,
        "jurisdiction": provider["jurisdiction"],
        "organisation": provider["id"],
        "provider_id": provider["id"],
        "state": "entered",
    }


def _columns(paper: Entered) -> dict[str, Any]:
    return {
        "kind": paper.kind,
        "result": paper.result,
        "issuer": paper.issuer,
        "issuer_level": paper.issuer_level,
        "issued_on": paper.issued_on,
        "valid_until": paper.valid_until,
        "document_hash": paper.document_hash,
    }


def _must_be(row: Row, *states: str) -> None:
    if row["state"] not in states:
        raise WrongState(row["state"], *states)


async def _answer(tx: Transaction, provider_id: UUID, status: int = 200) -> Answer:
    row = await tx.lock_row(providers, provider_id)
    view = provider_file(row, await store.evidence_of(tx, provider_id))
    location = f"/v1/providers/{provider_id}" if status == 201 else None
    return tx.answer(status, view, version=row["version"], location=location)
