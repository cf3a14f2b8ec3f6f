"""Contracts, what they say, and what is known of their providers, as it is kept. Amounts in CNY."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from shared.work.records import Aggregate, Identified, Record
from shared.work.states import moves

Nature = Literal["continuous", "deliverable"]
Standing = Literal["asked", "cleared", "blocked"]
Cover = Literal["asked", "committed", "refused"]


@moves(
    begins="drafted",
    drafted="signed withdrawn",
    signed="filed running completed terminated",
    filed="running completed terminated",
    running="completed terminated",
)
class ContractState(StrEnum):
    """A draft, a contract that binds, or one that has ended."""

    DRAFTED = "drafted"
    SIGNED = "signed"
    FILED = "filed"
    RUNNING = "running"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    WITHDRAWN = "withdrawn"


IN_FORCE = (ContractState.SIGNED, ContractState.FILED, ContractState.RUNNING)
"""States of a contract that binds and is performed."""
ENDED = (ContractState.COMPLETED, ContractState.TERMINATED)
"""States of a contract that is performed no more: what is owed of it is still paid, and what was paid too much is given
back."""


@dataclass(frozen=True, kw_only=True)
class ContractMoney(Aggregate):
    """Of a contract, what its payments need: who is paid by whom, from which sources, how much and until when."""

    provider_id: UUID
    provider_title: str
    reference: str
    rulebook: str
    price: Decimal
    paid: Decimal = Decimal("0.00")
    sources: list[dict[str, Any]]
    small_or_medium: bool = False
    ends_on: date
    state: ContractState = ContractState.DRAFTED
    signed_on: date | None = None
    ended_on: date | None = None

    @property
    def project_id(self) -> UUID:
        """Along a purchase its project is the key."""
        return self.key


@dataclass(frozen=True, kw_only=True)
class Contract(ContractMoney):
    """A contract of one award, or the renewal of one. `standing` is the registry's answer to the last round, `cover`
    that of the year's budget to a renewal; `terms` are those of the award."""

    procurement_id: UUID
    lot: int
    renews: UUID | None
    noticed_on: date
    terms: dict[str, Any]
    starts_on: date
    service_years: int
    service_year: int
    service_from: date
    service_class: int | None
    nature: Nature
    procurement_project: bool
    contents: list[str] = field(default_factory=list)
    term_conditions: list[str] = field(default_factory=list)
    objection_window_working_days: int | None
    written_by: UUID | None = None
    written_on: date | None = None
    text_hash: bytes | None = None
    signing_round: int = 0
    standing: Standing | None = None
    standing_findings: list[dict[str, Any]] = field(default_factory=list)
    cover: Cover | None = None
    signed_by: UUID | None = None
    provider_signed_by: UUID | None = None
    filed_on: date | None = None
    ending_ground: str | None = None
    ending_proposed_by: UUID | None = None
    ending_confirmed_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ContractText(Record):
    """What a contract says, by field."""

    contract_id: UUID
    contents: dict[str, str]
    salt: bytes
    keep_until: date | None


@dataclass(frozen=True, kw_only=True)
class Reason(Identified):
    """Why a clause that asks for a reason was answered so, or why something was decided of a payment line (`about`)."""

    contract_id: UUID
    clause: str
    reason: str
    given_by: UUID
    given_at: datetime
    keep_until: date | None
    about: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ReferenceNumber(Record):
    """The last reference that was given in a city in a year."""

    city: str
    year: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Departure(Record):
    """Since when a provider is not registered any more, as the registry last told it; None: it came back."""

    provider_id: UUID
    left_on: date | None
    source_version: int
