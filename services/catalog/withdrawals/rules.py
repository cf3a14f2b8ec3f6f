"""Who takes a project out of the pool.

IC12-12.1  incompatible posts are separated: who proposes it does not confirm it
"""

from uuid import UUID

from services.catalog.rulebook import WithdrawalSection
from shared.law.decision import Decision, decide, of_person


def may_withdraw(proposed_by: UUID, confirmer: UUID, section: WithdrawalSection) -> Decision[UUID]:
    """Another person confirms than the one who proposed it."""
    apart = section.incompatible_posts_separated.clause
    return decide([of_person("confirmer_is_proposer", apart, confirmer != proposed_by)], confirmer)
