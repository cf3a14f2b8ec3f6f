"""Notices to those who are to watch, and the names behind them, as they are kept."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.evaluation.plans.records import OfContract
from shared.work.records import Identified, Record


@dataclass(frozen=True, kw_only=True)
class Occurrence(OfContract):
    """An acceptance or an assessment. `purchaser_is_user`: the purchaser itself uses what was bought; `kept_apart`: who
    signed the contract, where the text keeps that person away; `organiser`: as what the one who opened it acted.
    `corrects`: the record of the occasion whose result another person set right."""

    attempt: int
    purchaser_is_user: bool
    organiser: str
    kept_apart: UUID | None
    opened_by: UUID
    held_at: datetime | None = None
    corrects: UUID | None = None
    corrected_from: UUID | None = None
    reason_hash: bytes | None = None

    @property
    def occasion_id(self) -> UUID:
        """The record of what took place, of which observers were notified and opinions given."""
        return self.corrects or self.id


@dataclass(frozen=True, kw_only=True)
class Observer(Identified):
    """A notice to a person before an acceptance or assessment (`subject`); `tied`: to a party."""

    subject: UUID
    person_id: UUID
    kind: str
    tied: bool
    channel: str
    notified_at: datetime
    notified_by: UUID


@dataclass(frozen=True, kw_only=True)
class PrivatePerson(Record):
    """Who a person without an account is, under one contract."""

    person_id: UUID
    contract_id: UUID
    name: str
    contact: str
    name_folded: str
    contact_folded: str
    identity_hash: bytes | None
    purpose: str
    keep_until: date
