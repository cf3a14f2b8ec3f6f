"""Queries about projects, and about what must stand beside one for it to be cleared."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.budgets.records import Budget, BudgetState
from services.catalog.projects.records import Project, PurchaserThere, Result
from services.catalog.requirements.records import Requirement, RequirementState
from services.catalog.tables import budgets, evaluations, metadata, projects, purchasers, requirements
from shared.reading.visibility import lies_in, seen_by
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

_ID = sa.bindparam("id", type_=sa.Uuid)
_PROJECT = sa.select(projects).where(projects.c.id == _ID)
_organisations = metadata.tables["organisations"]
_PURCHASER = (
    sa.select(purchasers, _organisations.c.left_on)
    .select_from(purchasers.outerjoin(_organisations, _organisations.c.id == purchasers.c.id))
    .where(purchasers.c.id == _ID)
)
_YEAR = sa.bindparam("of_year", type_=sa.Integer)
_APPROVED = (budgets.c.project_id == _ID, budgets.c.state == BudgetState.APPROVED)
_BUDGET = sa.select(budgets).where(*_APPROVED, budgets.c.year == _YEAR)
_past = budgets.c.year < _YEAR
_TO_SPEND = (
    sa.select(budgets)
    .where(*_APPROVED, budgets.c.committed < budgets.c.amount)
    .order_by(_past, sa.case((_past, -budgets.c.year), else_=budgets.c.year))
    .limit(1)
)
_REQUIREMENT = sa.select(requirements).where(
    requirements.c.project_id == _ID, requirements.c.state == RequirementState.FINALISED
)
_RESULTS = (
    sa.select(evaluations)
    .where(evaluations.c.project_id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))))
    .order_by(evaluations.c.concluded_on.desc(), evaluations.c.id)
)


async def purchaser(reader: Reader, organisation: UUID) -> PurchaserThere | None:
    return await reader.one(_PURCHASER, PurchaserThere, id=organisation)


async def lock_project(tx: Transaction, project_id: UUID) -> Project:
    return await tx.lock_record(Project, project_id)


async def find_project(reader: Reader, project_id: UUID) -> Project | None:
    """The project without asking who wants to know: for reactions and for what hangs on a record already checked."""
    return await reader.one(_PROJECT, Project, id=project_id)


async def read_project(reader: Reader, project_id: UUID, scope: Scope) -> Project:
    """For purchaser, proposer and those who oversee them; raises NotFound."""
    project = await find_project(reader, project_id)
    if project is None or not scope.sees((project.organisation, project.proposer), project.jurisdiction):
        raise NotFound
    return project


async def approved_budget(reader: Reader, project_id: UUID, year: int) -> Budget | None:
    """The approved budget of that year."""
    return await reader.one(_BUDGET, Budget, id=project_id, of_year=year)


async def budget_to_spend(reader: Reader, project_id: UUID, this_year: int) -> Budget | None:
    """The approved budget of which something is left that comes next: this year's or the first after it, else the
    last one of before."""
    return await reader.one(_TO_SPEND, Budget, id=project_id, of_year=this_year)


async def finalised_requirement(reader: Reader, project_id: UUID) -> Requirement | None:
    return await reader.one(_REQUIREMENT, Requirement, id=project_id)


async def results(reader: Reader, project: Project) -> list[Result]:
    """Evaluations of the project and of the one it follows, latest first; the caller has read the project before."""
    return await reader.all(_RESULTS, Result, ids=_with_followed(project))


async def list_results(reader: Reader, project: Project, shown: Slice) -> list[Result]:
    """A page of them."""
    return await reader.all(shown.of(_RESULTS), Result, ids=_with_followed(project))


def _with_followed(project: Project) -> list[UUID]:
    return [project.id, *([project.follows] if project.follows else [])]


async def list_projects(
    reader: Reader, filters: dict[str, Any], scope: Scope, after: Sequence[object] | None, limit: int
) -> list[Project]:
    """Projects the reader may see, newest first. Filters: state, organisation, rulebook, jurisdiction (and below)."""
    order = (projects.c.proposed_on, projects.c.id)
    statement = sa.select(projects).where(_visible(scope)).order_by(*(column.desc() for column in order)).limit(limit)
    for name, value in filters.items():
        if name == "jurisdiction":
            statement = statement.where(lies_in(projects.c.jurisdiction, value))
        else:
            statement = statement.where(projects.c[name] == value)
    if after is not None:
        statement = statement.where(keyset_condition(order, after, descending=True))
    return await reader.all(statement, Project)


def _visible(scope: Scope) -> sa.ColumnElement[bool]:
    return seen_by(scope, projects.c.jurisdiction, projects.c.organisation, projects.c.proposer)
