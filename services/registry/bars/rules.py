"""On which grounds and for how long a provider may be barred.

GPL-77.1, GPR-72.1  twelve grounds bring a ban of one to three years from all government procurement
GPR-73.1            so does a complaint built on invention, false material or unlawfully gained evidence
SME46-11.1          so does a false declaration of a small or medium enterprise, which counts as false material
SH15-2.5.9, 2.5.10  fraud, false claims and other unlawful acts bring the blacklist, for three years
CD17-38.2           a breach is handled on a decision document, which stays on the record
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from services.registry.rulebook import BarSection, separation
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person
from shared.law.rulebook import Items


@dataclass(frozen=True, slots=True)
class Order:
    """A bar as proposed: its ground, its length in months, and the decision document's hash."""

    ground: str
    months: int
    document_hash: str | None


def may_bar(order: Order, section: BarSection) -> Decision[Clause]:
    """May a provider be barred so? The outcome is the clause that names the ground."""
    clause = _grounds(order.ground, section).clause(order.ground)
    return decide(list(_findings(order, clause, section)), clause)


def may_confirm_bar(proposed_by: UUID, confirmer: UUID, clause: Clause, section: BarSection) -> Decision[UUID]:
    """A bar takes two persons."""
    apart = separation(section.incompatible_posts_separated, clause)
    return decide([of_person("confirmer_is_proposer", apart, confirmer != proposed_by)], confirmer)


def _grounds(ground: str, section: BarSection) -> Items:
    return section.blacklist_grounds if ground in section.blacklist_grounds else section.ban_grounds


def _findings(order: Order, clause: Clause, section: BarSection) -> Iterator[Finding]:
    grounds = _grounds(order.ground, section)
    yield finding("bar_ground_not_listed", clause, order.ground in grounds, ground=order.ground, listed=list(grounds))
    fixed = section.blacklist_years
    if fixed is not None and order.ground in section.blacklist_grounds:
        needed = 12 * fixed.value
        yield finding("bar_of_other_length", fixed.clause, order.months == needed, months=order.months, needed=needed)
    else:
        least, most = 12 * section.ban_min_years.value, 12 * section.ban_max_years.value
        yield finding("bar_too_short", section.ban_min_years.clause, order.months >= least, least=least)
        yield finding("bar_too_long", section.ban_max_years.clause, order.months <= most, most=most)
    document = section.penalty_document_required.clause
    yield finding("penalty_document_missing", document, order.document_hash is not None)
