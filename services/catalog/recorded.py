"""What catalog's journal says of money, budget lines and what was asked for and approved on them, and of what is
bought."""

from collections.abc import Mapping
from typing import Any

from services.catalog.requirements.store import hash_of
from services.catalog.tables import ASKED
from shared.events.catalog import (
    BudgetApproved,
    BudgetLineAdjusted,
    BudgetLineOpened,
    BudgetReleased,
    BudgetReturned,
    BudgetSubmitted,
    CommitmentDecided,
    CommitmentFreed,
    RequirementFinalised,
    RequirementReturned,
    RequirementWritten,
)
from shared.road.recorded import ACTOR, ANY, DAY, OWNED, Is, Nth, OneOf, Rows, Says, as_json, if_told

LINES = Rows(
    "budget_lines",
    # What is allotted on a line is the fiscal part of the budgets that are approved on it.
    "SELECT *, allotted = (SELECT coalesce(sum((s ->> 'amount')::numeric), 0) FROM budgets b,"
    " jsonb_array_elements(b.sources) s WHERE b.line_id = budget_lines.id AND b.state = 'approved'"
    " AND s ->> 'kind' = 'fiscal') AS adds_up FROM budget_lines",
    ("id",),
    whole=True,
    owned=OWNED,
)
AMOUNTS = Rows(
    "line_amounts",
    "SELECT line_id, number, amount, entered_by, entered_on FROM line_amounts",
    ("line_id", "number"),
    whole=True,
)
_AMOUNT = {"line_id": "line_id", "number": Nth()}
BUDGETS = Rows(
    "budgets",
    # What an approved budget has committed is the sum of what awards and contracts hold of it; else nothing said fits.
    "SELECT id, key, jurisdiction, organisation, project_id, line_id, sources, year, amount, adjusts, submitted_by,"
    " reviewed_by, reviewed_on, state, CASE WHEN state <> 'approved'"
    " OR committed = (SELECT coalesce(sum(c.amount), 0) FROM commitments c WHERE c.key = project_id"
    " AND c.year = budgets.year) THEN committed ELSE -1 END AS committed FROM budgets",
    ("id",),
    whole=True,
    makes={"asked": ASKED},
    owned=OWNED,
)
REQUIREMENTS = Rows(
    "requirements",
    "SELECT * FROM requirements",
    ("id",),
    whole=True,
    reads={"content": lambda column: hash_of(as_json(column))},
    owned=OWNED,
)
_REQUIREMENT = {"id": "requirement_id"}


def _committed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Budgets approved before commitments were told hold what the migration gave them, until one is told."""
    return event.get("committed", ANY)


_REVIEWED = {"reviewed_by": ACTOR, "reviewed_on": DAY}

RECORDED = (
    Says(
        RequirementWritten,
        REQUIREMENTS,
        _REQUIREMENT,
        {
            "project_id": "project_id",
            "number": "requirement_version",
            "hash": "requirement_hash",
            "content": "requirement_hash",
            "written_by": ACTOR,
            "written_on": DAY,
            "state": OneOf(("written", "replaced")),
            "reviewed_by": Is(None),
            "reviewed_on": Is(None),
        },
    ),
    Says(RequirementReturned, REQUIREMENTS, _REQUIREMENT, {"state": Is("returned"), **_REVIEWED}, begins=False),
    Says(
        RequirementFinalised,
        REQUIREMENTS,
        _REQUIREMENT,
        {"state": OneOf(("finalised", "replaced")), **_REVIEWED},
        begins=False,
    ),
    Says(
        BudgetLineOpened,
        LINES,
        {"id": "line_id"},
        {"code": "code", "year": "year", "amount": "amount", "adds_up": Is(value=True)},
    ),
    Says(BudgetLineAdjusted, LINES, {"id": "line_id"}, {"amount": "amount"}),
    *(
        Says(event, AMOUNTS, _AMOUNT, {"amount": "amount", "entered_by": ACTOR, "entered_on": DAY})
        for event in (BudgetLineOpened, BudgetLineAdjusted)
    ),
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
            "reviewed_by": Is(None),
            "reviewed_on": Is(None),
            "asked": if_told("facts"),
        },
    ),
    Says(BudgetReturned, BUDGETS, {"id": "budget_id"}, {"state": Is("returned"), **_REVIEWED}),
    Says(BudgetReleased, BUDGETS, {"id": "budget_id"}, {"state": Is("returned")}, begins=False),
    Says(
        BudgetApproved,
        BUDGETS,
        {"id": "budget_id"},
        {"amount": "amount", "committed": _committed, "state": Is("approved"), **_REVIEWED},
    ),
    Says(BudgetApproved, BUDGETS, {"id": "adjusts"}, {"state": Is("replaced"), "committed": Is("0")}, begins=False),
    Says(CommitmentDecided, BUDGETS, {"id": "budget_id"}, {"committed": "committed"}, begins=False),
    Says(CommitmentFreed, BUDGETS, {"id": "budget_id"}, {"committed": "committed"}, begins=False),
)
