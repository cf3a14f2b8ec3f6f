"""Commands on public consultations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.catalog.consultations import rules, store
from services.catalog.consultations.records import Consultation, DispositionCorrection, Feedback
from services.catalog.consultations.views import ConsultationView, DisposedView, FeedbackView, ReceiptView
from services.catalog.fields import WrongField
from services.catalog.projects.handlers import about
from services.catalog.projects.records import Project
from services.catalog.projects.store import lock_project
from services.catalog.requirements.records import Requirement, RequirementState
from services.catalog.rulebook import ConsultationSection
from services.catalog.tables import ANSWERED, CONSULTATION, DECIDED_ANEW
from shared.events.catalog import (
    ConsultationOpened,
    ConsultationWithdrawn,
    FeedbackDisposed,
    FeedbackReceived,
    TableEntry,
)
from shared.events.registry import PersonErased
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.people.erasing import erase_answers
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState

LONGEST = timedelta(days=366)
"""How long the public may be asked: the requirement waits for it until another person withdraws it. No text sets it."""


@dataclass(frozen=True, slots=True)
class OpenConsultation:
    """Puts a written requirement to the public until the end of a day."""

    requirement_id: UUID
    channels: list[str]
    channel_reason: str | None
    closes_on: date


@dataclass(frozen=True, slots=True)
class WithdrawConsultation:
    """Another person takes back a consultation that was opened by mistake, for a reason."""

    consultation_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """Somebody's answer."""

    consultation_id: UUID
    content: str


@dataclass(frozen=True, slots=True)
class DisposeMany:
    """One decision of the purchaser on many answers to one consultation."""

    consultation_id: UUID
    feedback: tuple[UUID, ...]
    adopted: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class DisposeFeedback:
    """The purchaser's decision on one answer."""

    feedback_id: UUID
    adopted: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class CorrectDisposition:
    """Another person's decision in the place of one that was a slip. `why` it was one."""

    feedback_id: UUID
    adopted: bool
    reason: str | None
    why: str


async def open_consultation(call: Call, command: OpenConsultation) -> Answer:
    async with call.transaction() as tx:
        requirement, person = await tx.open(
            Requirement, command.requirement_id, "write_requirement", states=(RequirementState.WRITTEN,)
        )
        project = await lock_project(tx, requirement.project_id)
        section = tx.law(project, ConsultationSection)
        if command.closes_on <= tx.today:  # no text gives a number: nobody can answer what is over
            raise WrongField("closes_on", "too_near", "give a day after today")
        if command.closes_on > tx.today + LONGEST:
            raise WrongField("closes_on", "too_far", f"give a day within {LONGEST.days} days")
        tx.decided(rules.open_consultation(command.channels, command.channel_reason, section))
        consultation = await tx.add(
            Consultation(
                id=new_id(),
                key=project.id,
                version=1,
                **about(project),
                requirement_id=requirement.id,
                channels=command.channels,
                channel_reason=command.channel_reason,
                opened_by=person,
                opened_on=tx.today,
                closes_at=closes_at(command.closes_on),
            )
        )
        tx.emit(
            ConsultationOpened(
                **about(project),
                requirement_id=requirement.id,
                consultation_id=consultation.id,
                channels=command.channels,
                closes_on=command.closes_on,
                facts=CONSULTATION(consultation),
            )
        )
        shown = {**vars(consultation), "content": requirement.content, "hash": requirement.hash}
        location = f"/v1/consultations/{consultation.id}"
        return tx.answer(201, ConsultationView.model_validate(shown), version=consultation.version, location=location)


async def withdraw_consultation(call: Call, command: WithdrawConsultation) -> Answer:
    """What was answered so far stays to be decided on: somebody took the trouble to say it."""
    async with call.transaction() as tx:
        before, person = await tx.open(Consultation, command.consultation_id, "write_requirement")
        _must_be_open(tx, before)
        project = await lock_project(tx, before.project_id)
        tx.decided(rules.withdraw_consultation(before.opened_by, person, tx.law(project, ConsultationSection)))
        after = await tx.save(before, replace(before, withdrawn_by=person, withdrawal_reason=command.reason))
        ids = {"requirement_id": before.requirement_id, "consultation_id": before.id}
        tx.emit(ConsultationWithdrawn(**about(project), **ids, facts=CONSULTATION(after)))
        withdrawn = await store.find_consultation(tx, before.id)
        return tx.answer(200, ConsultationView.model_validate(withdrawn), version=withdrawn.version)


def _must_be_open(tx: Transaction, consultation: Consultation) -> None:
    if consultation.withdrawn_by is not None or tx.now >= consultation.closes_at:
        raise WrongState("closed" if consultation.withdrawn_by is None else "withdrawn", "open")


async def give_feedback(call: Call, command: GiveFeedback) -> Answer:
    """Open to everybody who can log in, once: a later answer takes the place of the one before, so that everybody is
    heard and nobody is heard more than others. Who answered stands in the journal alone, by random id."""
    async with call.transaction() as tx:
        consultation = await store.find_consultation(tx, command.consultation_id)
        await tx.lock(consultation.key)
        _must_be_open(tx, consultation)
        feedback = await _keep(tx, consultation, command.content)
        tx.emit(
            FeedbackReceived(
                jurisdiction=feedback.jurisdiction,
                organisation=feedback.organisation,
                project_id=consultation.project_id,
                consultation_id=consultation.id,
                feedback_id=feedback.id,
                facts=ANSWERED(feedback),
            )
        )
        return tx.answer(201, ReceiptView.model_validate(feedback))


