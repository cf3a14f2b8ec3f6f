"""Commands on evaluations: to open one, to give a party's points and the sides' opinions, to conclude, to publish."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.conclusions import rules, store
from services.evaluation.conclusions.rules import Evidence, Part
from services.evaluation.conclusions.views import evaluation_view
from services.evaluation.mandates.store import acting_for, require_organiser
from services.evaluation.opinions.handlers import record_opinion
from services.evaluation.opinions.rules import Opinion
from services.evaluation.opinions.store import sides_heard
from services.evaluation.plans.store import (
    about,
    find_duty,
    law_apart,
    lock_contract,
    move_duty,
    read_contract,
    read_targets,
)
from services.evaluation.rulebook import ConclusionSection
from services.evaluation.statements.store import keep_papers, keep_statement
from services.evaluation.surveys.handlers import rested_on
from services.evaluation.tables import evaluations
from shared.errands.notices import notify
from shared.events.evaluation import (
    EvaluationConcluded,
    EvaluationOpened,
    EvaluationPartGiven,
    EvaluationPublished,
)
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState

DUTY = "conclude_evaluation"


@dataclass(frozen=True, slots=True)
class OpenEvaluation:
    """Begins the evaluation of a line; without one, the final evaluation of the contract."""

    contract_id: UUID
    line_id: UUID | None
    added_items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivePart:
    """A party's points, the third party's with what its report covers and the report's SHA-256 in hex."""

    evaluation_id: UUID
    part: Part
    score: Decimal
    report_fields: tuple[str, ...]
    report_sha256: str | None


@dataclass(frozen=True, slots=True)
class GiveOpinion:
    """What one side thinks of the service."""

    evaluation_id: UUID
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class ConcludeEvaluation:
    """Judgements by item, attained values by indicator, the beneficiaries' survey, and the reasons in words."""

    evaluation_id: UUID
    judgements: Mapping[str, str]
    attained: Mapping[str, Decimal]
    survey_id: UUID | None
    reasons: str | None


@dataclass(frozen=True, slots=True)
class PublishEvaluation:
    """Puts the result before the public."""

    evaluation_id: UUID


async def open_evaluation(call: Call, command: OpenEvaluation) -> Answer:
    async with call.transaction() as tx:
        contract = await lock_contract(tx, command.contract_id)
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        organiser, _ = await acting_for(tx, contract, DUTY)
        tx.decided(rules.open_evaluation(organiser, section))
        duty = await find_duty(tx, contract["id"], "evaluation", command.line_id)
        if duty is None:
            raise NotFound
        _must_be(duty, "planned")
        apart = contract["signed_by"] if section.separate_signing_and_acceptance else None
        items = list(command.added_items)
        evaluation = await store.add_evaluation(tx, contract, duty, organiser, items, apart, person)
        await move_duty(tx, contract["id"], "evaluation", duty["line_id"], "under_way")
        tx.emit(EvaluationOpened(**_event(evaluation), kind=evaluation["kind"], line_id=evaluation["line_id"]))
        return tx.answer(201, evaluation_view(evaluation), version=1, location=f"/v1/evaluations/{evaluation['id']}")


async def give_part(call: Call, command: GivePart) -> Answer:
    async with call.transaction() as tx:
        evaluation = await tx.lock_row(evaluations, command.evaluation_id)
        contract = await read_contract(tx, evaluation["contract_id"])
        person = tx.require("evaluate_service", None, contract["jurisdiction"])
        section = law_apart(tx, contract, "evaluate_service").section(ConclusionSection)
        tx.expect(evaluation["version"])
        organiser, organisation = await acting_for(tx, contract, "evaluate_service")
        tx.decided(rules.give_part(command.part, organiser, frozenset(command.report_fields), section))
        _must_be(evaluation, "open")
        given = {"score": command.score, "given_by": person, "given_for": organisation}
        report = {"report_fields": list(command.report_fields), "report_sha256": command.report_sha256}
        papers = [command.report_sha256] if command.report_sha256 else []
        await keep_papers(tx, contract, papers, "part", evaluation["id"], "evaluate_service")
        await store.set_part(tx, evaluation, command.part, {**given, **report})
        tx.emit(EvaluationPartGiven(**_event(evaluation), part=command.part))
        return await _answer(tx, evaluation["id"], 200)


async def give_opinion(call: Call, command: GiveOpinion) -> Answer:
    async with call.transaction() as tx:
        evaluation = await tx.lock_row(evaluations, command.evaluation_id)
        contract = await read_contract(tx, evaluation["contract_id"])
        person = await require_organiser(tx, contract, DUTY)
        law_apart(tx, contract, DUTY)
        tx.expect(evaluation["version"])
        _must_be(evaluation, "open")
        await record_opinion(tx, contract, evaluation, command.opinion, person)
        await tx.update(evaluations, evaluation["id"])
        return await _answer(tx, evaluation["id"], 200)


