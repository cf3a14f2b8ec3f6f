"""Who ends a declared interest, and until when it still counts.

GPR-9.1  who is with a supplier, or was within the years named, keeps away. Reading: what was declared counts until that
         time has passed since its last day, which is not before the day of the declaration; another person than the one
         it is about, and than who declared it, says that it has ended, or that it was declared wrongly and never was
"""

from uuid import UUID

from shared.law.decision import Clause, Decision, decide, of_person


def may_end(person: UUID, about: UUID, declared_by: UUID, clause: Clause) -> Decision[UUID]:
    """May this person say that the interest has ended? `clause`: who keeps away."""
    return decide([of_person("ended_by_another", clause, person not in (about, declared_by))], person)
