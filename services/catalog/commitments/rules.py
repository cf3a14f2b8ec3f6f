"""Whether a project's budget of a year still holds what an award or a renewal asks of it.

CD17-4.1, D102-14.1    what is bought is paid from the budget, so an award takes no more than is left of it
CD17-23.4, D102-24.1   a further year is signed when that year's budget covers it
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.catalog.rulebook import CommitmentSection
from shared.law.decision import Decision, decide, finding


@dataclass(frozen=True, slots=True)
class Asked:
    """What is needed of the year's budget, what finance approved of it (None: nothing), and what others hold; CNY."""

    year: int | None
    needed: Decimal
    budget: Decimal | None
    held_by_others: Decimal
    renewal: bool

    @property
    def left(self) -> Decimal:
        return Decimal("0.00") if self.budget is None else self.budget - self.held_by_others


def commit(asked: Asked, section: CommitmentSection) -> Decision[Asked]:
    """May the money be committed?"""
    rule = section.yearly_budget_cover_required if asked.renewal else section.budget_line_required
    code = "year_not_covered" if asked.renewal else "award_not_covered"
    facts: dict[str, Any] = {
        "year": "none" if asked.year is None else asked.year,
        "budget": "none" if asked.budget is None else asked.budget,
        "committed": asked.held_by_others,
        "needed": asked.needed,
    }
    return decide([finding(code, rule.clause, asked.needed <= asked.left, **facts)], asked)
