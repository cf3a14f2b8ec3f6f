"""What waits about cancellations: another person's word."""

import sqlalchemy as sa

from services.tendering.procurements.records import WITHOUT_RESULT
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rulebook import TaskSection
from services.tendering.tables import procurements
from shared.reading.tasks import ME, Kind, among, clause_in

_p = procurements.c

KINDS = (
    Kind(
        "confirm_cancellation",
        {"publish_notice"},
        PROCUREMENT,
        sa.and_(among(_p.state, *WITHOUT_RESULT), _p.cancellation_proposed_by != ME),
        _p.organisation,
        law=lambda book: clause_in(book.section(TaskSection).two_person_acts, "cancellation"),
    ),
)
