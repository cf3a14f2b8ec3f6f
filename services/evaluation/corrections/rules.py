"""Who may correct a result that stands.

IC12-29.1  who asks for money does not approve it. Reading: a result that decides over money is changed as money is
           paid, by two persons
"""

from uuid import UUID

from services.evaluation.rulebook import ConclusionSection
from shared.law.decision import Decision, decide, of_person


def approve_correction(proposed_by: UUID, approver: UUID, section: ConclusionSection) -> Decision[UUID]:
    """Another person approves a correction than the one who proposed it."""
    rule = section.separate_payment_approval
    return decide([of_person("corrector_approves", rule.clause, approver != proposed_by)], approver)
