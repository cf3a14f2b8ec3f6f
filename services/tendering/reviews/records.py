"""What was verified of bidders, and what reviewers found of their bids, as it is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.work.records import Record

Basis = Literal["registry", "reviewer", "price", "opening", "panel", "declaration"]
"""On whose word a bid meets a condition: the registry's, a reviewer's, the price's itself, the opening's (of a bid that
held nothing readable), the panel's (on a price that it asked about), or the bidder's own declaration (of its size)."""


@dataclass(frozen=True, kw_only=True)
class Verification(Record):
    """What the registry verified of a provider, as it was last told."""

    provider_id: UUID
    conditions: list[str]
    assessment_grade: str | None
    source_version: int


@dataclass(frozen=True, kw_only=True)
class Control(Record):
    """Who heads a provider, and which organisations directly hold or manage it, as the registry last told it."""

    provider_id: UUID
    head: UUID | None
    held_by: list[UUID]
    managed_by: list[UUID]
    source_version: int


@dataclass(frozen=True, kw_only=True)
class ConditionResult(Record):
    """A bid against a condition. `first_found_by` found the same before the person who reviewed; of several, which
    `number` counts, the last one holds: two others corrected those before."""

    bid_id: UUID
    condition: str
    number: int = 1
    procurement_id: UUID
    met: bool
    basis: Basis
    clause: str
    reviewed_by: UUID
    first_found_by: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Findings(Record):
    """What one reviewer found of the purchaser's own conditions, by bid; `number` counts them. `reason`: why it was
    found otherwise after the review."""

    procurement_id: UUID
    number: int
    found: list[dict[str, Any]]
    found_by: UUID
    found_at: datetime
    reason: str | None = None
