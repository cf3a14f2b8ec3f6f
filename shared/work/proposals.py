"""What waits for a second person and may be taken back.

A weighty act is proposed by one person and confirmed by another. In between it stands on its record: who proposed it,
and what they said with it. Until it is confirmed, who proposed it may take it back, and whoever may confirm it may
refuse it, by one and the same command; the record then stands as before, and anybody may propose anew. The journal
keeps both, with who did which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.work.database import WrongState
from shared.work.records import value_of


@dataclass(frozen=True, slots=True)
class Pending:
    """What a record says of an act that waits: the code of what is needed where nobody proposed it, the column of who
    did, and the columns that go with it, each with what it holds while nothing waits."""

    needed: str
    by: str
    also: Mapping[str, Any] = field(default_factory=dict)

    def taken_back(self, record: Any) -> dict[str, Any]:
        """The columns of a record of which nothing waits; raises WrongState where nobody proposed it."""
        if value_of(record, self.by) is None:
            state = value_of(record, "state")
            raise WrongState(state, self.needed)
        return {self.by: None, **self.also}
