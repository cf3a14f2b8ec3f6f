"""What waits about panels: to form one, and interests that its members declare."""

import sqlalchemy as sa

from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rescorings.records import RescoringState
from services.tendering.rulebook import TaskSection
from services.tendering.tables import panel_members, panels, procurements, rescorings
from shared.reading.tasks import ME, Kind, among, clause_in, clause_of

_p = procurements.c
_m = panel_members.c
_r = rescorings.c
_panel = sa.exists().where(panels.c.procurement_id == _p.id)
_before_sums = among(_p.state, ProcurementState.OPENED, ProcurementState.REVIEWED)
open_again = sa.and_(
    _p.state == ProcurementState.RESCORING,
    sa.exists().where(_r.procurement_id == _p.id, _r.state == RescoringState.OPEN),
)
my_seat = sa.exists().where(panels.c.procurement_id == _p.id, _m.panel_id == panels.c.id, _m.person_id == ME)
no_interest = sa.func.jsonb_array_length(_m.interests) == 0
_away = sa.exists().where(panels.c.procurement_id == _p.id, _m.panel_id == panels.c.id, ~no_interest)
_left_since = _away.where(_r.procurement_id == _p.id, _r.state == RescoringState.OPEN, _m.declared_at >= _r.opened_at)
"""A place is to be filled that somebody held when the sums were drawn."""

KINDS = (
    Kind(
        "form_panel",
        {"form_panel"},
        PROCUREMENT,
        sa.or_(
            sa.and_(_before_sums, sa.or_(~_panel, _away)), sa.and_(_p.state == ProcurementState.RESCORING, _left_since)
        ),
        _p.organisation,
        law=lambda book: clause_of(book.section(TaskSection).experts_drawn_at_random),
    ),
    Kind(
        "declare_interests",
        {"score_bids"},
        PROCUREMENT,
        sa.and_(sa.or_(_before_sums, open_again), my_seat.where(_m.declared_at.is_(None))),
        law=lambda book: clause_in(book.section(TaskSection).recusal_grounds),
    ),
)
