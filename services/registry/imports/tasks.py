"""What waits about results from before: a second person's word."""

import sqlalchemy as sa

from services.registry.providers.tasks import of_provider
from services.registry.rulebook import StandingSection
from services.registry.standing.records import ResultState
from services.registry.tables import results
from shared.reading.tasks import ME, Kind, clause_of

_r = results.c
RESULT = of_provider("imported_result", results, "/v1/imported-results/{}")

KINDS = (
    Kind(
        "confirm_import",
        {"import_result"},
        RESULT,
        sa.and_(_r.state == ResultState.PROPOSED, _r.imported_by != ME),
        law=lambda book: clause_of(book.section(StandingSection).incompatible_posts_separated),
    ),
)
