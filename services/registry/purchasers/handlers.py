"""Commands on purchasers."""

from dataclasses import dataclass

from services.registry.bodies.handlers import tell_organisation
from services.registry.bodies.store import come_back, find_left
from services.registry.law import governing
from services.registry.purchasers.rules import Applicant, may_purchase
from services.registry.purchasers.views import purchaser_view
from services.registry.rulebook import PurchaserSection
from services.registry.tables import purchasers
from shared.events.registry import PurchaserRegistered
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.work.database import Answer, Call


@dataclass(frozen=True, slots=True)
class RegisterPurchaser:
    """A body of a jurisdiction that asks to buy under the text in force there."""

    title: str
    jurisdiction: str
    applicant: Applicant


async def register_purchaser(call: Call, command: RegisterPurchaser) -> Answer:
    async with call.transaction() as tx:
        person = tx.require("register_purchaser", None, command.jurisdiction)
        applicant = command.applicant
        before = await find_left(tx, purchasers, command.jurisdiction, folded(command.title))
        purchaser_id = before["id"] if before else new_id()
        await tx.lock(purchaser_id)
        book = tx.under(governing(command.jurisdiction, tx.today))
        tx.decided(may_purchase(applicant, book.section(PurchaserSection)))
        known = {
            "title": command.title,
            "kind": applicant.kind,
            "attributes": sorted(applicant.attributes),
            "opts_in": applicant.opts_in,
            "rulebook": book.name,
            "registered_by": person,
        }
        own = {"id": purchaser_id, "key": purchaser_id, "organisation": purchaser_id}
        place = {"jurisdiction": command.jurisdiction, "title_folded": folded(command.title)}
        if before is None:
            await tx.insert(purchasers, version=1, state="registered", **own, **place, **known)
        else:
            await come_back(tx, purchasers, purchaser_id, **known)
        tx.emit(
            PurchaserRegistered(
                jurisdiction=command.jurisdiction,
                organisation=purchaser_id,
                title=command.title,
                kind=applicant.kind,
            )
        )
        await tell_organisation(tx, purchaser_id, "purchaser", command.title, command.jurisdiction)
        row = await tx.lock_row(purchasers, purchaser_id)
        return tx.answer(201, purchaser_view(row), version=row["version"], location=f"/v1/purchasers/{purchaser_id}")
