"""Commands on bids. The sealed bid is stored first; the submission then needs the procurement's lock only for as long
as it takes to read the clock and write the receipt."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from services.tendering.bids import store
from services.tendering.bids.contents import BidContent, slips
from services.tendering.bids.events import BidSubmitted, BidWithdrawn
from services.tendering.bids.records import Bid, BidState
from services.tendering.bids.rules import Submission, may_bid, may_withdraw
from services.tendering.bids.views import EnvelopeView, ReceiptView
from services.tendering.fields import WrongField
from services.tendering.files import store as files
from services.tendering.notices.handlers import open_until
from services.tendering.opening_keys import store as opening_keys
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import BidSection
from services.tendering.settings import tendering_settings
from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.sealing.envelope import BadEnvelope, Envelope, Tender, check, read, seal
from shared.sealing.suites import suite_of
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class StoreEnvelope:
    """A bid that its bidder sealed, as bytes."""

    procurement_id: UUID
    content: bytes


@dataclass(frozen=True, slots=True)
class SealBid:
    """The server seals a bid for a provider and keeps nothing but the sealed form."""

    procurement_id: UUID
    provider_id: UUID
    content: BidContent


@dataclass(frozen=True, slots=True)
class SubmitBid:
    """A provider submits a sealed bid; one submitted before is replaced and never opened."""

    procurement_id: UUID
    provider_id: UUID
    envelope_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawBid:
    """A provider takes its bid back before the closing."""

    bid_id: UUID


async def store_envelope(call: Call, command: StoreEnvelope) -> Answer:
    envelope = _envelope(command.content)
    provider_id = envelope.header.provider_id
    async with call.transaction() as tx:
        tx.seal = command.procurement_id
        tender, person = await _receiving(tx, command.procurement_id, provider_id)
        try:
            check(envelope, tender, provider_id)
        except BadEnvelope as error:
            raise _refused(error) from None
        kept = await store.keep(tx, envelope.header, command.content, "bidder", person)
        return tx.answer(201, EnvelopeView.model_validate(kept))


async def seal_bid(call: Call, command: SealBid) -> Answer:
    async with call.transaction() as tx:
        tx.seal = command.procurement_id
        tender, person = await _receiving(tx, command.procurement_id, command.provider_id)
        if not tendering_settings().seal_for_providers:
            raise WrongState("sealed_on_own_machines", "bid_sealed_on_own_machine")
        await _must_fit(tx, command)
        content = canonical(command.content.model_dump(mode="json"))
        used_once = suite_of(tender.suite).new_signing_key()
        sealed = seal(content, {}, tender, command.provider_id, used_once)
        kept = await store.keep(tx, read(sealed).header, sealed, "server", person)
        return tx.answer(201, EnvelopeView.model_validate(kept))


async def _must_fit(tx: Transaction, command: SealBid) -> None:
    """The server sees this bid, so what the published file does not ask is a wrong field; the rest is the bidder's."""
    procurement = await procurements.get(tx, command.procurement_id)
    contents = files.contents_of(await files.published(tx, procurement))
    for slip in slips(command.content, contents, procurement.budget):
        if slip.kind != "unanswered":
            raise WrongField("content", slip.kind, f"compare with the published file: {slip.kind}")


