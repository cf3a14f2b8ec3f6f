"""How explanations look: to the panel, the purchaser's side and the bidder; never to another bidder."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.web.http import View


class ExplanationView(View):
    """A price that was asked about: until when an answer counts, what was answered, and whether the panel found the
    price proven (null: not yet decided)."""

    id: UUID
    version: int
    procurement_id: UUID
    bid_id: UUID
    asked_at: datetime
    answer_until: datetime
    answered_at: datetime | None
    text: str | None
    proven: bool | None
    decided_at: datetime | None


class GivenAnswerView(BaseModel):
    """What a bidder said of its price; `reason` says why it took the place of the one before."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    text: str
    given_at: datetime
    reason: str | None


class PriceLookView(View):
    """What a member said of a low price; the member's last `number` counts."""

    bid_id: UUID
    person_id: UUID
    number: int
    needless: bool
    reason: str
    given_at: datetime
