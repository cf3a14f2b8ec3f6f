"""What waits about posts: one that an administrator proposed, until another confirms it."""

import sqlalchemy as sa

from services.registry.persons.records import ProposalState
from services.registry.rulebook import PostSection
from services.registry.tables import organisations, post_proposals
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, Kind, Subject

_o = organisations.c
_post = post_proposals.c

POST = Subject(
    "post",
    post_proposals.join(organisations, _o.id == _post.organisation),
    _post.id,
    _post.person_id,
    _o.jurisdiction,
    "/v1/persons/{}",
    _post.person_id,
)


def two_administrators(book: Rulebook) -> Clause | None:
    return book.section(PostSection).incompatible_posts_separated.clause


KINDS = (
    Kind(
        "confirm_post",
        {"administer_posts"},
        POST,
        sa.and_(_post.state == ProposalState.PROPOSED, _post.proposed_by != ME, _post.person_id != ME),
        law=two_administrators,
    ),
)