async def submit_bid(call: Call, command: SubmitBid) -> Answer:
    """The bid's entry has a key of its own. Under the purchase's key its version would count the bids before it, and
    every submission would wait for the one before."""
    async with call.transaction() as tx:
        tx.seal, bid_id = command.procurement_id, new_id()
        await tx.lock(bid_id)
        procurement = await store.share(tx, command.procurement_id)
        person = _bidder(tx, command.provider_id, procurement)
        envelope = await store.envelope(tx, command.envelope_id)
        if (envelope.procurement_id, envelope.provider_id) != (procurement.id, command.provider_id):
            raise NotFound
        section = tx.law(procurement, BidSection)
        submission = await _submission(tx, command.provider_id, procurement)
        submitted_at = tx.decided(may_bid(submission, section, tx.today))
        must_be(procurement, (ProcurementState.NOTICED,))
        replaced = await store.retire(tx, procurement.id, command.provider_id)
        bid = await tx.add(
            Bid(
                id=bid_id,
                key=bid_id,
                version=1,
                jurisdiction=procurement.jurisdiction,
                organisation=envelope.provider_id,
                procurement_id=procurement.id,
                provider_id=envelope.provider_id,
                envelope_id=envelope.id,
                hash=envelope.hash,
                sealed_by=envelope.sealed_by,
                submitted_by=person,
                submitted_at=submitted_at,
            )
        )
        tx.emit(
            BidSubmitted(
                **procurements.about(procurement),
                bid_id=bid_id,
                hash=bid.hash,
                suite=envelope.suite,
                sealed_by=bid.sealed_by,
                submitted_at=submitted_at,
                replaces=replaced,
            )
        )
        return tx.answer(201, ReceiptView.model_validate(bid), version=1, location=f"/v1/bids/{bid_id}")


async def withdraw_bid(call: Call, command: WithdrawBid) -> Answer:
    async with call.transaction() as tx:
        submitted, _ = await tx.open(Bid, command.bid_id, partial(_own, tx), states=(BidState.SUBMITTED,))
        procurement = await store.share(tx, submitted.procurement_id)
        submission = await _submission(tx, submitted.provider_id, procurement)
        tx.decided(may_withdraw(submission, tx.law(procurement, BidSection), tx.today))
        bid = await tx.save(submitted, replace(submitted, state=BidState.WITHDRAWN))
        tx.emit(BidWithdrawn(**procurements.about(procurement), bid_id=bid.id))
        return tx.answer(200, ReceiptView.model_validate(bid), version=bid.version)


def _own(tx: Transaction, bid: Bid) -> tuple[str, UUID]:
    """Under the seal of its purchase, the duty for a bid of the caller's own; any other looks as if it were not
    there."""
    tx.seal = bid.procurement_id
    if bid.provider_id not in tx.actor.organisations():
        raise NotFound
    return "submit_bid", bid.provider_id


def _envelope(content: bytes) -> Envelope:
    try:
        return read(content)
    except BadEnvelope as error:
        raise _refused(error) from None


def _refused(error: BadEnvelope) -> WrongField:
    return WrongField(error.part, f"envelope_{error.part}", str(error))


async def _receiving(tx: Transaction, procurement_id: UUID, provider_id: UUID) -> tuple[Tender, UUID]:
    """What a bid must be bound to and who brings it, while the procurement takes bids."""
    procurement = await procurements.get(tx, procurement_id)
    if procurement.noticed_on is None:
        raise NotFound
    await store.provider(tx, provider_id)
    person = _bidder(tx, provider_id, procurement)
    open_until(procurement, tx.now)
    if await store.stored(tx, procurement_id, provider_id) >= store.MOST_ENVELOPES:
        raise WrongState("envelopes_full", "bid_with_one_of_these", most=store.MOST_ENVELOPES)
    return await opening_keys.tender(tx, procurement), person


async def _submission(tx: Transaction, provider_id: UUID, procurement: Procurement) -> Submission:
    assert procurement.closes_at is not None  # it is noticed
    standings = await store.standings_of(tx, provider_id, procurement.jurisdiction)
    left_on = await store.left_on(tx, provider_id)
    roles = await files.prior_roles(tx, procurement, provider_id)
    return Submission(await store.clock(tx), procurement.closes_at, standings, left_on, roles)


def _bidder(tx: Transaction, provider_id: UUID, procurement: Procurement) -> UUID:
    """The person, if their post lets them bid for the provider."""
    return tx.require("submit_bid", provider_id, procurement.jurisdiction)
