"""What waits about scores: sheets to fill, and lots among those who are equal."""

import sqlalchemy as sa

from services.tendering.awards.tasks import tied
from services.tendering.explanations.tasks import price_open
from services.tendering.panels.tasks import my_seat, no_interest, open_again
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rulebook import ScoreSection, TaskSection
from services.tendering.scores.records import LotsState
from services.tendering.tables import lots, panel_members, panels, procurements, scores, tender_file_contents
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.law.scope import Case
from shared.reading.tasks import ME, Kind, among, clause_in, clause_of

_p = procurements.c
_m = panel_members.c
_o = lots.c
_c = tender_file_contents.c


def _lots(book: Rulebook) -> Clause | None:
    return clause_in(book.section(TaskSection).two_person_acts, "lots")


def _factors(book: Rulebook, case: Case) -> Clause | None:
    return clause_of(book.section(ScoreSection, case).factors_only_from_file)


_drawn = sa.exists().where(_o.procurement_id == _p.id, _o.state == LotsState.DRAWN)
_drawn_by_another = sa.exists().where(_o.procurement_id == _p.id, _o.state == LotsState.DRAWN, _o.drawn_by != ME)

_mine, _theirs = scores.alias("mine"), scores.alias("theirs")
_FACTOR = sa.literal_column(
    "CAST('$.contents.factors[*] ? (@.code == $code && @.objective == true)' AS jsonpath)", sa.Text
)
_objective = sa.exists().where(
    _c.file_id == _p.file_id,
    sa.func.jsonb_path_exists(_c.document, _FACTOR, sa.func.jsonb_build_object("code", _mine.c.factor)),
)


def _counts(given: sa.FromClause) -> sa.ColumnElement[bool]:
    """Of the last sheet of a member without an interest who has scored."""
    later, seat = scores.alias(), panel_members.alias()
    return sa.and_(
        ~sa.exists().where(
            later.c.procurement_id == given.c.procurement_id,
            later.c.person_id == given.c.person_id,
            later.c.sheet > given.c.sheet,
        ),
        sa.exists().where(
            panels.c.procurement_id == _p.id,
            seat.c.panel_id == panels.c.id,
            seat.c.person_id == given.c.person_id,
            seat.c.scored_at.is_not(None),
            sa.func.jsonb_array_length(seat.c.interests) == 0,
        ),
    )


_unlike = sa.exists().where(
    _mine.c.procurement_id == _p.id,
    _mine.c.person_id == ME,
    _theirs.c.procurement_id == _p.id,
    _theirs.c.bid_id == _mine.c.bid_id,
    _theirs.c.factor == _mine.c.factor,
    _theirs.c.points != _mine.c.points,
    _objective,
    _counts(_mine),
    _counts(_theirs),
)
"""My sheet stands and differs from another's on a factor that the published file calls objective."""

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
        law_of=_factors,
    ),
    Kind(
        "score_alike",
        {"score_bids"},
        PROCUREMENT,
        sa.and_(sa.or_(_p.state == ProcurementState.REVIEWED, open_again), _unlike),
        law_of=_factors,
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
