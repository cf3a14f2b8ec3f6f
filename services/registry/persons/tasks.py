"""What waits about persons: a further login, until another administrator confirms it."""

import sqlalchemy as sa

from services.registry.persons.records import ProposalState
from services.registry.posts.tasks import two_administrators
from services.registry.tables import account_proposals
from shared.reading.tasks import ME, Kind, Subject

_login = account_proposals.c

ACCOUNT = Subject(
    "account", account_proposals, _login.id, _login.person_id, _login.jurisdiction, "/v1/persons/{}", _login.person_id
)

KINDS = (
    Kind(
        "confirm_account",
        {"administer_posts"},
        ACCOUNT,
        sa.and_(_login.state == ProposalState.PROPOSED, _login.proposed_by != ME, _login.person_id != ME),
        law=two_administrators,
    ),
)
