"""Which records of the registry name documents, whose uploads they are, and how long they are kept."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.law import governing
from services.registry.rulebook import FileSection
from shared.errands import documents
from shared.fields.days import years_later
from shared.work.database import Transaction

EVIDENCE = frozenset({"maintain_provider", "register_provider"})
BAR = frozenset({"bar_provider"})
CHANGE = frozenset({"register_purchaser", "register_provider", "administer_posts"})
IMPORT = frozenset({"import_result"})
INTEREST = frozenset({"supervise"})


async def keep_papers(
    tx: Transaction, digests: Sequence[str], kind: str, record: UUID, duties: frozenset[str], place: str
) -> None:
    """Ties the documents to the record, as long as the files of a purchase are kept there (GPL-42.1)."""
    years = tx.under(governing(place, tx.today)).section(FileSection).file_retention_years
    await documents.take(
        tx,
        digests,
        kind=kind,
        record=record,
        duties=duties,
        clause=years.clause,
        keep_until=years_later(tx.today, years.value),
    )
