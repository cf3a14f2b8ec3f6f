"""Commands on evaluations: to open one, to give a party's points and the sides' opinions, to conclude, to publish."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.evaluation.conclusions import rules, store
from services.evaluation.conclusions.records import Evaluation, EvaluationPart, EvaluationState, Part
from services.evaluation.conclusions.rules import Evidence
from services.evaluation.conclusions.views import EvaluationView
from services.evaluation.mandates.store import acting_for, must_organise
from services.evaluation.opinions.handlers import record_opinion
from services.evaluation.opinions.rules import Opinion
from services.evaluation.opinions.store import sides_heard
from services.evaluation.plans.records import Contract, DutyState
from services.evaluation.plans.store import (
    About,
    about,
    find_duty,
    law_apart,
    move_duty,
    owner,
    read_targets,
    set_duty,
)
from services.evaluation.rulebook import ConclusionSection
from services.evaluation.statements.store import keep_papers, keep_statement
from services.evaluation.surveys.handlers import rested_on
from services.evaluation.tables import DECIDED, EVALUATED, POINTS
from shared.errands.notices import notify
from shared.events.evaluation import EvaluationConcluded, EvaluationOpened, EvaluationPartGiven, EvaluationPublished
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, NotFound, Transaction, must_be

DUTY = "conclude_evaluation"
PART_DUTY = "evaluate_service"


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


class _Event(About):
    evaluation_id: UUID


async def open_evaluation(call: Call, command: OpenEvaluation) -> Answer:
    async with call.transaction() as tx:
        contract, person = await tx.open(Contract, command.contract_id, DUTY, by=None, fresh=False)
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        organiser, _ = await acting_for(tx, contract, DUTY)
        tx.decided(rules.open_evaluation(organiser, section))
        duty = await find_duty(tx, contract.id, "evaluation", command.line_id)
        if duty is None:
            raise NotFound
        must_be(duty, (DutyState.PLANNED,))
        evaluation = await tx.add(
            Evaluation(
                id=new_id(),
                **owner(contract),
                duty_id=duty.id,
                line_id=duty.line_id,
                kind="final" if duty.final else "mid",
                organiser=organiser,
                added_items=list(command.added_items),
                kept_apart=None if section.incompatible_posts_separated.clause.gap else contract.signed_by,
                opened_by=person,
                judgements={},
                attained={},
            )
        )
        await set_duty(tx, duty, DutyState.UNDER_WAY)
        tx.emit(EvaluationOpened(**_event(evaluation), kind=evaluation.kind, line_id=evaluation.line_id))
        return _answer(tx, evaluation, 201, location=f"/v1/evaluations/{evaluation.id}")


async def give_part(call: Call, command: GivePart) -> Answer:
    async with call.transaction() as tx:
        evaluation, contract, person = await tx.open_part(
            Evaluation, command.evaluation_id, Contract, PART_DUTY, by=None
        )
        section = law_apart(tx, contract, PART_DUTY).section(ConclusionSection)
        must_be(evaluation, (EvaluationState.OPEN,))
        organiser, organisation = await acting_for(tx, contract, PART_DUTY)
        tx.decided(rules.give_part(command.part, organiser, frozenset(command.report_fields), section))
        papers = [command.report_sha256] if command.report_sha256 else []
        await keep_papers(tx, contract, papers, "part", evaluation.id, PART_DUTY)
        await store.drop_part(tx, evaluation.id, command.part)
        assert organisation is not None, "the rule lets purchaser and third party alone give a part"
        part = await tx.add(
            EvaluationPart(
                id=new_id(),
                evaluation_id=evaluation.id,
                part=command.part,
                score=command.score,
                report_fields=list(command.report_fields),
                report_sha256=command.report_sha256,
                given_by=person,
                given_for=organisation,
                given_at=tx.now,
            )
        )
        tx.emit(EvaluationPartGiven(**_event(evaluation), part=command.part, given=POINTS(part)))
        return _answer(tx, await tx.save(evaluation, evaluation))


async def give_opinion(call: Call, command: GiveOpinion) -> Answer:
    async with call.transaction() as tx:
        evaluation, contract, person = await tx.open_part(
            Evaluation, command.evaluation_id, Contract, DUTY, by=None, fresh=False
        )
        await must_organise(tx, contract, DUTY)
        tx.expect(evaluation.version)
        law_apart(tx, contract, DUTY)
        must_be(evaluation, (EvaluationState.OPEN,))
        await record_opinion(tx, contract, evaluation, command.opinion, person)
        return _answer(tx, await tx.save(evaluation, evaluation))


async def conclude_evaluation(call: Call, command: ConcludeEvaluation) -> Answer:
    async with call.transaction() as tx:
        evaluation, contract, person = await tx.open_part(Evaluation, command.evaluation_id, Contract, DUTY, by=None)
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        must_be(evaluation, (EvaluationState.OPEN,))
        parts = await store.parts_given(tx, evaluation.id)
        parts.update(await satisfaction(tx, contract, command.survey_id))
        judged, attained = frozenset(command.judgements), frozenset(command.attained)
        evidence = await evidence_of(tx, contract, evaluation, person, parts, judged, attained)
        conclusion = tx.decided(rules.conclude(evidence, section, tx.today))
        await move_duty(tx, contract.id, "evaluation", evaluation.line_id, DutyState.CONCLUDED)
        if command.reasons is not None:
            await keep_statement(tx, contract, evaluation.id, "conclusion", command.reasons)
        told = replace(
            evaluation,
            state=EvaluationState.CONCLUDED,
            concluded_by=person,
            concluded_on=tx.today,
            survey_id=command.survey_id,
            judgements=dict(command.judgements),
            attained={name: str(value) for name, value in command.attained.items()},
        )
        concluded = await store.save_result(tx, evaluation, told, conclusion, person)
        await tell_result(tx, contract, concluded, conclusion.line_id)
        return _answer(tx, concluded, 201)


async def publish_evaluation(call: Call, command: PublishEvaluation) -> Answer:
    async with call.transaction() as tx:
        evaluation, contract, person = await tx.open_part(Evaluation, command.evaluation_id, Contract, DUTY)
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        must_be(evaluation, (EvaluationState.CONCLUDED,))
        tx.decided(rules.publish(section))
        public = replace(evaluation, state=EvaluationState.PUBLISHED, published_by=person, published_on=tx.today)
        published = await tx.save(evaluation, public)
        tx.emit(published_event(published))
        return _answer(tx, published, 201)


async def satisfaction(tx: Transaction, contract: Contract, survey_id: UUID | None) -> dict[str, Decimal]:
    """The beneficiaries' points, from a closed survey of this contract; none from an open one."""
    points = await rested_on(tx, contract, survey_id)
    return {} if points is None else {"beneficiary": points}


