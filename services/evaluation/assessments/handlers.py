"""Commands on assessments: to open one, to notify observers, to give the result; and the end of its window."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.assessments import rules, store
from services.evaluation.assessments.rules import Modes, Result, Window
from services.evaluation.assessments.views import assessment_view
from services.evaluation.conduct.handlers import must_have_started, record_notices
from services.evaluation.conduct.store import Notified, conductor_of, occasion_of
from services.evaluation.mandates.store import require_organiser
from services.evaluation.plans.rules import Line
from services.evaluation.plans.store import about, law, law_apart, line_of, lock_contract, move_duty, read_contract
from services.evaluation.rulebook import AssessmentSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.tables import assessments
from shared.errands.deadlines import Deadline, count_working_days, meet_deadline
from shared.errands.notices import notify
from shared.events.evaluation import (
    AssessmentConfirmed,
    AssessmentNotified,
    AssessmentOpened,
    LastDayMoved,
    ResultCorrected,
)
from shared.fields.calendar import Due
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Row, Transaction, WrongState

DUTY = "accept_service"
WINDOW = "objection_window"


@dataclass(frozen=True, slots=True)
class OpenAssessment:
    """Begins the assessment of the period that a payment line pays."""

    contract_id: UUID
    line_id: UUID
    modes: tuple[str, ...]
    modes_reason: str | None
    purchaser_is_user: bool


@dataclass(frozen=True, slots=True)
class NotifyObservers:
    """Service users told beforehand."""

    assessment_id: UUID
    told: tuple[Notified, ...]


@dataclass(frozen=True, slots=True)
class GiveResult:
    """The points of the period; `held_at` tells when it was assessed (now, when not given)."""

    assessment_id: UUID
    score: Decimal
    held_at: datetime | None


@dataclass(frozen=True, slots=True)
class CorrectResult:
    """Another person enters the points that were meant."""

    assessment_id: UUID
    score: Decimal
    reason: str


async def open_assessment(call: Call, command: OpenAssessment) -> Answer:
    async with call.transaction() as tx:
        contract = await lock_contract(tx, command.contract_id)
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(AssessmentSection)
        conductor = await conductor_of(tx, contract, person, DUTY)
        tx.decided(rules.open_assessment(conductor, Modes(command.modes, command.modes_reason), section))
        must_have_started(contract, tx.today)
        line = line_of(contract, command.line_id)
        given: dict[str, Any] = {
            "line_id": line.id,
            "period": line.period or line.number,
            "attempt": await _next_attempt(tx, line),
            "modes": list(command.modes),
            "modes_reason": command.modes_reason,
            "purchaser_is_user": command.purchaser_is_user,
            "organiser": conductor.organiser,
            "kept_apart": contract["signed_by"] if section.separate_signing_and_acceptance else None,
            "opened_by": person,
        }
        row = await store.add_assessment(tx, contract, given)
        await move_duty(tx, contract["id"], "assessment", line.id, "under_way")
        tx.emit(AssessmentOpened(**_event(row), modes=row["modes"]))
        return tx.answer(201, assessment_view(row), version=1, location=f"/v1/assessments/{row['id']}")


async def notify_observers(call: Call, command: NotifyObservers) -> Answer:
    async with call.transaction() as tx:
        assessment = await tx.lock_row(assessments, command.assessment_id)
        contract = await read_contract(tx, assessment["contract_id"])
        person = await require_organiser(tx, contract, DUTY)
        law_apart(tx, contract, DUTY)
        tx.expect(assessment["version"])
        _must_be_open(assessment)
        await record_notices(tx, contract, assessment, command.told, person)
        await tx.update(assessments, assessment["id"])
        return await _answer(tx, assessment["id"], 200)


async def give_result(call: Call, command: GiveResult) -> Answer:
    async with call.transaction() as tx:
        assessment = await tx.lock_row(assessments, command.assessment_id)
        contract = await read_contract(tx, assessment["contract_id"])
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(AssessmentSection)
        tx.expect(assessment["version"])
        _must_be_open(assessment)
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, assessment, command.held_at)
        result = Result(command.score, contract["objection_window_working_days"])
        window = tx.decided(rules.assess(conductor, occasion, result, section))
        await _notify(tx, assessment, person, command.score, occasion.held_at, window)
        return await _answer(tx, assessment["id"], 201)


async def correct_result(call: Call, command: CorrectResult) -> Answer:
    async with call.transaction() as tx:
        before = await tx.lock_row(assessments, command.assessment_id)
        contract = await read_contract(tx, before["contract_id"])
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(AssessmentSection)
        tx.expect(before["version"])
        await _may_still_change(tx, before)
        conductor = await conductor_of(tx, contract, person, DUTY)
        held = {**before, "id": before["corrects"] or before["id"]}
        occasion = await occasion_of(tx, contract, held, before["held_at"])
        result = Result(command.score, contract["objection_window_working_days"])
        window = tx.decided(rules.correct_result(conductor, occasion, result, before["assessed_by"], section))
        await meet_deadline(tx, WINDOW, before["id"])
        corrected_id = new_id()
        digest = await keep_statement(tx, contract, corrected_id, "correction", command.reason)
        corrected = await store.add_corrected(tx, before, corrected_id, digest)
        tx.emit(ResultCorrected(**about(corrected), record=corrected_id, corrects=before["id"]))
        await _notify(tx, corrected, person, command.score, occasion.held_at, window)
        return await _answer(tx, corrected_id, 201)


async def _may_still_change(tx: Transaction, assessment: Row) -> None:
    """While objections may come; where none can come, the result stands at once, and a correction counts after it."""
    at_once = assessment["state"] == "confirmed" and assessment["objections_until"] is None
    if assessment["state"] != "notified" and not at_once:
        raise WrongState(assessment["state"], "notified", "confirmed_without_window")
    last = await store.last_attempt(tx, assessment["line_id"])
    if last is None or last["id"] != assessment["id"]:
        raise WrongState(assessment["state"], "latest_of_its_line")


async def _notify(
    tx: Transaction, assessment: Row, person: UUID, score: Decimal, held_at: datetime, window: Window
) -> None:
    until = await _open_window(tx, assessment, window)
    told = await store.set_notified(tx, assessment, person, score, held_at, until)
    await _tell_provider(tx, told)
    if until is None:
        await confirm(tx, told)


async def window_closed(tx: Transaction, deadline: Deadline) -> None:
    """The last day for objections is over; without one the result stands."""
    assessment = await tx.lock_row(assessments, deadline.subject)
    law(tx, await read_contract(tx, assessment["contract_id"]))
    if assessment["state"] == "notified":
        await confirm(tx, assessment)


async def window_moved(tx: Transaction, deadline: Deadline, until: Due) -> None:
    """The last day for objections was counted again: the provider is told in writing, as it was of the first."""
    assessment = await tx.lock_row(assessments, deadline.subject)
    law(tx, await read_contract(tx, assessment["contract_id"]))
    await tx.update(assessments, assessment["id"], objections_until=until.day, window_provisional=until.provisional)
    facts = {"objections_until": until.day.isoformat()}
    await notify(tx, assessment["provider_id"], "objection_window_moved", assessment["id"], facts)
    moved: dict[str, Any] = {"kind": WINDOW, "last_day": until.day, "provisional": until.provisional}
    tx.emit(LastDayMoved(**about(assessment), record=assessment["id"], **moved))


async def confirm(tx: Transaction, assessment: Row, corrected: Decimal | None = None) -> None:
    """The result stands, with the corrected points where an objection was upheld."""
    confirmed = await store.set_confirmed(tx, assessment, corrected)
    await move_duty(tx, confirmed["contract_id"], "assessment", confirmed["line_id"], "concluded")
    score = store.standing(confirmed)
    tx.emit(
        AssessmentConfirmed(
            **_event(confirmed), score=score, result_version=confirmed["attempt"], concluded_on=tx.today
        )
    )


async def _open_window(tx: Transaction, assessment: Row, window: Window) -> Due | None:
    if not window.days or window.clause is None:
        return None
    return await count_working_days(tx, WINDOW, assessment["id"], assessment["key"], window.days, window.clause)


async def _tell_provider(tx: Transaction, assessment: Row) -> None:
    score, last_day = assessment["score"], assessment["objections_until"]
    facts = {"score": str(score), "period": str(assessment["period"])}
    if last_day is not None:
        facts["objections_until"] = last_day.isoformat()
    await notify(tx, assessment["provider_id"], "assessment_result", assessment["id"], facts)
    await move_duty(tx, assessment["contract_id"], "assessment", assessment["line_id"], "notified")
    tx.emit(AssessmentNotified(**_event(assessment), score=score, objections_until=last_day))


async def _next_attempt(tx: Transaction, line: Line) -> int:
    """A period is assessed again only after a result so low that its line pays nothing."""
    if line.gate != "assessment":
        raise WrongState(line.gate, "gated_by_assessment")
    last = await store.last_attempt(tx, line.id)
    if last is None:
        return 1
    if last["state"] != "confirmed" or line.pays_from is None or store.standing(last) >= line.pays_from:
        raise WrongState(last["state"], "confirmed_unpaid")
    return int(last["attempt"]) + 1


def _event(assessment: Row) -> Mapping[str, Any]:
    shown = {"assessment_id": assessment["id"], "line_id": assessment["line_id"], "period": assessment["period"]}
    return {**about(assessment), **shown}


def _must_be_open(assessment: Row) -> None:
    if assessment["state"] != "open":
        raise WrongState(assessment["state"], "open")


async def _answer(tx: Transaction, assessment_id: UUID, status: int) -> Answer:
    row = await store.find_assessment(tx, assessment_id)
    location = f"/v1/assessments/{assessment_id}" if row["corrects"] is not None and status == 201 else None
    return tx.answer(status, assessment_view(row), version=row["version"], location=location)
