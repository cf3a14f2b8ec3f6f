"""What waits about low prices: to explain, and to judge."""

import sqlalchemy as sa

from services.tendering.panels.tasks import my_seat, no_interest
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import of_procurement
from services.tendering.rulebook import ExplanationSection
from services.tendering.tables import explanation_votes, explanations, panel_members, procurements
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.law.scope import Case
from shared.reading.tasks import ME, NOW, Kind, clause_of

_p = procurements.c
_m = panel_members.c
EXPLANATION = of_procurement("price_explanation", explanations, "/v1/price-explanations/{}")


def _low_price(book: Rulebook, case: Case) -> Clause | None:
    return clause_of(book.section(ExplanationSection, case).low_price_explanation_required)


_e = explanations.c
price_open = sa.exists().where(_e.procurement_id == _p.id, _e.proven.is_(None))
_price_answerable = sa.and_(_p.state == ProcurementState.REVIEWED, _e.answered_at.is_(None), _e.answer_until > NOW)

_price_judgeable = sa.and_(
    _p.state == ProcurementState.REVIEWED,
    _e.proven.is_(None),
    sa.or_(_e.answered_at.is_not(None), _e.answer_until <= NOW),
    ~sa.exists().where(explanation_votes.c.explanation_id == _e.id, explanation_votes.c.person_id == ME),
)

KINDS = (
    Kind("explain_price", {"submit_bid"}, EXPLANATION, _price_answerable, _e.provider_id, law_of=_low_price),
    Kind(
        "judge_price",
        {"score_bids"},
        EXPLANATION,
        sa.and_(_price_judgeable, my_seat.where(_m.declared_at.is_not(None), no_interest)),
        law_of=_low_price,
    ),
)
