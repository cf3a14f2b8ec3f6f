"""What catalog's journal says of money: budget lines, and what was asked for and approved on them."""

from collections.abc import Mapping
from typing import Any

from shared.events.catalog import (
    BudgetApproved,
    BudgetLineAdjusted,
    BudgetLineOpened,
    BudgetReleased,
    BudgetReturned,
    BudgetSubmitted,
    CommitmentDecided,
    CommitmentFreed,
)
from shared.road.recorded import ACTOR, ANY, Is, Nth, Rows, Says

LINES = Rows("budget_lines", "SELECT id, code, year, amount FROM budget_lines", ("id",), whole=True)
AMOUNTS = Rows(
    "line_amounts",
    "SELECT line_id, number, amount, entered_by FROM line_amounts",
    ("line_id", "number"),
    whole=True,
)
_AMOUNT = {"line_id": "line_id", "number": Nth()}
BUDGETS = Rows(
    "budgets",
    # What an approved budget has committed is the sum of what awards and contracts hold of it; else nothing said fits.
    "SELECT id, project_id, year, amount, adjusts, submitted_by, reviewed_by, state, CASE WHEN state <> 'approved'"
    " OR committed = (SELECT coalesce(sum(c.amount), 0) FROM commitments c WHERE c.key = project_id"
    " AND c.year = budgets.year) THEN committed ELSE -1 END AS committed FROM budgets",
    ("id",),
    whole=True,
)


def _committed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Budgets approved before commitments were told hold what the migration gave them, until one is told."""
    return event.get("committed", ANY)


RECORDED = (
    Says(BudgetLineOpened, LINES, {"id": "line_id"}, {"code": "code", "year": "year", "amount": "amount"}),
    Says(BudgetLineAdjusted, LINES, {"id": "line_id"}, {"amount": "amount"}),
    Says(BudgetLineOpened, AMOUNTS, _AMOUNT, {"amount": "amount", "entered_by": ACTOR}),
    Says(BudgetLineAdjusted, AMOUNTS, _AMOUNT, {"amount": "amount", "entered_by": ACTOR}),
    Says(
        BudgetSubmitted,
        BUDGETS,
        {"id": "budget_id"},
        {
            "project_id": "project_id",
            "year": "year",
            "amount": "amount",
            "adjusts": "adjusts",
            "submitted_by": ACTOR,
            "state": Is("submitted"),
            "committed": Is("0"),
        },
    ),
    Says(BudgetReturned, BUDGETS, {"id": "budget_id"}, {"state": Is("returned"), "reviewed_by": ACTOR}),
    Says(BudgetReleased, BUDGETS, {"id": "budget_id"}, {"state": Is("returned")}, begins=False),
    Says(
        BudgetApproved,
        BUDGETS,
        {"id": "budget_id"},
        {"amount": "amount", "committed": _committed, "state": Is("approved"), "reviewed_by": ACTOR},
    ),
    Says(BudgetApproved, BUDGETS, {"id": "adjusts"}, {"state": Is("replaced"), "committed": Is("0")}, begins=False),
    Says(CommitmentDecided, BUDGETS, {"id": "budget_id"}, {"committed": "committed"}, begins=False),
    Says(CommitmentFreed, BUDGETS, {"id": "budget_id"}, {"committed": "committed"}, begins=False),
)