async def conclude_evaluation(call: Call, command: ConcludeEvaluation) -> Answer:
    async with call.transaction() as tx:
        evaluation = await tx.lock_row(evaluations, command.evaluation_id)
        contract = await read_contract(tx, evaluation["contract_id"])
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        tx.expect(evaluation["version"])
        _must_be(evaluation, "open")
        parts = await store.parts_given(tx, evaluation["id"])
        parts.update(await satisfaction(tx, contract, command.survey_id))
        judged, attained = frozenset(command.judgements), frozenset(command.attained)
        evidence = await evidence_of(tx, contract, evaluation, person, parts, judged, attained)
        conclusion = tx.decided(rules.conclude(evidence, section, tx.today))
        if command.reasons is not None:
            await keep_statement(tx, contract, evaluation["id"], "conclusion", command.reasons)
        concluded = await store.save_result(
            tx,
            evaluation,
            conclusion,
            person,
            state="concluded",
            concluded_by=person,
            concluded_on=tx.today,
            survey_id=command.survey_id,
            judgements=dict(command.judgements),
            attained={name: str(value) for name, value in command.attained.items()},
        )
        await move_duty(tx, contract["id"], "evaluation", evaluation["line_id"], "concluded")
        await tell_result(tx, contract, concluded, conclusion.line_id)
        return tx.answer(201, evaluation_view(concluded), version=concluded["version"])


async def publish_evaluation(call: Call, command: PublishEvaluation) -> Answer:
    async with call.transaction() as tx:
        evaluation = await tx.lock_row(evaluations, command.evaluation_id)
        person = tx.require(DUTY, evaluation["organisation"], evaluation["jurisdiction"])
        contract = await read_contract(tx, evaluation["contract_id"])
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        tx.expect(evaluation["version"])
        _must_be(evaluation, "concluded")
        tx.decided(rules.publish(section))
        published = await store.set_published(tx, evaluation, person)
        tx.emit(published_event(published))
        return tx.answer(201, evaluation_view(published), version=published["version"])


async def satisfaction(tx: Transaction, contract: Row, survey_id: UUID | None) -> dict[str, Decimal]:
    """The beneficiaries' points, from a closed survey of this contract; none from an open one."""
    points = await rested_on(tx, contract, survey_id)
    return {} if points is None else {"beneficiary": points}


async def evidence_of(
    tx: Transaction,
    contract: Row,
    evaluation: Row,
    person: UUID,
    parts: Mapping[str, Decimal],
    judged: frozenset[str],
    attained: frozenset[str],
) -> Evidence:
    """What lies before the person who concludes, or who approves a correction."""
    organiser, _ = await acting_for(tx, contract, DUTY)
    targets = await read_targets(tx, contract["id"])
    return Evidence(
        person=person,
        signer=contract["signed_by"],
        organiser=organiser,
        service_class=contract["service_class"],
        line_id=evaluation["line_id"],
        parts=parts,
        judged=judged,
        added_items=frozenset(evaluation["added_items"]),
        targets=frozenset(i["name"] for i in targets["indicators"]) if targets else None,
        attained=attained,
        opinions=await sides_heard(tx, evaluation["id"]),
    )


async def tell_result(tx: Transaction, contract: Row, evaluation: Row, line_id: UUID | None) -> None:
    """The result to everybody who acts on it, and to the provider in writing."""
    names = ("kind", "score", "grade", "result_version", "concluded_on")
    result = {name: evaluation[name] for name in names}
    rulebook = contract["rulebook"]
    tx.emit(EvaluationConcluded(**_event(evaluation), rulebook=rulebook, line_id=line_id, **result))
    facts = {name: str(evaluation[name]) for name in ("score", "grade", "result_version")}
    await notify(tx, evaluation["provider_id"], "evaluation_concluded", evaluation["id"], facts)


def published_event(evaluation: Row) -> EvaluationPublished:
    return EvaluationPublished(**_event(evaluation), score=evaluation["score"], grade=evaluation["grade"])


def _event(evaluation: Row) -> dict[str, Any]:
    return {**about(evaluation), "evaluation_id": evaluation["id"]}


def _must_be(row: Row, *states: str) -> None:
    if row["state"] not in states:
        raise WrongState(row["state"], *states)


async def _answer(tx: Transaction, evaluation_id: UUID, status: int) -> Answer:
    row = await store.find_evaluation(tx, evaluation_id)
    return tx.answer(status, evaluation_view(row), version=row["version"])
