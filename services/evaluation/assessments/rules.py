"""How a period is assessed, and when its result stands.

CD17-17.3, 25.1 to 25.3: see conduct/rules.py; for a continuing service the assessment is the acceptance (CD17-26.1)
CD17-26.2  assessed daily, specially, at random or by competent departments
CD17-26.3 to 26.5: third parties verify what media and citizens raise, rate, or assess as independent professionals
CD17-27.1  the result of a public service is notified          CD17-27.2  to the provider, in writing
CD17-27.3  the provider may object in the agreed window; the text gives no days, the contract or the city does

Reading: the payment stays held until the window has passed, because a result that may still be corrected stands for
nothing yet. Where the text knows no objection the result stands at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.conduct.rules import (
    Conductor,
    Occasion,
    conductor_findings,
    corrector_finding,
    occasion_findings,
)
from services.evaluation.rulebook import AssessmentSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, note


@dataclass(frozen=True, slots=True)
class Modes:
    """The ways of assessing, as the text names them; one it does not name needs a reason."""

    names: Sequence[str]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Points for a period, and the working days for objections that the contract names, if it does."""

    score: Decimal
    window: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """How many working days the provider has to object, by which clause; None where there is no objection."""

    days: int | None
    clause: Clause | None


def open_assessment(conductor: Conductor, modes: Modes, section: AssessmentSection) -> Decision[Conductor]:
    """May this person begin to assess, in these ways?"""
    return decide([*conductor_findings(conductor, section), *_mode_findings(modes, section)], conductor)


def _mode_findings(modes: Modes, section: AssessmentSection) -> Iterator[Finding]:
    own, third = section.assessment_modes, section.third_party_modes
    if not len(own):
        return
    for mode in modes.names:
        clause = third.clause(mode) if mode in third else own.clause(mode)
        listed = mode in own or mode in third
        yield finding("mode_not_listed", clause, listed or (own.open and modes.reason is not None), mode=mode)


def assess(conductor: Conductor, occasion: Occasion, result: Result, section: AssessmentSection) -> Decision[Window]:
    """May the result be notified, and how long may the provider object to it?"""
    findings = [*conductor_findings(conductor, section), *occasion_findings(occasion, section)]
    window = _window_of(occasion, result, section)
    if not _notified(occasion, section):
        return decide(findings, window)
    return decide([*findings, *_notice_findings(occasion, window, section)], window)


def _notified(occasion: Occasion, section: AssessmentSection) -> bool:
    return str(occasion.service_class) in section.assessment_notice_classes


def _window_of(occasion: Occasion, result: Result, section: AssessmentSection) -> Window:
    return _window(result, section) if _notified(occasion, section) else Window(None, None)


def correct_result(
    conductor: Conductor, occasion: Occasion, result: Result, given_by: UUID, section: AssessmentSection
) -> Decision[Window]:
    """May the result that another person gave be set right so? The provider is told again, with a window as long."""
    assessed = assess(conductor, occasion, result, section)
    another = corrector_finding(conductor.person, given_by, section)
    return decide([*assessed.findings, another], _window_of(occasion, result, section))


def _window(result: Result, section: AssessmentSection) -> Window:
    given = section.objection_window_working_days
    clause = given.clause if given is not None else section.objection_fields.clause("written_statement")
    days = result.window or (given.value if given is not None else None)
    return Window(days, clause)


def _notice_findings(occasion: Occasion, window: Window, section: AssessmentSection) -> Iterator[Finding]:
    notified = section.assessment_notice_classes.clause(str(occasion.service_class))
    yield note("result_notified", notified, service_class=occasion.service_class)
    if section.assessment_notice_written is not None:
        yield note("notified_in_writing", section.assessment_notice_written.clause)
    if window.clause is not None:
        given: dict[str, Any] = {"working_days": window.days} if window.days else {"set_by": "purchaser"}
        yield finding("objection_window_missing", window.clause, window.days is not None, **given)
