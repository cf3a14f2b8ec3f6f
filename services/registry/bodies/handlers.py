"""The command on bodies, and what every registration of an organisation tells the services."""

from dataclasses import dataclass
from uuid import UUID

from services.registry.bodies import store
from services.registry.bodies.records import Body, Organisation
from services.registry.bodies.views import BodyView
from services.registry.changes.rules import may_come_back
from services.registry.changes.store import facts_of
from services.registry.fields import WrongField, readable
from services.registry.law import governing
from services.registry.rulebook import PostSection
from shared.events.registry import OrganisationRegistered
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.fields.text import folded
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class RegisterBody:
    """A body of a place in which posts are to be given."""

    title: str
    jurisdiction: str
    kind: str


async def register_body(call: Call, command: RegisterBody) -> Answer:
    async with call.transaction() as tx:
        person = tx.require("administer_posts", None, command.jurisdiction)
        readable("title", command.title)
        before = await store.find_left(tx, Body, command.jurisdiction, folded(command.title))
        body_id = before.id if before else new_id()
        await tx.lock(body_id)
        if before is not None:
            entered = {"title": command.title, "jurisdiction": command.jurisdiction, "kind": command.kind}
            section = tx.under(governing(command.jurisdiction, tx.today)).section(PostSection)
            tx.decided(may_come_back(facts_of(before), entered, section))
        body = await put_body(tx, body_id, command, person, back=before is not None)
        view = BodyView.model_validate(body)
        return tx.answer(201, view, version=body.version, location=f"/v1/bodies/{body_id}")


async def put_body(
    tx: Transaction, body_id: UUID, command: RegisterBody, registered_by: UUID | None, *, back: bool = False
) -> Body:
    """The body, its key locked, or one that left and is back; nobody registered the one that the operator makes for
    the first administrators."""
    entered = Body(
        id=body_id,
        key=body_id,
        version=1,
        jurisdiction=command.jurisdiction,
        organisation=body_id,
        title=command.title,
        title_folded=folded(command.title),
        kind=command.kind,
        registered_by=registered_by,
    )
    body = await store.come_back(tx, entered) if back else await tx.add(entered)
    await tell_organisation(tx, body.id, body.kind, body.title, body.jurisdiction)
    return body


async def tell_organisation(tx: Transaction, organisation: UUID, kind: str, title: str, jurisdiction: str) -> bool:
    """From now on posts can be given in it, and count only where it lies. Whether it was known before."""
    tx.emit(OrganisationRegistered(jurisdiction=jurisdiction, organisation=organisation, title=title, kind=kind))
    known, version = await store.organisation(tx, organisation), tx.versions[organisation]
    lies = Organisation(id=organisation, kind=kind, jurisdiction=jurisdiction, source_version=version)
    if known is None:
        await tx.add(lies)
    else:
        await tx.save(known, lies)
    return known is not None


async def lies_there(tx: Transaction, organisation_id: UUID, jurisdiction: str) -> tuple[UUID, str]:
    """The administrator and the kind of organisation, when it lies where the caller administers posts, and the place
    that is asked for lies in the organisation's. Raises NotAllowed, WrongField."""
    administrator = tx.require("administer_posts", None, jurisdiction)
    known = await store.organisation(tx, organisation_id)
    if known is not None and known.left_on is not None:
        raise WrongState("left", "registered")
    if known is None:
        message = "register it first: as a purchaser, as a provider or as a body (POST /v1/bodies)"
        raise WrongField("organisation", "unknown_organisation", message)
    tx.require("administer_posts", None, known.jurisdiction)
    if not within(jurisdiction, known.jurisdiction):
        raise WrongField("jurisdiction", "outside_organisation", "give the place of the organisation, or one below it")
    return administrator, known.kind
