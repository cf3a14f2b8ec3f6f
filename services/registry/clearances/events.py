"""Events of clearances that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.registry import RegistryEvent


class ClearanceStands(RegistryEvent):
    """How a clearance stands from now on, as SHA-256 over its columns: open, blocked, or closed by what became of the
    purchase."""

    name: ClassVar[str] = "clearance_stands"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "clearance_id"

    project_id: UUID
    clearance_id: UUID
    facts: str
