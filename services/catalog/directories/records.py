"""Editions of directories and their items, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves

EditionKind = Literal["guidance", "implementing"]
"""A province guides, a city implements."""


@moves(begins="drafted", drafted="published")
class EditionState(StrEnum):
    """Drafted by one person, published by another."""

    DRAFTED = "drafted"
    PUBLISHED = "published"


@dataclass(frozen=True, kw_only=True)
class Edition(Aggregate):
    """An edition of a directory; `items` is how many it has."""

    kind: EditionKind
    title: str
    valid_from: date
    rulebook: str
    items: int
    state: EditionState
    drafted_by: UUID
    published_by: UUID | None = None
    published_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Item(Record):
    """An item by its code: `level` 1 is a class, `path` the codes from its class down to it."""

    code: str
    level: int
    path: list[str]


@dataclass(frozen=True, kw_only=True)
class EditionItem(Item):
    """An item of an edition."""

    edition_id: UUID
    parent: str | None
    name_zh: str
    name_en: str | None
    note: str | None
