"""Events of commitments that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.catalog import CatalogEvent


class CommitmentStands(CatalogEvent):
    """What a commitment holds of its project's budget from now on, as SHA-256 over its columns."""

    name: ClassVar[str] = "commitment_stands"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "commitment_id"

    project_id: UUID
    commitment_id: UUID
    facts: str
