"""What waits about procurements: a cleared project that nobody buys yet."""

import sqlalchemy as sa

from services.tendering.procurements.records import ProcurementState
from services.tendering.rulebook import TaskSection
from services.tendering.tables import procurements, projects, withdrawn_projects
from shared.reading.tasks import Kind, Subject, clause_in

_j = projects.c
_p = procurements.c

PROJECT = Subject(
    "project",
    projects,
    _j.id,
    _j.id,
    _j.jurisdiction,
    "/v1/procurements?project_id={}",
    rulebook=_j.rulebook,
    reference=_j.reference,
    title=_j.title,
)

PROCUREMENT = Subject(
    "procurement",
    procurements,
    _p.id,
    _p.key,
    _p.jurisdiction,
    "/v1/procurements/{}",
    rulebook=_p.rulebook,
    method=_p.method,
    reference=_p.reference,
    title=_p.title,
)


def of_procurement(kind: str, table: sa.Table, path: str) -> Subject:
    """A record of a procurement, shown with its reference and title."""
    rows = table.join(procurements, _p.id == table.c.procurement_id)
    shown = {"rulebook": _p.rulebook, "method": _p.method, "reference": _p.reference, "title": _p.title}
    return Subject(kind, rows, table.c.id, table.c.key, table.c.jurisdiction, path, **shown)


_live = sa.exists().where(_p.key == _j.id, _p.state != ProcurementState.FAILED)

KINDS = (
    Kind(
        "open_procurement",
        {"open_procurement"},
        PROJECT,
        sa.and_(~_live, ~sa.exists().where(withdrawn_projects.c.project_id == _j.id)),
        _j.organisation,
        law=lambda book: clause_in(book.section(TaskSection).procurement_methods),
    ),
)
