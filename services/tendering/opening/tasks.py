"""What waits about openings: openers are kept apart by person, as the rules keep them."""

import sqlalchemy as sa

from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT
from services.tendering.rulebook import OpeningSection, TaskSection
from services.tendering.tables import opening_keys, procurements
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.law.scope import Case
from shared.reading.tasks import ME, NOW, POST, Kind, clause_in, clause_of

_p = procurements.c


def _opening(book: Rulebook, case: Case) -> Clause | None:
    return clause_of(book.section(OpeningSection, case).opening_at_deadline)


def opening_by_two(book: Rulebook) -> Clause | None:
    return clause_in(book.section(TaskSection).two_person_acts, "opening")


_closed = sa.or_(
    _p.state == ProcurementState.CLOSED, sa.and_(_p.state == ProcurementState.NOTICED, _p.closes_at <= NOW)
)
_share_of_me = sa.func.jsonb_build_array(sa.func.jsonb_build_object("opener", ME))

_opener = sa.or_(
    POST.c.organisation == _p.organisation,
    sa.exists().where(opening_keys.c.id == _p.opening_key_id, opening_keys.c.document["shares"].contains(_share_of_me)),
)

KINDS = (
    Kind(
        "propose_opening",
        {"open_bids"},
        PROCUREMENT,
        sa.and_(_closed, _p.opening_proposed_by.is_(None)),
        desk=_opener,
        law_of=_opening,
    ),
    Kind(
        "confirm_opening",
        {"open_bids"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.CLOSED, _p.opening_proposed_by != ME),
        desk=_opener,
        law=opening_by_two,
    ),
    Kind(
        "confirm_abandonment",
        {"open_bids"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.CLOSED, _p.abandonment_proposed_by != ME),
        desk=_opener,
        law=opening_by_two,
    ),
)
