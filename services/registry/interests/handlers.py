"""Commands on declared interests, and what a panel's member declared."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.registry.fields import WrongField, not_after
from services.registry.interests import store
from services.registry.interests.rules import may_end
from services.registry.interests.views import interest_view
from services.registry.law import governing
from services.registry.papers import INTEREST, keep_papers
from services.registry.providers import store as providers
from services.registry.tables import declarations, persons
from shared.events.registry import InterestRecorded
from shared.events.tendering import PanelInterestDeclared
from shared.fields.places import NATION
from shared.people.interest import InterestSection, apart, interest_id
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState
from shared.work.identity import NotAllowed

Because = Literal["tie_ended", "entered_wrongly"]


@dataclass(frozen=True, slots=True)
class DeclareInterest:
    """A person declares an interest in a provider; or a supervisor that of another, with the document that shows it."""

    provider_id: UUID
    ground: str
    person_id: UUID | None
    document_hash: str | None


@dataclass(frozen=True, slots=True)
class EndInterest:
    """Another person says until which day there was an interest, and why; the document shows it."""

    interest_id: UUID
    last_day: date
    because: Because
    document_hash: str


async def declare_interest(call: Call, command: DeclareInterest) -> Answer:
    async with call.transaction() as tx:
        me = tx.actor.person_id
        if me is None:
            raise NotAllowed("person")
        about = command.person_id or me
        provider = await providers.find(tx, command.provider_id)
        if provider is None:
            raise NotFound
        await tx.lock(about)
        place = provider["jurisdiction"]
        if about != me:
            place = (await tx.lock_row(persons, about))["jurisdiction"]
            tx.require("supervise", None, place)
            if command.document_hash is None:
                raise WrongField("document_hash", "evidence", "give the document that shows another person's interest")
        if command.document_hash is not None:
            digest, record = command.document_hash, interest_id(about, provider["id"])
            await keep_papers(tx, [digest], "interest", record, INTEREST, place)
        tx.under(governing(NATION, tx.today))
        said = {"ground": command.ground, "declared_by": me, "document_hash": command.document_hash}
        row = await _record(tx, about, provider["id"], place, provider["id"], **said)
        return tx.answer(201, interest_view(row), version=row["version"], location=f"/v1/interests/{row['id']}")


async def end_interest(call: Call, command: EndInterest) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(declarations, command.interest_id)
        person = tx.require("supervise", None, row["jurisdiction"])
        tx.expect(row["version"])
        book = apart(tx, governing(NATION, tx.today).name, {row["provider_id"]})
        clause = book.section(InterestSection).recusal_grounds.clause("employment")
        tx.decided(may_end(person, row["person_id"], row["declared_by"], clause))
        if row["state"] != "standing":
            raise WrongState(row["state"], "standing")
        not_after("last_day", command.last_day, tx.today)
        if command.last_day < row["declared_on"]:
            raise WrongField("last_day", "before_declared", "give a day that is not before the declaration")
        digest = command.document_hash
        await keep_papers(tx, [digest], "interest", row["id"], INTEREST, row["jurisdiction"])
        ended = {"ended_by": person, "ended_because": command.because, "end_document_hash": digest}
        await tx.update(declarations, row["id"], state="ended", last_day=command.last_day, **ended)
        kept = await tx.lock_row(declarations, row["id"])
        await _tell(tx, kept)
        return tx.answer(200, interest_view(kept), version=kept["version"])


async def on_panel_interest(tx: Transaction, event: PanelInterestDeclared) -> None:
    """What a member declared on a panel is as lasting as what is declared here."""
    said = {"ground": "panel", "declared_by": event.person_id, "document_hash": None}
    await _record(tx, event.person_id, event.provider_id, event.jurisdiction, event.organisation, **said)


async def _record(tx: Transaction, person: UUID, provider: UUID, place: str, organisation: UUID, **said: Any) -> Row:
    """One record a person and provider; one that had ended stands again, one that stands is told of no more."""
    record = interest_id(person, provider)
    known = await store.find(tx, record)
    if known is None:
        about = {"id": record, "key": person, "version": 1, "jurisdiction": place, "organisation": organisation}
        subject = {"person_id": person, "provider_id": provider, "state": "standing", "declared_on": tx.today}
        await tx.insert(declarations, **about, **subject, **said)
    elif known["state"] == "ended":
        await tx.lock_row(declarations, record)
        none = dict.fromkeys(("last_day", "ended_by", "ended_because", "end_document_hash"))
        await tx.update(declarations, record, state="standing", declared_on=tx.today, **said, **none)
    else:
        return known
    row = await tx.lock_row(declarations, record)
    await _tell(tx, row)
    return row


async def _tell(tx: Transaction, row: Row) -> None:
    about = {"jurisdiction": row["jurisdiction"], "organisation": row["organisation"]}
    subject = {"interest_id": row["id"], "person_id": row["person_id"], "provider_id": row["provider_id"]}
    tx.emit(InterestRecorded(**about, **subject, until=row["last_day"]))
    await store.keep(tx, row, row["last_day"])
