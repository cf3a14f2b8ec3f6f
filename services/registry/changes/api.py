"""Routes of what is known of organisations, now and before."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.bodies.records import Registered
from services.registry.changes import store
from services.registry.changes.handlers import (
    ProposeChange,
    SettleChange,
    propose_change,
    read_change,
    settle_change,
)
from services.registry.changes.rules import in_force
from services.registry.changes.views import ChangeView, OrganisationView, SuccessionView, VersionView
from services.registry.fields import Hash, OneOf
from services.registry.providers.vocabulary import FORMS, REGISTERS
from services.registry.purchasers.rules import ATTRIBUTES
from services.registry.successions.rules import DEPARTURES, MANNERS
from services.registry.successions.store import successions_of
from services.registry.successions.vocabulary import ANNULLED
from shared.fields.credit_code import CodeAsIssued
from shared.fields.places import Place
from shared.fields.text import Name, PlainDate, ShortText
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.work.bounds import latest
from shared.work.database import Reader

routes = router("changes of organisations")

_NOT_FACTS = {"successor_of", "manner", "departure", "valid_from", "reason", "document_hash"}


class ChangeBody(Body):
    """What is different, from which day on, and the evidence. Without `valid_from` the change corrects a slip of the
    version that stands. `successor_of`: whose place the organisation takes from that day on, in which `manner`; what is
    known of the other stands against it too, and once the other has left, its people carry on what was open there. In
    the manner `annulled` it never did: a succession that was entered wrongly is taken back.
    One that has left comes back with weighty facts that differ, once they are confirmed.
    `head`: the registered person who heads a provider; `held_by`, `managed_by`: the organisations that directly hold or
    manage it, all of them: none where none does.
    `departure`: the organisation is no more, and the posts in it end; given alone, and only when a successor carries on
    what it has open."""

    title: Name | None = Field(default=None, examples=["珠海晴朗社会工作服务中心"])
    jurisdiction: Place | None = None
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")] | None = None
    attributes: Annotated[list[Annotated[str, OneOf(ATTRIBUTES)]], Field(max_length=len(ATTRIBUTES))] | None = None
    opts_in: bool | None = None
    form: Annotated[str, OneOf(FORMS)] | None = None
    credit_code: CodeAsIssued | None = None
    registered_with: Annotated[str, OneOf(REGISTERS)] | None = None
    registration_number: Name | None = None
    founded_on: PlainDate | None = None
    head: Id | None = None
    held_by: Annotated[list[Id], Field(max_length=50)] | None = None
    managed_by: Annotated[list[Id], Field(max_length=50)] | None = None
    successor_of: Id | None = None
    manner: Annotated[str, OneOf((*MANNERS, ANNULLED))] = "merger"
    departure: Annotated[str, OneOf(DEPARTURES)] | None = None
    valid_from: PlainDate | None = None
    reason: ShortText = Field(examples=["2022年4月经登记机关核准更名。"])
    document_hash: Hash

    @model_validator(mode="after")
    def _something(self) -> Self:
        facts = self.facts()
        if not facts and self.successor_of is None and self.departure is None:
            raise PydanticCustomError("nothing_changed", "give at least one fact that changes")
        if self.departure is not None and (facts or self.successor_of is not None):
            raise PydanticCustomError("departure_alone", "give nothing else that changes with a departure")
        return self

    def facts(self) -> dict[str, Any]:
        """As JSON holds them."""
        given = self.model_dump(mode="json", exclude_none=True, exclude=_NOT_FACTS)
        for several in {"attributes", "held_by", "managed_by"} & given.keys():
            given[several] = sorted(set(given[several]))
        return given


@routes.post(
    "/organisations/{organisation_id}/changes",
    operation_id="propose_change",
    response_model=ChangeView,
    status_code=201,
)
async def post_change(organisation_id: UUID, body: ChangeBody, call: Command) -> Response:
    """Changes what is known of a purchaser, provider or body. A name counts at once; kind, code, place, founding,
    succession and departure once another person has confirmed them. Duty: register_purchaser, register_provider or
    administer_posts."""
    place = (body.successor_of, body.manner, body.departure)
    command = ProposeChange(organisation_id, body.facts(), *place, body.valid_from, body.reason, body.document_hash)
    return await perform(propose_change, call, command)


@routes.post("/changes/{change_id}/confirm", operation_id="confirm_change", response_model=ChangeView)
async def post_change_confirmation(change_id: UUID, call: Command) -> Response:
    """Confirms a change, as another person than who proposed it. Duty: register_purchaser, register_provider or
    administer_posts."""
    return await perform(settle_change, call, SettleChange(change_id, True))


@routes.post("/changes/{change_id}/withdraw", operation_id="withdraw_change", response_model=ChangeView)
async def post_change_withdrawal(change_id: UUID, call: Command) -> Response:
    """Takes back a change that nobody has confirmed. Duty: register_purchaser, register_provider or
    administer_posts."""
    return await perform(settle_change, call, SettleChange(change_id, False))


@routes.get("/changes/{change_id}", operation_id="get_change")
async def get_change(change_id: UUID, query: Query, response: Response) -> ChangeView:
    """One change, for those who register such organisations there."""
    change = await read_change(query, change_id, query.actor.scope())
    response.headers["etag"] = f'"{change.version}"'
    return ChangeView.model_validate(change)


@routes.get("/organisations", operation_id="find_organisations")
async def find_organisations(
    query: Query, listed: Listed, title: Annotated[Name, Parameter()]
) -> list[OrganisationView]:
    """Organisations of this name, whether they bear it now or bore it once."""
    named = await store.named(query, title, listed.by("id"))
    return [await _organisation(query, found.id) for found in listed.page(named, "id")]


@routes.get("/organisations/{organisation_id}", operation_id="get_organisation")
async def get_organisation(organisation_id: UUID, query: Query) -> OrganisationView:
    """A purchaser, provider or body with all that was known of it, and who took whose place."""
    return await _organisation(query, organisation_id)


@routes.get("/organisations/{organisation_id}/version", operation_id="get_organisation_version")
async def get_version(organisation_id: UUID, query: Query, on: Annotated[PlainDate, Parameter()]) -> VersionView:
    """What held of the organisation on that day."""
    return await _version_on(query, organisation_id, on)


async def _organisation(query: Reader, organisation: UUID) -> OrganisationView:
    known = await store.read_record(query, organisation)
    versions = list(latest(await _versions(query, known)))
    found = [SuccessionView.model_validate(each) for each in latest(await successions_of(query, organisation))]
    return OrganisationView(id=known.id, kind=known.kind, title=known.title, versions=versions, successions=found)


async def _versions(query: Reader, organisation: Registered) -> list[VersionView]:
    known = [VersionView.model_validate(version) for version in await store.versions(query, organisation.id)]
    first = VersionView(number=1, valid_from=None, facts=store.facts_of(organisation), document_hash=None)
    return known or [first]


async def _version_on(query: Reader, organisation: UUID, on: date) -> VersionView:
    known = await _versions(query, await store.read_record(query, organisation))
    number = in_force([(each.number, each.valid_from) for each in known], on)
    return next(each for each in known if each.number == number)
