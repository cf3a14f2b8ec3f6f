"""What waits about erasures: another administrator's word."""

import sqlalchemy as sa

from services.registry.persons.records import ProposalState
from services.registry.posts.tasks import two_administrators
from services.registry.tables import erasures
from shared.reading.tasks import ME, Kind, Subject

ERASURE = Subject(
    "erasure",
    erasures,
    erasures.c.id,
    erasures.c.person_id,
    erasures.c.jurisdiction,
    "/v1/persons/{}",
    erasures.c.person_id,
)

KINDS = (
    Kind(
        "confirm_erasure",
        {"administer_posts"},
        ERASURE,
        sa.and_(erasures.c.state == ProposalState.PROPOSED, erasures.c.proposed_by != ME, erasures.c.person_id != ME),
        law=two_administrators,
    ),
)