async def evidence_of(
    tx: Transaction,
    contract: Contract,
    evaluation: Evaluation,
    person: UUID,
    parts: Mapping[str, Decimal],
    judged: frozenset[str],
    attained: frozenset[str],
) -> Evidence:
    """What lies before the person who concludes, or who approves a correction."""
    organiser, _ = await acting_for(tx, contract, DUTY)
    targets = await read_targets(tx, contract.id)
    return Evidence(
        person=person,
        signer=contract.signed_by,
        organiser=organiser,
        service_class=contract.service_class,
        line_id=evaluation.line_id,
        parts=parts,
        judged=judged,
        added_items=frozenset(evaluation.added_items),
        targets=targets.names if targets else None,
        attained=attained,
        opinions=await sides_heard(tx, evaluation.id),
    )


async def tell_result(tx: Transaction, contract: Contract, evaluation: Evaluation, line_id: UUID | None) -> None:
    """The result to everybody who acts on it, and to the provider in writing."""
    result, decided = evaluation.result, (await store.read_results(tx, evaluation.id))[-1]
    tx.emit(
        EvaluationConcluded(
            **_event(evaluation),
            rulebook=contract.rulebook,
            kind=evaluation.kind,
            score=result.score,
            grade=result.grade,
            result_version=result.result_version,
            concluded_on=result.concluded_on,
            line_id=line_id,
            decided=DECIDED(decided),
            correction_id=decided.correction_id,
            duty_line=evaluation.line_id,
        )
    )
    facts = {"score": str(result.score), "grade": result.grade, "result_version": str(result.result_version)}
    await notify(tx, evaluation.provider_id, "evaluation_concluded", evaluation.id, facts)


def published_event(evaluation: Evaluation) -> EvaluationPublished:
    result = evaluation.result
    return EvaluationPublished(**_event(evaluation), score=result.score, grade=result.grade)


def _event(evaluation: Evaluation) -> _Event:
    return {**about(evaluation, EVALUATED), "evaluation_id": evaluation.id}


def _answer(tx: Transaction, evaluation: Evaluation, status: int = 200, *, location: str | None = None) -> Answer:
    view = EvaluationView.model_validate(evaluation)
    return tx.answer(status, view, version=evaluation.version, location=location)
