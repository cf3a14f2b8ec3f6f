"""How directories look from outside."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.web.http import Shown, View


class EditionView(View):
    """An edition of a directory; in force from `valid_from` once published, until a later one of its kind is."""

    id: UUID
    version: int
    jurisdiction: str
    organisation: UUID
    kind: Literal["guidance", "implementing"]
    title: str
    valid_from: date
    rulebook: str
    items: int
    state: Literal["drafted", "published"]
    published_on: date | None


class ImportReport(View):
    """What a dry run found: the edition could be drafted as it is."""

    items: int
    classes: int


class ItemView(Shown):
    """An item: `level` 1 is a class; `note` tells its source and, where one is asked for, the reason to list it."""

    code: str
    parent: str | None
    level: int
    name_zh: str
    name_en: str | None
    note: str | None
