"""What waits about money: projects in the pool without a budget, and budgets to review."""

import sqlalchemy as sa

from services.catalog.budgets.records import BudgetState
from services.catalog.projects.records import ProjectState
from services.catalog.projects.tasks import PROJECT, of_project
from services.catalog.rulebook import BudgetSection, ClearanceSection
from services.catalog.tables import budgets, projects
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, POST, Books, Kind, among, clause_of

_p = projects.c
_b = budgets.c
BUDGET = of_project("budget", budgets, "/v1/budgets/{}")
SAME_LEVEL = Books("same_level", lambda book: book.section(BudgetSection).budget_review_same_level is not None)


def _money(book: Rulebook) -> Clause | None:
    return clause_of(book.section(BudgetSection).budget_review_same_level)


_asked_for_money = sa.exists().where(
    _b.project_id == _p.id, among(_b.state, BudgetState.SUBMITTED, BudgetState.APPROVED)
)

KINDS = (
    Kind(
        "submit_budget",
        {"submit_budget"},
        PROJECT,
        sa.and_(_p.state == ProjectState.POOLED, ~_asked_for_money),
        _p.organisation,
        law=lambda book: clause_of(book.section(ClearanceSection).budget_line_required),
    ),
    Kind(
        "review_budget",
        {"review_budget"},
        BUDGET,
        sa.and_(_b.state == BudgetState.SUBMITTED, _p.state != ProjectState.DECLINED, _b.submitted_by != ME),
        desk=sa.and_(
            POST.c.organisation != _b.organisation,
            sa.or_(~SAME_LEVEL.govern(_p.rulebook), POST.c.place == _b.jurisdiction),
        ),
        law=_money,
        books=(SAME_LEVEL,),
    ),
)
