"""Queries about the versions of a requirement."""

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.projects.store import budget_to_spend, read_project
from services.catalog.requirements.rules import Consultation, Content, Subject
from services.catalog.tables import consultations, private_feedback, requirements
from shared.fields.strict_json import canonical
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

_ID = sa.bindparam("id", type_=sa.Uuid)
_REQUIREMENT = sa.select(requirements).where(requirements.c.id == _ID)
_REQUIREMENTS = sa.select(requirements).where(requirements.c.project_id == _ID).order_by(requirements.c.number.desc())
_NEXT = sa.select(sa.func.coalesce(sa.func.max(requirements.c.number), 0) + 1).where(requirements.c.project_id == _ID)
_REPLACE = (
    sa.update(requirements)
    .where(
        requirements.c.project_id == sa.bindparam("of", type_=sa.Uuid),
        requirements.c.state == sa.bindparam("was", type_=sa.Text),
    )
    .values(state="replaced", version=requirements.c.version + 1)
)
_CLOSES = sa.select(sa.func.max(consultations.c.closes_at)).where(consultations.c.project_id == _ID)
_UNDISPOSED = sa.select(sa.func.count()).where(private_feedback.c.key == _ID, private_feedback.c.adopted.is_(None))


async def add_version(tx: Transaction, requirement: dict[str, Any]) -> int:
    """Keeps the next version; an earlier one that nobody has reviewed is replaced. Returns its number."""
    project_id = requirement["project_id"]
    await tx.run(_REPLACE, of=project_id, was="written")
    number: int = await tx.value(_NEXT, id=project_id)
    await tx.insert(requirements, key=project_id, version=1, number=number, state="written", **requirement)
    return number


async def lock_requirement(tx: Transaction, requirement_id: UUID) -> Row:
    return await tx.lock_row(requirements, requirement_id)


async def set_finalised(tx: Transaction, requirement: Row, person: UUID) -> None:
    """Puts the version in the place of the one that stood before."""
    await tx.run(_REPLACE, of=requirement["project_id"], was="finalised")
    await tx.update(requirements, requirement["id"], state="finalised", reviewed_by=person, reviewed_on=tx.today)


async def set_returned(tx: Transaction, requirement: Row, person: UUID, reason: str | None) -> None:
    reviewed = {"reviewed_by": person, "reviewed_on": tx.today, "review_reason": reason}
    await tx.update(requirements, requirement["id"], state="returned", **reviewed)


async def read_requirement(reader: Reader, requirement_id: UUID, scope: Scope) -> Row:
    """For those who may see its project; raises NotFound."""
    row = await reader.one(_REQUIREMENT, id=requirement_id)
    if row is None:
        raise NotFound
    await read_project(reader, row["project_id"], scope)
    return row


async def list_requirements(reader: Reader, project_id: UUID, scope: Scope) -> list[Row]:
    """Every version, latest first."""
    await read_project(reader, project_id, scope)
    return await reader.all(_REQUIREMENTS, id=project_id)


async def subject_of(reader: Reader, project: Row) -> Subject:
    """The project with its approved amount, or what it is estimated to cost while no budget is approved."""
    budget = await budget_to_spend(reader, project["id"], reader.today.year)
    return Subject(
        project["nature"],
        project["service_class"],
        project["need_origin"],
        budget["amount"] if budget is not None else project["estimate"],
        project["in_central_directory"],
    )


async def consultation_of(tx: Transaction, project_id: UUID) -> Consultation | None:
    """The latest consultation of the project, and what all of them left undecided."""
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
