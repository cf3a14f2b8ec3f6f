"""How awards look from outside."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.registry import CitedClause
from shared.fields.money import Money
from shared.web.http import View


class AwardView(View):
    """One round of an award: who, for how much (CNY), what the registry found, with which reasons it was answered.
    `cover`: whether the budget holds the money (asked, committed, refused). `choice` is what the purchaser's two
    persons decided after a blocked award, or one that got no contract."""

    id: UUID
    version: int
    procurement_id: UUID
    lot: int
    round: int
    bid_id: UUID
    provider_id: UUID
    amount: Money
    state: str
    cover: str | None
    findings: list[CitedClause]
    reasons: dict[str, str]
    announced_on: date | None
    choice: str | None


class ReasonsCorrectionView(BaseModel):
    """Reasons that another person set right, by clause: what they were, what they are, and why."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    was: dict[str, str]
    reasons: dict[str, str]
    why: str
    corrected_at: datetime
