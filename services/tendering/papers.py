"""Which records of tendering name documents, whose uploads they are, and from when on who reads them. The record of all
but consents, files, awards and rescorings is the procurement."""

from uuid import UUID

from services.tendering.awards import store as awards
from services.tendering.awards.records import Award
from services.tendering.consents import store as consents
from services.tendering.files import store as files
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.rescorings import store as rescorings
from services.tendering.scores import store as scores
from shared.errands.documents import Named
from shared.work.database import NotFound, Reader
from shared.work.identity import Scope


async def _notice(reader: Reader, procurement_id: UUID, scope: Scope) -> Procurement:
    """With the notice everybody's, and so is what another person confirmed after it."""
    return await procurements.read(reader, procurement_id, scope)


async def _result(reader: Reader, procurement_id: UUID, scope: Scope) -> Procurement:
    """Everybody's with the announced award."""
    read = await procurements.read(reader, procurement_id, scope)
    return read if read.shows_result else await procurements.read_own(reader, procurement_id, scope)


async def _scores(reader: Reader, procurement_id: UUID, scope: Scope) -> Procurement:
    """No sheet is read before all are in, nor ever by others than the purchaser's side."""
    if not await scores.ranking(reader, procurement_id):
        raise NotFound
    return await procurements.read_own(reader, procurement_id, scope)


async def _cancellation(reader: Reader, procurement_id: UUID, scope: Scope) -> Procurement:
    """Everybody's with the end, as its reason is."""
    read = await procurements.read(reader, procurement_id, scope)
    ended = read.cancellation_confirmed_by is not None
    return read if ended else await procurements.read_own(reader, procurement_id, scope)


async def _award(reader: Reader, award_id: UUID, scope: Scope) -> Award:
    """The purchaser's side's."""
    award = await awards.get(reader, award_id)
    await procurements.read_own(reader, award.procurement_id, scope)
    return award


async def _rescoring(reader: Reader, rescoring_id: UUID, scope: Scope) -> Procurement:
    """The purchaser's side's."""
    return await procurements.read_own(reader, (await rescorings.get(reader, rescoring_id)).procurement_id, scope)


NAMED = {
    "consent": Named(frozenset({"open_procurement"}), consents.read),
    "file": Named(frozenset({"draft_file"}), files.read),
    "notice": Named(frozenset({"publish_notice"}), _notice),
    "closing": Named(frozenset({"publish_notice"}), procurements.read_own),
    "closing_moved": Named(frozenset({"publish_notice"}), _notice),
    "review": Named(frozenset({"review_qualification"}), _result),
    "panel": Named(frozenset({"form_panel"}), procurements.read_own),
    "scores": Named(frozenset({"score_bids"}), _scores),
    "rescoring": Named(frozenset({"form_panel"}), _rescoring),
    "lots": Named(frozenset({"approve_award"}), _result),
    "award": Named(frozenset({"approve_award"}), _award),
    "cancellation": Named(frozenset({"publish_notice"}), _cancellation),
    "taken_back": Named(frozenset({"publish_notice"}), procurements.read_own),
}
