"""What waits about what is to be taken back: a second person's word."""

import sqlalchemy as sa

from services.registry.providers.tasks import of_provider
from services.registry.reversals.records import ReversalState
from services.registry.rulebook import BarSection, StandingSection
from services.registry.tables import reversals
from shared.reading.tasks import ME, Kind, clause_of

_v = reversals.c
REVERSAL = of_provider("reversal", reversals, "/v1/reversals/{}")

KINDS = (
    Kind(
        "confirm_reversal",
        {"bar_provider"},
        REVERSAL,
        sa.and_(_v.state == ReversalState.PROPOSED, _v.bar_id.is_not(None), _v.proposed_by != ME),
        _v.organisation,
        law=lambda book: clause_of(book.section(BarSection).incompatible_posts_separated),
    ),
    Kind(
        "confirm_reversal",
        {"import_result"},
        REVERSAL,
        sa.and_(_v.state == ReversalState.PROPOSED, _v.bar_id.is_(None), _v.proposed_by != ME),
        law=lambda book: clause_of(book.section(StandingSection).incompatible_posts_separated),
    ),
)
