"""How objections look from outside; the statements themselves only in the details, for the parties."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.fields.money import Points
from shared.web.http import View
from shared.work.database import Row


class ObjectionView(View):
    """An objection: `evidence` are SHA-256 hashes of the documents; `overdue` when the answer's day has passed without
    one."""

    id: UUID
    assessment_id: UUID
    contract_id: UUID
    version: int
    state: str
    filed_at: datetime
    evidence: list[str]
    answer_due: date
    due_provisional: bool
    overdue: bool
    answered_at: datetime | None
    corrected_score: Points | None
    withdrawn_at: datetime | None


class ObjectionDetails(ObjectionView):
    """With what was said and found."""

    statement: str | None
    verification: str | None


def objection_view(row: Row, today: date) -> ObjectionView:
    return ObjectionView(**_shown(row), overdue=overdue(row, today))


def objection_details(row: Row, today: date, statement: str | None, verification: str | None) -> ObjectionDetails:
    shown = {**_shown(row), "overdue": overdue(row, today)}
    return ObjectionDetails(**shown, statement=statement, verification=verification)


def overdue(row: Row, today: date) -> bool:
    """The day itself is still in time; a provisional day makes nothing overdue."""
    return bool(row["state"] == "open" and not row["due_provisional"] and today > row["answer_due"])


def _shown(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ObjectionView.model_fields if name not in ("explain", "overdue")}
