"""The versions of a requirement, as they are kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.work.records import Aggregate
from shared.work.states import moves


@moves(begins="written", written="returned finalised replaced", finalised="replaced")
class RequirementState(StrEnum):
    """Written, then sent back or finalised; replaced by a later version."""

    WRITTEN = "written"
    RETURNED = "returned"
    FINALISED = "finalised"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class Requirement(Aggregate):
    """A version of a project's requirement. `hash` is SHA-256 over the canonical JSON of `content`; `separate_review`:
    the law asks for another reviewer than the writer."""

    project_id: UUID
    number: int
    state: RequirementState
    content: dict[str, Any]
    hash: str
    written_by: UUID
    written_on: date
    separate_review: bool
    reviewed_by: UUID | None = None
    reviewed_on: date | None = None
    review_reason: str | None = None
