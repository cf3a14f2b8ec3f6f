"""How the public is asked about a requirement, and what becomes of its answers.

CD17-15.2             by procurement network, official media, questionnaire; a further channel with a reason
CD17-15.3             each answer is adopted, or not adopted for a reason
IC12-12.1             incompatible posts are separated: who opened a consultation does not withdraw it, and who decided
                      on an answer does not correct the decision
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from services.catalog.rulebook import ConsultationSection
from shared.law.decision import Decision, Finding, decide, finding, of_person


def open_consultation(
    channels: Sequence[str], reason: str | None, section: ConsultationSection
) -> Decision[Sequence[str]]:
    """May the public be asked this way?"""
    return decide(list(_opening_findings(channels, reason, section)), channels)


def _opening_findings(channels: Sequence[str], reason: str | None, section: ConsultationSection) -> Iterator[Finding]:
    listed = section.consultation_channels
    if listed:
        admitted = all(name in listed or (listed.open and bool(reason)) for name in channels)
        yield finding("channel_missing", listed.clause(""), len(channels) > 0)
        yield finding("channel_without_reason", listed.clause(""), admitted)


def withdraw_consultation(opened_by: UUID, person: UUID, section: ConsultationSection) -> Decision[UUID]:
    """Another person takes it back than the one who opened it."""
    apart = section.incompatible_posts_separated.clause
    return decide([of_person("opener_withdraws", apart, person != opened_by)], person)


def dispose(adopted: bool, reason: str | None, section: ConsultationSection) -> Decision[bool]:
    """What is not adopted is so for a reason."""
    return decide(list(_disposition_findings(adopted, reason, section)), adopted)


def correct_disposition(
    disposed_by: UUID, person: UUID, adopted: bool, reason: str | None, section: ConsultationSection
) -> Decision[bool]:
    """Another person sets the decision right than the one who took it; it is one like the first."""
    apart = section.incompatible_posts_separated.clause
    another = of_person("disposer_corrects", apart, person != disposed_by)
    return decide([another, *_disposition_findings(adopted, reason, section)], adopted)


def _disposition_findings(adopted: bool, reason: str | None, section: ConsultationSection) -> Iterator[Finding]:
    rule = section.feedback_disposition_required
    if rule is not None:
        yield finding("reason_missing", rule.clause, adopted or bool(reason))
