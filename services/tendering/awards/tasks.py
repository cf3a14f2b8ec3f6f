"""What waits about awards: to propose, to give reasons for, to confirm, and to choose what follows a block."""

import sqlalchemy as sa

from services.tendering.awards.records import AwardState
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT, of_procurement
from services.tendering.rulebook import TaskSection
from services.tendering.tables import awards, procurements, rankings
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, Kind, among, clause_in

_p = procurements.c
_a = awards.c
_r = rankings.c
AWARD = of_procurement("award", awards, "/v1/awards/{}")


def _award(book: Rulebook) -> Clause | None:
    return clause_in(book.section(TaskSection).two_person_acts, "award")


_unreasoned = sa.and_(_a.state == AwardState.CLEARED, _a.cover.is_distinct_from("asked"))
_undecided = sa.and_(among(_a.state, AwardState.BLOCKED, AwardState.WITHDRAWN), _a.choice_confirmed_by.is_(None))

tied = sa.exists().where(
    _r.procurement_id == _p.id,
    _r.tied,
    sa.or_(
        sa.and_(_p.state == ProcurementState.SCORED, _r.rank == 1),
        sa.and_(_p.state == ProcurementState.PROPOSED, sa.exists().where(_a.procurement_id == _p.id, _undecided)),
    ),
)

KINDS = (
    Kind(
        "propose_award",
        {"approve_award"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.SCORED, ~tied),
        _p.organisation,
        law=_award,
    ),
    Kind("give_award_reasons", {"approve_award"}, AWARD, _unreasoned, _a.organisation, law=_award),
    Kind(
        "confirm_award",
        {"approve_award"},
        AWARD,
        sa.and_(_a.state == AwardState.ANNOUNCED, _a.proposed_by != ME),
        _a.organisation,
        law=_award,
    ),
    Kind(
        "choose_after_block",
        {"approve_award"},
        AWARD,
        sa.and_(_undecided, _p.state == ProcurementState.PROPOSED, _a.choice.is_(None)),
        _a.organisation,
        law=_award,
    ),
    Kind(
        "confirm_choice",
        {"approve_award"},
        AWARD,
        sa.and_(_undecided, _p.state == ProcurementState.PROPOSED, _a.chosen_by != ME),
        _a.organisation,
        law=_award,
    ),
)
