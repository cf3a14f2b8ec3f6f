"""Commands on objections: to file one, to take it back, to answer it; and the day on which an answer is overdue."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.evaluation.assessments.events import LastDayMoved
from services.evaluation.assessments.handlers import WINDOW, confirm
from services.evaluation.assessments.records import TOLD, Assessment, AssessmentState
from services.evaluation.objections import rules
from services.evaluation.objections.records import Objection, ObjectionState
from services.evaluation.objections.rules import Notice, Reply
from services.evaluation.objections.views import objection_view
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import About, about, law, law_apart, owner
from services.evaluation.rulebook import ObjectionSection
from services.evaluation.statements.store import keep_papers, keep_statement
from services.evaluation.tables import OBJECTED
from shared.errands.deadlines import Deadline, count_working_days, counted_now, meet_deadline, reopen_deadline
from shared.errands.notices import notify
from shared.events.evaluation import ObjectionAnswered, ObjectionFiled, ObjectionOverdue, ObjectionWithdrawn
from shared.fields.calendar import Due
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, must_be

ANSWER = "objection_answer"


@dataclass(frozen=True, slots=True)
class FileObjection:
    """The provider disputes a result; `evidence` are SHA-256 hashes of documents, in hex."""

    assessment_id: UUID
    statement: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerObjection:
    """The purchaser's answer, with what it verified."""

    objection_id: UUID
    upheld: bool
    verification: str | None
    corrected_score: Decimal | None


@dataclass(frozen=True, slots=True)
class WithdrawObjection:
    """The provider takes back an objection that is not answered yet."""

    objection_id: UUID


class _Event(About):
    assessment_id: UUID
    objection_id: UUID


async def file_objection(call: Call, command: FileObjection) -> Answer:
    async with call.transaction() as tx:
        assessment, contract, person = await tx.open_part(
            Assessment,
            command.assessment_id,
            Contract,
            "file_objection",
            by="provider_id",
            states=(AssessmentState.NOTIFIED, AssessmentState.CONFIRMED),
        )
        section = tx.law(contract, ObjectionSection)
        asked = rules.Objection(command.statement is not None, len(command.evidence))
        tx.decided(rules.file_objection(asked, await _notice(tx, assessment), section, tx.today))
        must_be(assessment, (AssessmentState.NOTIFIED,))  # who is late hears of the last day first
        objection_id, rule = new_id(), section.objection_reply_working_days
        await keep_papers(tx, contract, command.evidence, "objection", objection_id, "file_objection")
        due = await count_working_days(tx, ANSWER, objection_id, assessment.key, rule.value, rule.clause)
        _, assessed_by = assessment.result
        objection = await tx.add(
            Objection(
                id=objection_id,
                **owner(contract),
                assessment_id=assessment.id,
                filed_by=person,
                filed_at=tx.now,
                statement_hash=await keep_statement(tx, contract, objection_id, "objection", command.statement or ""),
                evidence=list(command.evidence),
                answer_due=due.day,
                due_provisional=due.provisional,
                assessed_by=assessed_by,
            )
        )
        await tx.save(assessment, replace(assessment, state=AssessmentState.OBJECTED))
        await meet_deadline(tx, WINDOW, assessment.id)
        tx.emit(ObjectionFiled(**_event(objection), answer_due=due.day, provisional=due.provisional))
        facts = {"answer_due": due.day.isoformat()}
        await notify(tx, objection.organisation, "objection_filed", objection.id, facts)
        location = f"/v1/objections/{objection.id}"
        return tx.answer(201, objection_view(objection, tx.today), version=objection.version, location=location)


