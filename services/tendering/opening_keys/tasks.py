"""What waits about opening keys: a checked file without one."""

import sqlalchemy as sa

from services.tendering.opening.tasks import opening_by_two
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.tables import procurements
from shared.reading.tasks import Kind

_p = procurements.c

KINDS = (
    Kind(
        "register_opening_key",
        {"draft_file"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.CHECKED, _p.opening_key_id.is_(None)),
        _p.organisation,
        law=opening_by_two,
    ),
)
