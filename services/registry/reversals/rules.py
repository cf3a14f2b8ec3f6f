"""Who takes back what two persons confirmed.

GPL-77.1, GPR-72.1, SH15-2.5.10  a bar has its time, and no text shortens one that is right. Reading: one that was
                                 entered wrongly, or whose decision the authority, a reconsideration or a court revoked,
                                 has no ground any more; it is taken back on a document, and what it did stays readable
IC12-12.1                        what takes two persons is undone by two
GPL-77.1                         so is what stands against a provider because a contract was ended for its breach, or
                                 misconduct was found, where that was a mistake: no other decision would ever end it
"""

from uuid import UUID

from services.registry.rulebook import BarSection, StandingSection, separation
from shared.law.decision import Clause, Decision, decide, of_person


def may_confirm(
    proposed_by: UUID, confirmer: UUID, otherwise: Clause, section: BarSection | StandingSection
) -> Decision[UUID]:
    """Another person confirms a reversal than the one who proposed it. `otherwise`: the clause of what is taken back,
    for texts that keep no desks apart."""
    clause = separation(section.incompatible_posts_separated, otherwise)
    return decide([of_person("confirmer_is_proposer", clause, confirmer != proposed_by)], confirmer)
