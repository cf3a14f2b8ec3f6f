"""Whose opinion a text asks for, and whether it was given."""

import sqlalchemy as sa

from services.evaluation.plans.tasks import COMMITTEE, RESIDENTS
from services.evaluation.rulebook import AcceptanceSection
from services.evaluation.tables import contracts, opinions
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import clause_of

_c = contracts.c


def asked_by(book: Rulebook) -> Clause | None:
    section = book.section(AcceptanceSection)
    return clause_of(section.committee_opinion_required, section.residents_opinion_required)


def unheard(record: sa.Column[object]) -> sa.ColumnElement[bool]:
    """Whether a side that the text wants to be heard has given no opinion yet."""
    heard = [
        sa.and_(books.govern(_c.rulebook), ~sa.exists().where(opinions.c.subject == record, opinions.c.side == side))
        for books, side in ((COMMITTEE, "committee"), (RESIDENTS, "residents"))
    ]
    return sa.or_(*heard)
