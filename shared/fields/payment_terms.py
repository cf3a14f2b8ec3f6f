"""The terms of a payment line: its part of a price, what it waits for, and when it is then paid. One shape for every
service: what a body, an event, a rule or a record says of a line builds on it, or takes its words from here.
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

LineKind = Literal["advance", "instalment", "final"]
"""The purchaser's word for a line; it decides nothing."""
Gate = Literal["acceptance", "assessment", "evaluation", "contract"]
"""What a line waits for: a result, or the contract alone."""
Bands = tuple[tuple[Decimal, Decimal], ...]
"""Pairs of a score from which on (in points, inclusive), and the share then paid; highest score first."""


class LineTerms(BaseModel):
    """What every payment line says, also one of a draft that leaves its days to those for all. `period`: the period of
    service that it pays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    kind: LineKind
    amount: Decimal
    gate: Gate
    period: int | None = None

    @property
    def is_advance(self) -> bool:
        """Whether it is paid although nothing has been delivered or found, whatever it is called."""
        return self.gate == "contract"


class PaymentTerms(LineTerms):
    """The terms of a line in full, `amount` in CNY. Below the last of its bands nothing is paid until re-assessed."""

    due_days: int = 30
    bands: Bands = ()

    @classmethod
    def of(cls, said: "PaymentTerms") -> Self:
        """The terms alone, whatever else was said with them."""
        return cls(**{name: getattr(said, name) for name in cls.model_fields})

    @property
    def pays_from(self) -> Decimal | None:
        """The score from which anything at all is paid; None where it pays by no bands."""
        return min((score for score, _ in self.bands), default=None)
