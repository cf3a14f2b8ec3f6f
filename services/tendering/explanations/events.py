"""Events of explanations that are for the record alone."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.tendering import TenderingEvent


class _LowPrice(TenderingEvent):
    audience: ClassVar[Audience] = "internal"

    bid_id: UUID


class LowPriceQuestioned(_LowPrice):
    """A member of the panel asks how a bidder comes to its price; the answer is to be given before that instant."""

    name: ClassVar[str] = "low_price_questioned"

    answer_until: datetime


class LowPriceExplained(_LowPrice):
    """The bidder answered in writing; `text_hash` is SHA-256 over a salt and its text. `number` is more than 1 where
    another of its people set right what was said."""

    name: ClassVar[str] = "low_price_explained"

    text_hash: str
    number: int = 1


class LowPriceLookedAt(_LowPrice):
    """A member of the panel looked at a price clearly below the others and said whether it needs no explanation;
    `number` is more than 1 where the member set right what was said."""

    name: ClassVar[str] = "low_price_looked_at"

    needless: bool
    number: int = 1


class LowPriceJudged(_LowPrice):
    """A member of the panel said whether the price is proven; `decided` once the majority has, and what it said."""

    name: ClassVar[str] = "low_price_judged"

    proven: bool
    decided: bool | None = None
