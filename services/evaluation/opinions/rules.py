"""Whose opinion has to be there.

ZH21-27.2  members of the two community committees take part and give an opinion
ZH21-27.3  representatives of the residents take part and give their own opinion
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from services.evaluation.opinions.records import Side
from shared.law.decision import Finding, finding
from shared.law.rulebook import Demand


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one side thinks of the service: by how many members, for or against, in their words."""

    side: Side
    agrees: bool
    members: int
    statement: str


def opinion_findings(sides: Set[str], committee: Demand | None, residents: Demand | None) -> Iterator[Finding]:
    """An opinion of each side that the text asks for; against counts as much as for."""
    if committee is not None:
        yield finding("opinion_missing", committee.clause, "committee" in sides, side="committee")
    if residents is not None:
        yield finding("opinion_missing", residents.clause, "residents" in sides, side="residents")
