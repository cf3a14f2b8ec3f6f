"""Queries about the versions of a requirement."""

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.projects.records import Project
from services.catalog.projects.store import budget_to_spend, read_project
from services.catalog.requirements.records import Requirement, RequirementState
from services.catalog.requirements.rules import Consultation, Content, Subject
from services.catalog.tables import consultations, private_feedback, requirements
from shared.fields.strict_json import canonical
from shared.web.paging import Slice
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

_ID = sa.bindparam("id", type_=sa.Uuid)
_REQUIREMENT = sa.select(requirements).where(requirements.c.id == _ID)
_REQUIREMENTS = sa.select(requirements).where(requirements.c.project_id == _ID)
_NEXT = sa.select(sa.func.coalesce(sa.func.max(requirements.c.number), 0) + 1).where(requirements.c.project_id == _ID)
_REPLACE = (
    sa.update(requirements)
    .where(
        requirements.c.project_id == sa.bindparam("of", type_=sa.Uuid),
        requirements.c.state == sa.bindparam("was", type_=sa.Text),
    )
    .values(state=RequirementState.REPLACED, version=requirements.c.version + 1)
)
_CLOSES = sa.select(sa.func.max(consultations.c.closes_at)).where(
    consultations.c.project_id == _ID, consultations.c.withdrawn_by.is_(None)
)
_UNDISPOSED = sa.select(sa.func.count()).where(private_feedback.c.key == _ID, private_feedback.c.adopted.is_(None))


async def next_number(tx: Transaction, project_id: UUID) -> int:
    """The number of the next version of the locked project."""
    number: int = await tx.value(_NEXT, id=project_id)
    return number


async def replace_standing(tx: Transaction, project_id: UUID, state: RequirementState) -> None:
    """What stands in that state makes room for a later version."""
    await tx.run(_REPLACE, of=project_id, was=state)


async def read_requirement(reader: Reader, requirement_id: UUID, scope: Scope) -> Requirement:
    """For those who may see its project; raises NotFound."""
    requirement = await reader.one(_REQUIREMENT, Requirement, id=requirement_id)
    if requirement is None:
        raise NotFound
    await read_project(reader, requirement.project_id, scope)
    return requirement


async def list_requirements(reader: Reader, project_id: UUID, shown: Slice, scope: Scope) -> list[Requirement]:
    """Every version, latest first."""
    await read_project(reader, project_id, scope)
    return await reader.all(shown.of(_REQUIREMENTS), Requirement, id=project_id)


async def subject_of(reader: Reader, project: Project) -> Subject:
    """The project with its approved amount, or what it is estimated to cost while no budget is approved."""
    budget = await budget_to_spend(reader, project.id, reader.today.year)
    return Subject(
        project.nature,
        project.service_class,
        project.need_origin,
        budget.amount if budget is not None else project.estimate,
        project.in_central_directory,
    )


async def consultation_of(tx: Transaction, project_id: UUID) -> Consultation | None:
    """The latest consultation of the project that stands, and what all of them left undecided."""
    closes_at = await tx.value(_CLOSES, id=project_id)
    if closes_at is None:
        return None
    return Consultation(closes_at <= tx.now, await tx.value(_UNDISPOSED, id=project_id))


def content_of(stored: dict[str, Any]) -> Content:
    """A stored requirement as rules look at it."""
    measurable = [i for i in stored["indicators"] if i["measurable"]]
    argumentation = stored["argumentation"] or {}
    return Content(
        frozenset(stored["fields"]),
        tuple(i["name"] for i in measurable if i["value"] is None or i["unit"] is None),
        frozenset(name for name, text in stored["standards"].items() if text),
        tuple(frozenset(name for name, text in given.items() if text) for given in stored["uncertainties"]),
        tuple(bool(core["detail"]) for core in stored["core_requirements"]),
        len(stored["result_payment"]),
        any(argumentation.values()),
    )


def hash_of(stored: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of the content: what the project is cleared with."""
    return hashlib.sha256(canonical(stored)).hexdigest()
