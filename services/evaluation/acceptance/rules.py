"""When a delivery may be accepted.

CD17-17.3, 25.1 to 25.3: see conduct/rules.py
CD17-26.1  a continuing public service is accepted by assessing it, not by one acceptance of a delivery
ZH21-26.1  without a satisfaction result of the people served nothing is accepted
ZH21-27.2  members of the two committees give an opinion
ZH21-27.3  residents' representatives give their own
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.evaluation.conduct.rules import (
    Conductor,
    Occasion,
    conductor_findings,
    corrector_finding,
    occasion_findings,
)
from services.evaluation.opinions.rules import opinion_findings
from services.evaluation.rulebook import AcceptanceSection
from shared.law.decision import Decision, Finding, decide, finding


@dataclass(frozen=True, slots=True)
class Service:
    """What is bought: `continuous` or `deliverable`, and its class where the city has classes."""

    nature: str
    service_class: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the acceptance found: passed or not, with the opinions heard and the satisfaction in points, if known."""

    passed: bool
    opinions: Set[str]
    satisfaction: Decimal | None


def open_acceptance(conductor: Conductor, service: Service, section: AcceptanceSection) -> Decision[Conductor]:
    """May this person begin the acceptance of a delivery of this service?"""
    findings = [*conductor_findings(conductor, section), *_mode_findings(service, section)]
    return decide(findings, conductor)


def _mode_findings(service: Service, section: AcceptanceSection) -> Iterator[Finding]:
    mode = section.continuous_acceptance_mode
    if mode is not None:
        by_mode = service.nature == "continuous" and str(service.service_class) in section.continuous_acceptance_classes
        yield finding("continuous_service_is_assessed", mode.clause, not by_mode, mode=mode.value)


def conclude_acceptance(
    conductor: Conductor, occasion: Occasion, outcome: Outcome, section: AcceptanceSection
) -> Decision[bool]:
    """May it be concluded, passed or failed? Satisfaction is asked for what passes."""
    findings = [
        *conductor_findings(conductor, section),
        *occasion_findings(occasion, section),
        *_satisfaction_findings(outcome, section),
        *opinion_findings(outcome.opinions, section.committee_opinion_required, section.residents_opinion_required),
    ]
    return decide(findings, outcome.passed)


def correct_acceptance(
    conductor: Conductor, occasion: Occasion, outcome: Outcome, given_by: UUID, section: AcceptanceSection
) -> Decision[bool]:
    """May what another person concluded be set right so? It rests on all that a conclusion rests on."""
    concluded = conclude_acceptance(conductor, occasion, outcome, section)
    return decide([*concluded.findings, corrector_finding(conductor.person, given_by, section)], outcome.passed)


def _satisfaction_findings(outcome: Outcome, section: AcceptanceSection) -> Iterator[Finding]:
    required, floor = section.satisfaction_required, section.satisfaction_floor
    if required is None or not outcome.passed:
        return
    given = outcome.satisfaction
    yield finding("satisfaction_missing", required.clause, given is not None)
    if floor is not None and given is not None:
        yield finding("satisfaction_below_floor", floor.clause, given >= floor.value, given=given, floor=floor.value)
