"""Successions, as every service keeps them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.work.records import Identified, Record


@dataclass(frozen=True, kw_only=True)
class Succession(Record):
    """One organisation took the place of another, from that day on; or never did (`annulled`)."""

    successor: UUID
    predecessor: UUID
    from_day: date
    source_version: int
    annulled: bool = False


@dataclass(frozen=True, kw_only=True)
class ProvenSuccession(Succession):
    """A succession with its manner and SHA-256 of the document that shows it."""

    manner: str
    document_hash: str


@dataclass(frozen=True, kw_only=True)
class KnownProject(Identified):
    """A purchase of the organisation, as the catalog last told it."""

    organisation: UUID
    declined: bool
    source_version: int


@dataclass(frozen=True, kw_only=True)
class KnownContract(Identified):
    """A contract of the organisation with the provider, as contracts last told it. `rulebook` is that by which was
    bought: None of one that is not signed, and of one that was signed before this service kept it."""

    project_id: UUID
    organisation: UUID
    provider_id: UUID
    open: bool
    completed: bool
    rulebook: str | None
    source_version: int
