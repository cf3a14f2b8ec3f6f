"""What waits about changes of organisations: a second person's word."""

import sqlalchemy as sa

from services.registry.changes.records import ChangeState
from services.registry.posts.tasks import two_administrators
from services.registry.tables import organisation_changes, organisations
from shared.reading.tasks import ME, Kind, Subject, among

_o = organisations.c
_c = organisation_changes.c

CHANGE = Subject(
    "change",
    organisation_changes.join(organisations, _o.id == _c.organisation),
    _c.id,
    _c.key,
    _c.jurisdiction,
    "/v1/changes/{}",
)

KINDS = (
    *(
        Kind(
            "confirm_change",
            {duty},
            CHANGE,
            sa.and_(_c.state == ChangeState.PROPOSED, _c.proposed_by != ME, kinds),
            law=two_administrators,
        )
        for duty, kinds in (
            ("register_purchaser", _o.kind == "purchaser"),
            ("register_provider", _o.kind == "provider"),
            ("administer_posts", ~among(_o.kind, "purchaser", "provider")),
        )
    ),
)
