"""What waits about consents: for the authority that is asked, until the project is not bought any more."""

import sqlalchemy as sa

from services.tendering.consents.records import DUTIES, Authority, ConsentState
from services.tendering.tables import consents, projects, withdrawn_projects
from shared.reading.tasks import ME, Kind, Subject

_c = consents.c
_j = projects.c
CONSENT = Subject(
    "consent",
    consents.join(projects, _j.id == _c.key),
    _c.id,
    _c.key,
    _c.place,
    "/v1/consents/{}",
    rulebook=_c.rulebook,
    reference=_j.reference,
    title=_j.title,
)


def _waits(authority: Authority) -> sa.ColumnElement[bool]:
    bought = ~sa.exists().where(withdrawn_projects.c.project_id == _c.key)
    return sa.and_(_c.state == ConsentState.ASKED, _c.authority == authority, _c.asked_by != ME, bought)


KINDS = tuple(
    Kind(
        "answer_consent",
        {DUTIES[authority]},
        CONSENT,
        _waits(authority),
        _c.organisation if authority is Authority.SECOND_PERSON else None,
        cites=_c.clause,
    )
    for authority in Authority
)
