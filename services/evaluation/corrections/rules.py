"""Who may correct a result that stands.

IC12-12.1  incompatible posts are separated: who proposes to change a result does not approve it
"""

from uuid import UUID

from services.evaluation.rulebook import ConclusionSection
from shared.law.decision import Decision, decide, of_person


def approve_correction(proposed_by: UUID, approver: UUID, section: ConclusionSection) -> Decision[UUID]:
    """Another person approves a correction than the one who proposed it."""
    rule = section.incompatible_posts_separated
    return decide([of_person("corrector_approves", rule.clause, approver != proposed_by)], approver)
