"""Events of cancellations that are for the record alone."""

from typing import ClassVar

from shared.events.tendering import InternalTenderingEvent


class CancellationProposed(InternalTenderingEvent):
    """A person proposed to end the procurement on this ground, or it is not proposed any more (`withdrawn`); its end is
    `ProcurementFailed`."""

    name: ClassVar[str] = "cancellation_proposed"

    ground: str
    withdrawn: bool = False
