"""Events of notices that are for the record alone."""

from datetime import datetime
from typing import ClassVar

from shared.events.tendering import InternalTenderingEvent


class ClosingChangeProposed(InternalTenderingEvent):
    """One person proposes a later closing, which changes nothing before another confirms it; or it is not proposed any
    more (`withdrawn`)."""

    name: ClassVar[str] = "closing_change_proposed"

    closes_at: datetime
    withdrawn: bool = False
