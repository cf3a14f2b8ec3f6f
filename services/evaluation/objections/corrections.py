"""An answer to an objection that another person sets right: both stay readable, and the money follows the result."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.evaluation.assessments.handlers import confirm_anew
from services.evaluation.assessments.records import Assessment, AssessmentState
from services.evaluation.assessments.store import last_attempt
from services.evaluation.objections import rules, store
from services.evaluation.objections.records import ANSWERED, AnswerCorrection, Objection, ObjectionState
from services.evaluation.objections.rules import Reply
from services.evaluation.objections.views import objection_view
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import about, law_apart
from services.evaluation.rulebook import ObjectionSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.tables import OBJECTED, WAS
from shared.errands.notices import notify
from shared.events.evaluation import ObjectionAnswerCorrected
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class CorrectAnswer:
    """Another person answers as was meant, with what was verified, and says why."""

    objection_id: UUID
    upheld: bool
    verification: str | None
    corrected_score: Decimal | None
    reason: str


async def correct_answer(call: Call, command: CorrectAnswer) -> Answer:
    async with call.transaction() as tx:
        before, contract, person = await tx.open_part(Objection, command.objection_id, Contract, "answer_objection")
        section = law_apart(tx, contract, "answer_objection").section(ObjectionSection)
        must_be(before, ANSWERED)
        assessment = await tx.lock_record(Assessment, before.assessment_id)
        last = await _last_of(tx, assessment)
        (notified, _), given = assessment.result, before.answer
        reply = Reply(command.upheld, command.verification is not None, command.corrected_score)
        score = tx.decided(rules.correct_answer(reply, notified, before.assessed_by, given.by, person, section))
        number, correction_id = await store.corrections_of(tx, before.id) + 1, new_id()
        why = await keep_statement(tx, contract, correction_id, "correction", command.reason)
        said = await keep_statement(tx, contract, correction_id, "verification", command.verification or "")
        kept = await tx.add(
            AnswerCorrection(
                id=correction_id,
                objection_id=before.id,
                number=number,
                was_upheld=before.state == ObjectionState.UPHELD,
                was_score=before.corrected_score,
                verification_hash=given.verification_hash,
                was_by=given.by,
                was_at=given.at,
                reason_hash=why,
                corrected_by=person,
                corrected_at=tx.now,
            )
        )
        corrected = await tx.save(
            before,
            replace(
                before,
                state=ObjectionState.UPHELD if command.upheld else ObjectionState.REJECTED,
                answered_by=person,
                answered_at=tx.now,
                verification_hash=said,
                corrected_score=command.corrected_score,
            ),
        )
        tx.emit(
            ObjectionAnswerCorrected(
                **about(corrected, OBJECTED),
                assessment_id=assessment.id,
                objection_id=before.id,
                number=number,
                upheld=command.upheld,
                score=score,
                was=WAS(kept),
            )
        )
        if score != last.standing:
            await confirm_anew(tx, last, given.by, command.corrected_score, why)
        facts = {"result": corrected.state, "score": str(score)}
        await notify(tx, before.provider_id, "objection_answer_corrected", correction_id, facts)
        return tx.answer(200, objection_view(corrected, tx.today), version=corrected.version)


async def _last_of(tx: Transaction, assessment: Assessment) -> Assessment:
    """The record whose result stands, as long as it is one of this occasion; raises WrongState after another."""
    last = await last_attempt(tx, assessment.line_id)
    root = assessment.occasion_id
    if last is None or root not in (last.id, last.corrects) or last.state != AssessmentState.CONFIRMED:
        raise WrongState(assessment.state, "latest_of_its_line")
    return last
