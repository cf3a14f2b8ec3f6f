"""The command on opening keys."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.tendering.fields import WrongField
from services.tendering.files import store as files
from services.tendering.opening_keys import store
from services.tendering.opening_keys.events import OpeningKeyRegistered
from services.tendering.opening_keys.rules import Split, may_register
from services.tendering.opening_keys.views import OpeningKeyView, opening_key_view
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import BEFORE_NOTICE, Procurement
from services.tendering.rulebook import OpeningKeySection
from shared.sealing.shares import OpeningKey
from shared.sealing.suites import BadKey, UnknownSuite
from shared.work.database import Answer, Call, Reader


@dataclass(frozen=True, slots=True)
class RegisterOpeningKey:
    """The purchaser's key for the bids of a procurement; until the notice another one takes its place."""

    procurement_id: UUID
    key: OpeningKey


async def register_opening_key(call: Call, command: RegisterOpeningKey) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Procurement, command.procurement_id, "draft_file", states=BEFORE_NOTICE)
        if command.key.procurement_id != before.id:
            raise WrongField("procurement_id", "other_procurement", "make the opening key for this procurement")
        _check_keys(command.key)
        section = tx.law(before, OpeningKeySection)
        openers = frozenset(share.opener for share in command.key.shares)
        with_post = await store.with_post(tx, openers, before.jurisdiction)
        tx.decided(may_register(Split(command.key.threshold, openers, with_post), section, tx.today))
        key = await store.add(tx, command.key, person)
        procurement = await procurements.save(tx, before, replace(before, opening_key_id=key.id))
        tx.emit(
            OpeningKeyRegistered(
                **procurements.about(procurement), **store.named(command.key), openers=store.openers(command.key)
            )
        )
        file = await files.published(tx, procurement) if procurement.file_id else None
        return tx.answer(201, opening_key_view(procurement, command.key, file), version=procurement.version)


def _check_keys(key: OpeningKey) -> None:
    try:
        key.check_keys()
    except (UnknownSuite, BadKey) as error:
        raise WrongField("opening_key", "key_unfit", str(error)) from None


async def shown(reader: Reader, procurement: Procurement) -> OpeningKeyView:
    """The procurement's opening key with what a bid is bound to; raises NotFound before it is registered."""
    key = await store.of_procurement(reader, procurement)
    file = await files.published(reader, procurement) if procurement.file_id else None
    return opening_key_view(procurement, key, file)
