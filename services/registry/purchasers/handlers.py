"""Commands on purchasers."""

from dataclasses import dataclass

from services.registry.bodies.handlers import tell_organisation
from services.registry.bodies.store import come_back, find_left
from services.registry.changes.rules import may_come_back
from services.registry.changes.store import facts_of
from services.registry.fields import readable
from services.registry.law import governing
from services.registry.purchasers.records import Purchaser
from services.registry.purchasers.rules import Applicant, may_purchase
from services.registry.purchasers.views import PurchaserView
from services.registry.rulebook import PostSection, PurchaserSection
from services.registry.tables import MAY_BUY
from shared.events.registry import PurchaserRegistered
from shared.fields.ids import new_id
from shared.fields.text import folded
from shared.law.scope import Case
from shared.work.database import Answer, Call, Transaction


@dataclass(frozen=True, slots=True)
class RegisterPurchaser:
    """A body of a jurisdiction that asks to buy under the text in force there."""

    title: str
    jurisdiction: str
    applicant: Applicant


async def register_purchaser(call: Call, command: RegisterPurchaser) -> Answer:
    async with call.transaction() as tx:
        person = tx.require("register_purchaser", None, command.jurisdiction)
        readable("title", command.title)
        applicant = command.applicant
        before = await find_left(tx, Purchaser, command.jurisdiction, folded(command.title))
        purchaser_id = before.id if before else new_id()
        await tx.lock(purchaser_id)
        book = tx.under(governing(command.jurisdiction, tx.today, Case(purchaser_kind=applicant.kind)))
        tx.decided(may_purchase(applicant, book.section(PurchaserSection)))
        entered = Purchaser(
            id=purchaser_id,
            key=purchaser_id,
            version=1,
            jurisdiction=command.jurisdiction,
            organisation=purchaser_id,
            title=command.title,
            title_folded=folded(command.title),
            kind=applicant.kind,
            attributes=sorted(applicant.attributes),
            opts_in=applicant.opts_in,
            rulebook=book.name,
            registered_by=person,
        )
        if before is not None:
            tx.decided(may_come_back(facts_of(before), facts_of(entered), book.section(PostSection)))
        purchaser = await tx.add(entered) if before is None else await come_back(tx, entered)
        await tell_purchaser(tx, purchaser)
        view = PurchaserView.model_validate(purchaser)
        return tx.answer(201, view, version=purchaser.version, location=f"/v1/purchasers/{purchaser_id}")


async def tell_purchaser(tx: Transaction, purchaser: Purchaser) -> None:
    """What the others know of the purchaser, as it now is."""
    tx.emit(
        PurchaserRegistered(
            jurisdiction=purchaser.jurisdiction,
            organisation=purchaser.id,
            title=purchaser.title,
            kind=purchaser.kind,
            facts=MAY_BUY(purchaser),
        )
    )
    await tell_organisation(tx, purchaser.id, "purchaser", purchaser.title, purchaser.jurisdiction)
