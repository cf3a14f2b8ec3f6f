"""Events of opening that are for the record alone."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.tendering import InternalTenderingEvent


class OpenedOffer(BaseModel):
    """Whose bid it is, what it asks (CNY) and what it holds, as SHA-256 over the salt that was sealed with it and its
    content: whoever has both can tell later that neither was changed."""

    model_config = ConfigDict(frozen=True)

    bid_id: UUID
    provider_id: UUID
    content: str
    price: Decimal | None = None


class OpeningProposed(InternalTenderingEvent):
    """One person asks to open the frozen list, which begins an opening act; it opens nothing before enough openers
    gave their shares to the act and another person confirms it. `withdrawn`: the act is over, its shares are gone."""

    name: ClassVar[str] = "opening_proposed"

    act_id: UUID | None = None
    withdrawn: bool = False


class OpeningShareGiven(InternalTenderingEvent):
    """An opener gave their share to the opening act; so many are there now."""

    name: ClassVar[str] = "opening_share_given"

    act_id: UUID
    opener: UUID
    shares: int
    threshold: int


class OpeningAbandoned(InternalTenderingEvent):
    """Too few openers can be had: the bids cannot be opened. It counts when another person has confirmed it, and is not
    said any more where `withdrawn`."""

    name: ClassVar[str] = "opening_abandoned"

    shares: int
    threshold: int
    confirmed: bool
    withdrawn: bool = False


class OffersOpened(InternalTenderingEvent):
    """The readable offers of an opening, for the audit alone."""

    name: ClassVar[str] = "offers_opened"

    offers: list[OpenedOffer]
