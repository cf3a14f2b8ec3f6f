"""Events of awards that are for the record alone."""

from typing import ClassVar, Literal

from shared.events.tendering import InternalTenderingEvent


class AwardWithdrawn(InternalTenderingEvent):
    """The award of a round stands no more, and no contract comes of it: `ground` says why, `findings` is SHA-256 over
    the clauses cited."""

    name: ClassVar[str] = "award_withdrawn"

    lot: int
    round: int
    ground: str
    findings: str | None = None


class AwardAnswered(InternalTenderingEvent):
    """Registry or catalog answered: the round's `state`, and its `cover` by the budget. `findings` is SHA-256 over what
    they found."""

    name: ClassVar[str] = "award_answered"

    lot: int
    round: int
    state: str
    cover: str | None = None
    findings: str


class AwardReasonsGiven(InternalTenderingEvent):
    """The references that the registry found were answered by reasons."""

    name: ClassVar[str] = "award_reasons_given"

    lot: int
    round: int
    acknowledged: list[str]
    facts: str | None = None
    givers: str | None = None


class AwardReasonsCorrected(InternalTenderingEvent):
    """Another person set the reasons of an award right: `correction` holds the hash of what they were and are."""

    name: ClassVar[str] = "award_reasons_corrected"

    lot: int
    round: int
    number: int
    facts: str
    correction: str
    givers: str | None = None


class AwardChoiceMade(InternalTenderingEvent):
    """After a blocked award: the next in rank, or no award; it counts when another person has confirmed it, and is void
    where `withdrawn`."""

    name: ClassVar[str] = "award_choice_made"

    lot: int
    round: int
    choice: Literal["next", "fail"]
    confirmed: bool
    withdrawn: bool = False
