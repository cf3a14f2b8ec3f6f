"""What waits about acceptances: to open, to hear who is to be heard, to conclude."""

import sqlalchemy as sa

from services.evaluation.acceptance.records import AcceptanceState
from services.evaluation.opinions.tasks import asked_by, unheard
from services.evaluation.plans.tasks import either, of_contract, same_line, to_open, under_way
from services.evaluation.tables import acceptances
from shared.reading.tasks import ME

_a = acceptances.c
ACCEPTANCE = of_contract("acceptance", acceptances, "/v1/acceptances/{}", same_line("acceptance", _a.line_id))

KINDS = (
    *either(to_open("open_acceptance", "acceptance")),
    *either(
        under_way(
            "give_acceptance_opinion",
            "accept_service",
            ACCEPTANCE,
            sa.and_(_a.state == AcceptanceState.OPEN, unheard(_a.id)),
            asked_by,
        )
    ),
    *either(
        under_way(
            "conclude_acceptance",
            "accept_service",
            ACCEPTANCE,
            sa.and_(_a.state == AcceptanceState.OPEN, ~unheard(_a.id), _a.kept_apart.is_distinct_from(ME)),
        )
    ),
)
