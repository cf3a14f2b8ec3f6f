"""Commands on the versions of a requirement."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.catalog.negative_lists import store as negative_checks
from services.catalog.projects import store as projects
from services.catalog.projects.handlers import about, clear_if_complete
from services.catalog.projects.records import BEFORE_PROCUREMENT, Project
from services.catalog.requirements import rules, store
from services.catalog.requirements.records import Requirement, RequirementState
from services.catalog.requirements.rules import Review
from services.catalog.requirements.views import RequirementView
from services.catalog.rulebook import NegativeSection, RequirementSection
from shared.events.catalog import RequirementFinalised, RequirementReturned, RequirementWritten
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, must_be


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
        project, person = await tx.open(Project, command.project_id, "write_requirement", states=BEFORE_PROCUREMENT)
        section, negative = _sections(tx, project)
        content, subject = store.content_of(command.content), await store.subject_of(tx, project)
        tx.decided(rules.write(content, subject, command.declaration, section, negative))
        await store.replace_standing(tx, project.id, RequirementState.WRITTEN)
        requirement = await tx.add(
            Requirement(
                id=new_id(),
                key=project.id,
                version=1,
                **about(project),
                number=await store.next_number(tx, project.id),
                state=RequirementState.WRITTEN,
                content=command.content,
                hash=store.hash_of(command.content),
                written_by=person,
                written_on=tx.today,
                separate_review=section.separate_need_review is not None,
            )
        )
        declared = await negative_checks.declare(
            tx, project.id, requirement.id, "procurement", command.declaration, person
        )
        tx.emit(
            RequirementWritten(
                **about(project),
                requirement_id=requirement.id,
                requirement_version=requirement.number,
                requirement_hash=requirement.hash,
                declared=declared,
            )
        )
        return _answer(tx, requirement, 201)


async def review_requirement(call: Call, command: ReviewRequirement) -> Answer:
    async with call.transaction() as tx:
        written, person = await tx.open(
            Requirement, command.requirement_id, "review_requirement", states=(RequirementState.WRITTEN,)
        )
        project = await projects.lock_project(tx, written.project_id)
        declared_by = await negative_checks.declared_by(tx, written.id, "procurement")
        review = Review(written.written_by, declared_by, person, command.compliant, command.wording_clear)
        reviewed = replace(written, reviewed_by=person, reviewed_on=tx.today)
        if command.finalise:
            requirement = await _finalise(tx, written, reviewed, project, review)
        else:
            section, negative = _sections(tx, project)
            tx.decided(rules.send_back(review, section, negative))
            returned = replace(reviewed, state=RequirementState.RETURNED, review_reason=command.reason)
            requirement = await tx.save(written, returned)
            tx.emit(RequirementReturned(**about(project), requirement_id=requirement.id))
        return _answer(tx, requirement, 200)


async def _finalise(
    tx: Transaction, written: Requirement, reviewed: Requirement, project: Project, review: Review
) -> Requirement:
    """Puts the version in the place of the one that stood before."""
    must_be(project, BEFORE_PROCUREMENT)
    section, negative = _sections(tx, project)
    content, subject = store.content_of(written.content), await store.subject_of(tx, project)
    consultation = await store.consultation_of(tx, project.id)
    tx.decided(rules.finalise(content, subject, consultation, review, section, negative))
    await negative_checks.confirm(tx, written.id, "procurement", review.reviewer)
    await store.replace_standing(tx, project.id, RequirementState.FINALISED)
    requirement = await tx.save(written, replace(reviewed, state=RequirementState.FINALISED))
    tx.emit(
        RequirementFinalised(
            **about(project),
            requirement_id=requirement.id,
            requirement_version=requirement.number,
            requirement_hash=requirement.hash,
        )
    )
    await clear_if_complete(tx, project)
    return requirement


def _sections(tx: Transaction, project: Project) -> tuple[RequirementSection, NegativeSection]:
    return tx.law(project, RequirementSection), tx.law(project, NegativeSection)


def _answer(tx: Transaction, requirement: Requirement, status: int) -> Answer:
    view, location = RequirementView.model_validate(requirement), f"/v1/requirements/{requirement.id}"
    return tx.answer(status, view, version=requirement.version, location=location)
