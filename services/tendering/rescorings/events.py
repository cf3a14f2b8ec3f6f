"""Events of rescorings that are for the record alone."""

from typing import ClassVar

from shared.events.tendering import InternalTenderingEvent


class ScoresReopened(InternalTenderingEvent):
    """Scores are to be opened again on this ground, once the panel finds the fault; `facts` is the hash of the points
    named and of the places before."""

    name: ClassVar[str] = "scores_reopened"

    number: int
    ground: str
    clause: str
    facts: str


class RescoringJudged(InternalTenderingEvent):
    """A member said whether there is the fault; with `opened` the panel has found it, and members score again."""

    name: ClassVar[str] = "rescoring_judged"

    number: int
    found: bool
    opened: bool
    panel: str | None = None


class RescoringEnded(InternalTenderingEvent):
    """The bids are ranked anew, and `changed` says whether the places are others; null: the scores stand as they
    were."""

    name: ClassVar[str] = "rescoring_ended"

    number: int
    changed: bool | None = None
    panel: str | None = None
