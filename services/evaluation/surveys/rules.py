"""Which answers count, and what they add up to.

CD17-26.4  citizens rate the service; one person's second answer does not count
CD17-32.8  satisfaction is computed from the beneficiaries' own answers  (ZH21-26.1)
GPR-45.2   it is the users who are heard: what few of them said counts with a recorded reason, and is shown as such
"""

import csv
import io
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from services.evaluation.rulebook import SurveySection
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding

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


def close_survey(counts: Counts, section: SurveySection, *, reasoned: bool = False) -> Decision[Decimal]:
    """The satisfaction in points: the share of the satisfied among those who answered, half-even to 0.01. A survey
    that nobody answered has no result, and one that few answered has one with a recorded reason."""
    answered = counts.answers > 0
    clause = satisfaction_clause(section)
    findings = [finding("nobody_answered", clause, answered, invited=counts.invited, answers=counts.answers)]
    thin = [found for found in heard_enough(counts, section) if not found.satisfied]
    findings += thin
    if answered and thin:
        findings.append(finding("reason_missing", thin[0].clause, reasoned))
    points = Decimal(100 * counts.satisfied) / Decimal(counts.answers or 1)
    return decide(findings, points.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def heard_enough(counts: Counts, section: SurveySection) -> Iterator[Finding]:
    """Whether enough of the beneficiaries were heard; a reference, which keeps nobody from going on."""
    least, share = section.survey_min_answers, section.survey_min_answered_share
    facts = {"invited": counts.invited, "answers": counts.answers}
    enough, effect = counts.answers >= least.value, Effect.REFERENCE
    yield finding("few_answered", least.clause, enough, effect=effect, least=least.value, **facts)
    enough = counts.answers >= share.value * counts.invited
    yield finding("few_of_those_asked", share.clause, enough, effect=effect, share=share.value, **facts)


def is_thin(counts: Counts, section: SurveySection) -> bool:
    return not all(found.satisfied for found in heard_enough(counts, section))


def rests_on(counts: Counts, section: SurveySection) -> Decision[Counts]:
    """What whoever rests on a survey is shown: that few were heard."""
    return decide([found for found in heard_enough(counts, section) if not found.satisfied], counts)


def satisfaction_clause(section: SurveySection) -> Clause:
    """The clause that asks for satisfaction; where the city is silent, the national one on users' opinion."""
    if "beneficiary_satisfaction" in section.evaluation_items:
        return section.evaluation_items.clause("beneficiary_satisfaction")
    return (section.satisfaction_required or section.users_opinion_required).clause
