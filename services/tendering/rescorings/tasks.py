"""What waits about scores opened again: for the panel to find the fault, and for the purchaser's
side to leave the scores as they are."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.tendering.panels.tasks import my_seat, no_interest
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import of_procurement
from services.tendering.rescorings.records import LIVE, RescoringState
from services.tendering.tables import panel_members, panels, procurements, rescoring_voices, rescorings, score_sheets
from shared.reading.tasks import ME, Kind, among

_m = panel_members.c
_p = procurements.c
_r = rescorings.c
_s = score_sheets.c
RESCORING = of_procurement("rescoring", rescorings, "/v1/rescorings/{}")
_under_way = _p.state == ProcurementState.RESCORING
"""One whose procurement was cancelled meanwhile waits for nobody."""
_judged = sa.exists().where(rescoring_voices.c.rescoring_id == _r.id, rescoring_voices.c.person_id == ME)
_scored_again = sa.exists().where(_s.procurement_id == _r.procurement_id, _s.given_at >= _r.opened_at)
_fault = sa.func.jsonb_array_elements(_r.faults, type_=JSONB).column_valued("fault")
_seat = sa.exists().where(
    panels.c.procurement_id == _r.procurement_id,
    _m.panel_id == panels.c.id,
    _m.person_id == sa.cast(sa.func.jsonb_extract_path_text(_fault, "person_id"), sa.Uuid),
    no_interest,
)
_scorer_left = sa.exists(sa.select(_fault).where(~_seat))


KINDS = (
    Kind(
        "judge_rescoring",
        {"score_bids"},
        RESCORING,
        sa.and_(
            _r.state == RescoringState.ASKED,
            _under_way,
            ~_judged,
            my_seat.where(_m.declared_at.is_not(None), no_interest),
        ),
        cites=_r.clause,
    ),
    Kind(
        "revoke_rescoring",
        {"form_panel"},
        RESCORING,
        sa.and_(among(_r.state, *LIVE), _under_way, ~_scored_again, ~_scorer_left),
        _r.organisation,
        cites=_r.clause,
    ),
)
