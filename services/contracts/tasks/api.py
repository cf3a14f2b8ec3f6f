"""`GET /v1/tasks`: what waits for the caller in contracts."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from services.contracts.tasks import store
from services.contracts.terms.rules import last_day_before
from shared.database import Reader, Row
from shared.http import Query, router

routes = router("tasks")


class TaskView(BaseModel):
    """Something to do: on which contract or payment line (`subject`), until which day, by which clause. Where no
    deadline runs, `last_day` and `clause` are null."""

    task: str
    subject: UUID
    contract_id: UUID
    reference: str
    line: int | None
    last_day: date | None
    overdue: bool
    clause: str | None


@routes.get("/tasks", operation_id="list_tasks")
async def list_tasks(query: Query) -> list[TaskView]:
    """What the caller's posts let them do now, the most urgent first; at most 200 of a kind. For those who oversee a
    jurisdiction: payments past their last day."""
    found = [_task(kind.task, row, query) for kind in store.KINDS for row in await store.waiting(query, kind)]
    return sorted(found, key=lambda task: task.last_day or date.max)


def _task(name: str, row: Row, reader: Reader) -> TaskView:
    due_at = row["due_at"]
    return TaskView(
        task=name,
        subject=row["subject"],
        contract_id=row["contract_id"],
        reference=row["reference"],
        line=row["line"],
        last_day=last_day_before(due_at) if due_at else None,
        overdue=due_at is not None and not row["provisional"] and due_at <= reader.now,
        clause=row["clause"],
    )
