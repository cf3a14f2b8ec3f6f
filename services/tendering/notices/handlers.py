"""Commands on the notice: publication, and the closing moved later by two persons."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.tendering.files import store as files
from services.tendering.notices.rules import Change, Publication, move_closing, publish
from services.tendering.opening_keys import store as opening_keys
from services.tendering.procurements import store
from services.tendering.procurements.handlers import answer, must_be
from services.tendering.rulebook import NoticeSection
from shared.errands import documents
from shared.errands.deadlines import set_deadline
from shared.events.tendering import ClosingChangeProposed, ClosingMoved, NoticePublished
from shared.fields.calendar import default_calendar
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState
from shared.work.proposals import Pending

BIDS_CLOSE = "bids_close"
LATER_CLOSING = Pending("later_closing_proposed", by="later_proposed_by", also={"later_closes_at": None})
_BEFORE_THE_PUBLIC = ("reference", "title", "method", "procurement_project", "budget")


@dataclass(frozen=True, slots=True)
class PublishNotice:
    """The checked file is published; bids must be there before `closes_at`."""

    procurement_id: UUID
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class ProposeClosing:
    """A person proposes a later closing."""

    procurement_id: UUID
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmClosing:
    """Another person confirms it."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeClosing:
    """Who proposed it takes it back, or another refuses it; after the closing too, when it can only be taken back."""

    procurement_id: UUID


async def publish_notice(call: Call, command: PublishNotice) -> Answer:
    async with call.transaction() as tx:
        procurement = await store.lock(tx, command.procurement_id)
        tx.require("publish_notice", procurement["organisation"], procurement["jurisdiction"])
        tx.expect(procurement["version"])
        must_be(procurement, "checked")
        if procurement["opening_key_id"] is None:
            raise WrongState("checked", "opening_key_given")
        section = _section(tx, procurement)
        file = await _unchanged_file(tx, procurement)
        dates = (command.closes_at, default_calendar(), _service_begins(file))
        tx.decided(publish(Publication(procurement["method"], *dates), section, tx.today))
        procurement = await store.update(
            tx, procurement, state="noticed", noticed_on=tx.today, closes_at=command.closes_at
        )
        await _set_deadline(tx, procurement, section)
        tx.emit(
            NoticePublished(
                **store.about(procurement),
                file_version=file["number"],
                file_hash=file["hash"],
                closes_at=command.closes_at,
                **opening_keys.named(await opening_keys.of_procurement(tx, procurement)),
                **{name: procurement[name] for name in _BEFORE_THE_PUBLIC},
            )
        )
        return answer(tx, 200, procurement)


async def propose_closing(call: Call, command: ProposeClosing) -> Answer:
    async with call.transaction() as tx:
        procurement = await store.lock(tx, command.procurement_id)
        person = tx.require("publish_notice", procurement["organisation"], procurement["jurisdiction"])
        tx.expect(procurement["version"])
        must_be_open(procurement, tx.now)
        begins = _service_begins(await files.get(tx, procurement["file_id"]))
        change = Change(procurement["method"], procurement["closes_at"], command.closes_at, person, starts_on=begins)
        tx.decided(move_closing(change, _section(tx, procurement), tx.today))
        await documents.pass_on(tx, procurement["id"], "closing", "taken_back")
        procurement = await store.update(tx, procurement, later_closes_at=command.closes_at, later_proposed_by=person)
        tx.emit(ClosingChangeProposed(**store.about(procurement), closes_at=command.closes_at))
        return answer(tx, 200, procurement)


async def confirm_closing(call: Call, command: ConfirmClosing) -> Answer:
    async with call.transaction() as tx:
        procurement = await store.lock(tx, command.procurement_id)
        person = tx.require("publish_notice", procurement["organisation"], procurement["jurisdiction"])
        tx.expect(procurement["version"])
        must_be_open(procurement, tx.now)
        later = procurement["later_closes_at"]
        if later is None:
            raise WrongState("closing_not_proposed", "later_closing_proposed")
        section = _section(tx, procurement)
        proposer = procurement["later_proposed_by"]
        begins = _service_begins(await files.get(tx, procurement["file_id"]))
        change = Change(procurement["method"], procurement["closes_at"], later, proposer, person, begins)
        tx.decided(move_closing(change, section, tx.today))
        await documents.pass_on(tx, procurement["id"], "closing", "closing_moved")
        procurement = await store.update(tx, procurement, closes_at=later, **LATER_CLOSING.taken_back(procurement))
        await _set_deadline(tx, procurement, section)
        tx.emit(ClosingMoved(**store.about(procurement), closes_at=later))
        return answer(tx, 200, procurement)


async def revoke_closing(call: Call, command: RevokeClosing) -> Answer:
    async with call.transaction() as tx:
        before = await store.lock(tx, command.procurement_id)
        tx.require("publish_notice", before["organisation"], before["jurisdiction"])
        tx.expect(before["version"])
        procurement = await store.update(tx, before, **LATER_CLOSING.taken_back(before))
        await documents.pass_on(tx, procurement["id"], "closing", "taken_back")
        later = before["later_closes_at"]
        tx.emit(ClosingChangeProposed(**store.about(procurement), closes_at=later, withdrawn=True))
        return answer(tx, 200, procurement)


def must_be_open(procurement: Row, now: datetime) -> None:
    """Raises WrongState unless bids may still come; the clock counts, whether or not the sweeper has been by."""
    must_be(procurement, "noticed")
    if now >= procurement["closes_at"]:
        raise WrongState("closed", "noticed")


def _section(tx: Transaction, procurement: Row) -> NoticeSection:
    return tx.under(rulebooks().get(procurement["rulebook"])).section(NoticeSection)


async def _unchanged_file(tx: Transaction, procurement: Row) -> Row:
    """The checked file, whose contents still have the hash that was checked."""
    file = await files.get(tx, procurement["file_id"])
    if files.hash_of(file["document"]) != file["hash"]:
        raise WrongState("file_altered", "checked_again")
    return file


def _service_begins(file: Row) -> date | None:
    terms = files.contents_of(file).terms
    return terms.starts_on if terms else None


async def _set_deadline(tx: Transaction, procurement: Row, section: NoticeSection) -> None:
    clause = section.min_days(procurement["method"]).clause
    await set_deadline(tx, BIDS_CLOSE, procurement["id"], procurement["key"], procurement["closes_at"], clause)
