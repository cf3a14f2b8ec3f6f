"""Events of providers that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.registry import RegistryEvent


class EvidenceSeen(RegistryEvent):
    """Another person has seen papers of a provider: these are accepted, and those are not."""

    name: ClassVar[str] = "evidence_seen"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    accepted: list[UUID]
    rejected: list[UUID]


class ProviderWithdrawalProposed(RegistryEvent):
    """A person of the registration authority proposes that a provider be taken off the register, or that is taken back;
    nothing has changed yet."""

    name: ClassVar[str] = "provider_withdrawal_proposed"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    withdrawn: bool = False


class ProviderProposed(RegistryEvent):
    """One person enters a provider whose credit code misses the check character of the standard, with its licence; it
    is registered once another has compared both."""

    name: ClassVar[str] = "provider_proposed"
    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"

    provider_id: UUID
    licence_hash: str
