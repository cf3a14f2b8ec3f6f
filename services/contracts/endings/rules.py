"""How a contract ends before its term.

GPL-50.1  neither side ends it alone: another person confirms, for an ending by agreement one of the provider's
"""

from uuid import UUID

from services.contracts.rulebook import EndingSection
from shared.law.decision import Decision, decide, of_person


def may_end(proposed_by: UUID, confirmer: UUID, section: EndingSection) -> Decision[UUID]:
    """Another person confirms than the one who proposed, whatever posts either holds."""
    rule = section.unilateral_change_allowed
    return decide([of_person("ended_alone", rule.clause, confirmer != proposed_by)], confirmer)
