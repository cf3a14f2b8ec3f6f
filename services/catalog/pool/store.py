"""What was recorded of a project's steps, every entry of it, and its row as the rules of the pool read it."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.catalog.pool.records import ProjectStep, Step
from services.catalog.pool.rules import Progress
from services.catalog.projects.records import Project
from services.catalog.tables import project_steps
from shared.web.paging import Slice
from shared.work.database import Reader

_STEPS = (
    sa.select(project_steps)
    .where(project_steps.c.project_id == sa.bindparam("project_id", type_=sa.Uuid))
    .order_by(project_steps.c.id)
)


async def entries(reader: Reader, project_id: UUID) -> list[ProjectStep]:
    """Every entry of the project's steps, in the order of recording; the caller has read the project before."""
    return await reader.all(_STEPS, ProjectStep, project_id=project_id)


async def list_entries(reader: Reader, project_id: UUID, shown: Slice) -> list[ProjectStep]:
    """A page of them."""
    return await reader.all(shown.of(_STEPS), ProjectStep, project_id=project_id)


async def last_entry(reader: Reader, project_id: UUID, step: Step) -> ProjectStep | None:
    """The entry that counts, of a project whose row is locked."""
    return next((entry for entry in reversed(await entries(reader, project_id)) if entry.step == step), None)


def progress_of(project: Project, begun_on: date = date.min) -> Progress:
    votes = None
    if project.votes_for is not None and project.votes_against is not None:
        votes = project.votes_for, project.votes_against
    return Progress(
        project.way,
        project.purchaser_kind,
        project.estimate,
        project.deliberated_on,
        project.voted_on,
        votes,
        project.consented_by is not None,
        project.chosen_by is not None,
        begun_on,
    )
