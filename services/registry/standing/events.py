"""Events of standing that are for the record alone."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.registry import RegistryEvent


class ResultCounted(RegistryEvent):
    """A concluded evaluation, or an imported result that two persons entered, counts for the provider, as its latest
    version says: what standings then rest on. `facts` is SHA-256 over where and by what it counts."""

    name: ClassVar[str] = "result_counted"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "result_id"

    provider_id: UUID
    result_id: UUID
    grade: str
    score: Decimal | None
    concluded_on: date
    result_version: int
    facts: str | None = None
