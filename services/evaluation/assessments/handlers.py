"""Commands on assessments: to open one, to notify observers, to give the result; and the end of its window."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.evaluation.assessments import rules, store
from services.evaluation.assessments.events import LastDayMoved, ResultCorrected
from services.evaluation.assessments.records import Assessment, AssessmentState
from services.evaluation.assessments.rules import Modes, Result, Window
from services.evaluation.assessments.views import AssessmentView
from services.evaluation.conduct.handlers import must_have_started, record_notices
from services.evaluation.conduct.store import Notified, conductor_of, occasion_of
from services.evaluation.mandates.store import must_organise
from services.evaluation.plans.records import Contract, DutyState
from services.evaluation.plans.rules import Line
from services.evaluation.plans.store import About, about, law, law_apart, line_of, move_duty, owner
from services.evaluation.rulebook import AssessmentSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.tables import ASSESSED
from shared.errands.deadlines import Deadline, count_working_days, meet_deadline
from shared.errands.notices import notify
from shared.events.evaluation import AssessmentConfirmed, AssessmentNotified, AssessmentOpened
from shared.fields.calendar import Due
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

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


class _Event(About):
    assessment_id: UUID
    line_id: UUID
    period: int


async def open_assessment(call: Call, command: OpenAssessment) -> Answer:
    async with call.transaction() as tx:
        contract, person = await tx.open(Contract, command.contract_id, DUTY, by=None, fresh=False)
        section = law_apart(tx, contract, DUTY).section(AssessmentSection)
        conductor = await conductor_of(tx, contract, person, DUTY)
        tx.decided(rules.open_assessment(conductor, Modes(command.modes, command.modes_reason), section))
        must_have_started(contract, tx.today)
        line = line_of(contract, command.line_id)
        attempt = await _next_attempt(tx, line)
        await move_duty(tx, contract.id, "assessment", line.id, DutyState.UNDER_WAY)
        assessment = await tx.add(
            Assessment(
                id=new_id(),
                **owner(contract),
                line_id=line.id,
                period=line.period or line.number,
                attempt=attempt,
                modes=list(command.modes),
                modes_reason=command.modes_reason,
                purchaser_is_user=command.purchaser_is_user,
                organiser=conductor.organiser,
                kept_apart=contract.signed_by if section.separate_signing_and_acceptance else None,
                opened_by=person,
            )
        )
        tx.emit(AssessmentOpened(**_event(assessment), modes=assessment.modes))
        return _answer(tx, assessment, 201, located=True)


async def notify_observers(call: Call, command: NotifyObservers) -> Answer:
    async with call.transaction() as tx:
        assessment, contract, person = await tx.open_part(
            Assessment, command.assessment_id, Contract, DUTY, by=None, fresh=False
        )
        await must_organise(tx, contract, DUTY)
        tx.expect(assessment.version)
        law_apart(tx, contract, DUTY)
        must_be(assessment, (AssessmentState.OPEN,))
        await record_notices(tx, contract, assessment, command.told, person)
        return _answer(tx, await tx.save(assessment, assessment), 200)


async def give_result(call: Call, command: GiveResult) -> Answer:
    async with call.transaction() as tx:
        assessment, contract, person = await tx.open_part(Assessment, command.assessment_id, Contract, DUTY, by=None)
        section = law_apart(tx, contract, DUTY).section(AssessmentSection)
        must_be(assessment, (AssessmentState.OPEN,))
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, assessment, command.held_at)
        result = Result(command.score, contract.objection_window_working_days)
        window = tx.decided(rules.assess(conductor, occasion, result, section))
        until = await _open_window(tx, assessment, window)
        given = _given(tx, assessment, person, command.score, until)
        told = await tx.save(assessment, replace(given, held_at=occasion.held_at))
        await _tell_result(tx, told)
        return _answer(tx, told, 201)


async def correct_result(call: Call, command: CorrectResult) -> Answer:
    """The same occasion with other points, as the next attempt. The one before keeps the result it had."""
    async with call.transaction() as tx:
        before, contract, person = await tx.open_part(Assessment, command.assessment_id, Contract, DUTY, by=None)
        section = law_apart(tx, contract, DUTY).section(AssessmentSection)
        await _may_still_change(tx, before)
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, before, before.held_at)
        result = Result(command.score, contract.objection_window_working_days)
        _, given_by = before.result
        window = tx.decided(rules.correct_result(conductor, occasion, result, given_by, section))
        corrected = replace(
            before,
            id=new_id(),
            version=1,
            attempt=before.attempt + 1,
            corrects=before.occasion_id,
            corrected_from=given_by,
            corrected_score=None,
        )
        until = await _open_window(tx, corrected, window)
        await meet_deadline(tx, WINDOW, before.id)
        if before.state == AssessmentState.NOTIFIED:
            await tx.save(before, replace(before, state=AssessmentState.CORRECTED))
        digest = await keep_statement(tx, contract, corrected.id, "correction", command.reason)
        given = _given(tx, corrected, person, command.score, until)
        told = await tx.add(replace(given, reason_hash=digest))
        tx.emit(ResultCorrected(**about(told), record=told.id, corrects=before.id))
        await _tell_result(tx, told)
        return _answer(tx, told, 201, located=True)


async def _may_still_change(tx: Transaction, assessment: Assessment) -> None:
    """While objections may come; where none can come, the result stands at once, and a correction counts after it."""
    at_once = assessment.state == AssessmentState.CONFIRMED and assessment.objections_until is None
    if assessment.state != AssessmentState.NOTIFIED and not at_once:
        raise WrongState(assessment.state, AssessmentState.NOTIFIED, "confirmed_without_window")
    last = await store.last_attempt(tx, assessment.line_id)
    if last is None or last.id != assessment.id:
        raise WrongState(assessment.state, "latest_of_its_line")


async def _open_window(tx: Transaction, assessment: Assessment, window: Window) -> Due | None:
    """Until when objections may be filed, if any may; so long the duty is not concluded."""
    contract_id, line_id = assessment.contract_id, assessment.line_id
    if not window.days or window.clause is None:
        await move_duty(tx, contract_id, "assessment", line_id, DutyState.CONCLUDED)
        return None
    await move_duty(tx, contract_id, "assessment", line_id, DutyState.NOTIFIED)
    return await count_working_days(tx, WINDOW, assessment.id, assessment.key, window.days, window.clause)


def _given(tx: Transaction, assessment: Assessment, person: UUID, score: Decimal, until: Due | None) -> Assessment:
    """The assessment with its points, which wait for objections or stand at once."""
    return replace(
        assessment,
        state=AssessmentState.NOTIFIED if until else AssessmentState.CONFIRMED,
        assessed_by=person,
        score=score,
        notified_at=tx.now,
        objections_until=until.day if until else None,
        window_provisional=until.provisional if until else False,
        confirmed_on=None if until else tx.today,
    )


async def _tell_result(tx: Transaction, assessment: Assessment) -> None:
    """The points to everybody who acts on them, and to the provider in writing."""
    (score, _), last_day = assessment.result, assessment.objections_until
    facts = {"score": str(score), "period": str(assessment.period)}
    if last_day is not None:
        facts["objections_until"] = last_day.isoformat()
    await notify(tx, assessment.provider_id, "assessment_result", assessment.id, facts)
    provisional = assessment.window_provisional
    tx.emit(AssessmentNotified(**_event(assessment), score=score, objections_until=last_day, provisional=provisional))
    if assessment.state == AssessmentState.CONFIRMED:
        tx.emit(_confirmed(tx, assessment))


async def window_closed(tx: Transaction, deadline: Deadline) -> None:
    """The last day for objections is over; without one the result stands."""
    assessment, contract = await tx.lock_part(Assessment, deadline.subject, Contract)
    law(tx, contract)
    if assessment.state == AssessmentState.NOTIFIED:
        await confirm(tx, assessment)


async def window_moved(tx: Transaction, deadline: Deadline, until: Due) -> None:
    """The last day for objections was counted again: the provider is told in writing, as it was of the first."""
    assessment, contract = await tx.lock_part(Assessment, deadline.subject, Contract)
    law(tx, contract)
    counted = replace(assessment, objections_until=until.day, window_provisional=until.provisional)
    await tx.save(assessment, counted)
    facts = {"objections_until": until.day.isoformat()}
    await notify(tx, assessment.provider_id, "objection_window_moved", assessment.id, facts)
    tx.emit(
        LastDayMoved(
            **about(assessment),
            record=assessment.id,
            kind="objection_window",
            last_day=until.day,
            provisional=until.provisional,
        )
    )


async def confirm(tx: Transaction, assessment: Assessment, corrected: Decimal | None = None) -> None:
    """The result stands, with the corrected points where an objection was upheld."""
    await move_duty(tx, assessment.contract_id, "assessment", assessment.line_id, DutyState.CONCLUDED)
    stands = replace(assessment, state=AssessmentState.CONFIRMED, confirmed_on=tx.today, corrected_score=corrected)
    tx.emit(_confirmed(tx, await tx.save(assessment, stands)))


async def confirm_anew(
    tx: Transaction, last: Assessment, answered_by: UUID, corrected: Decimal | None, why: bytes
) -> None:
    """The same result as the next attempt, after the answer to an objection against it was set right."""
    await move_duty(tx, last.contract_id, "assessment", last.line_id, DutyState.CONCLUDED)
    anew = await tx.add(
        replace(
            last,
            id=new_id(),
            version=1,
            attempt=last.attempt + 1,
            corrects=last.occasion_id,
            corrected_from=answered_by,
            reason_hash=why,
            corrected_score=corrected,
            confirmed_on=tx.today,
        )
    )
    tx.emit(ResultCorrected(**about(anew), record=anew.id, corrects=last.id))
    tx.emit(_confirmed(tx, anew))


async def _next_attempt(tx: Transaction, line: Line) -> int:
    """A period is assessed again only after a result so low that its line pays nothing."""
    if line.gate != "assessment":
        raise WrongState(line.gate, "gated_by_assessment")
    last = await store.last_attempt(tx, line.id)
    if last is None:
        return 1
    if last.state != AssessmentState.CONFIRMED or line.pays_from is None or last.standing >= line.pays_from:
        raise WrongState(last.state, "confirmed_unpaid")
    return last.attempt + 1


def _event(assessment: Assessment) -> _Event:
    return {
        **about(assessment, ASSESSED),
        "assessment_id": assessment.id,
        "line_id": assessment.line_id,
        "period": assessment.period,
    }


def _confirmed(tx: Transaction, assessment: Assessment) -> AssessmentConfirmed:
    return AssessmentConfirmed(
        **_event(assessment),
        score=assessment.standing,
        result_version=assessment.attempt,
        concluded_on=tx.today,
    )


def _answer(tx: Transaction, assessment: Assessment, status: int, *, located: bool = False) -> Answer:
    location = f"/v1/assessments/{assessment.id}" if located else None
    view = AssessmentView.model_validate(assessment)
    return tx.answer(status, view, version=assessment.version, location=location)
