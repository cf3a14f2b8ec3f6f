"""Opinions of the two sides, as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.work.records import Identified

Side = Literal["committee", "residents"]


@dataclass(frozen=True, kw_only=True)
class RecordedOpinion(Identified):
    """What one side thinks of what an acceptance or evaluation (`subject`) is about; its words are kept apart."""

    subject: UUID
    side: Side
    agrees: bool
    members: int
    statement_hash: bytes
    recorded_by: UUID
    recorded_at: datetime
