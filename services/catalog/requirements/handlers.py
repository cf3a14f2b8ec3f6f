"""Commands on the versions of a requirement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.catalog.negative_lists import store as negative_checks
from services.catalog.projects import store as projects
from services.catalog.projects.handlers import BEFORE_PROCUREMENT, about, clear_if_complete
from services.catalog.requirements import rules, store
from services.catalog.requirements.rules import Review
from services.catalog.requirements.views import requirement_view
from services.catalog.rulebook import NegativeSection, RequirementSection
from shared.events.catalog import RequirementFinalised, RequirementReturned, RequirementWritten
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class WriteRequirement:
    """The next version of a project's requirement, with the negative list declared once more before procurement."""

    project_id: UUID
    content: dict[str, Any]
    declaration: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class ReviewRequirement:
    """Another person finalises the version, recording what was checked, or sends it back."""

    requirement_id: UUID
    finalise: bool
    compliant: bool
    wording_clear: bool
    reason: str | None


async def write_requirement(call: Call, command: WriteRequirement) -> Answer:
    async with call.transaction() as tx:
        project = await projects.lock_project(tx, command.project_id)
        person = tx.require("write_requirement", project["organisation"], project["jurisdiction"])
        tx.expect(project["version"])
        _must_be(project, *BEFORE_PROCUREMENT)
        section, negative = _sections(tx, project)
        content, subject = store.content_of(command.content), await store.subject_of(tx, project)
        tx.decided(rules.write(content, subject, command.declaration, section, negative))
        separate = section.separate_need_review is not None
        return await _keep(tx, command, project, person, separate)


async def _keep(tx: Transaction, command: WriteRequirement, project: Row, person: UUID, separate: bool) -> Answer:
    requirement_id, fixed = new_id(), store.hash_of(command.content)
    written = {"id": requirement_id, "written_by": person, "written_on": tx.today, "separate_review": separate}
    number = await store.add_version(tx, {**about(project), **written, "content": command.content, "hash": fixed})
    await negative_checks.declare(tx, project["id"], requirement_id, "procurement", command.declaration, person)
    event = RequirementWritten(
        **about(project), requirement_id=requirement_id, requirement_version=number, requirement_hash=fixed
    )
    tx.emit(event)
    return await _answer(tx, requirement_id, 201)


async def review_requirement(call: Call, command: ReviewRequirement) -> Answer:
    async with call.transaction() as tx:
        requirement = await store.lock_requirement(tx, command.requirement_id)
        project = await projects.lock_project(tx, requirement["project_id"])
        person = tx.require("review_requirement", project["organisation"], project["jurisdiction"])
        tx.expect(requirement["version"])
        _must_be(requirement, "written")
        declared_by = await negative_checks.declared_by(tx, requirement["id"], "procurement")
        review = Review(requirement["written_by"], declared_by, person, command.compliant, command.wording_clear)
        if command.finalise:
            await _finalise(tx, requirement, project, review)
        else:
            section, negative = _sections(tx, project)
            tx.decided(rules.send_back(review, section, negative))
            await store.set_returned(tx, requirement, person, command.reason)
            tx.emit(RequirementReturned(**about(project), requirement_id=requirement["id"]))
        return await _answer(tx, requirement["id"], 200)


async def _finalise(tx: Transaction, requirement: Row, project: Row, review: Review) -> None:
    _must_be(project, *BEFORE_PROCUREMENT)
    section, negative = _sections(tx, project)
    content, subject = store.content_of(requirement["content"]), await store.subject_of(tx, project)
    consultation = await store.consultation_of(tx, project["id"])
    tx.decided(rules.finalise(content, subject, consultation, review, section, negative))
    await negative_checks.confirm(tx, requirement["id"], "procurement", review.reviewer)
    await store.set_finalised(tx, requirement, review.reviewer)
    tx.emit(
        RequirementFinalised(
            **about(project),
            requirement_id=requirement["id"],
            requirement_version=requirement["number"],
            requirement_hash=requirement["hash"],
        )
    )
    await clear_if_complete(tx, project["id"])


def _sections(tx: Transaction, project: Row) -> tuple[RequirementSection, NegativeSection]:
    book = tx.under(rulebooks().get(project["rulebook"]))
    return book.section(RequirementSection), book.section(NegativeSection)


def _must_be(row: Row, *states: str) -> None:
    if row["state"] not in states:
        raise WrongState(row["state"], " or ".join(states))


async def _answer(tx: Transaction, requirement_id: UUID, status: int) -> Answer:
    row = await store.lock_requirement(tx, requirement_id)
    location = f"/v1/requirements/{requirement_id}"
    return tx.answer(status, requirement_view(row), version=row["version"], location=location)
