"""Queries about the people notified to watch, and the facts of who acts."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.evaluation.conduct import rules
from services.evaluation.conduct.records import Observer, Occurrence, PrivatePerson
from services.evaluation.fields import WrongField, is_resident
from services.evaluation.mandates.store import acting_for
from services.evaluation.plans.records import Contract
from services.evaluation.statements.store import keep_until
from services.evaluation.tables import metadata, observers, private_people
from shared.fields.calendar import today
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.law.rulebook import rulebooks
from shared.people.interest import InterestSection, employed
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Tie

_accounts, _posts = metadata.tables["accounts"], metadata.tables["posts"]
_OBSERVERS = (
    sa.select(observers)
    .where(observers.c.subject == sa.bindparam("subject", type_=sa.Uuid))
    .order_by(observers.c.notified_at, observers.c.id)
)
_NAMED = (
    sa.select(private_people)
    .where(private_people.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .order_by(private_people.c.person_id)
)
_REGISTERED = sa.select(_accounts.c.person_id).where(
    _accounts.c.person_id == sa.any_(sa.bindparam("persons", type_=ARRAY(sa.Uuid)))
)
_KIN = sa.func.kin_of(_posts.c.organisation_id, type_=sa.Uuid).label("organisation_id")
_POSTS = sa.select(_posts.c.person_id, _KIN, _posts.c.valid_until).where(
    _posts.c.person_id == sa.any_(sa.bindparam("persons", type_=ARRAY(sa.Uuid)))
)


@dataclass(frozen=True, slots=True)
class Notified:
    """A person told beforehand: by their id where they have an account, else by name and contact, which stay
    private, and by the number of an identity document where a name alone would not tell two persons apart."""

    kind: str
    channel: str
    person_id: UUID | None = None
    name: str | None = None
    contact: str | None = None
    identity_number: str | None = None


async def conductor_of(reader: Reader, contract: Contract, person: UUID, duty: str) -> rules.Conductor:
    organiser, _ = await acting_for(reader, contract, duty)
    return rules.Conductor(person, organiser, contract.signed_by)


async def occasion_of(
    reader: Reader, contract: Contract, record: Occurrence, held_at: datetime | None
) -> rules.Occasion:
    """What took place and who was notified; without a time it takes place now. No text says it: what is to come is not
    signed, and nothing took place before the service began. Raises WrongField."""
    if held_at is not None and held_at > reader.now:
        raise WrongField("held_at", "in_the_future", "give a day that is not in the future")
    if held_at is not None and today(held_at) < contract.starts_on:
        message = f"give a day of the service, which began on {contract.starts_on}"
        raise WrongField("held_at", "before_service", message)
    notices = await read_observers(reader, record.occasion_id)
    return rules.Occasion(
        held_at=held_at or reader.now,
        observers=tuple(rules.Observer(each.person_id, each.kind, each.tied, each.notified_at) for each in notices),
        procurement_project=contract.procurement_project,
        purchaser_is_user=record.purchaser_is_user,
        service_class=contract.service_class,
    )


async def add_observers(
    tx: Transaction, contract: Contract, subject: UUID, told: Sequence[Notified], by: UUID
) -> list[Observer]:
    """Enters each notice with its time, and returns them. One person gets one id under a contract, however often they
    are named. Raises NotFound for the id of nobody."""
    await _must_be_registered(tx, {each.person_id for each in told if each.person_id is not None})
    people = [each.person_id or await _known_or_new(tx, contract, each) for each in told]
    tied = await _tied(tx, contract, people)
    return [
        await tx.add(
            Observer(
                id=new_id(),
                subject=subject,
                person_id=person,
                kind=each.kind,
                tied=person in tied,
                channel=each.channel,
                notified_at=tx.now,
                notified_by=by,
            )
        )
        for each, person in zip(told, people, strict=True)
    ]


async def _tied(tx: Transaction, contract: Contract, people: Sequence[UUID]) -> set[UUID]:
    """Those with a post in a party of the contract, or with one that ended within the years that count."""
    parties = [contract.organisation, contract.provider_id]
    section = rulebooks().get(contract.rulebook).section(InterestSection)
    posts = await tx.all(_POSTS, persons=list(people))
    ties = [(person, Tie(organisation, until)) for person, organisation, until in posts]
    return {person for person, tie in ties if employed([tie], parties, section, tx.today)}


async def _must_be_registered(reader: Reader, persons: set[UUID]) -> None:
    """An id that nobody has an account under would count as a person whom nobody can find."""
    found = await reader.all(_REGISTERED, persons=list(persons)) if persons else []
    if persons - {person for (person,) in found}:
        raise NotFound


async def _known_or_new(tx: Transaction, contract: Contract, each: Notified) -> UUID:
    name, contact = each.name or "", each.contact or ""
    identity = await _hashed(each.identity_number, contract.id)
    named = rules.Named(folded(name), identity)
    for known in await tx.all(_NAMED, PrivatePerson, contract_id=contract.id):
        if rules.is_same_person(rules.Named(known.name_folded, known.identity_hash), named):
            return known.person_id
    person = await tx.add(
        PrivatePerson(
            person_id=uuid4(),
            contract_id=contract.id,
            name=name,
            contact=contact,
            name_folded=named.name,
            contact_folded=folded(contact),
            identity_hash=identity,
            purpose="evaluation/observer",
            keep_until=keep_until(contract),
        )
    )
    return person.person_id


async def _hashed(number: str | None, contract_id: UUID) -> bytes | None:
    """The number itself is not kept. Salted by the contract, so that nobody is found from one to another, and slow,
    because there are not many numbers to try."""
    if number is None:
        return None
    text = folded(number).encode()
    found = await asyncio.to_thread(hashlib.scrypt, text, salt=contract_id.bytes, n=2**13, r=8, p=1, dklen=32)
    return found if is_resident(number) else rules.OTHER + found


async def read_observers(reader: Reader, subject: UUID) -> list[Observer]:
    return await reader.all(_OBSERVERS, Observer, subject=subject)
