"""What waits about notices: to publish, and a later closing that another person confirms."""

import sqlalchemy as sa

from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rulebook import TaskSection
from services.tendering.tables import procurements
from shared.reading.tasks import ME, NOW, Kind, clause_in

_p = procurements.c

KINDS = (
    Kind(
        "publish_notice",
        {"publish_notice"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.CHECKED, _p.opening_key_id.is_not(None)),
        _p.organisation,
    ),
    Kind(
        "confirm_closing",
        {"publish_notice"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.NOTICED, _p.closes_at > NOW, _p.later_proposed_by != ME),
        _p.organisation,
        deadline="bids_close",
        law=lambda book: clause_in(book.section(TaskSection).two_person_acts, "closing_change"),
    ),
)
