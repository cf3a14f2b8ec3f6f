"""Commands on what is known of organisations: a change is proposed, confirmed where it is weighty, and told to all."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from services.registry.bodies.handlers import tell_organisation
from services.registry.bodies.kinds import FITTING, KINDS
from services.registry.bodies.records import Registered, Registration
from services.registry.bodies.store import stays_gone
from services.registry.changes import rules, store
from services.registry.changes.events import OrganisationChangeProposed
from services.registry.changes.records import ChangeState, OrganisationChange
from services.registry.changes.views import ChangeView
from services.registry.clearances.handlers import lock_purchases, recheck
from services.registry.fields import WrongField, founded, not_after, readable
from services.registry.law import each_governing, governing
from services.registry.papers import CHANGE, keep_papers
from services.registry.providers.handlers import about, take_off, tell_conditions, tell_registered
from services.registry.providers.records import IN_REGISTER, Provider, ProviderState
from services.registry.providers.rules import Candidate, first_admitting
from services.registry.providers.store import find
from services.registry.providers.vocabulary import KINDS as PROVIDER_KINDS
from services.registry.purchasers.handlers import tell_purchaser
from services.registry.purchasers.records import Purchaser
from services.registry.purchasers.rules import KINDS as PURCHASER_KINDS
from services.registry.purchasers.rules import Applicant, may_purchase
from services.registry.rulebook import PostSection, PurchaserSection
from services.registry.standing.handlers import disinherit, inherit
from services.registry.successions import handlers as successions
from services.registry.successions.vocabulary import ANNULLED
from services.registry.tables import CHANGE as CHANGE_SAID
from shared.events.registry import OrganisationChanged, ProviderReturned
from shared.fields.credit_code import fits
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.law.scope import Case
from shared.people.interest import apart
from shared.work.database import Answer, Call, NotFound, Reader, Transaction, WrongState, must_be
from shared.work.identity import Scope

DUTIES = {"purchaser": "register_purchaser", "provider": "register_provider", "body": "administer_posts"}
_KINDS: dict[str, Collection[str]] = {"purchaser": PURCHASER_KINDS, "provider": PROVIDER_KINDS, "body": KINDS}


@dataclass(frozen=True, slots=True)
class ProposeChange:
    """New facts of an organisation, the first day on which they hold (None: they correct a slip of the version that
    stands), whose place it takes in which manner, or how it leaves, and the evidence."""

    organisation: UUID
    facts: dict[str, Any]
    successor_of: UUID | None
    manner: str
    departure: str | None
    valid_from: date | None
    reason: str
    document_hash: str


@dataclass(frozen=True, slots=True)
class SettleChange:
    """Another person confirms a change, or somebody takes it back."""

    change_id: UUID
    confirm: bool


async def read_change(reader: Reader, change_id: UUID, scope: Scope) -> OrganisationChange:  # noqa: ARG001 as every reader is called
    """A change, for those who register such organisations there; raises NotFound."""
    change = await store.find_change(reader, change_id)
    duty = DUTIES[(await store.sort_of(reader, change.organisation)).sort]
    if not reader.actor.holds(duty, None, change.jurisdiction):
        raise NotFound
    return change


async def propose_change(call: Call, command: ProposeChange) -> Answer:
    async with call.transaction() as tx:
        organisation, person = await _open(tx, command.organisation, command.facts)
        gone = organisation.state == Registration.LEFT
        facts = _changed(organisation, command)
        _keep_apart(tx, organisation, facts, command)
        place = {"successor_of": command.successor_of, "departure": command.departure}
        changed = [*facts, *(name for name, value in place.items() if value)]
        weighty = rules.weighty(changed)
        known = store.facts_of(organisation)
        change = OrganisationChange(
            id=new_id(),
            key=organisation.key,
            version=1,
            jurisdiction=organisation.jurisdiction,
            organisation=organisation.id,
            state=ChangeState.PROPOSED if weighty else ChangeState.CONFIRMED,
            weighty=weighty,
            facts=facts,
            before={name: known[name] for name in facts} | ({"state": Registration.LEFT} if gone else {}),
            successor_of=command.successor_of,
            manner=command.manner if command.successor_of else None,
            departure=command.departure,
            valid_from=await _first_day(tx, command, gone),
            reason=command.reason,
            document_hash=command.document_hash,
            proposed_by=person,
        )
        await _decide(tx, organisation, change)
        await keep_papers(tx, [command.document_hash], "change", change.id, CHANGE, organisation.jurisdiction)
        change = await tx.add(change)
        tx.emit(_proposed(organisation, change, changed))
        if not weighty:
            await _apply(tx, organisation, change)
        return tx.answer(201, ChangeView.model_validate(change), version=1, location=f"/v1/changes/{change.id}")


async def settle_change(call: Call, command: SettleChange) -> Answer:
    async with call.transaction() as tx:
        known = await store.find_change(tx, command.change_id)
        if command.confirm and (known.successor_of or known.departure):
            await successions.stand_in_line(tx, known.organisation, known.departure)
        organisation, person = await _open(tx, known.organisation, known.facts, fresh=False)
        proposed = await tx.lock_record(OrganisationChange, command.change_id)
        tx.expect(proposed.version)
        if command.confirm or organisation.state != Registration.LEFT:
            _keep_apart(tx, organisation, proposed.facts if "state" in proposed.before else {}, proposed)
        elif isinstance(organisation, Provider):
            apart(tx, governing(organisation.jurisdiction, tx.today).name, {organisation.id})
        must_be(proposed, (ChangeState.PROPOSED,))
        if command.confirm:
            change = await _confirm(tx, organisation, proposed, person)
        else:
            change = await tx.save(proposed, replace(proposed, state=ChangeState.WITHDRAWN))
            tx.emit(_proposed(organisation, change, []))
        return tx.answer(200, ChangeView.model_validate(change), version=change.version)


async def _confirm(
    tx: Transaction, organisation: Registered, proposed: OrganisationChange, person: UUID
) -> OrganisationChange:
    known = {**store.facts_of(organisation), "state": organisation.state}
    if any(known[name] != value for name, value in proposed.before.items()):
        raise WrongState("overtaken", "proposed_anew")
    section = tx.under(governing(organisation.jurisdiction, tx.today)).section(PostSection)
    tx.decided(rules.may_confirm(proposed.proposed_by, person, section))
    await _decide(tx, organisation, proposed)
    change = await tx.save(proposed, replace(proposed, state=ChangeState.CONFIRMED, confirmed_by=person))
    tx.emit(_proposed(organisation, change, sorted(change.facts)))
    await _apply(tx, organisation, change)
    return change


async def _open(
    tx: Transaction, organisation_id: UUID, facts: Mapping[str, Any], *, fresh: bool = True
) -> tuple[Registered, UUID]:
    """The organisation, locked, and who may change these facts of it."""
    sort = await store.sort_of(tx, organisation_id)
    if sort is Provider:
        await lock_purchases(tx, organisation_id)
    return await tx.open(sort, organisation_id, partial(_duty, tx, facts), by=None, fresh=fresh)


def _duty(tx: Transaction, facts: Mapping[str, Any], organisation: Registered) -> tuple[str, None]:
    """The duty is asked where the organisation lies, and where it is to lie."""
    duty = DUTIES[organisation.sort]
    if "jurisdiction" in facts:
        tx.require(duty, None, facts["jurisdiction"])
    return duty, None


def _proposed(organisation: Registered, change: OrganisationChange, facts: list[str]) -> OrganisationChangeProposed:
    """What became of a change; one that is not weighty is confirmed at once."""
    return OrganisationChangeProposed(
        jurisdiction=organisation.jurisdiction,
        organisation=organisation.id,
        change_id=change.id,
        facts=facts,
        withdrawn=change.state == ChangeState.WITHDRAWN,
        state=change.state.value,
        change=CHANGE_SAID(change),
    )


def _keep_apart(
    tx: Transaction, organisation: Registered, facts: Mapping[str, Any], asked: ProposeChange | OrganisationChange
) -> None:
    """Who is with a supplier decides nothing of what decides about it. One that has left comes back with other weighty
    facts, or never took the place that it is said to have taken; else nothing of it changes."""
    if isinstance(organisation, Provider):
        apart(tx, governing(organisation.jurisdiction, tx.today).name, {organisation.id})
    back = rules.weighty(facts) and asked.successor_of is None
    never = not facts and asked.successor_of is not None and asked.manner == ANNULLED
    must_be(organisation, (*IN_REGISTER, Registration.LEFT) if back or never else IN_REGISTER)


def _changed(organisation: Registered, command: ProposeChange) -> dict[str, Any]:
    """The facts that really change; raises WrongField for those that such an organisation has not."""
    known, kinds = store.facts_of(organisation), _KINDS[organisation.sort]
    for name in command.facts:
        if name not in known:
            raise WrongField(name, "not_of_this_kind", f"a {organisation.sort} has no such fact: leave it out")
    if command.facts.get("kind", organisation.kind) not in kinds:
        raise WrongField("kind", "kind", f"give one of: {', '.join(kinds)}")
    changed = {name: value for name, value in command.facts.items() if value != known[name]}
    another_kind = changed.get("kind", "social_organisation") != "social_organisation"
    if another_kind and isinstance(organisation, Provider) and organisation.form is not None:
        changed["form"] = None
    if not changed and command.successor_of is None and command.departure is None:
        raise WrongField("facts", "nothing_changed", "give at least one fact that differs from what is known")
    return changed


async def _first_day(tx: Transaction, command: ProposeChange, gone: bool) -> date | None:
    """The day asked for; a slip is corrected from the first day of the version that stands, and one that had left is
    back today."""
    versions = await store.versions(tx, command.organisation)
    last = versions[-1].valid_from if versions else None
    if command.departure is not None:
        return tx.today
    if command.valid_from is None:
        return tx.today if command.successor_of or gone else last
    not_after("valid_from", command.valid_from, tx.today)
    if last is not None and command.valid_from < last:
        raise WrongField("valid_from", "before_the_last", "give a day that is not before the last change")
    return command.valid_from


async def _decide(tx: Transaction, organisation: Registered, change: OrganisationChange) -> None:
    """Whether it may still be what it is registered as, with these facts; take that place, or leave."""
    if change.successor_of is not None and change.manner is not None:
        predecessor = await store.read_record(tx, change.successor_of)
        tx.require(DUTIES[organisation.sort], None, predecessor.jurisdiction)
        if change.manner == ANNULLED:
            await successions.must_have_succeeded(tx, organisation, predecessor.id)
        else:
            await successions.may_succeed(tx, organisation, predecessor.id, change.manner)
    if change.departure is not None:
        await successions.may_leave(tx, organisation.id, organisation.jurisdiction)
    if organisation.state == Registration.LEFT and change.facts:
        await stays_gone(tx, organisation.id)
    new = {**store.facts_of(organisation), **change.facts}
    tx.under(governing(new["jurisdiction"], tx.today))
    if "title" in change.facts:
        readable("title", new["title"])
    if not rules.weighty(change.facts):
        return
    if isinstance(organisation, Purchaser):
        applicant = Applicant(new["kind"], frozenset(new["attributes"]), new["opts_in"])
        book = tx.under(governing(new["jurisdiction"], tx.today, Case(purchaser_kind=applicant.kind)))
        tx.decided(may_purchase(applicant, book.section(PurchaserSection)))
    elif isinstance(organisation, Provider):
        _must_be_whole(new)
        await _must_be_known(tx, organisation.id, change.facts)
        founded_on = date.fromisoformat(new["founded_on"])
        founded(founded_on, tx.today)
        registered = (new["registered_with"], new["registration_number"], new["form"])
        candidate = Candidate(new["kind"], founded_on, *registered)
        book, may = first_admitting(candidate, each_governing(new["jurisdiction"], tx.today))
        tx.under(book)
        tx.decided(may)
    elif not await store.duties_held(tx, organisation.id) <= FITTING[new["kind"]]:
        raise WrongState("posts_of_its_kind", "posts_ended_first")


def _must_be_whole(new: Mapping[str, Any]) -> None:
    if (new["form"] is not None) != (new["kind"] == "social_organisation"):
        raise WrongField("form", "form", "give the form of a social organisation, and of no other kind")
    if new["credit_code"] is None and new["kind"] != "community_social_organisation":
        raise WrongField("credit_code", "credit_code_needed", "give the unified social credit code")


async def _must_be_known(tx: Transaction, provider_id: UUID, facts: Mapping[str, Any]) -> None:
    """Who heads, holds or manages a provider is registered here, and is another than the provider itself."""
    head = facts.get("head")
    if head is not None and not await store.is_person(tx, UUID(head)):
        raise WrongField("head", "unknown_person", "give the id of a person who is registered, and of no program")
    for field in ("held_by", "managed_by"):
        named = {UUID(each) for each in facts.get(field) or ()}
        if provider_id in named or await store.unknown(tx, named):
            raise WrongField(field, "unknown_organisation", "give the ids of other organisations that are registered")


async def _apply(tx: Transaction, organisation: Registered, change: OrganisationChange) -> None:
    """The record says what holds now, every version stays, and all who keep a copy hear it."""
    if change.facts:
        known = store.facts_of(organisation)
        await store.add_version(tx, organisation.id, known, change.facts, change.valid_from, change)
        columns, back = _columns(change, change.facts), organisation.state == Registration.LEFT
        if back:
            columns = {**_columns(change, _shown(organisation, change)), **_back(tx, organisation, change)}
        organisation = await tx.save(organisation, replace(organisation, **columns))
        await _tell(tx, organisation)
        if back and isinstance(organisation, Provider):
            tx.emit(ProviderReturned(**about(organisation), returned_on=tx.today))
        tx.emit(
            OrganisationChanged(
                jurisdiction=organisation.jurisdiction,
                organisation=organisation.id,
                facts=sorted(change.facts),
                title=organisation.title,
                valid_from=change.valid_from,
            )
        )
    if change.successor_of is not None and change.manner == ANNULLED:
        await successions.annul(tx, organisation, change.successor_of)
        if isinstance(organisation, Provider):
            await _tell_all(tx, await disinherit(tx, organisation.id, change.successor_of))
    elif change.successor_of is not None and change.manner is not None and change.valid_from is not None:
        await successions.succeed(tx, organisation, change.successor_of, change.manner, change.valid_from)
        if isinstance(organisation, Provider):
            await _tell_all(tx, await inherit(tx, organisation.id, change.successor_of))
    if change.departure is not None:
        if isinstance(organisation, Provider):
            await take_off(tx, organisation)
        else:
            await tx.save(organisation, replace(organisation, state=Registration.LEFT))
        await successions.leave(tx, organisation, change.departure)


async def _tell_all(tx: Transaction, takers: Iterable[UUID]) -> None:
    """The conditions that each of them meets now: penalties of those whose place they took count."""
    for taker in takers:
        provider = await find(tx, taker)
        if provider is not None and provider.state in IN_REGISTER:
            await tell_conditions(tx, provider)


def _shown(organisation: Registered, change: OrganisationChange) -> dict[str, Any]:
    """The facts of one that is back; its code is compared with the licence again."""
    code = {"credit_code": organisation.credit_code} if isinstance(organisation, Provider) else {}
    return {**code, **change.facts}


def _back(tx: Transaction, organisation: Registered, change: OrganisationChange) -> dict[str, Any]:
    """The record's fields that differ besides, for one that had left and is back with other facts."""
    if isinstance(organisation, Provider):
        nobody = {"leaving_proposed_by": None, "leaving_confirmed_by": None}
        return {"state": ProviderState.REGISTERED, "registered_by": change.proposed_by, **nobody}
    if isinstance(organisation, Purchaser):
        new = {**store.facts_of(organisation), **change.facts}
        book = governing(new["jurisdiction"], tx.today, Case(purchaser_kind=new["kind"]))
        return {"state": Registration.REGISTERED, "registered_by": change.proposed_by, "rulebook": book.name}
    return {"state": Registration.REGISTERED}


