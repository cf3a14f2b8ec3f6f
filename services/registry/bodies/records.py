"""Bodies, what the register holds of every organisation, and where each lies."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.work.records import Aggregate, Identified
from shared.work.states import moves


@moves(begins="registered", registered="left", left="registered")
class Registration(StrEnum):
    """Whether an organisation is registered, or has left."""

    REGISTERED = "registered"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class Registered(Aggregate):
    """What the register holds of a body, a purchaser or a provider alike; `facts` are those that may change."""

    sort: ClassVar[str]
    facts: ClassVar[tuple[str, ...]]

    state: StrEnum
    title: str
    title_folded: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Body(Registered):
    """A body of a place in which posts are given; nobody registered the one of the first administrators."""

    sort: ClassVar[str] = "body"
    facts: ClassVar[tuple[str, ...]] = ("title", "jurisdiction", "kind")

    state: Registration = Registration.REGISTERED
    registered_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class Organisation(Identified):
    """What kind of organisation it is and where it lies, as every service knows it; since when it has left."""

    kind: str
    jurisdiction: str
    source_version: int
    left_on: date | None = None
