"""What waits about directories: drafted editions, until another person publishes them."""

import sqlalchemy as sa

from services.catalog.directories.records import EditionState
from services.catalog.rulebook import NegativeSection
from services.catalog.tables import editions
from shared.reading.tasks import ME, Kind, Subject, clause_in

_e = editions.c

EDITION = Subject(
    "directory", editions, _e.id, _e.key, _e.jurisdiction, "/v1/directories/{}", rulebook=_e.rulebook, title=_e.title
)

KINDS = (
    Kind(
        "publish_directory",
        {"publish_directory"},
        EDITION,
        sa.and_(_e.state == EditionState.DRAFTED, _e.drafted_by != ME),
        _e.organisation,
        law=lambda book: clause_in(book.section(NegativeSection).negative_check_points, "list_entry"),
    ),
)