async def _keep(tx: Transaction, consultation: Consultation, content: str) -> Feedback:
    """The answer, in the place of what the same giver said before, which nobody has to decide on any more."""
    keep_until = _keep_until(tx, await lock_project(tx, consultation.project_id))
    giver = store.giver_of(tx, consultation.id)
    before = await store.given(tx, consultation.id, giver)
    if before is not None:
        undecided = replace(before, content=content, received_at=tx.now, adopted=None, reason=None, disposed_by=None)
        return await tx.save(before, undecided)
    return await tx.add(
        Feedback(
            id=new_id(),
            key=consultation.key,
            version=1,
            jurisdiction=consultation.jurisdiction,
            organisation=consultation.organisation,
            consultation_id=consultation.id,
            giver=giver,
            content=content,
            received_at=tx.now,
            purpose="public_consultation",
            keep_until=keep_until,
        )
    )


async def dispose_feedback(call: Call, command: DisposeFeedback) -> Answer:
    async with call.transaction() as tx:
        given, person = await tx.open(Feedback, command.feedback_id, "write_requirement")
        project = await lock_project(tx, given.key)
        [feedback] = await _dispose(tx, project, [given], command.adopted, command.reason, person)
        return tx.answer(200, FeedbackView.model_validate(feedback), version=feedback.version)


async def dispose_many(call: Call, command: DisposeMany) -> Answer:
    """Many answers say one thing: they are decided on together, and each has its decision and reason on record."""
    async with call.transaction() as tx:
        consultation = await store.find_consultation(tx, command.consultation_id)
        project, person = await tx.open(Project, consultation.project_id, "write_requirement", fresh=False)
        given = [await tx.lock_record(Feedback, feedback_id) for feedback_id in command.feedback]
        if any(feedback.consultation_id != consultation.id for feedback in given):
            raise NotFound
        await _dispose(tx, project, given, command.adopted, command.reason, person)
        return tx.answer(200, DisposedView(consultation_id=consultation.id, feedback=list(command.feedback)))


async def correct_disposition(call: Call, command: CorrectDisposition) -> Answer:
    async with call.transaction() as tx:
        given, person = await tx.open(Feedback, command.feedback_id, "write_requirement")
        project = await lock_project(tx, given.key)
        if given.adopted is None or given.disposed_by is None:
            raise WrongState("undisposed", "disposed")
        if given.adopted == command.adopted and given.reason == command.reason:
            raise WrongState("disposed", "another_result")
        section = tx.law(project, ConsultationSection)
        tx.decided(rules.correct_disposition(given.disposed_by, person, command.adopted, command.reason, section))
        correction = await tx.add(
            DispositionCorrection(
                feedback_id=given.id,
                number=await store.next_correction(tx, given.id),
                was_adopted=given.adopted,
                was_reason=given.reason,
                was_by=given.disposed_by,
                adopted=command.adopted,
                reason=command.reason,
                why=command.why,
                corrected_by=person,
                corrected_on=tx.today,
            )
        )
        decided = replace(given, adopted=command.adopted, reason=command.reason, disposed_by=person)
        feedback = await tx.save(given, decided)
        corrected = [TableEntry(number=correction.number, facts=DECIDED_ANEW(correction))]
        tx.emit(_disposed(project, feedback, corrects=True, corrected=corrected))
        return tx.answer(200, FeedbackView.model_validate(feedback), version=feedback.version)


async def on_person_erased(tx: Transaction, event: PersonErased) -> None:
    """What the person answered goes, and by whom it was; that somebody answered, and what became of it, stays."""
    for feedback in await store.erase_feedback(tx, event.person_id):
        await erase_answers(tx, feedback.id, [feedback.content])


async def _dispose(
    tx: Transaction, project: Project, given: Sequence[Feedback], adopted: bool, reason: str | None, person: UUID
) -> list[Feedback]:
    if any(feedback.adopted is not None for feedback in given):
        raise WrongState("disposed", "undisposed")
    tx.decided(rules.dispose(adopted, reason, tx.law(project, ConsultationSection)))
    disposed = []
    for feedback in given:
        decided = replace(feedback, adopted=adopted, reason=reason, disposed_by=person)
        disposed.append(await tx.save(feedback, decided))
        tx.emit(_disposed(project, disposed[-1]))
    return disposed


def _disposed(project: Project, feedback: Feedback, **how: Any) -> FeedbackDisposed:
    return FeedbackDisposed(
        **about(project),
        consultation_id=feedback.consultation_id,
        feedback_id=feedback.id,
        adopted=bool(feedback.adopted),
        facts=ANSWERED(feedback),
        **how,
    )


def _keep_until(tx: Transaction, project: Project) -> date:
    """To the end of the year in which the files of a purchase may first be given up."""
    years = tx.law(project, ConsultationSection).file_retention_years.value
    return date(tx.today.year + years, 12, 31)
