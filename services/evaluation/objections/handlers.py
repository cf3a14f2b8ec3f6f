"""Commands on objections: to file one, to take it back, to answer it; and the day on which an answer is overdue."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.assessments.handlers import WINDOW, confirm
from services.evaluation.assessments.store import find_assessment, set_state
from services.evaluation.objections import rules, store
from services.evaluation.objections.rules import Notice, Objection, Reply
from services.evaluation.objections.views import objection_view
from services.evaluation.plans.store import about, law, law_apart, read_contract
from services.evaluation.rulebook import ObjectionSection
from services.evaluation.statements.store import keep_papers, keep_statement
from services.evaluation.tables import assessments, objections
from shared.errands.deadlines import Deadline, count_working_days, counted_now, meet_deadline, reopen_deadline
from shared.errands.notices import notify
from shared.events.evaluation import (
    LastDayMoved,
    ObjectionAnswered,
    ObjectionFiled,
    ObjectionOverdue,
    ObjectionWithdrawn,
)
from shared.fields.calendar import Due
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Row, Transaction, WrongState

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


async def file_objection(call: Call, command: FileObjection) -> Answer:
    async with call.transaction() as tx:
        assessment = await tx.lock_row(assessments, command.assessment_id)
        person = tx.require("file_objection", assessment["provider_id"], assessment["jurisdiction"])
        tx.expect(assessment["version"])
        if assessment["state"] != "notified":
            raise WrongState(assessment["state"], "notified")
        contract = await read_contract(tx, assessment["contract_id"])
        section = law(tx, contract).section(ObjectionSection)
        asked = Objection(command.statement is not None, len(command.evidence))
        tx.decided(rules.file_objection(asked, await _notice(tx, assessment), section, tx.today))
        objection = await _keep(tx, contract, assessment, command, person, section)
        await keep_papers(tx, contract, command.evidence, "objection", objection["id"], "file_objection")
        await set_state(tx, assessment, "objected")
        await meet_deadline(tx, WINDOW, assessment["id"])
        await _tell_filed(tx, objection)
        location = f"/v1/objections/{objection['id']}"
        return tx.answer(201, objection_view(objection, tx.today), version=1, location=location)


async def answer_objection(call: Call, command: AnswerObjection) -> Answer:
    async with call.transaction() as tx:
        objection = await tx.lock_row(objections, command.objection_id)
        person = tx.require("answer_objection", objection["organisation"], objection["jurisdiction"])
        contract = await read_contract(tx, objection["contract_id"])
        book = law_apart(tx, contract, "answer_objection")
        tx.expect(objection["version"])
        if objection["state"] != "open":
            raise WrongState(objection["state"], "open")
        assessment = await find_assessment(tx, objection["assessment_id"])
        section = book.section(ObjectionSection)
        reply = Reply(command.upheld, command.verification is not None, command.corrected_score)
        assessor = objection["assessed_by"]
        score = tx.decided(rules.answer_objection(reply, assessment["score"], assessor, person, section))
        answered = await _set_answered(tx, contract, objection, command, person)
        await meet_deadline(tx, ANSWER, objection["id"])
        shown = {"assessment_id": assessment["id"], "objection_id": objection["id"]}
        tx.emit(ObjectionAnswered(**about(objection), **shown, upheld=command.upheld, score=score))
        await confirm(tx, assessment, command.corrected_score)
        facts = {"result": answered["state"], "score": str(score)}
        await notify(tx, objection["provider_id"], "objection_answered", objection["id"], facts)
        return tx.answer(201, objection_view(answered, tx.today), version=answered["version"])


async def withdraw_objection(call: Call, command: WithdrawObjection) -> Answer:
    """Within the window the result is notified again as it was, with its last day; after it the result stands."""
    async with call.transaction() as tx:
        objection = await tx.lock_row(objections, command.objection_id)
        person = tx.require("file_objection", objection["provider_id"], objection["jurisdiction"])
        law(tx, await read_contract(tx, objection["contract_id"]))
        tx.expect(objection["version"])
        if objection["state"] != "open":
            raise WrongState(objection["state"], "open")
        assessment = await tx.lock_row(assessments, objection["assessment_id"])
        withdrawn = await store.set_withdrawn(tx, objection, person)
        await meet_deadline(tx, ANSWER, objection["id"])
        again = rules.window_open(await _notice(tx, assessment), tx.today)
        shown = {"assessment_id": assessment["id"], "objection_id": objection["id"]}
        tx.emit(ObjectionWithdrawn(**about(objection), **shown, may_object=again))
        if again:
            await set_state(tx, assessment, "notified")
            await reopen_deadline(tx, WINDOW, assessment["id"])
        else:
            await confirm(tx, assessment)
        await notify(tx, objection["organisation"], "objection_withdrawn", objection["id"], {})
        return tx.answer(200, objection_view(withdrawn, tx.today), version=withdrawn["version"])


async def answer_passed(tx: Transaction, deadline: Deadline) -> None:
    """The day for the answer is over without one: told, and the result stands where it stood."""
    objection = await tx.lock_row(objections, deadline.subject)
    law(tx, await read_contract(tx, objection["contract_id"]))
    if objection["state"] == "open":
        shown = {"assessment_id": objection["assessment_id"], "objection_id": objection["id"]}
        tx.emit(ObjectionOverdue(**about(objection), **shown, answer_due=objection["answer_due"]))


async def answer_moved(tx: Transaction, deadline: Deadline, due: Due) -> None:
    """The last day for the answer was counted again: the purchaser is told in writing, as it was of the first."""
    objection = await tx.lock_row(objections, deadline.subject)
    law(tx, await read_contract(tx, objection["contract_id"]))
    await tx.update(objections, objection["id"], answer_due=due.day, due_provisional=due.provisional)
    facts = {"answer_due": due.day.isoformat()}
    await notify(tx, objection["organisation"], "objection_answer_moved", objection["id"], facts)
    moved: dict[str, Any] = {"kind": ANSWER, "last_day": due.day, "provisional": due.provisional}
    tx.emit(LastDayMoved(**about(objection), record=objection["id"], **moved))


async def _notice(tx: Transaction, assessment: Row) -> Notice:
    """The window as it stands; a provisional one as the calendar of now counts it, which may know what is still to be
    taken over to the record."""
    until = Due(assessment["objections_until"], assessment["window_provisional"])
    if until.provisional:
        until = await counted_now(tx, WINDOW, assessment["id"]) or until
    return Notice(until.day, until.provisional)


async def _keep(
    tx: Transaction, contract: Row, assessment: Row, command: FileObjection, person: UUID, section: ObjectionSection
) -> Row:
    objection_id, rule = new_id(), section.objection_reply_working_days
    digest = await keep_statement(tx, contract, objection_id, "objection", command.statement or "")
    due = await count_working_days(tx, ANSWER, objection_id, assessment["key"], rule.value, rule.clause)
    given: dict[str, Any] = {
        "id": objection_id,
        "assessment_id": assessment["id"],
        "filed_by": person,
        "statement_hash": digest,
        "evidence": list(command.evidence),
        "answer_due": due.day,
        "due_provisional": due.provisional,
        "assessed_by": assessment["assessed_by"],
    }
    return await store.add_objection(tx, contract, given)


async def _tell_filed(tx: Transaction, objection: Row) -> None:
    """The answer's day, told to everybody and to the purchaser in writing."""
    due, subject = objection["answer_due"], objection["id"]
    shown = {"assessment_id": objection["assessment_id"], "objection_id": subject}
    tx.emit(ObjectionFiled(**about(objection), **shown, answer_due=due))
    await notify(tx, objection["organisation"], "objection_filed", subject, {"answer_due": due.isoformat()})


async def _set_answered(tx: Transaction, contract: Row, objection: Row, command: AnswerObjection, person: UUID) -> Row:
    digest = await keep_statement(tx, contract, objection["id"], "verification", command.verification or "")
    changes: dict[str, Any] = {
        "state": "upheld" if command.upheld else "rejected",
        "answered_by": person,
        "verification_hash": digest,
        "corrected_score": command.corrected_score,
    }
    return await store.set_answered(tx, objection, changes)
