"""Free text that people give, as it is kept until its last day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.work.records import Identified


@dataclass(frozen=True, kw_only=True)
class Statement(Identified):
    """What was said of a record (`subject`). The record keeps the hash of salt and text."""

    subject: UUID
    kind: str
    statement: str
    salt: bytes
    purpose: str
    keep_until: date
