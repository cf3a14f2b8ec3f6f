"""Providers and their papers, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from services.registry.bodies.records import Registered
from shared.work.records import Aggregate
from shared.work.states import moves


@moves(
    begins="proposed registered",
    proposed="registered left",
    registered="verified left",
    verified="left",
    left="proposed registered",
)
class ProviderState(StrEnum):
    """A provider is registered, at once or once another person has compared its code; verified when its papers were
    seen; or it has left."""

    PROPOSED = "proposed"
    REGISTERED = "registered"
    VERIFIED = "verified"
    LEFT = "left"


IN_REGISTER = (ProviderState.REGISTERED, ProviderState.VERIFIED)
NOT_LEFT = (ProviderState.PROPOSED, *IN_REGISTER)


@moves(begins="entered", entered="verified rejected", verified="annulled")
class EvidenceState(StrEnum):
    """A paper counts from its verification by another person, unless it is annulled."""

    ENTERED = "entered"
    VERIFIED = "verified"
    REJECTED = "rejected"
    ANNULLED = "annulled"


@dataclass(frozen=True, kw_only=True)
class Provider(Registered):
    """A provider. `head`: the person who is its head, by random id; `held_by` and `managed_by`: the organisations that
    directly hold it or manage it, as far as they are registered; None where nothing was told. `code_licence` is SHA-256
    of the licence that shows a code which misses its check character, and `code_entered_by` and `code_confirmed_by`
    those who compared both."""

    sort: ClassVar[str] = "provider"
    facts: ClassVar[tuple[str, ...]] = (
        *("title", "jurisdiction", "kind", "form", "credit_code"),
        *("registered_with", "registration_number", "founded_on", "head", "held_by", "managed_by"),
    )

    state: ProviderState
    form: str | None
    credit_code: str | None
    code_licence: str | None
    code_entered_by: UUID | None
    code_confirmed_by: UUID | None = None
    registered_with: str | None
    registration_number: str | None
    founded_on: date
    registered_by: UUID
    head: UUID | None = None
    held_by: list[UUID] | None = None
    managed_by: list[UUID] | None = None
    leaving_proposed_by: UUID | None = None
    leaving_confirmed_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence(Aggregate):
    """A paper of a provider: `document_hash` is SHA-256 of the document shown, `valid_until` its last day."""

    provider_id: UUID
    state: EvidenceState = EvidenceState.ENTERED
    kind: str
    result: str | None
    issuer: str
    issuer_level: str | None
    issued_on: date
    valid_until: date | None
    document_hash: str
    entered_by: UUID
    verified_by: UUID | None = None
    verified_on: date | None = None
    annulled_by: UUID | None = None
    annulled_on: date | None = None
    annulled_because: str | None = None
