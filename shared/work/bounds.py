"""How many rows of a kind one record may get, and an answer shows: no detail grows without end.

What is counted is what lasts. What has ended or was corrected since never keeps a record from its next act: an answer
shows the latest of such a history, and the journal has all of it.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

from shared.work.database import WrongState

MOST: Final = 200
"""As many as a list shows on one page."""
Row = TypeVar("Row")


def must_have_room(there: int, more: int = 1) -> None:
    """Raises WrongState where so many more would be too many. `there`: those that last; ending one makes room."""
    if there + more > MOST:
        raise WrongState("full", "room_left")


def latest(history: Sequence[Row]) -> Sequence[Row]:
    """As much of a history, oldest first, as an answer shows."""
    return history[-MOST:]
