"""Commands on the notice: publication, and the closing moved later by two persons."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.tendering.fields import WrongField
from services.tendering.files import store as files
from services.tendering.files.records import WholeFile
from services.tendering.files.small_enterprises import rate_findings
from services.tendering.notices.events import ClosingChangeProposed
from services.tendering.notices.rules import Change, Publication, move_closing, publish
from services.tendering.opening_keys import store as opening_keys
from services.tendering.procurements import store
from services.tendering.procurements.handlers import answer
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import NoticeSection
from shared.errands import documents
from shared.errands.deadlines import set_deadline
from shared.events.tendering import ClosingMoved, NoticePublished
from shared.fields.calendar import default_calendar, today
from shared.law.decision import decide
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Transaction, WrongState, must_be
from shared.work.proposals import Pending

BIDS_CLOSE = "bids_close"
LATER_CLOSING = Pending("later_closing_proposed", by="later_proposed_by", also={"later_closes_at": None})


@dataclass(frozen=True, slots=True)
class PublishNotice:
    """The checked file is published; bids must be there before `closes_at`."""

    procurement_id: UUID
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class ProposeClosing:
    """A person proposes a later closing; `clarified`: with papers that change or explain the file."""

    procurement_id: UUID
    closes_at: datetime
    clarified: bool = False


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
        checked, _ = await tx.open(
            Procurement, command.procurement_id, "publish_notice", states=(ProcurementState.CHECKED,)
        )
        if checked.opening_key_id is None:
            raise WrongState("checked", "opening_key_given")
        section = tx.law(checked, NoticeSection)
        file, key = await _unchanged_file(tx, checked), await opening_keys.of_procurement(tx, checked)
        _must_close_before_the_service(command.closes_at, file)
        _rates_of_the_day(tx, checked, file)
        tx.decided(publish(Publication(command.closes_at, default_calendar()), section, tx.today))
        noticed = replace(checked, state=ProcurementState.NOTICED, noticed_on=tx.today, closes_at=command.closes_at)
        procurement = await store.save(tx, checked, noticed)
        await _set_deadline(tx, procurement, command.closes_at, section)
        tx.emit(
            NoticePublished(
                **store.about(procurement),
                file_version=file.number,
                file_hash=file.hash,
                closes_at=command.closes_at,
                **opening_keys.named(key),
                reference=procurement.reference,
                title=procurement.title,
                method=procurement.method,
                procurement_project=procurement.procurement_project,
                budget=procurement.budget,
            )
        )
        return answer(tx, 200, procurement)


async def propose_closing(call: Call, command: ProposeClosing) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Procurement, command.procurement_id, "publish_notice")
        closes_at = open_until(before, tx.now)
        _must_close_before_the_service(command.closes_at, await files.published(tx, before))
        change = Change(closes_at, command.closes_at, person, clarified=command.clarified)
        tx.decided(move_closing(change, tx.law(before, NoticeSection), tx.today))
        await documents.pass_on(tx, before.id, "closing", "taken_back")
        proposed = replace(before, later_closes_at=command.closes_at, later_proposed_by=person)
        procurement = await store.save(tx, before, proposed)
        tx.emit(ClosingChangeProposed(**store.about(procurement), closes_at=command.closes_at))
        return answer(tx, 200, procurement)


async def confirm_closing(call: Call, command: ConfirmClosing) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Procurement, command.procurement_id, "publish_notice")
        closes_at = open_until(before, tx.now)
        later, proposer = before.later_closes_at, before.later_proposed_by
        if later is None or proposer is None:
            raise WrongState("closing_not_proposed", "later_closing_proposed")
        section = tx.law(before, NoticeSection)
        clarified = await documents.are_named(tx, before.id, "closing")
        tx.decided(move_closing(Change(closes_at, later, proposer, person, clarified), section, tx.today))
        await documents.pass_on(tx, before.id, "closing", "closing_moved")
        moved = replace(before, closes_at=later, **LATER_CLOSING.taken_back(before))
        procurement = await store.save(tx, before, moved)
        await _set_deadline(tx, procurement, later, section)
        tx.emit(ClosingMoved(**store.about(procurement), closes_at=later))
        return answer(tx, 200, procurement)


async def revoke_closing(call: Call, command: RevokeClosing) -> Answer:
    async with call.transaction() as tx:
        before, _ = await tx.open(Procurement, command.procurement_id, "publish_notice")
        after = replace(before, **LATER_CLOSING.taken_back(before))
        await documents.pass_on(tx, before.id, "closing", "taken_back")
        procurement = await store.save(tx, before, after)
        assert before.later_closes_at is not None  # it goes with who proposed it
        later = before.later_closes_at
        tx.emit(ClosingChangeProposed(**store.about(procurement), closes_at=later, withdrawn=True))
        return answer(tx, 200, procurement)


def open_until(procurement: Procurement, now: datetime) -> datetime:
    """The closing; raises WrongState unless bids may still come. The clock counts, whether or not the sweeper has been
    by."""
    must_be(procurement, (ProcurementState.NOTICED,))
    if procurement.closes_at is None or now >= procurement.closes_at:
        raise WrongState("closed", "noticed")
    return procurement.closes_at


async def _unchanged_file(tx: Transaction, procurement: Procurement) -> WholeFile:
    """The checked file, whose contents still have the hash that was checked."""
    file = await files.published(tx, procurement)
    if files.hash_of(file.document) != file.hash:
        raise WrongState("file_altered", "checked_again")
    return file


def _rates_of_the_day(tx: Transaction, procurement: Procurement, file: WholeFile) -> None:
    """The price deduction that the file states lies within the bounds of the day of the notice."""
    section = files.section_of_notice(rulebooks().get(procurement.rulebook), procurement, tx.today)
    contents = files.contents_of(file)
    tx.decided(decide(list(rate_findings(contents, section)), contents))


def _must_close_before_the_service(closes_at: datetime, file: WholeFile) -> None:
    """No text says it: a closing after the first day of the service makes a contract that nobody can keep. Raises
    WrongField."""
    terms = files.contents_of(file).terms
    if terms is not None and today(closes_at) > terms.starts_on:
        message = f"close bidding by the day on which the service is to begin: {terms.starts_on}"
        raise WrongField("closes_at", "after_service_start", message)


async def _set_deadline(tx: Transaction, procurement: Procurement, closes_at: datetime, section: NoticeSection) -> None:
    clause = section.min_bid_days.clause
    await set_deadline(tx, BIDS_CLOSE, procurement.id, procurement.key, closes_at, clause)
