"""What waits about withdrawals: a second person's word."""

import sqlalchemy as sa

from services.catalog.projects.records import TO_BE_PROCURED
from services.catalog.projects.tasks import PROJECT
from services.catalog.rulebook import WithdrawalSection
from services.catalog.tables import projects
from shared.reading.tasks import ME, Kind, among, clause_of

_p = projects.c

KINDS = (
    Kind(
        "confirm_project_withdrawal",
        {"review_project"},
        PROJECT,
        sa.and_(among(_p.state, *TO_BE_PROCURED), _p.withdrawal_proposed_by != ME),
        _p.organisation,
        law=lambda book: clause_of(book.section(WithdrawalSection).incompatible_posts_separated),
    ),
)
