"""Events of opening keys that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events.tendering import InternalTenderingEvent


class OpeningKeyRegistered(InternalTenderingEvent):
    """The purchaser registered the key that bids will be sealed to: its hash, and how many of which openers open."""

    name: ClassVar[str] = "opening_key_registered"

    opening_key: str
    suite: str
    threshold: int
    openers: list[UUID]
