"""Events of signing that are for the record alone."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.events import Audience
from shared.events.contracts import ContractsEvent


class SigningAnswered(ContractsEvent):
    """An answer to the round of asking came in: how the provider's `standing` and the budget's `cover` stand by it.
    `findings` is SHA-256 over what the registry found."""

    name: ClassVar[str] = "signing_answered"
    audience: ClassVar[Audience] = "internal"

    round: int
    standing: str
    cover: str | None = None
    findings: str


class LastDayMoved(ContractsEvent):
    """A last day was counted again, because a year's schedule came or changed; a provisional one closes nothing."""

    name: ClassVar[str] = "last_day_moved"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "record"

    record: UUID
    kind: Literal["contract_filing"]
    last_day: date
    provisional: bool


class ServiceStarted(ContractsEvent):
    """The first day of the term has come for a contract filed before it."""

    name: ClassVar[str] = "service_started"
    audience: ClassVar[Audience] = "internal"
