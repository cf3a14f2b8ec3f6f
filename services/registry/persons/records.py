"""Persons, what is kept of them apart, and their logins."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(begins="registered", registered="erased")
class PersonState(StrEnum):
    """Somebody stays registered, or is erased."""

    REGISTERED = "registered"
    ERASED = "erased"


@moves(begins="proposed", proposed="confirmed withdrawn")
class ProposalState(StrEnum):
    """What one person proposes about another counts once a third has confirmed it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Person(Aggregate):
    """A person by random id, or a program that acts for itself (`machine`); nobody registered the first ones."""

    state: PersonState = PersonState.REGISTERED
    registered_by: UUID | None
    machine: bool = False
    erased_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class PrivatePerson(Record):
    """How administrators know a person, until when that is kept and for what; the last `number` counts, `reason` says
    why it took the place of the one that `was_by` gave. The database gives `person_state`."""

    person_id: UUID
    number: int = 1
    display_name: str
    given_by: UUID | None = None
    was_by: UUID | None = None
    reason: str | None = None
    purpose: str
    keep_until: date
    person_state: str | None = PersonState.REGISTERED


@dataclass(frozen=True, kw_only=True)
class PrivateLogin(Record):
    """How the issuer calls a login that everything else knows by a hash; the database gives `person_state`."""

    person_id: UUID
    login: str
    account: str
    purpose: str
    person_state: str | None = PersonState.REGISTERED


@dataclass(frozen=True, kw_only=True)
class Account(Record):
    """A login of a person, as every service knows it: `subject` is SHA-256 of issuer and subject."""

    issuer: str
    subject: str
    person_id: UUID
    enabled: bool
    source_version: int
    machine: bool = False


@dataclass(frozen=True, kw_only=True)
class NamedAccount(Account):
    """A login with how its issuer calls it, as long as that is kept."""

    account: str | None


@dataclass(frozen=True, kw_only=True)
class AboutPerson(Aggregate):
    """What one person proposes about another."""

    state: ProposalState = ProposalState.PROPOSED
    person_id: UUID
    proposed_by: UUID
    confirmed_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class AccountProposal(AboutPerson):
    """A login that waits for another administrator."""

    issuer: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class NamedAccountProposal(AccountProposal):
    """A proposed login with how its issuer calls it, as long as that is kept."""

    account: str | None
