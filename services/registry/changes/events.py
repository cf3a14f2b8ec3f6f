"""Events of changes that are for the record alone."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events import Audience
from shared.events.registry import RegistryEvent


class OrganisationChangeProposed(RegistryEvent):
    """One person proposes a weighty change of an organisation, or one takes it back; it counts once another has
    confirmed it, another change at once (`state`). `change` is SHA-256 over what it changes and why."""

    name: ClassVar[str] = "organisation_change_proposed"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "organisation"
    subject_field: ClassVar[str] = "change_id"

    change_id: UUID
    facts: list[str]
    withdrawn: bool = False
    state: Literal["proposed", "confirmed", "withdrawn"] | None = None
    change: str | None = None
