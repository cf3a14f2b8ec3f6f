"""Commands on what is known of organisations: a change is proposed, confirmed where it is weighty, and told to all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.bodies.handlers import tell_organisation
from services.registry.bodies.kinds import FITTING, KINDS
from services.registry.changes import rules, store
from services.registry.changes.views import change_view
from services.registry.clearances.handlers import lock_provider, recheck
from services.registry.fields import WrongField, not_after
from services.registry.law import governing
from services.registry.papers import CHANGE, keep_papers
from services.registry.providers.handlers import take_off, tell_conditions, tell_registered
from services.registry.providers.rules import Candidate, may_register
from services.registry.providers.vocabulary import KINDS as PROVIDER_KINDS
from services.registry.purchasers.rules import KINDS as PURCHASER_KINDS
from services.registry.purchasers.rules import Applicant, may_purchase
from services.registry.rulebook import PostSection, ProviderSection, PurchaserSection
from services.registry.standing.handlers import inherit
from services.registry.successions import handlers as successions
from services.registry.tables import organisation_changes
from shared.events.registry import (
    OrganisationChanged,
    OrganisationChangeProposed,
    PurchaserRegistered,
)
from shared.fields.credit_code import fits
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.people.interest import apart
from shared.work.database import Answer, Call, NotFound, Reader, Row, Transaction, WrongState
from shared.work.identity import Scope

DUTIES = {"purchaser": "register_purchaser", "provider": "register_provider", "body": "administer_posts"}
_KINDS: dict[str, Mapping[str, object]] = {"purchaser": PURCHASER_KINDS, "provider": PROVIDER_KINDS, "body": KINDS}


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


async def read_change(reader: Reader, change_id: UUID, scope: Scope) -> Row:  # noqa: ARG001 as every reader is called
    """A change, for those who register such organisations there; raises NotFound."""
    row = await store.find_change(reader, change_id)
    duty = DUTIES[await store.sort_of(reader, row["organisation"])]
    if not reader.actor.holds(duty, None, row["jurisdiction"]):
        raise NotFound
    return row


async def propose_change(call: Call, command: ProposeChange) -> Answer:
    async with call.transaction() as tx:
        sort, row = await _locked(tx, command.organisation)
        person = _may_change(tx, sort, row, command.facts)
        tx.expect(row["version"])
        _keep_apart(tx, sort, row)
        facts = _changed(sort, row, command)
        valid_from = await _first_day(tx, command)
        manner = command.manner if command.successor_of else None
        place = {"successor_of": command.successor_of, "manner": manner, "departure": command.departure}
        changed = [*facts, *(name for name in ("successor_of", "departure") if place[name])]
        await _decide(tx, sort, row, facts, place)
        change = {
            "id": new_id(),
            "key": row["key"],
            "version": 1,
            "jurisdiction": row["jurisdiction"],
            "organisation": row["id"],
            "weighty": rules.weighty(changed),
            "facts": facts,
            "before": {name: store.facts_of(sort, row)[name] for name in facts},
            **place,
            "valid_from": valid_from,
            "reason": command.reason,
            "document_hash": command.document_hash,
            "proposed_by": person,
        }
        await keep_papers(tx, [command.document_hash], "change", change["id"], CHANGE, row["jurisdiction"])
        await tx.insert(organisation_changes, state="proposed" if change["weighty"] else "confirmed", **change)
        if change["weighty"]:
            about = {"jurisdiction": row["jurisdiction"], "organisation": row["id"]}
            tx.emit(OrganisationChangeProposed(**about, change_id=change["id"], facts=changed))
        else:
            await _apply(tx, sort, row, change)
        kept = await store.find_change(tx, change["id"])
        return tx.answer(201, change_view(kept), version=1, location=f"/v1/changes/{change['id']}")


async def settle_change(call: Call, command: SettleChange) -> Answer:
    async with call.transaction() as tx:
        change = await store.find_change(tx, command.change_id)
        if command.confirm and (change["successor_of"] or change["departure"]):
            await successions.stand_in_line(tx, change["organisation"], change["departure"])
        sort, row = await _locked(tx, change["organisation"])
        change = await tx.lock_row(organisation_changes, command.change_id)
        person = _may_change(tx, sort, row, change["facts"])
        tx.expect(change["version"])
        _keep_apart(tx, sort, row)
        if change["state"] != "proposed":
            raise WrongState(change["state"], "proposed")
        if command.confirm:
            await _confirm(tx, sort, row, change, person)
        else:
            await tx.update(organisation_changes, change["id"], state="withdrawn")
            about = {"jurisdiction": row["jurisdiction"], "organisation": row["id"]}
            tx.emit(OrganisationChangeProposed(**about, change_id=change["id"], facts=[], withdrawn=True))
        settled = await store.find_change(tx, change["id"])
        return tx.answer(200, change_view(settled), version=settled["version"])


async def _confirm(tx: Transaction, sort: str, row: Row, change: Row, person: UUID) -> None:
    known = store.facts_of(sort, row)
    if any(known[name] != value for name, value in change["before"].items()):
        raise WrongState("overtaken", "proposed_anew")
    section = tx.under(governing(row["jurisdiction"], tx.today)).section(PostSection)
    tx.decided(rules.may_confirm(change["proposed_by"], person, section))
    await _decide(tx, sort, row, change["facts"], change)
    await tx.update(organisation_changes, change["id"], state="confirmed", confirmed_by=person)
    await _apply(tx, sort, row, {**change, "confirmed_by": person})


async def _locked(tx: Transaction, organisation: UUID) -> tuple[str, Row]:
    sort = await store.sort_of(tx, organisation)
    if sort == "provider":
        return sort, await lock_provider(tx, organisation)
    return sort, await tx.lock_row(store.FACTS[sort][0], organisation)


def _may_change(tx: Transaction, sort: str, row: Row, facts: Mapping[str, Any]) -> UUID:
    """The duty is asked where the organisation lies, and where it is to lie."""
    if "jurisdiction" in facts:
        tx.require(DUTIES[sort], None, facts["jurisdiction"])
    return tx.require(DUTIES[sort], None, row["jurisdiction"])


def _keep_apart(tx: Transaction, sort: str, row: Row) -> None:
    """Who is with a supplier decides nothing of what decides about it; of one that has left nothing changes."""
    if sort == "provider":
        apart(tx, governing(row["jurisdiction"], tx.today).name, {row["id"]})
    if row["state"] not in ("registered", "verified"):
        raise WrongState(row["state"], "registered", "verified")


def _changed(sort: str, row: Row, command: ProposeChange) -> dict[str, Any]:
    """The facts that really change; raises WrongField for those that such an organisation has not."""
    known = store.facts_of(sort, row)
    for name in command.facts:
        if name not in known:
            raise WrongField(name, "not_of_this_kind", f"a {sort} has no such fact: leave it out")
    if command.facts.get("kind", row["kind"]) not in _KINDS[sort]:
        raise WrongField("kind", "kind", f"give one of: {', '.join(_KINDS[sort])}")
    changed = {name: value for name, value in command.facts.items() if value != known[name]}
    if "kind" in changed and sort == "provider" and changed["kind"] != "social_organisation" and known["form"]:
        changed["form"] = None
    if not changed and command.successor_of is None and command.departure is None:
        raise WrongField("facts", "nothing_changed", "give at least one fact that differs from what is known")
    return changed


async def _first_day(tx: Transaction, command: ProposeChange) -> date | None:
    """The day asked for; a slip is corrected from the first day of the version that stands."""
    versions = await store.versions(tx, command.organisation)
    last: date | None = versions[-1]["valid_from"] if versions else None
    if command.departure is not None:
        return tx.today
    if command.valid_from is None:
        return tx.today if command.successor_of else last
    not_after("valid_from", command.valid_from, tx.today)
    if last is not None and command.valid_from < last:
        raise WrongField("valid_from", "before_the_last", "give a day that is not before the last change")
    return command.valid_from


async def _decide(tx: Transaction, sort: str, row: Row, facts: Mapping[str, Any], place: Mapping[str, Any]) -> None:
    """Whether it may still be what it is registered as, with these facts; take that place, or leave."""
    if place["successor_of"] is not None:
        predecessor = await store.read_record(tx, place["successor_of"])
        tx.require(DUTIES[sort], None, predecessor["jurisdiction"])
        await successions.may_succeed(tx, sort, row, predecessor["id"], place["manner"])
    if place["departure"] is not None:
        await successions.may_leave(tx, row["id"], row["jurisdiction"])
    new = {**store.facts_of(sort, row), **facts}
    book = tx.under(governing(new["jurisdiction"], tx.today))
    if not rules.weighty(facts):
        return
    if sort == "purchaser":
        applicant = Applicant(new["kind"], frozenset(new["attributes"]), new["opts_in"])
        tx.decided(may_purchase(applicant, book.section(PurchaserSection)))
    elif sort == "provider":
        _must_be_whole(new)
        founded_on = date.fromisoformat(new["founded_on"])
        not_after("founded_on", founded_on, tx.today)
        registered = (new["registered_with"], new["registration_number"], new["form"])
        tx.decided(may_register(Candidate(new["kind"], founded_on, *registered), book.section(ProviderSection)))
    elif not await store.duties_held(tx, row["id"]) <= FITTING[new["kind"]]:
        raise WrongState("posts_of_its_kind", "posts_ended_first")


def _must_be_whole(new: Mapping[str, Any]) -> None:
    if (new["form"] is not None) != (new["kind"] == "social_organisation"):
        raise WrongField("form", "form", "give the form of a social organisation, and of no other kind")
    if new["credit_code"] is None and new["kind"] != "community_social_organisation":
        raise WrongField("credit_code", "credit_code_needed", "give the unified social credit code")


async def _apply(tx: Transaction, sort: str, row: Row, change: Mapping[str, Any]) -> None:
    """The row says what holds now, every version stays, and all who keep a copy hear it."""
    facts, known = change["facts"], store.facts_of(sort, row)
    about = {"organisation": row["id"], "jurisdiction": facts.get("jurisdiction", row["jurisdiction"])}
    if facts:
        await store.add_version(tx, row["id"], known, facts, change["valid_from"], change)
        await tx.update(store.FACTS[sort][0], row["id"], **_columns(facts, change))
        await _tell(tx, sort, row["id"])
        names = {"facts": sorted(facts), "title": facts.get("title", row["title"])}
        tx.emit(OrganisationChanged(**about, **names, valid_from=change["valid_from"]))
    if change["successor_of"] is not None:
        await successions.succeed(tx, row, change)
        if sort == "provider":
            await inherit(tx, row["id"], change["successor_of"])
            await tell_conditions(tx, row["id"])
    if change["departure"] is not None:
        await _leave(tx, sort, row, change["departure"])


async def _leave(tx: Transaction, sort: str, row: Row, departure: str) -> None:
    if sort == "provider":
        await take_off(tx, row)
    else:
        await tx.update(store.FACTS[sort][0], row["id"], state="left")
    await successions.leave(tx, row, departure)


def _columns(facts: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(facts)
    if "title" in facts:
        columns["title_folded"] = folded(facts["title"])
    if "founded_on" in facts:
        columns["founded_on"] = date.fromisoformat(facts["founded_on"])
    if "credit_code" in facts:
        as_licensed = facts["credit_code"] is not None and not fits(facts["credit_code"])
        columns["code_licence"] = change["document_hash"] if as_licensed else None
        columns["code_entered_by"] = change["proposed_by"] if as_licensed else None
        columns["code_confirmed_by"] = change["confirmed_by"] if as_licensed else None
    return columns


async def _tell(tx: Transaction, sort: str, organisation: UUID) -> None:
    if sort == "provider":
        await tell_registered(tx, organisation)
        await tell_conditions(tx, organisation)
        await recheck(tx, organisation)
        return
    row = await tx.lock_row(store.FACTS[sort][0], organisation)
    known = {"jurisdiction": row["jurisdiction"], "organisation": organisation, "title": row["title"]}
    if sort == "purchaser":
        tx.emit(PurchaserRegistered(**known, kind=row["kind"]))
    kind = sort if sort == "purchaser" else row["kind"]
    await tell_organisation(tx, organisation, kind, row["title"], row["jurisdiction"])
