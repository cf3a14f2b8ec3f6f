"""What waits about consultations: feedback that nobody has disposed of."""

import sqlalchemy as sa

from services.catalog.projects.tasks import of_project
from services.catalog.rulebook import ConsultationSection
from services.catalog.tables import consultations, private_feedback
from shared.reading.tasks import Kind, clause_of

_t = consultations.c
CONSULTATION = of_project("consultation", consultations, "/v1/consultations/{}/feedback")
undecided = sa.exists().where(private_feedback.c.consultation_id == _t.id, private_feedback.c.adopted.is_(None))

KINDS = (
    Kind(
        "dispose_feedback",
        {"write_requirement"},
        CONSULTATION,
        undecided,
        _t.organisation,
        law=lambda book: clause_of(book.section(ConsultationSection).feedback_disposition_required),
    ),
)
