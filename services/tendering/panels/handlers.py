"""Commands on panels."""

from dataclasses import dataclass
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.panels import store
from services.tendering.panels.interests import apart
from services.tendering.panels.rules import Member, Panel, form_panel
from services.tendering.panels.views import panel_view
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import must_be
from services.tendering.rulebook import PanelSection
from services.tendering.scores.handlers import rank_if_complete
from shared.events.tendering import InterestDeclared, PanelFormed, PanelInterestDeclared
from shared.law.rulebook import rulebooks
from shared.people.interest import InterestSection, employed
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState
from shared.work.identity import Tie


@dataclass(frozen=True, slots=True)
class FormPanel:
    """The purchaser's side names the panel; `roles` by person. It may be named anew, in place of members who withdrew,
    as long as those who have scored stay."""

    procurement_id: UUID
    roles: dict[UUID, str]
    draw_reference: str | None


@dataclass(frozen=True, slots=True)
class DeclareInterests:
    """A member declares interests in bidders, each with its ground, or that there are none besides those declared
    before: what was declared ends by another person, in the registry."""

    procurement_id: UUID
    interests: tuple[tuple[UUID, str], ...]


async def form(call: Call, command: FormPanel) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("form_panel", procurement["organisation"], procurement["jurisdiction"])
        book = await apart(tx, procurement)
        tx.expect(procurement["version"])
        must_be(procurement, "opened", "reviewed")
        panel = await store.of_procurement(tx, procurement["id"])
        await _scorers_stay(tx, panel, command)
        section = book.section(PanelSection)
        asked = await _panel(tx, procurement, command)
        tx.decided(form_panel(asked, section, tx.today))
        panel = await store.save(tx, panel, procurement, command.roles, command.draw_reference or "", person)
        experts = sum(role == "expert" for role in command.roles.values())
        about, digest = procurements.about(procurement), await store.sealed(tx, panel["id"])
        tx.emit(PanelFormed(**about, members=len(command.roles), experts=experts, panel=digest))
        await rank_if_complete(tx, procurement, panel)
        return tx.answer(201, panel_view(panel, await store.members(tx, panel["id"])), version=panel["version"])


async def _scorers_stay(tx: Transaction, panel: Row | None, command: FormPanel) -> None:
    members = await store.members(tx, panel["id"]) if panel else []
    if any(m["scored_at"] is not None and command.roles.get(m["person_id"]) != m["role"] for m in members):
        raise WrongState("being_scored", "formed_with_all_who_scored")


async def _panel(tx: Transaction, procurement: Row, command: FormPanel) -> Panel:
    posts = await store.posts_of(tx, command.roles)
    bidders = {bid["provider_id"] for bid in await bids.live(tx, procurement["id"])}
    section = rulebooks().get(procurement["rulebook"]).section(InterestSection)
    panel = await store.of_procurement(tx, procurement["id"])
    seated = {member["person_id"] for member in (await store.members(tx, panel["id"]) if panel else [])}
    members = []
    for person, role in command.roles.items():
        held = store.in_force(posts[person], tx.today)
        ties = [Tie(post["organisation_id"], post["valid_until"]) for post in posts[person]]
        ties += [] if person in seated else await store.interests_of(tx, person)
        of_bidder = bool(employed(ties, bidders, section, tx.today))
        members.append(Member(person, role, procurement["organisation"] in held, of_bidder))
    return Panel(procurement["method"], procurement["budget"], tuple(members), command.draw_reference)


async def declare(call: Call, command: DeclareInterests) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("score_bids", None, procurement["jurisdiction"])
        panel, member = await store.membership(tx, procurement["id"], person)
        if member["scored_at"] is not None:
            raise WrongState("scored", "not_yet_scored")
        bidders = {bid["provider_id"] for bid in await bids.live(tx, procurement["id"])}
        if not {provider for provider, _ in command.interests} <= bidders:
            raise NotFound
        said = {found["provider_id"]: found["ground"] for found in member["interests"]}
        said |= {str(provider): ground for provider, ground in command.interests}
        interests = [{"provider_id": provider, "ground": ground} for provider, ground in said.items()]
        await store.set_declared(tx, panel, person, interests)
        tx.under(rulebooks().get(procurement["rulebook"]))
        for provider, _ in command.interests:
            await store.keep_interest(tx, person, provider)
            about = procurements.about(procurement)
            tx.emit(PanelInterestDeclared(**about, person_id=person, provider_id=provider))
        digest = await store.sealed(tx, panel["id"])
        tx.emit(InterestDeclared(**procurements.about(procurement), interested=bool(interests), panel=digest))
        await rank_if_complete(tx, procurement, panel)
        return tx.answer(200, panel_view(panel, await store.members(tx, panel["id"])), version=panel["version"])
