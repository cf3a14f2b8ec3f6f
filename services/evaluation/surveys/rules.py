"""Which answers count, and what they add up to.

CD17-26.4  citizens rate the service; one person's second answer does not count
CD17-32.8  satisfaction is computed from the beneficiaries' own answers  (ZH21-26.1)
"""

import csv
import io
from collections.abc import Iterable, Set
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from services.evaluation.rulebook import SurveySection
from shared.law.decision import Clause, Decision, decide, finding

_YES, _NO = frozenset({"1", "true", "yes", "是"}), frozenset({"0", "false", "no", "否"})
COLUMNS = ("respondent", "satisfied", "remark")


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: a random id for who gave it, satisfied or not, and perhaps a remark."""

    respondent: UUID
    satisfied: bool
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the n-th row of a batch (from 1) does not count."""

    row: int
    code: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What of a batch counts, and what does not."""

    taken: tuple[Answered, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were asked, how many answered, how many of them are satisfied."""

    invited: int
    answers: int
    satisfied: int


def read_csv(text: str) -> list[Answered | Fault]:
    """The rows of a CSV text with the columns respondent, satisfied and (optional) remark. A text without the two
    columns is one fault in row 0, its header."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if not set(COLUMNS[:2]) <= set(rows.fieldnames or ()):
            return [Fault(0, "columns_missing")]
        return [_read_row(number, row) for number, row in enumerate(rows, 1)]
    except csv.Error:
        return [Fault(0, "unreadable")]


def _read_row(number: int, row: dict[str, str | None]) -> Answered | Fault:
    said = (row["satisfied"] or "").strip().lower()
    if said not in _YES | _NO:
        return Fault(number, "satisfied_unreadable")
    try:
        respondent = UUID((row["respondent"] or "").strip())
    except ValueError:
        return Fault(number, "respondent_unreadable")
    return Answered(respondent, said in _YES, (row.get("remark") or "").strip()[:500] or None)


def take_answers(rows: Iterable[Answered | Fault], before: Set[UUID], places: int) -> Batch:
    """Sorts a batch: a person counts once, and never more than were invited. `places`: how many may still answer."""
    taken: dict[UUID, Answered] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, Fault):
            faults.append(row)
        elif row.respondent in before or row.respondent in taken:
            faults.append(Fault(number, "answered_before"))
        elif len(taken) == places:
            faults.append(Fault(number, "more_than_invited"))
        else:
            taken[row.respondent] = row
    return Batch(tuple(taken.values()), tuple(faults))


def close_survey(counts: Counts, section: SurveySection) -> Decision[Decimal]:
    """The satisfaction in points: the share of the satisfied among those who answered, half-even to 0.01. A survey
    that nobody answered has no result."""
    answered = counts.answers > 0
    clause = satisfaction_clause(section)
    findings = [finding("nobody_answered", clause, answered, invited=counts.invited, answers=counts.answers)]
    points = Decimal(100 * counts.satisfied) / Decimal(counts.answers or 1)
    return decide(findings, points.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def satisfaction_clause(section: SurveySection) -> Clause:
    """The clause that asks for satisfaction; where the city is silent, the national one on users' opinion."""
    if "beneficiary_satisfaction" in section.evaluation_items:
        return section.evaluation_items.clause("beneficiary_satisfaction")
    return (section.satisfaction_required or section.users_opinion_required).clause
