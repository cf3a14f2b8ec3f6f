"""Events of persons that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.registry import RegistryEvent


class PersonNamed(RegistryEvent):
    """An administrator set the name right by which a person is known; no entry says the name."""

    name: ClassVar[str] = "person_named"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "person_id"

    person_id: UUID
    number: int


class AccountProposed(RegistryEvent):
    """One administrator proposes a login of a person with a weighty post, or one takes it back; it may be used once
    another has confirmed it. `facts` is SHA-256 over the login and where it is confirmed."""

    name: ClassVar[str] = "account_proposed"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "person_id"
    subject_field: ClassVar[str] = "proposal_id"

    proposal_id: UUID
    person_id: UUID
    withdrawn: bool = False
    facts: str | None = None
