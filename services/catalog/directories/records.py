"""Editions of directories and their items, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.work.records import Aggregate, Record

EditionKind = Literal["guidance", "implementing"]
"""A province guides, a city implements."""


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
class EditionItem(Record):
    """An item of an edition: `level` 1 is a class, `path` the codes from its class down to it."""

    edition_id: UUID
    code: str
    parent: str | None
    level: int
    path: list[str]
    name_zh: str
    name_en: str | None
    note: str | None
