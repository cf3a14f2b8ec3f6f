"""What catalog's journal says of money: budget lines, and what was asked for and approved on them."""

from shared.events.catalog import BudgetApproved, BudgetLineOpened, BudgetReturned, BudgetSubmitted
from shared.recorded import ACTOR, Is, Rows, Says

LINES = Rows("budget_lines", "SELECT id, code, year, amount FROM budget_lines", ("id",), whole=True)
BUDGETS = Rows(
    "budgets",
    "SELECT id, project_id, year, amount, adjusts, submitted_by, reviewed_by, state FROM budgets",
    ("id",),
    whole=True,
)

RECORDED = (
    Says(BudgetLineOpened, LINES, {"id": "line_id"}, {"code": "code", "year": "year", "amount": "amount"}),
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
        },
    ),
    Says(BudgetReturned, BUDGETS, {"id": "budget_id"}, {"state": Is("returned"), "reviewed_by": ACTOR}),
    Says(
        BudgetApproved,
        BUDGETS,
        {"id": "budget_id"},
        {"amount": "amount", "state": Is("approved"), "reviewed_by": ACTOR},
    ),
    Says(BudgetApproved, BUDGETS, {"id": "adjusts"}, {"state": Is("replaced")}, begins=False),
)
