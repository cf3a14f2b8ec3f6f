"""Payment lines for tests of rules."""

from decimal import Decimal
from typing import Any

from shared.fields.payment_terms import PaymentTerms


def line(number: int, kind: Any, amount: Decimal, gate: Any, **given: Any) -> PaymentTerms:
    return PaymentTerms(number=number, kind=kind, amount=amount, gate=gate, **given)


def but(terms: PaymentTerms, **changes: Any) -> PaymentTerms:
    """The same line, but for this."""
    return PaymentTerms(**{**terms.model_dump(), **changes})
