"""Versions of tender files, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.tendering.files.rules import ASKED
from shared.work.records import Aggregate, Record
from shared.work.states import moves


@moves(begins="drafted", drafted="checked")
class FileState(StrEnum):
    """Whether another person than its authors has checked it."""

    DRAFTED = "drafted"
    CHECKED = "checked"


@dataclass(frozen=True, kw_only=True)
class FileVersion(Aggregate):
    """A version of the file of a procurement; `number` counts them. `asked`: by which rules it was checked, as
    `files.rules.ASKED` counts them; None of one that was checked before that was kept."""

    procurement_id: UUID
    number: int
    state: FileState = FileState.DRAFTED
    drafted_by: UUID
    checked_by: UUID | None = None
    checked_on: date | None = None
    asked: int | None = None

    @property
    def older(self) -> bool:
        """Whether it was checked by rules that asked less than those of today: what it promised binds all the same."""
        return self.asked is None or self.asked < ASKED


@dataclass(frozen=True, kw_only=True)
class FileText(Record):
    """What a version says, whole and never changed; `hash` is SHA-256 over the canonical JSON of `document`."""

    file_id: UUID
    document: dict[str, Any]
    hash: str


@dataclass(frozen=True, kw_only=True)
class WholeFile(FileVersion):
    """A version with what it says."""

    document: dict[str, Any]
    hash: str