async def answer_objection(call: Call, command: AnswerObjection) -> Answer:
    async with call.transaction() as tx:
        objection, contract, person = await tx.open_part(Objection, command.objection_id, Contract, "answer_objection")
        section = law_apart(tx, contract, "answer_objection").section(ObjectionSection)
        must_be(objection, (ObjectionState.OPEN,))
        assessment = await tx.lock_record(Assessment, objection.assessment_id)
        must_be(assessment, TOLD)
        (notified, assessor), corrected = assessment.result, command.corrected_score
        reply = Reply(command.upheld, command.verification is not None, corrected)
        score = tx.decided(rules.answer_objection(reply, notified, assessor, person, section))
        said = command.verification or ""
        result = replace(
            objection,
            state=ObjectionState.UPHELD if command.upheld else ObjectionState.REJECTED,
            answered_by=person,
            answered_at=tx.now,
            verification_hash=await keep_statement(tx, contract, objection.id, "verification", said),
            corrected_score=corrected,
        )
        answered = await tx.save(objection, result)
        tx.emit(ObjectionAnswered(**_event(answered), upheld=command.upheld, score=score))
        await confirm(tx, assessment, corrected)
        await meet_deadline(tx, ANSWER, objection.id)
        facts = {"result": answered.state, "score": str(score)}
        await notify(tx, objection.provider_id, "objection_answered", objection.id, facts)
        return tx.answer(201, objection_view(answered, tx.today), version=answered.version)


async def withdraw_objection(call: Call, command: WithdrawObjection) -> Answer:
    """Within the window the result is notified again as it was, with its last day; after it the result stands."""
    async with call.transaction() as tx:
        objection, contract, person = await tx.open_part(
            Objection,
            command.objection_id,
            Contract,
            "file_objection",
            by="provider_id",
            states=(ObjectionState.OPEN,),
        )
        law(tx, contract)
        assessment = await tx.lock_record(Assessment, objection.assessment_id)
        must_be(assessment, (AssessmentState.OBJECTED,))
        again = rules.window_open(await _notice(tx, assessment), tx.today)
        tx.emit(ObjectionWithdrawn(**_event(objection), may_object=again))
        if again:
            await tx.save(assessment, replace(assessment, state=AssessmentState.NOTIFIED))
            await reopen_deadline(tx, WINDOW, assessment.id)
        else:
            await confirm(tx, assessment)
        taken_back = replace(objection, state=ObjectionState.WITHDRAWN, withdrawn_by=person, withdrawn_at=tx.now)
        withdrawn = await tx.save(objection, taken_back)
        await meet_deadline(tx, ANSWER, objection.id)
        await notify(tx, objection.organisation, "objection_withdrawn", objection.id, {})
        return tx.answer(200, objection_view(withdrawn, tx.today), version=withdrawn.version)


async def answer_passed(tx: Transaction, deadline: Deadline) -> None:
    """The day for the answer is over without one: told, and the result stands where it stood."""
    objection, contract = await tx.lock_part(Objection, deadline.subject, Contract)
    law(tx, contract)
    if objection.state == ObjectionState.OPEN:
        tx.emit(ObjectionOverdue(**_event(objection), answer_due=objection.answer_due))


async def answer_moved(tx: Transaction, deadline: Deadline, due: Due) -> None:
    """The last day for the answer was counted again: the purchaser is told in writing, as it was of the first."""
    objection, contract = await tx.lock_part(Objection, deadline.subject, Contract)
    law(tx, contract)
    await tx.save(objection, replace(objection, answer_due=due.day, due_provisional=due.provisional))
    facts = {"answer_due": due.day.isoformat()}
    await notify(tx, objection.organisation, "objection_answer_moved", objection.id, facts)
    tx.emit(
        LastDayMoved(
            **about(objection),
            record=objection.id,
            kind="objection_answer",
            last_day=due.day,
            provisional=due.provisional,
        )
    )


async def _notice(tx: Transaction, assessment: Assessment) -> Notice:
    """The window as it stands; a provisional one as the calendar of now counts it, which may know what is still to be
    taken over to the record."""
    assert assessment.objections_until is not None, "what is notified or objected to has a window"
    until = Due(assessment.objections_until, assessment.window_provisional)
    if until.provisional:
        until = await counted_now(tx, WINDOW, assessment.id) or until
    return Notice(until.day, until.provisional)


def _event(objection: Objection) -> _Event:
    return {**about(objection, OBJECTED), "assessment_id": objection.assessment_id, "objection_id": objection.id}
