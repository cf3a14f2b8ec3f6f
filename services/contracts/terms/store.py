"""Queries about terms: what stood at the end of the year before, and the money of the next."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from services.contracts.contracts.records import Contract
from services.contracts.contracts.store import find_contract, reasoned_clauses
from services.contracts.payments.records import PaymentLine, ResultTold
from services.contracts.payments.store import lines_of, result_of
from services.contracts.tables import budgets, results
from services.contracts.terms.records import YearBudget
from services.contracts.terms.rules import Assessed, Cover, Evaluated, Renewal
from shared.work.database import Transaction

_OF_CONTRACT = (results.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid), results.c.confirmed)
_EVALUATION = (
    sa.select(results)
    .where(*_OF_CONTRACT, results.c.kind == "evaluation")
    .order_by(results.c.concluded_on.desc(), results.c.source_version.desc())
    .limit(1)
)
_UNGATED = sa.select(results.c.score).where(*_OF_CONTRACT, results.c.kind == "assessment", results.c.line_id.is_(None))
_BUDGET = sa.select(budgets).where(
    budgets.c.project_id == sa.bindparam("project_id", type_=sa.Uuid),
    budgets.c.year == sa.bindparam("of_year", type_=sa.Integer),
    budgets.c.amount > 0,
)


async def renewal_of(tx: Transaction, previous: Contract, starts_on: date, ends_on: date, reasoned: bool) -> Renewal:
    """What is known of the year before when the next one is to be contracted. The latest evaluation counts; an
    assessment that gates no payment has no mark to pass."""
    lines = [line for line in await lines_of(tx, previous.id) if line.gate == "assessment"]
    gated = [_assessed(line) for line in lines if line.result_id is not None]
    others = [Assessed(score, None) for (score,) in await tx.all(_UNGATED, contract_id=previous.id)]
    evaluation = await tx.one(_EVALUATION, ResultTold, contract_id=previous.id)
    return Renewal(
        service_years=previous.service_years,
        service_from=previous.service_from,
        starts_on=starts_on,
        ends_on=ends_on,
        assessments=(*gated, *others),
        unassessed_lines=len(lines) - len(gated),
        evaluation=_evaluated(evaluation) if evaluation else None,
        reasoned=reasoned,
    )


def _evaluated(told: ResultTold) -> Evaluated:
    """An evaluation is concluded with both."""
    assert told.score is not None
    assert told.grade is not None
    return Evaluated(told.score, told.grade)


def _assessed(kept: PaymentLine) -> Assessed:
    result = result_of(kept)
    score = result.score if result and result.score is not None else Decimal("0.00")
    return Assessed(score, kept.terms.pays_from)


async def renewal_before_signing(tx: Transaction, contract: Contract, reason_clause: str | None) -> Renewal | None:
    """The same question again when a renewal is signed; None for a contract that renews nothing."""
    if contract.renews is None:
        return None
    previous = await find_contract(tx, contract.renews)
    reasoned = reason_clause in await reasoned_clauses(tx, contract.id)
    return await renewal_of(tx, previous, contract.starts_on, contract.ends_on, reasoned)


async def cover_of(tx: Transaction, project_id: UUID, year: int, needed: Decimal, own: Decimal | int = 0) -> Cover:
    """The year's approved budget beside what is needed and what others hold; `own` is what is held for this already."""
    budget = await tx.one(_BUDGET, YearBudget, project_id=project_id, of_year=year)
    if budget is None:
        return Cover(year, None, needed)
    return Cover(year, budget.amount, needed, budget.committed - own)
