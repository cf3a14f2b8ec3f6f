"""Queries about evaluations, their parts, results and corrections."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.conclusions.rules import Conclusion, Part
from services.evaluation.mandates.store import party_contract
from services.evaluation.plans.store import owner
from services.evaluation.tables import contracts, evaluation_parts, evaluation_results, evaluations
from shared.fields.ids import new_id
from shared.web.paging import Slice, keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
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
    .where(evaluations.c.state == "published")
)


async def add_evaluation(
    tx: Transaction,
    contract: Row,
    duty: Row,
    organiser: str,
    added_items: list[str],
    kept_apart: UUID | None,
    person: UUID,
) -> Row:
    evaluation_id = new_id()
    await tx.insert(
        evaluations,
        id=evaluation_id,
        **owner(contract),
        duty_id=duty["id"],
        line_id=duty["line_id"],
        kind="final" if duty["final"] else "mid",
        organiser=organiser,
        added_items=added_items,
        kept_apart=kept_apart,
        opened_by=person,
        judgements={},
        attained={},
        state="open",
    )
    return await find_evaluation(tx, evaluation_id)


async def find_evaluation(reader: Reader, evaluation_id: UUID) -> Row:
    row = await reader.one(_EVALUATION, id=evaluation_id)
    if row is None:
        raise NotFound
    return row


async def set_part(tx: Transaction, evaluation: Row, part: Part, given: Mapping[str, Any]) -> None:
    """A party's points; given again before the conclusion they replace the former."""
    await tx.run(_DROP_PART, evaluation_id=evaluation["id"], part=part)
    await tx.insert(evaluation_parts, id=new_id(), evaluation_id=evaluation["id"], part=part, given_at=tx.now, **given)
    await tx.update(evaluations, evaluation["id"])


async def parts_given(reader: Reader, evaluation_id: UUID) -> dict[str, Decimal]:
    return {row["part"]: row["score"] for row in await reader.all(_PARTS, evaluation_id=evaluation_id)}


async def save_result(
    tx: Transaction,
    evaluation: Row,
    conclusion: Conclusion,
    person: UUID,
    *,
    correction_id: UUID | None = None,
    **changes: Any,
) -> Row:
    """The next version of the result, kept beside the former ones, and the evaluation as it now stands."""
    version = (evaluation["result_version"] or 0) + 1
    await tx.insert(
        evaluation_results,
        evaluation_id=evaluation["id"],
        result_version=version,
        score=conclusion.score,
        grade=conclusion.grade,
        parts={name: str(points) for name, points in conclusion.parts.items()},
        decided_by=person,
        decided_on=tx.today,
        correction_id=correction_id,
    )
    result = {"score": conclusion.score, "grade": conclusion.grade, "result_version": version}
    await tx.update(evaluations, evaluation["id"], **result, **changes)
    return await find_evaluation(tx, evaluation["id"])


async def read_results(reader: Reader, evaluation_id: UUID) -> list[Row]:
    return await reader.all(_RESULTS, evaluation_id=evaluation_id)


async def latest_parts(reader: Reader, evaluation_id: UUID) -> dict[str, Decimal]:
    """The points behind the result that stands."""
    results = await read_results(reader, evaluation_id)
    return {name: Decimal(points) for name, points in results[-1]["parts"].items()} if results else {}


async def set_published(tx: Transaction, evaluation: Row, person: UUID) -> Row:
    changes = {"state": "published", "published_by": person, "published_on": tx.today}
    await tx.update(evaluations, evaluation["id"], **changes)
    return await find_evaluation(tx, evaluation["id"])


async def read_evaluation(reader: Reader, evaluation_id: UUID, scope: Scope) -> Row:
    """An evaluation in full, for the parties of its contract and those who oversee them."""
    evaluation = await find_evaluation(reader, evaluation_id)
    await party_contract(reader, evaluation["contract_id"], scope)
    return evaluation


async def read_evaluations(reader: Reader, contract_id: UUID, shown: Slice, scope: Scope) -> list[Row]:
    await party_contract(reader, contract_id, scope)
    return await reader.all(shown.of(_OF_CONTRACT), contract_id=contract_id)


async def read_published(reader: Reader, evaluation_id: UUID) -> Row:
    """A published evaluation, for everybody; raises NotFound before it is published."""
    row = await reader.one(_PUBLISHED.where(evaluations.c.id == evaluation_id))
    if row is None:
        raise NotFound
    return row


async def list_published(
    reader: Reader, provider_id: UUID | None, after: tuple[object, ...] | None, limit: int
) -> list[Row]:
    """Published evaluations, the newest first; `provider_id` keeps one provider's."""
    order = (evaluations.c.published_on, evaluations.c.id)
    statement = _PUBLISHED
    if provider_id is not None:
        statement = statement.where(evaluations.c.provider_id == provider_id)
    if after is not None:
        statement = statement.where(keyset_condition(order, after, descending=True))
    return await reader.all(statement.order_by(*(column.desc() for column in order)).limit(limit))
