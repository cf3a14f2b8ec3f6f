"""Events of posts that are for the record alone."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.registry import RegistryEvent


class PostProposed(RegistryEvent):
    """One administrator proposes a weighty post, or one takes it back; it counts once another has confirmed it."""

    name: ClassVar[str] = "post_proposed"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "post_id"

    post_id: UUID
    person_id: UUID
    duties: list[str]
    valid_from: date
    valid_until: date | None = None
    withdrawn: bool = False
