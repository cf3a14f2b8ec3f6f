"""What waits about qualification: opened bids to hold against the conditions."""

from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rulebook import TaskSection
from services.tendering.tables import procurements
from shared.reading.tasks import Kind, clause_in

_p = procurements.c

KINDS = (
    Kind(
        "review_qualification",
        {"review_qualification"},
        PROCUREMENT,
        _p.state == ProcurementState.OPENED,
        _p.organisation,
        law=lambda book: clause_in(book.section(TaskSection).required_conditions),
    ),
)
