"""Who may confirm a result of before Goufu."""

from uuid import UUID

from services.registry.rulebook import StandingSection, separation
from shared.law.decision import Decision, decide, of_person


def may_confirm(proposed_by: UUID | None, confirmer: UUID, section: StandingSection) -> Decision[UUID]:
    """An imported result counts once another person than the one who entered it has confirmed it."""
    text = section.evaluation_effect or section.no_major_violation_years
    clause = separation(section.incompatible_posts_separated, text.clause)
    return decide([of_person("confirmer_is_proposer", clause, confirmer != proposed_by)], confirmer)
