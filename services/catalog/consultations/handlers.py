"""Commands on public consultations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.catalog.consultations import rules, store
from services.catalog.consultations.views import DisposedView, consultation_view, feedback_view, receipt_view
from services.catalog.fields import WrongField
from services.catalog.projects.handlers import about
from services.catalog.projects.store import lock_project
from services.catalog.requirements.store import lock_requirement
from services.catalog.rulebook import ConsultationSection
from shared.events.catalog import ConsultationOpened, FeedbackDisposed, FeedbackReceived
from shared.events.registry import PersonErased
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.people.erasing import erase_answers
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState

LONGEST = timedelta(days=366)
"""How long the public may be asked: the requirement waits for it, and no later act ends it. No text sets this."""


@dataclass(frozen=True, slots=True)
class OpenConsultation:
    """Puts a written requirement to the public until the end of a day."""

    requirement_id: UUID
    channels: list[str]
    channel_reason: str | None
    closes_on: date


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


async def open_consultation(call: Call, command: OpenConsultation) -> Answer:
    async with call.transaction() as tx:
        requirement = await lock_requirement(tx, command.requirement_id)
        project = await lock_project(tx, requirement["project_id"])
        person = tx.require("write_requirement", project["organisation"], project["jurisdiction"])
        tx.expect(requirement["version"])
        if requirement["state"] != "written":
            raise WrongState(requirement["state"], "written")
        section = _section(tx, project)
        if command.closes_on > tx.today + LONGEST:
            raise WrongField("closes_on", "too_far", f"give a day within {LONGEST.days} days")
        tx.decided(
            rules.open_consultation(command.channels, command.channel_reason, command.closes_on, section, tx.today)
        )
        consultation_id = new_id()
        await store.add_consultation(tx, _opened(tx, command, project, consultation_id, person))
        tx.emit(
            ConsultationOpened(
                **about(project),
                requirement_id=requirement["id"],
                consultation_id=consultation_id,
                channels=command.channels,
                closes_on=command.closes_on,
            )
        )
        row = await store.find_consultation(tx, consultation_id)
        location = f"/v1/consultations/{consultation_id}"
        return tx.answer(201, consultation_view(row), version=row["version"], location=location)


def _opened(
    tx: Transaction, command: OpenConsultation, project: Row, consultation_id: UUID, person: UUID
) -> dict[str, Any]:
    return {
        **about(project),
        "id": consultation_id,
        "requirement_id": command.requirement_id,
        "channels": command.channels,
        "channel_reason": command.channel_reason,
        "opened_by": person,
        "opened_on": tx.today,
        "closes_at": closes_at(command.closes_on),
    }


async def give_feedback(call: Call, command: GiveFeedback) -> Answer:
    """Open to everybody who can log in, once: a later answer takes the place of the one before, so that everybody is
    heard and nobody is heard more than others. Who answered stands in the journal alone, by random id."""
    async with call.transaction() as tx:
        consultation = await store.find_consultation(tx, command.consultation_id)
        await tx.lock(consultation["key"])
        if tx.now >= consultation["closes_at"]:
            raise WrongState("closed", "open")
        place = {"jurisdiction": consultation["jurisdiction"], "organisation": consultation["organisation"]}
        feedback_id = await store.put_feedback(
            tx,
            store.giver_of(tx, consultation["id"]),
            {
                **place,
                "id": new_id(),
                "key": consultation["key"],
                "consultation_id": consultation["id"],
                "content": command.content,
                "purpose": "public_consultation",
                "keep_until": _keep_until(tx, await lock_project(tx, consultation["project_id"])),
            },
        )
        tx.emit(
            FeedbackReceived(
                **place,
                project_id=consultation["project_id"],
                consultation_id=consultation["id"],
                feedback_id=feedback_id,
            )
        )
        return tx.answer(201, receipt_view(await store.lock_feedback(tx, feedback_id)))


async def dispose_feedback(call: Call, command: DisposeFeedback) -> Answer:
    async with call.transaction() as tx:
        feedback = await store.lock_feedback(tx, command.feedback_id)
        project = await lock_project(tx, feedback["key"])
        person = tx.require("write_requirement", project["organisation"], project["jurisdiction"])
        tx.expect(feedback["version"])
        await _dispose(tx, project, [feedback], command.adopted, command.reason, person)
        row = await store.lock_feedback(tx, feedback["id"])
        return tx.answer(200, feedback_view(row), version=row["version"])


async def dispose_many(call: Call, command: DisposeMany) -> Answer:
    """Many answers say one thing: they are decided on together, and each has its decision and reason on record."""
    async with call.transaction() as tx:
        consultation = await store.find_consultation(tx, command.consultation_id)
        project = await lock_project(tx, consultation["project_id"])
        person = tx.require("write_requirement", project["organisation"], project["jurisdiction"])
        feedback = [await store.lock_feedback(tx, feedback_id) for feedback_id in command.feedback]
        if any(row["consultation_id"] != consultation["id"] for row in feedback):
            raise NotFound
        await _dispose(tx, project, feedback, command.adopted, command.reason, person)
        return tx.answer(200, DisposedView(consultation_id=consultation["id"], feedback=list(command.feedback)))


async def on_person_erased(tx: Transaction, event: PersonErased) -> None:
    """What the person answered goes, and by whom it was; that somebody answered, and what became of it, stays."""
    for feedback_id, content in await store.erase_feedback(tx, event.person_id):
        await erase_answers(tx, feedback_id, [content])


async def _dispose(
    tx: Transaction, project: Row, feedback: Sequence[Row], adopted: bool, reason: str | None, person: UUID
) -> None:
    if any(row["adopted"] is not None for row in feedback):
        raise WrongState("disposed", "undisposed")
    tx.decided(rules.dispose(adopted, reason, _section(tx, project)))
    for row in feedback:
        await store.set_disposed(tx, row["id"], adopted, reason, person)
        ids = {"consultation_id": row["consultation_id"], "feedback_id": row["id"]}
        tx.emit(FeedbackDisposed(**about(project), **ids, adopted=adopted))


def _section(tx: Transaction, project: Row) -> ConsultationSection:
    return tx.under(rulebooks().get(project["rulebook"])).section(ConsultationSection)


def _keep_until(tx: Transaction, project: Row) -> date:
    """To the end of the year in which the files of a purchase may first be given up."""
    years = _section(tx, project).file_retention_years.value
    return date(tx.today.year + years, 12, 31)
