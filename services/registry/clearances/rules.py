"""Whether a provider may be awarded or may sign, by what the register holds that day.

Who may provide (ZH21-3, CD17-3.4, DG11-7.1a, CC14-4.1, SH15-2.2, D102-6.1), the penalties and inspections on record
(DG11-7.4, GPL-22.1) and the standing (ZH21-27.6, CD17-33.3, DG11-7.4d, CC14-8.5, SH15-2.4.17) decide together. Papers
that prove ability are judged with the bid and not again here; the assessment grade is, as eligibility asks for it.
"""

from dataclasses import dataclass
from datetime import date

from services.registry.providers.rules import Candidate, condition_findings, grade_findings, register_findings
from services.registry.rulebook import ProviderSection, StandingSection
from services.registry.standing.rules import Record, standing_findings
from shared.law.decision import Decision, Finding, decide
from shared.law.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Proposal:
    """A provider proposed for an award or a signing in `place`. `acknowledged` are the clauses answered by a reason;
    None where none is asked for yet, as for a bid; `beside` the texts by which others buy there."""

    candidate: Candidate
    record: Record
    place: str
    acknowledged: frozenset[str] | None
    beside: frozenset[str] = frozenset()


def clear(proposal: Proposal, book: Rulebook, on: date) -> Decision[tuple[Finding, ...]]:
    """May the provider be used? The outcome are the references that a recorded reason answers."""
    candidate, providing = proposal.candidate, book.section(ProviderSection)
    standing = book.section(StandingSection)
    findings = [
        *register_findings(candidate, providing),
        *grade_findings(candidate, providing, on),
        *condition_findings(candidate, providing, on, of_record=True),
        *standing_findings(proposal.record, standing, proposal.place, on, proposal.acknowledged, proposal.beside),
    ]
    return decide(findings, tuple(f for f in findings if not f.satisfied))