def _columns(change: OrganisationChange, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The record's fields that the facts change."""
    columns = dict(facts)
    if "title" in columns:
        columns["title_folded"] = folded(columns["title"])
    if "founded_on" in columns:
        columns["founded_on"] = date.fromisoformat(columns["founded_on"])
    if columns.get("head") is not None:
        columns["head"] = UUID(columns["head"])
    for several in {"held_by", "managed_by"} & columns.keys():
        columns[several] = columns[several] and [UUID(each) for each in columns[several]]
    if "credit_code" in columns:
        as_licensed = columns["credit_code"] is not None and not fits(columns["credit_code"])
        columns["code_licence"] = change.document_hash if as_licensed else None
        columns["code_entered_by"] = change.proposed_by if as_licensed else None
        columns["code_confirmed_by"] = change.confirmed_by if as_licensed else None
    return columns


async def _tell(tx: Transaction, organisation: Registered) -> None:
    if isinstance(organisation, Provider):
        await tell_registered(tx, organisation)
        await tell_conditions(tx, organisation)
        await recheck(tx, organisation.id)
    elif isinstance(organisation, Purchaser):
        await tell_purchaser(tx, organisation)
    else:
        await tell_organisation(tx, organisation.id, organisation.kind, organisation.title, organisation.jurisdiction)
