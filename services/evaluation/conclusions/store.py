"""Queries about evaluations, their parts, results and corrections."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.conclusions.records import (
    Evaluation,
    EvaluationPart,
    EvaluationResult,
    EvaluationState,
    Part,
    PublishedEvaluation,
)
from services.evaluation.conclusions.rules import Conclusion
from services.evaluation.mandates.store import party_contract
from services.evaluation.tables import contracts, evaluation_parts, evaluation_results, evaluations
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

_EVALUATION = sa.select(evaluations).where(evaluations.c.id == sa.bindparam("id", type_=sa.Uuid))
_OF_CONTRACT = (
    sa.select(evaluations)
    .where(evaluations.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .order_by(evaluations.c.id)
)
_PARTS = sa.select(evaluation_parts).where(
    evaluation_parts.c.evaluation_id == sa.bindparam("evaluation_id", type_=sa.Uuid)
)
_DROP_PART = sa.delete(evaluation_parts).where(
    evaluation_parts.c.evaluation_id == sa.bindparam("evaluation_id", type_=sa.Uuid),
    evaluation_parts.c.part == sa.bindparam("part", type_=sa.Text),
)
_RESULTS = (
    sa.select(evaluation_results)
    .where(evaluation_results.c.evaluation_id == sa.bindparam("evaluation_id", type_=sa.Uuid))
    .order_by(evaluation_results.c.result_version)
)
_PUBLISHED = (
    sa.select(evaluations, contracts.c.reference)
    .join(contracts, contracts.c.id == evaluations.c.contract_id)
    .where(evaluations.c.state == EvaluationState.PUBLISHED)
)


async def drop_part(tx: Transaction, evaluation_id: UUID, part: Part) -> None:
    """What a party gives again before the conclusion replaces the former."""
    await tx.run(_DROP_PART, evaluation_id=evaluation_id, part=part)


async def parts_given(reader: Reader, evaluation_id: UUID) -> dict[str, Decimal]:
    given = await reader.all(_PARTS, EvaluationPart, evaluation_id=evaluation_id)
    return {each.part: each.score for each in given}


async def save_result(
    tx: Transaction,
    before: Evaluation,
    after: Evaluation,
    conclusion: Conclusion,
    person: UUID,
    *,
    correction_id: UUID | None = None,
) -> Evaluation:
    """The next version of the result, kept beside the former ones, and the evaluation as it now stands."""
    version = (before.result_version or 0) + 1
    await tx.add(
        EvaluationResult(
            evaluation_id=before.id,
            result_version=version,
            score=conclusion.score,
            grade=conclusion.grade,
            parts={name: str(points) for name, points in conclusion.parts.items()},
            decided_by=person,
            decided_on=tx.today,
            correction_id=correction_id,
        )
    )
    result = replace(after, score=conclusion.score, grade=conclusion.grade, result_version=version)
    return await tx.save(before, result)


async def read_results(reader: Reader, evaluation_id: UUID) -> list[EvaluationResult]:
    return await reader.all(_RESULTS, EvaluationResult, evaluation_id=evaluation_id)


async def latest_parts(reader: Reader, evaluation_id: UUID) -> dict[str, Decimal]:
    """The points behind the result that stands."""
    results = await read_results(reader, evaluation_id)
    return {name: Decimal(points) for name, points in results[-1].parts.items()} if results else {}


async def read_evaluation(reader: Reader, evaluation_id: UUID, scope: Scope) -> Evaluation:
    """An evaluation in full, for the parties of its contract and those who oversee them."""
    evaluation = await reader.one(_EVALUATION, Evaluation, id=evaluation_id)
    if evaluation is None:
        raise NotFound
    await party_contract(reader, evaluation.contract_id, scope)
    return evaluation


async def read_evaluations(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Evaluation]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), Evaluation, contract_id=contract_id)


async def read_published(reader: Reader, evaluation_id: UUID) -> PublishedEvaluation:
    """A published evaluation, for everybody; raises NotFound before it is published."""
    published = await reader.one(_PUBLISHED.where(evaluations.c.id == evaluation_id), PublishedEvaluation)
    if published is None:
        raise NotFound
    return published


async def list_published(
    reader: Reader, provider_id: UUID | None, after: tuple[object, ...] | None, limit: int
) -> list[PublishedEvaluation]:
    """Published evaluations, the newest first; `provider_id` keeps one provider's."""
    order = (evaluations.c.published_on, evaluations.c.id)
    statement = _PUBLISHED
    if provider_id is not None:
        statement = statement.where(evaluations.c.provider_id == provider_id)
    if after is not None:
        statement = statement.where(keyset_condition(order, after, descending=True))
    return await reader.all(statement.order_by(*(column.desc() for column in order)).limit(limit), PublishedEvaluation)
