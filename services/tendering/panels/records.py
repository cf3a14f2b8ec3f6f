"""Panels and who sits on them, as they are kept."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

from shared.work.records import Aggregate, Record
from shared.work.states import moves

Role = Literal["expert", "purchaser"]


@moves(begins="formed", formed="scored")
class PanelState(StrEnum):
    """Whether all who sit on it have scored."""

    FORMED = "formed"
    SCORED = "scored"


@dataclass(frozen=True, kw_only=True)
class FormedPanel(Aggregate):
    """The panel of a procurement, its experts drawn under this reference."""

    procurement_id: UUID
    draw_reference: str
    formed_by: UUID
    state: PanelState = PanelState.FORMED


@dataclass(frozen=True, kw_only=True)
class Seat(Record):
    """A member of a panel: when they declared (with an interest: the first), the interests they declared (`provider_id`
    and `ground`; one who has any does not score), and when they scored."""

    panel_id: UUID
    person_id: UUID
    role: Role
    declared_at: datetime | None = None
    interests: list[dict[str, str]] = field(default_factory=list)
    scored_at: datetime | None = None

    @property
    def declared(self) -> bool:
        return self.declared_at is not None

    @property
    def grounds(self) -> dict[UUID, str]:
        """By the provider in which they declared an interest, its ground."""
        return {UUID(each["provider_id"]): each["ground"] for each in self.interests}

    @property
    def interested(self) -> bool:
        return bool(self.interests)

    def away_before(self, instant: datetime) -> bool:
        """Whether an interest kept them away before that already."""
        return self.interested and self.declared_at is not None and self.declared_at < instant

    @property
    def scored(self) -> bool:
        return self.scored_at is not None


@dataclass(frozen=True, kw_only=True)
class Replacement(Record):
    """A member who was to score again and did not, and whose place another took: why, named by whom, who is not who
    named the panel before (`was_formed_by`)."""

    panel_id: UUID
    number: int
    person_id: UUID
    role: Role
    reason: str
    was_formed_by: UUID
    replaced_by: UUID
    replaced_at: datetime


class HeldPost(NamedTuple):
    """A post that a person ever held or will hold, with the organisation that it is now."""

    person_id: UUID
    organisation_id: UUID
    valid_from: date
    valid_until: date | None
