"""Which records of tendering name documents, whose uploads they are, and from when on who reads them. The record of all
but files and awards is the procurement."""

from uuid import UUID

from services.tendering.awards import store as awards
from services.tendering.files import store as files
from services.tendering.procurements import store as procurements
from services.tendering.scores import store as scores
from shared.errands.documents import Named
from shared.work.database import NotFound, Reader, Row
from shared.work.identity import Scope


async def _notice(reader: Reader, procurement_id: UUID, scope: Scope) -> Row:
    """With the notice everybody's, and so is what another person confirmed after it."""
    return await procurements.read(reader, procurement_id, scope)


async def _result(reader: Reader, procurement_id: UUID, scope: Scope) -> Row:
    """Everybody's with the announced award."""
    row = await procurements.read(reader, procurement_id, scope)
    return row if procurements.shows_result(row) else await procurements.read_own(reader, procurement_id, scope)


async def _scores(reader: Reader, procurement_id: UUID, scope: Scope) -> Row:
    """No sheet is read before all are in, nor ever by others than the purchaser's side."""
    if not await scores.ranking(reader, procurement_id):
        raise NotFound
    return await procurements.read_own(reader, procurement_id, scope)


async def _cancellation(reader: Reader, procurement_id: UUID, scope: Scope) -> Row:
    """Everybody's with the end, as its reason is."""
    row = await procurements.read(reader, procurement_id, scope)
    ended = row["cancellation_confirmed_by"] is not None
    return row if ended else await procurements.read_own(reader, procurement_id, scope)


async def _award(reader: Reader, award_id: UUID, scope: Scope) -> Row:
    """The purchaser's side's."""
    award = await awards.get(reader, award_id)
    await procurements.read_own(reader, award["procurement_id"], scope)
    return award


NAMED = {
    "file": Named(frozenset({"draft_file"}), files.read),
    "notice": Named(frozenset({"publish_notice"}), _notice),
    "closing": Named(frozenset({"publish_notice"}), procurements.read_own),
    "closing_moved": Named(frozenset({"publish_notice"}), _notice),
    "review": Named(frozenset({"review_qualification"}), _result),
    "panel": Named(frozenset({"form_panel"}), procurements.read_own),
    "scores": Named(frozenset({"score_bids"}), _scores),
    "lots": Named(frozenset({"approve_award"}), _result),
    "award": Named(frozenset({"approve_award"}), _award),
    "cancellation": Named(frozenset({"publish_notice"}), _cancellation),
    "taken_back": Named(frozenset({"publish_notice"}), procurements.read_own),
}
