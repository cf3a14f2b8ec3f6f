"""On which grounds a procurement ends before it has a result.

D87-25.1             a faulty file or notice is mended and tendered again; once a result is announced it stands
D87-29.1, C214-35.1  the task is cancelled by a major event
GPL-36.1, C214-34.1  an unlawful act touches its fairness
IC12-33.2            who proposes the end does not confirm it

How many have bid is no fact of this rule: before the closing its answer would tell it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.tendering.rulebook import CancellationSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person

FAULTY_FILE = "faulty_file"
TASK_CANCELLED = "task_cancelled"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A procurement to be ended: on what ground, whether its result is announced, by whom, and
    who confirms it (None while it is only proposed)."""

    ground: str
    announced: bool
    proposed_by: UUID
    confirmed_by: UUID | None = None


def may_cancel(cancellation: Cancellation, section: CancellationSection, today: date) -> Decision[Clause]:
    """May it end so? The outcome is the clause by which it then ends."""
    grounds = section.end_grounds
    return decide(list(_findings(cancellation, section)), grounds.clause(cancellation.ground))


def _findings(cancellation: Cancellation, section: CancellationSection) -> Iterator[Finding]:
    grounds, ground = section.end_grounds, cancellation.ground
    clause = grounds.clause(ground)
    yield finding("ground_not_listed", clause, ground in grounds, ground=ground, listed=list(grounds))
    if ground == FAULTY_FILE:
        yield finding("result_announced", clause, not cancellation.announced, ground=ground)
    if cancellation.confirmed_by is not None and "cancellation" in section.two_person_acts:
        two = section.two_person_acts.clause("cancellation")
        yield of_person("confirmer_is_proposer", two, cancellation.confirmed_by != cancellation.proposed_by)
