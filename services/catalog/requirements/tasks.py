"""What waits about requirements: projects in the pool without one, and written ones to review."""

import sqlalchemy as sa

from services.catalog.consultations.tasks import undecided
from services.catalog.projects.records import ProjectState
from services.catalog.projects.tasks import PROJECT, of_project
from services.catalog.requirements.records import RequirementState
from services.catalog.rulebook import ClearanceSection, RequirementSection
from services.catalog.tables import consultations, projects, requirements
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, NOW, Kind, among, clause_of

_p = projects.c
_r = requirements.c
_t = consultations.c
REQUIREMENT = of_project("requirement", requirements, "/v1/requirements/{}")


def _need(book: Rulebook) -> Clause | None:
    section = book.section(RequirementSection)
    return clause_of(section.separate_need_review, section.need_compliance_check_required)


_written = sa.exists().where(
    _r.project_id == _p.id, among(_r.state, RequirementState.WRITTEN, RequirementState.FINALISED)
)

_with_the_public = sa.exists().where(
    _t.requirement_id == _r.id, sa.or_(sa.and_(_t.closes_at > NOW, _t.withdrawn_by.is_(None)), undecided)
)

KINDS = (
    Kind(
        "write_requirement",
        {"write_requirement"},
        PROJECT,
        sa.and_(_p.state == ProjectState.POOLED, ~_written),
        _p.organisation,
        law=lambda book: clause_of(book.section(ClearanceSection).finalised_need_required),
    ),
    Kind(
        "review_requirement",
        {"review_requirement"},
        REQUIREMENT,
        sa.and_(
            _r.state == RequirementState.WRITTEN,
            _p.state != ProjectState.DECLINED,
            _r.written_by != ME,
            ~_with_the_public,
        ),
        _r.organisation,
        law=_need,
    ),
)
