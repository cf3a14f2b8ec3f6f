"""Commands on declared interests, and what a panel's member declared."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from services.registry.fields import WrongField, not_after
from services.registry.interests import store
from services.registry.interests.records import NOT_ANNULLED, Declaration, DeclarationState
from services.registry.interests.rules import may_end
from services.registry.interests.views import interest_view
from services.registry.law import governing
from services.registry.papers import INTEREST, keep_papers
from services.registry.persons.records import Person
from services.registry.providers import store as providers
from services.registry.rulebook import FileSection
from shared.events.registry import InterestRecorded
from shared.events.tendering import PanelInterestDeclared
from shared.fields.days import years_later
from shared.fields.places import NATION
from shared.people.interest import InterestSection, apart, interest_id
from shared.work.database import Answer, Call, NotFound, Transaction, must_be
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
        place = provider.jurisdiction
        if about != me:
            place = (await tx.lock_record(Person, about)).jurisdiction
            tx.require("supervise", None, place)
            if command.document_hash is None:
                raise WrongField("document_hash", "evidence", "give the document that shows another person's interest")
        if command.document_hash is not None:
            digest, record = command.document_hash, interest_id(about, provider.id)
            await keep_papers(tx, [digest], "interest", record, INTEREST, place)
        tx.under(governing(NATION, tx.today))
        said = (me, command.ground, command.document_hash)
        declaration = await _record(tx, about, provider.id, place, provider.id, *said)
        view = interest_view(declaration, await store.acts_of(tx, declaration.id))
        return tx.answer(201, view, version=declaration.version, location=f"/v1/interests/{declaration.id}")


async def end_interest(call: Call, command: EndInterest) -> Answer:
    async with call.transaction() as tx:
        declared, person = await tx.open(Declaration, command.interest_id, "supervise", by=None)
        book = apart(tx, governing(NATION, tx.today).name, {declared.provider_id})
        clause = book.section(InterestSection).recusal_grounds.clause("employment")
        tx.decided(may_end(person, declared.person_id, declared.declared_by, clause))
        slip = command.because == "entered_wrongly"
        must_be(declared, NOT_ANNULLED if slip else (DeclarationState.STANDING,))
        _must_fit(tx, declared, command.last_day, slip=slip)
        digest, place = command.document_hash, declared.jurisdiction
        await keep_papers(tx, [digest], "interest", declared.id, INTEREST, place)
        state = DeclarationState.ANNULLED if slip else DeclarationState.ENDED
        ended = replace(declared, state=state, last_day=command.last_day, ended_by=person)
        ended = await tx.save(declared, ended)
        act = await store.add_act(tx, ended, state.value, command.because, digest, person)
        years = tx.under(governing(place, tx.today)).section(FileSection).file_retention_years.value
        await store.set_last_day(tx, ended.id, years_later(command.last_day or tx.today, years))
        await _tell(tx, ended, act)
        return tx.answer(200, interest_view(ended, await store.acts_of(tx, ended.id)), version=ended.version)


def _must_fit(tx: Transaction, declared: Declaration, last_day: date | None, *, slip: bool) -> None:
    """An interest that is over has a last day since its declaration; what was entered wrongly never counted."""
    if slip:
        if last_day is not None:
            raise WrongField("last_day", "never_counted", "leave it out: what was entered wrongly has no last day")
        return
    if last_day is None:
        raise WrongField("last_day", "missing", "give the last day on which there was an interest")
    not_after("last_day", last_day, tx.today)
    if last_day < declared.declared_on:
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
) -> Declaration:
    """One record a person and provider; one that had ended or was annulled stands again, one that stands is told of no
    more."""
    record = interest_id(person, provider)
    known = await store.find(tx, record)
    if known is None:
        entered = Declaration(
            id=record,
            key=person,
            version=1,
            jurisdiction=place,
            organisation=organisation,
            person_id=person,
            provider_id=provider,
            declared_by=declared_by,
            declared_on=tx.today,
        )
        declaration = await tx.add(entered)
    elif known.state == DeclarationState.STANDING:
        return known
    else:
        again = replace(known, state=DeclarationState.STANDING, last_day=None, ended_by=None)
        declaration = await tx.save(known, replace(again, declared_by=declared_by, declared_on=tx.today))
    act = await store.add_act(tx, declaration, "declared", ground, document_hash, declared_by)
    await _tell(tx, declaration, act)
    return declaration


async def _tell(tx: Transaction, declaration: Declaration, act: str) -> None:
    tx.emit(
        InterestRecorded(
            jurisdiction=declaration.jurisdiction,
            organisation=declaration.organisation,
            interest_id=declaration.id,
            person_id=declaration.person_id,
            provider_id=declaration.provider_id,
            until=declaration.last_day,
            annulled=declaration.state == DeclarationState.ANNULLED,
            act=act,
        )
    )
    await store.keep(tx, declaration)
