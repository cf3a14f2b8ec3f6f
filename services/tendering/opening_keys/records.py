"""Opening keys, as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.work.records import Identified


@dataclass(frozen=True, kw_only=True)
class RegisteredKey(Identified):
    """An opening key without its private half, as `goufu opening init` made it; the procurement names the one that
    counts."""

    procurement_id: UUID
    document: dict[str, Any]
    registered_by: UUID
    registered_at: datetime
