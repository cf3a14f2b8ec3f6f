"""When scores are opened again after the sums are drawn, and what may change then.

D87-64.1   nobody changes a result once it is summed but on four grounds: a wrong sum, points outside the published
           levels, objective factors that members scored unlike, and points that the panel finds abnormal; it is the
           same panel that scores again
C214-32.1  so in a consultation, where all members have to find points abnormal

Reading: a name given to a fault opens nothing. What the machine can see of a ground, it looks for: another sum, points
that no level has, members who gave unlike points. What is objective or abnormal is for the panel to find. Only the
points named as faulty may be others on the next sheet.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.tendering.files.contents import Factor
from services.tendering.rulebook import RescoringSection
from services.tendering.scores.rules import Sheet
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person

Fault = tuple[UUID, UUID, str]
"""Points at fault: whose, for which bid, on which factor."""


@dataclass(frozen=True, slots=True)
class Reopening:
    """Scores to be opened again: on what ground, which points are at fault, by whom; the sheets that
    count by member, the factors that members score, and whether another sum comes of the same points."""

    ground: str
    faults: frozenset[Fault]
    person: UUID
    sheets: Mapping[UUID, Sheet]
    factors: tuple[Factor, ...]
    other_sum: bool


def may_reopen(reopening: Reopening, section: RescoringSection, today: date) -> Decision[Clause]:
    """May the panel be asked about these points? The outcome is the clause of the ground."""
    grounds = section.score_change_grounds
    return decide(list(_reopening(reopening, section)), grounds.clause(reopening.ground))


def _reopening(reopening: Reopening, section: RescoringSection) -> Iterator[Finding]:
    grounds, ground = section.score_change_grounds, reopening.ground
    clause = grounds.clause(ground)
    yield finding("ground_not_listed", clause, ground in grounds, ground=ground, listed=list(grounds))
    missing = sum((bid, code) not in reopening.sheets.get(member, {}) for member, bid, code in reopening.faults)
    yield finding("points_not_given", clause, missing == 0, missing=missing)
    named = bool(reopening.faults) != (ground == "wrong_sum")
    yield finding("faults_not_named", clause, named, ground=ground)
    yield finding("fault_not_found", clause, missing > 0 or _found(reopening), ground=ground)
    scorers = {member for member, _, _ in reopening.faults}
    yield of_person("scorer_reopens", clause, reopening.person not in scorers)


def _found(reopening: Reopening) -> bool:
    """Whether the points show what the ground says; what is abnormal no points show."""
    match reopening.ground:
        case "wrong_sum":
            return reopening.other_sum
        case "out_of_range":
            levels = {one.code: {level.points for level in one.levels} for one in reopening.factors}
            given = [(code, reopening.sheets[who][bid, code]) for who, bid, code in reopening.faults]
            return all(points not in levels.get(code, ()) for code, points in given)
        case "unequal_objective":
            return all(len(_given(reopening, bid, code)) > 1 for _, bid, code in reopening.faults)
        case _:
            return True


def _given(reopening: Reopening, bid: UUID, code: str) -> set[Decimal]:
    return {sheet[bid, code] for sheet in reopening.sheets.values() if (bid, code) in sheet}


def found(voices: Collection[bool], members: int, ground: str, section: RescoringSection) -> bool:
    """Whether the panel has found the fault: by its majority, or by all where the text asks for all."""
    agree = sum(voices)
    everybody = ground == "abnormal" and section.abnormal_found_by.value == "all"
    return agree == members if everybody else 2 * agree > members


def out_of_reach(voices: Collection[bool], members: int, ground: str, section: RescoringSection) -> bool:
    """Whether the panel no longer finds it, whatever those say who have not spoken yet."""
    unsaid = members - len(voices)
    return not found([*voices, *[True] * unsaid], members, ground, section)


def within_faults(
    sheet: Sheet,
    before: Sheet,
    faults: Collection[tuple[UUID, str]],
    section: RescoringSection,
    today: date,
) -> Decision[Sheet]:
    """A sheet given again is another one only where its points were found at fault; a member who gave none
    before, and takes the place of one whom an interest keeps away, scores as any does."""
    others = {place for place, points in sheet.items() if before.get(place, points) != points} - set(faults)
    changed = sorted({code for _, code in others})
    clause = section.score_change_grounds.opening
    return decide([finding("score_not_reopened", clause, not changed, factors=changed)], sheet)
