"""What a receipt must show, and who may say what.

CD17-29.2  what is paid carries the treasury's reference
IC12-12.1  that an order came back, entered by hand, takes two persons; so does the correction of a receipt
"""

from uuid import UUID

from services.contracts.rulebook import PaymentSection
from shared.fields.text import told_apart_by
from shared.law.decision import Decision, decide, finding, of_person


def may_settle(treasury_reference: str | None, section: PaymentSection) -> Decision[str]:
    """May a payment be entered as made? Where the law asks for it, only with the treasury's reference."""
    reference, rule = treasury_reference or "", section.treasury_reference_required
    told = rule is None or told_apart_by(reference) != ""
    found = [] if rule is None else [finding("treasury_reference_missing", rule.clause, told)]
    return decide(found, reference)


def may_confirm_return(said_by: UUID, person: UUID, section: PaymentSection) -> Decision[UUID]:
    """Another person confirms that the order came back than the one who said it: it is asked for and paid again."""
    rule = section.incompatible_posts_separated
    return decide([of_person("returned_alone", rule.clause, person != said_by)], person)


def may_correct(recorded_by: UUID, person: UUID, section: PaymentSection) -> Decision[UUID]:
    """Another person corrects a receipt than the one who entered it."""
    rule = section.incompatible_posts_separated
    return decide([of_person("corrected_alone", rule.clause, person != recorded_by)], person)
