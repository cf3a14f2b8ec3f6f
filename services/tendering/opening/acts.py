"""What happens between proposal and confirmation: openers give their shares, or the opening is given up because too
few of them can be had."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.tendering.opening import store
from services.tendering.opening.events import OpeningAbandoned, OpeningProposed, OpeningShareGiven
from services.tendering.opening.handlers import act_of
from services.tendering.opening.records import OpeningAct
from services.tendering.opening.rules import Abandonment, Gift, may_abandon, may_give
from services.tendering.opening.views import ActView, act_view
from services.tendering.opening_keys import store as opening_keys
from services.tendering.panels.interests import apart, of_a_bidder
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import answer, fail
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import OpeningSection
from shared.sealing.shares import GivenShare, OpeningKey, WrongShare, receive_share
from shared.work.database import Answer, Call, NotFound, Reader, Transaction, WrongState, must_be
from shared.work.proposals import Pending

OPENING = Pending("opening_proposed", by="opening_proposed_by")
ABANDONMENT = Pending("abandonment_proposed", by="abandonment_proposed_by")


@dataclass(frozen=True, slots=True)
class GiveShare:
    """An opener gives their share, encrypted to the act's one-time key."""

    procurement_id: UUID
    given: GivenShare


@dataclass(frozen=True, slots=True)
class ProposeAbandonment:
    """A person says that too few openers can be had for the opening act under way."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class ConfirmAbandonment:
    """Another person confirms it: the procurement ends, and its bids stay sealed for ever."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeOpening:
    """Who began the opening act ends it, or another refuses it: the shares given to it are gone, and so is what was
    said of too few openers in it."""

    procurement_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeAbandonment:
    """Who said so takes it back, or another refuses it: openers are waited for again."""

    procurement_id: UUID


async def give_share(call: Call, command: GiveShare) -> Answer:
    """A share that is not the one made for this opener is refused and on record; nothing of it is kept."""
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "open_bids", by=None, fresh=False)
        await opening_keys.must_open(tx, procurement, person)
        must_be(procurement, (ProcurementState.CLOSED,))
        act, _ = await act_of(tx, procurement)
        if act.id != command.given.act_id:
            raise WrongState("another_act", "share_for_this_act")
        key = await opening_keys.of_procurement(tx, procurement)
        sealed = await store.sealed(tx, procurement.id)
        gift = Gift(
            is_opener=key.share_of(person) is not None,
            is_their_share=_is_theirs(command.given, person, key, act),
            of_a_bidder=await of_a_bidder(tx, procurement, {bid.provider_id for bid in sealed}),
        )
        tx.decided(may_give(gift, tx.law(procurement, OpeningSection), tx.today))
        given = [*await store.given_shares(tx, act.id), await store.keep_share(tx, command.given, person)]
        about = procurements.about(procurement)
        tx.emit(OpeningShareGiven(**about, act_id=act.id, opener=person, shares=len(given), threshold=key.threshold))
        return tx.answer(201, act_view(procurement, act, key, given), version=procurement.version)


def _is_theirs(given: GivenShare, person: UUID, key: OpeningKey, act: OpeningAct) -> bool:
    try:
        receive_share(given, person, key, act.private_key)
    except WrongShare:
        return False
    return True


async def shown_act(reader: Reader, procurement: Procurement) -> ActView:
    """The act under way; raises NotFound when there is none."""
    act = await store.act(reader, procurement.id)
    if act is None:
        raise NotFound
    key = await opening_keys.of_procurement(reader, procurement)
    return act_view(procurement, act, key, await store.given_shares(reader, act.id))


async def propose_abandonment(call: Call, command: ProposeAbandonment) -> Answer:
    async with call.transaction() as tx:
        before, person = await _begin(tx, command.procurement_id)
        await act_of(tx, before)
        abandonment = await _abandonment(tx, before, person)
        tx.decided(may_abandon(abandonment, tx.law(before, OpeningSection), tx.today))
        procurement = await procurements.save(tx, before, replace(before, abandonment_proposed_by=person))
        tx.emit(_abandoned(procurement, abandonment))
        return answer(tx, 200, procurement)


async def confirm_abandonment(call: Call, command: ConfirmAbandonment) -> Answer:
    async with call.transaction() as tx:
        closed, person = await _begin(tx, command.procurement_id)
        if closed.abandonment_proposed_by is None:
            raise WrongState("closed", "abandonment_proposed")
        abandonment = await _abandonment(tx, closed, closed.abandonment_proposed_by, person)
        clause = tx.decided(may_abandon(abandonment, tx.law(closed, OpeningSection), tx.today))
        await store.end_act(tx, closed.id)
        tx.emit(_abandoned(closed, abandonment, confirmed=True))
        bidders = [bid.provider_id for bid in await store.sealed(tx, closed.id)]
        return answer(tx, 200, await fail(tx, closed, "not_openable", clause, bidders))


async def revoke_opening(call: Call, command: RevokeOpening) -> Answer:
    async with call.transaction() as tx:
        before, _ = await _begin(tx, command.procurement_id)
        after = replace(before, **OPENING.taken_back(before), abandonment_proposed_by=None)
        act, _ = await act_of(tx, before)
        await store.end_act(tx, before.id)
        procurement = await procurements.save(tx, before, after)
        tx.emit(OpeningProposed(**procurements.about(procurement), act_id=act.id, withdrawn=True))
        return answer(tx, 200, procurement)


async def revoke_abandonment(call: Call, command: RevokeAbandonment) -> Answer:
    async with call.transaction() as tx:
        before, person = await _begin(tx, command.procurement_id)
        after = replace(before, **ABANDONMENT.taken_back(before))
        abandonment = await _abandonment(tx, before, before.abandonment_proposed_by or person)
        procurement = await procurements.save(tx, before, after)
        tx.emit(_abandoned(procurement, abandonment, withdrawn=True))
        return answer(tx, 200, procurement)


async def _begin(tx: Transaction, procurement_id: UUID) -> tuple[Procurement, UUID]:
    procurement, person = await tx.open(Procurement, procurement_id, "open_bids", by=None, fresh=False)
    await opening_keys.must_open(tx, procurement, person)
    tx.expect(procurement.version)
    await apart(tx, procurement)
    must_be(procurement, (ProcurementState.CLOSED,))
    return procurement, person


async def _abandonment(
    tx: Transaction, procurement: Procurement, first: UUID, second: UUID | None = None
) -> Abandonment:
    key = await opening_keys.of_procurement(tx, procurement)
    act = await store.act(tx, procurement.id)
    given = await store.given_shares(tx, act.id) if act else []
    sealed = await store.sealed(tx, procurement.id)
    with_one = await of_a_bidder(tx, procurement, {bid.provider_id for bid in sealed})
    return Abandonment(first, second, with_one, len(given), key.threshold)


def _abandoned(
    procurement: Procurement, abandonment: Abandonment, *, confirmed: bool = False, withdrawn: bool = False
) -> OpeningAbandoned:
    return OpeningAbandoned(
        **procurements.about(procurement),
        shares=abandonment.shares,
        threshold=abandonment.threshold,
        confirmed=confirmed,
        withdrawn=withdrawn,
    )
