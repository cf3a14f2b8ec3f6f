"""Purchasers, as they are kept."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from services.registry.bodies.records import Registered, Registration


@dataclass(frozen=True, kw_only=True)
class Purchaser(Registered):
    """A body that may buy under the rulebook; `attributes` are those it has shown."""

    sort: ClassVar[str] = "purchaser"
    facts: ClassVar[tuple[str, ...]] = ("title", "jurisdiction", "kind", "attributes", "opts_in")

    state: Registration = Registration.REGISTERED
    attributes: list[str]
    opts_in: bool
    rulebook: str
    registered_by: UUID
