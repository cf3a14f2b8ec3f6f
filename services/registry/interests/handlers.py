"""Commands on declared interests, and what a panel's member declared."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.registry.days import years_later
from services.registry.fields import WrongField, not_after
from services.registry.interests import store
from services.registry.interests.rules import may_end
from services.registry.interests.views import interest_view
from services.registry.law import governing
from services.registry.papers import INTEREST, keep_papers
from services.registry.providers import store as providers
from services.registry.rulebook import FileSection
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
    """Another person says until which day there was an interest, or, without a day, that there never was one; the
    document shows it."""

    interest_id: UUID
    last_day: date | None
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
        said = (me, command.ground, command.document_hash)
        row = await _record(tx, about, provider["id"], place, provider["id"], *said)
        view = interest_view(row, await store.acts_of(tx, row["id"]))
        return tx.answer(201, view, version=row["version"], location=f"/v1/interests/{row['id']}")


async def end_interest(call: Call, command: EndInterest) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(declarations, command.interest_id)
        person = tx.require("supervise", None, row["jurisdiction"])
        tx.expect(row["version"])
        book = apart(tx, governing(NATION, tx.today).name, {row["provider_id"]})
        clause = book.section(InterestSection).recusal_grounds.clause("employment")
        tx.decided(may_end(person, row["person_id"], row["declared_by"], clause))
        slip = command.because == "entered_wrongly"
        stands = ("standing", "ended") if slip else ("standing",)
        if row["state"] not in stands:
            raise WrongState(row["state"], *stands)
        _must_fit(tx, row, command.last_day, slip=slip)
        digest, place = command.document_hash, row["jurisdiction"]
        await keep_papers(tx, [digest], "interest", row["id"], INTEREST, place)
        state = "annulled" if slip else "ended"
        await tx.update(declarations, row["id"], state=state, last_day=command.last_day, ended_by=person)
        act = await store.add_act(tx, row, state, command.because, digest, person)
        years = tx.under(governing(place, tx.today)).section(FileSection).file_retention_years.value
        await store.set_last_day(tx, row["id"], years_later(command.last_day or tx.today, years))
        kept = await tx.lock_row(declarations, row["id"])
        await _tell(tx, kept, act)
        return tx.answer(200, interest_view(kept, await store.acts_of(tx, row["id"])), version=kept["version"])


def _must_fit(tx: Transaction, row: Row, last_day: date | None, *, slip: bool) -> None:
    """An interest that is over has a last day since its declaration; what was entered wrongly never counted."""
    if slip:
        if last_day is not None:
            raise WrongField("last_day", "never_counted", "leave it out: what was entered wrongly has no last day")
        return
    if last_day is None:
        raise WrongField("last_day", "missing", "give the last day on which there was an interest")
    not_after("last_day", last_day, tx.today)
    if last_day < row["declared_on"]:
        raise WrongField("last_day", "before_declared", "give a day that is not before the declaration")


async def on_panel_interest(tx: Transaction, event: PanelInterestDeclared) -> None:
    """What a member declared on a panel is as lasting as what is declared here."""
    place, organisation = event.jurisdiction, event.organisation
    await _record(tx, event.person_id, event.provider_id, place, organisation, event.person_id, "panel", None)


async def _record(
    tx: Transaction,
    person: UUID,
    provider: UUID,
    place: str,
    organisation: UUID,
    declared_by: UUID,
    ground: str,
    document_hash: str | None,
) -> Row:
    """One record a person and provider; one that had ended or was annulled stands again, one that stands is told of no
    more."""
    record, said = interest_id(person, provider), {"declared_by": declared_by, "declared_on": tx.today}
    known = await store.find(tx, record)
    if known is None:
        about = {"id": record, "key": person, "version": 1, "jurisdiction": place, "organisation": organisation}
        subject = {"person_id": person, "provider_id": provider, "state": "standing"}
        await tx.insert(declarations, **about, **subject, **said)
    elif known["state"] == "standing":
        return known
    else:
        await tx.lock_row(declarations, record)
        await tx.update(declarations, record, state="standing", **said, last_day=None, ended_by=None)
    row = await tx.lock_row(declarations, record)
    act = await store.add_act(tx, row, "declared", ground, document_hash, declared_by)
    await _tell(tx, row, act)
    return row


async def _tell(tx: Transaction, row: Row, act: str) -> None:
    about = {"jurisdiction": row["jurisdiction"], "organisation": row["organisation"]}
    subject = {"interest_id": row["id"], "person_id": row["person_id"], "provider_id": row["provider_id"]}
    annulled = row["state"] == "annulled"
    tx.emit(InterestRecorded(**about, **subject, until=row["last_day"], annulled=annulled, act=act))
    await store.keep(tx, row)
