"""Commands on corrections: one person proposes, another approves, and the result is decided again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.evaluation.conclusions import rules
from services.evaluation.conclusions.handlers import (
    DUTY,
    evidence_of,
    published_event,
    satisfaction,
    tell_result,
)
from services.evaluation.conclusions.records import CONCLUDED, Evaluation, EvaluationState
from services.evaluation.conclusions.store import latest_parts, save_result
from services.evaluation.corrections.records import Correction, CorrectionState
from services.evaluation.corrections.rules import approve_correction as may_approve
from services.evaluation.corrections.views import CorrectionView
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import about, law_apart, owner
from services.evaluation.rulebook import ConclusionSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.surveys.store import survey_of
from services.evaluation.tables import PROPOSED
from shared.events.evaluation import CorrectionProposed
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class ProposeCorrection:
    """Other points for a party, another survey, or other values of indicators, with the reason."""

    evaluation_id: UUID
    purchaser_score: Decimal | None
    third_party_score: Decimal | None
    survey_id: UUID | None
    attained: Mapping[str, Decimal] | None
    reason: str


@dataclass(frozen=True, slots=True)
class ApproveCorrection:
    """The second person."""

    correction_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawCorrection:
    """The proposal is taken back by who made it, or refused by another person."""

    correction_id: UUID


async def propose_correction(call: Call, command: ProposeCorrection) -> Answer:
    async with call.transaction() as tx:
        evaluation, contract, person = await tx.open_part(Evaluation, command.evaluation_id, Contract, DUTY)
        law_apart(tx, contract, DUTY)
        must_be(evaluation, CONCLUDED)
        await survey_of(tx, contract.id, command.survey_id)
        correction_id, given = new_id(), command.attained
        values = None if given is None else {name: str(value) for name, value in given.items()}
        correction = await tx.add(
            Correction(
                id=correction_id,
                **owner(contract),
                evaluation_id=evaluation.id,
                corrects=evaluation.result.result_version,
                purchaser_score=command.purchaser_score,
                third_party_score=command.third_party_score,
                survey_id=command.survey_id,
                attained=values,
                was_attained=None if values is None else {name: evaluation.attained.get(name) for name in values},
                reason_hash=await keep_statement(tx, contract, correction_id, "correction", command.reason),
                proposed_by=person,
            )
        )
        tx.emit(_proposed(correction))
        return _answer(tx, correction, 201)


async def approve_correction(call: Call, command: ApproveCorrection) -> Answer:
    async with call.transaction() as tx:
        proposed, contract, person = await tx.open_part(Correction, command.correction_id, Contract, DUTY)
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        must_be(proposed, (CorrectionState.PROPOSED,))
        before = await tx.lock_record(Evaluation, proposed.evaluation_id)
        if proposed.corrects != before.result_version:
            raise WrongState("overtaken", CorrectionState.PROPOSED)
        tx.decided(may_approve(proposed.proposed_by, person, section))
        parts = {**await latest_parts(tx, before.id), **await _corrected(tx, contract, proposed)}
        judged, attained = frozenset(before.judgements), before.attained | (proposed.attained or {})
        evidence = await evidence_of(tx, contract, before, person, parts, judged, frozenset(attained))
        conclusion = tx.decided(rules.conclude(evidence, section, tx.today))
        decided = replace(proposed, state=CorrectionState.APPROVED, approved_by=person)
        approved = await tx.save(proposed, decided)
        after = replace(before, attained=attained, survey_id=proposed.survey_id or before.survey_id)
        corrected = await save_result(tx, before, after, conclusion, person, correction_id=proposed.id)
        await tell_result(tx, contract, corrected, conclusion.line_id)
        if corrected.state == EvaluationState.PUBLISHED:
            tx.emit(published_event(corrected))
        return _answer(tx, approved)


async def withdraw_correction(call: Call, command: WithdrawCorrection) -> Answer:
    async with call.transaction() as tx:
        correction, contract, _ = await tx.open_part(Correction, command.correction_id, Contract, DUTY)
        law_apart(tx, contract, DUTY)
        must_be(correction, (CorrectionState.PROPOSED,))
        withdrawn = await tx.save(correction, replace(correction, state=CorrectionState.WITHDRAWN))
        tx.emit(_proposed(withdrawn))
        return _answer(tx, withdrawn)


def _proposed(correction: Correction) -> CorrectionProposed:
    return CorrectionProposed(
        **about(correction, PROPOSED),
        evaluation_id=correction.evaluation_id,
        correction_id=correction.id,
        corrects=correction.corrects,
        withdrawn=correction.state == CorrectionState.WITHDRAWN,
    )


async def _corrected(tx: Transaction, contract: Contract, correction: Correction) -> dict[str, Decimal]:
    given = {"purchaser": correction.purchaser_score, "third_party": correction.third_party_score}
    survey = await satisfaction(tx, contract, correction.survey_id)
    return {name: points for name, points in {**given, **survey}.items() if points is not None}


def _answer(tx: Transaction, correction: Correction, status: int = 200) -> Answer:
    return tx.answer(status, CorrectionView.model_validate(correction), version=correction.version)
