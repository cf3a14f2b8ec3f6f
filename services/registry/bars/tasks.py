"""What waits about bars: a second person's word."""

import sqlalchemy as sa

from services.registry.bars.records import BarState
from services.registry.providers.tasks import of_provider
from services.registry.rulebook import BarSection
from services.registry.tables import bars
from shared.reading.tasks import ME, Kind, clause_of

_b = bars.c
BAR = of_provider("bar", bars, "/v1/bars/{}")

KINDS = (
    Kind(
        "confirm_bar",
        {"bar_provider"},
        BAR,
        sa.and_(_b.state == BarState.PROPOSED, _b.proposed_by != ME),
        _b.organisation,
        law=lambda book: clause_of(book.section(BarSection).incompatible_posts_separated),
    ),
)
