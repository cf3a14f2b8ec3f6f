"""What a receipt must show.

CD17-29.2  what is paid carries the treasury's reference
"""

from services.contracts.rulebook import PaymentSection
from shared.law.decision import Decision, decide, finding


def may_settle(treasury_reference: str | None, section: PaymentSection) -> Decision[str]:
    """May a payment be entered as made? Where the law asks for it, only with the treasury's reference."""
    reference, rule = treasury_reference or "", section.treasury_reference_required
    found = [] if rule is None else [finding("treasury_reference_missing", rule.clause, bool(reference))]
    return decide(found, reference)
