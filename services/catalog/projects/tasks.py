"""What tasks about projects show of them, and of records that belong to one."""

import sqlalchemy as sa

from services.catalog.tables import projects
from shared.reading.tasks import Subject
from shared.reading.visibility import city_of

_p = projects.c
_number = sa.cast(_p.number, sa.Text)

_REFERENCE = sa.func.concat_ws(
    "-",
    city_of(_p.jurisdiction),
    sa.func.to_char(_p.proposed_on, "YYYY"),
    sa.func.lpad(_number, sa.func.greatest(sa.func.length(_number), 6), "0"),
)

PROJECT = Subject(
    "project",
    projects,
    _p.id,
    _p.key,
    _p.jurisdiction,
    "/v1/projects/{}",
    rulebook=_p.rulebook,
    reference=_REFERENCE,
    title=_p.title,
)


def of_project(kind: str, table: sa.Table, path: str) -> Subject:
    """A record of a project, shown with the project's reference and title."""
    rows = table.join(projects, _p.id == table.c.project_id)
    shown = {"rulebook": _p.rulebook, "reference": _REFERENCE, "title": _p.title}
    return Subject(kind, rows, table.c.id, table.c.key, table.c.jurisdiction, path, **shown)
