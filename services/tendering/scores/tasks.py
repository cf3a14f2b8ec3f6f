"""What waits about scores: sheets to fill, and lots among those who are equal."""

import sqlalchemy as sa

from services.tendering.awards.tasks import tied
from services.tendering.explanations.tasks import price_open
from services.tendering.panels.tasks import my_seat, no_interest, open_again
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rulebook import TaskSection
from services.tendering.scores.records import LotsState
from services.tendering.tables import lots, panel_members, procurements
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, Kind, among, clause_in, clause_of

_p = procurements.c
_m = panel_members.c
_o = lots.c


def _lots(book: Rulebook) -> Clause | None:
    return clause_in(book.section(TaskSection).two_person_acts, "lots")


_drawn = sa.exists().where(_o.procurement_id == _p.id, _o.state == LotsState.DRAWN)
_drawn_by_another = sa.exists().where(_o.procurement_id == _p.id, _o.state == LotsState.DRAWN, _o.drawn_by != ME)

KINDS = (
    Kind(
        "score_bids",
        {"score_bids"},
        PROCUREMENT,
        sa.and_(
            sa.or_(_p.state == ProcurementState.REVIEWED, open_again),
            ~price_open,
            my_seat.where(_m.declared_at.is_not(None), _m.scored_at.is_(None), no_interest),
        ),
        law=lambda book: clause_of(book.section(TaskSection).factors_only_from_file),
    ),
    Kind("record_lots", {"approve_award"}, PROCUREMENT, sa.and_(tied, ~_drawn), _p.organisation, law=_lots),
    Kind(
        "confirm_lots",
        {"approve_award"},
        PROCUREMENT,
        sa.and_(among(_p.state, ProcurementState.SCORED, ProcurementState.PROPOSED), _drawn_by_another),
        _p.organisation,
        law=_lots,
    ),
)
