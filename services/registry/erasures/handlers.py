"""Commands on erasures: propose, confirm, take back; and what the services answer."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.registry.erasures import store
from services.registry.erasures.records import Erasure, ServiceAnswer
from services.registry.erasures.rules import Known, latest, may_erase
from services.registry.fields import WrongField
from services.registry.law import governing
from services.registry.persons.handlers import about, administered, answer, must_be_registered, put_account
from services.registry.persons.records import PersonState, ProposalState
from services.registry.persons.store import erasure, erasure_answered, proposed_accounts
from services.registry.persons.views import OTHERS
from services.registry.posts.rules import may_confirm
from services.registry.posts.store import held
from services.registry.posts.store import proposed as proposed_posts
from services.registry.rulebook import FileSection, PostSection, TieSection
from shared.events.registry import ErasureAnswer, ErasureProposed, PersonErased
from shared.fields.ids import new_id
from shared.fields.places import NATION
from shared.law.rulebook import Rulebook
from shared.people.erasing import erase_answers
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ProposeErasure:
    """What identifies the person is to be erased. The reason stays on record and names nobody."""

    person_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmErasure:
    """Another administrator confirms it; nothing brings back what is erased."""

    person_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawErasure:
    """The proposal is taken back."""

    person_id: UUID


async def propose_erasure(call: Call, command: ProposeErasure) -> Answer:
    async with call.transaction() as tx:
        person, administrator = await administered(tx, command.person_id, another=True)
        if await erasure(tx, person.id) is not None:
            raise WrongState("erasure_proposed", "erasure_not_proposed")
        must_be_registered(person)
        await _must_hold_nothing(tx, person.id)
        if any(text in command.reason for text in await store.texts(tx, person.id)):
            raise WrongField("reason", "names_the_person", "the reason stays on record: write it without name or login")
        await _judge(tx, person.id, [])
        proposed = await tx.add(
            Erasure(
                id=new_id(),
                key=person.key,
                version=1,
                **about(person),
                reason=command.reason,
                proposed_by=administrator,
            )
        )
        tx.emit(ErasureProposed(**about(person), erasure_id=proposed.id))
        return await answer(tx, await tx.save(person, person))


async def confirm_erasure(call: Call, command: ConfirmErasure) -> Answer:
    async with call.transaction() as tx:
        person, administrator = await administered(tx, command.person_id, another=True)
        proposed = await _waiting(tx, person.id)
        tx.decided(may_confirm(proposed.proposed_by, administrator, _book(tx).section(PostSection)))
        answers = await erasure_answered(tx, proposed.id)
        missing = sorted(set(OTHERS).difference(each.service for each in answers))
        if missing:
            raise WrongState("asked", "answered_by_services", services=", ".join(missing))
        await _must_hold_nothing(tx, person.id)
        await _judge(tx, person.id, [each.last_recorded_on for each in answers])
        texts = await store.texts(tx, person.id)
        for login in await store.enabled_logins(tx, person.id):
            person = await put_account(tx, person, login.issuer, login.subject, known=True, enabled=False)
        await store.erase(tx, person.id)
        await erase_answers(tx, person.id, texts)
        tx.emit(PersonErased(**about(person), erasure_id=proposed.id))
        await tx.save(proposed, replace(proposed, state=ProposalState.CONFIRMED, confirmed_by=administrator))
        person = await tx.save(person, replace(person, state=PersonState.ERASED, erased_on=tx.today))
        return await answer(tx, person)


async def withdraw_erasure(call: Call, command: WithdrawErasure) -> Answer:
    async with call.transaction() as tx:
        person, _ = await administered(tx, command.person_id)
        proposed = await _waiting(tx, person.id)
        tx.emit(ErasureProposed(**about(person), erasure_id=proposed.id, withdrawn=True))
        await tx.save(proposed, replace(proposed, state=ProposalState.WITHDRAWN))
        return await answer(tx, await tx.save(person, person))


async def on_erasure_answered(tx: Transaction, event: ErasureAnswer) -> None:
    """A service has answered; what was taken back meanwhile waits for no answer."""
    asked = await store.erasure_by_id(tx, event.erasure_id)
    if asked is not None and asked.state == ProposalState.PROPOSED:
        last = event.last_recorded_on
        await tx.add(ServiceAnswer(erasure_id=asked.id, service=event.service, last_recorded_on=last))


async def _waiting(tx: Transaction, person_id: UUID) -> Erasure:
    proposed = await erasure(tx, person_id)
    if proposed is None:
        raise WrongState("not_proposed", "erasure_proposed")
    return proposed


async def _must_hold_nothing(tx: Transaction, person_id: UUID) -> None:
    """Who holds a post, or will, or for whom one or a login waits to be confirmed, is needed by name."""
    if await held(tx, person_id, tx.today):
        raise WrongState("holds_a_post", "without_posts")
    if await proposed_posts(tx, person_id) or await proposed_accounts(tx, person_id):
        raise WrongState("proposed_for", "without_proposals")


async def _judge(tx: Transaction, person_id: UUID, elsewhere: list[date | None]) -> None:
    book = _book(tx)
    recorded = latest([*elsewhere, await store.last_recorded(tx, person_id)])
    known = Known(recorded, await store.last_with_supplier(tx, person_id))
    tx.decided(may_erase(known, book.section(FileSection), book.section(TieSection), tx.today))


def _book(tx: Transaction) -> Rulebook:
    """Persons are a matter of national law."""
    return tx.under(governing(NATION, tx.today))
