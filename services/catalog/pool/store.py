"""What was recorded of a project's steps, every entry of it, and its row as the rules of the pool read it."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.pool.rules import Progress
from services.catalog.tables import project_steps
from shared.fields.ids import new_id
from shared.work.database import Reader, Row, Transaction

_STEPS = (
    sa.select(project_steps)
    .where(project_steps.c.project_id == sa.bindparam("project_id", type_=sa.Uuid))
    .order_by(project_steps.c.id)
)


async def entries(reader: Reader, project_id: UUID) -> list[Row]:
    """Every entry of the project's steps, in the order of recording; the caller has read the project before."""
    return await reader.all(_STEPS, project_id=project_id)


async def last_entry(tx: Transaction, project_id: UUID, step: str) -> Row | None:
    """The entry that counts, of a project whose row is locked."""
    return next((entry for entry in reversed(await entries(tx, project_id)) if entry["step"] == step), None)


async def add_entry(tx: Transaction, project: Row, before: Row | None, **values: Any) -> int:
    """A first entry, or one that takes the place of `before`; returns its number."""
    number = before["number"] + 1 if before else 1
    corrected = {"corrects": before["number"], "corrects_by": before["recorded_by"]} if before else {}
    of_project = {name: project[name] for name in ("key", "jurisdiction", "organisation")}
    await tx.insert(
        project_steps,
        id=new_id(),
        version=1,
        project_id=project["id"],
        number=number,
        recorded_on=tx.today,
        **of_project,
        **corrected,
        **values,
    )
    return number


def progress_of(row: Row, begun_on: date = date.min) -> Progress:
    votes = (row["votes_for"], row["votes_against"]) if row["voted_on"] else None
    return Progress(
        row["way"],
        row["purchaser_kind"],
        row["estimate"],
        row["deliberated_on"],
        row["voted_on"],
        votes,
        row["consented_by"] is not None,
        row["chosen_by"] is not None,
        begun_on,
    )
