"""Commands on panels."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.consents import store as consents
from services.tendering.consents.handlers import givers_apart, rest_on
from services.tendering.consents.records import Consent, Purpose
from services.tendering.panels import store
from services.tendering.panels.events import InterestDeclared, PanelFormed, ReplacedMember
from services.tendering.panels.interests import apart
from services.tendering.panels.records import Role, Seat
from services.tendering.panels.rules import Member, Panel, form_panel, may_replace
from services.tendering.panels.views import panel_view
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rescorings.store import live
from services.tendering.rulebook import PanelSection, RescoringSection
from services.tendering.scores.handlers import rank_if_complete
from services.tendering.scores.store import sheets
from services.tendering.tables import GONE
from shared.events.tendering import PanelInterestDeclared
from shared.law.rulebook import rulebooks
from shared.people.interest import InterestSection, employed
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState, must_be
from shared.work.identity import Tie


@dataclass(frozen=True, slots=True)
class FormPanel:
    """The purchaser's side names the panel; `roles` by person. It may be named anew, in place of members who withdrew,
    as long as those who have scored stay. `reason`: why a member who was to score again does not, and is replaced."""

    procurement_id: UUID
    roles: dict[UUID, Role]
    draw_reference: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeclareInterests:
    """A member declares interests in bidders, each with its ground, or that there are none besides those declared
    before: what was declared ends by another person, in the registry."""

    procurement_id: UUID
    interests: tuple[tuple[UUID, str], ...]


async def form(call: Call, command: FormPanel) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "form_panel")
        await apart(tx, procurement)
        must_be(procurement, (ProcurementState.OPENED, ProcurementState.REVIEWED, ProcurementState.RESCORING))
        before = await store.of_procurement(tx, procurement.id)
        seated = await store.members(tx, before.id) if before else []
        gave = await sheets(tx, procurement.id)
        leaving = [seat for seat in seated if _owes(seat, gave) and seat.person_id not in command.roles]
        _scorers_stay(seated, command, gave)
        if before and leaving:
            tx.decided(may_replace(person, before.formed_by, tx.law(procurement, RescoringSection)))
        rescoring = await live(tx, procurement.id)
        if rescoring is not None:
            _one_for_each_who_left(seated, command, rescoring.opened_at)
        given = await consents.for_procurement(tx, procurement, Purpose.OWN_EXPERTS) if _chosen(command) else []
        asked = await _panel(tx, procurement, seated, command, given)
        tx.decided(form_panel(asked, tx.law(procurement, PanelSection), tx.today))
        drawn = command.draw_reference or ""
        panel, members = await store.save(tx, before, seated, procurement, command.roles, drawn, person)
        experts = sum(role == "expert" for role in command.roles.values())
        about, digest = procurements.about(procurement), store.sealed(panel, members)
        await rest_on(tx, procurement, given)
        if given:
            await givers_apart(tx, procurement, await bids.bidders(tx, procurement.id))
        gone: list[ReplacedMember] = []
        if before and leaving and command.reason is not None:
            kept = await store.keep_replaced(tx, panel, before.formed_by, leaving, command.reason, person)
            gone = [ReplacedMember(number=one.number, facts=GONE(one)) for one in kept]
        tx.emit(PanelFormed(**about, members=len(command.roles), experts=experts, panel=digest, replaced=gone))
        await rank_if_complete(tx, procurement, panel, members)
        replaced = await store.replacements(tx, panel.id)
        return tx.answer(201, panel_view(panel, members, replaced), version=panel.version)


def _owes(seat: Seat, gave: Container[UUID]) -> bool:
    """Whether they gave a sheet, and have to give another: their points were found at fault, or other bids passed."""
    return seat.person_id in gave and not seat.scored and not seat.interested


def _scorers_stay(seated: Sequence[Seat], command: FormPanel, gave: Container[UUID]) -> None:
    """Who scores again is of the same panel, unless an interest keeps them away now (D87-64.1), or they are replaced
    with a reason."""
    stay = [
        seat
        for seat in seated
        if seat.scored or (_owes(seat, gave) and (command.reason is None or seat.person_id in command.roles))
    ]
    if any(command.roles.get(seat.person_id) != seat.role for seat in stay):
        raise WrongState("being_scored", "formed_with_all_who_scored")


def _one_for_each_who_left(seated: Iterable[Seat], command: FormPanel, since: datetime) -> None:
    """Once the sums are drawn a panel neither grows nor shrinks: its places are those whose sheets made the ranking,
    and who comes takes the place, in the same role, of one whom an interest keeps away since (D87-64.1), or who does
    not score again."""
    away = {seat.person_id for seat in seated if seat.away_before(since)}
    places = Counter(seat.role for seat in seated if seat.person_id not in away)
    if Counter(role for person, role in command.roles.items() if person not in away) != places:
        raise WrongState("being_scored", "one_for_each_who_left")


def _chosen(command: FormPanel) -> bool:
    """Whether the purchaser chose the experts itself."""
    return command.draw_reference is None


async def _panel(
    tx: Transaction,
    procurement: Procurement,
    seated: Sequence[Seat],
    command: FormPanel,
    given: Sequence[Consent],
) -> Panel:
    posts = await store.posts_of(tx, command.roles)
    bidders = await bids.bidders(tx, procurement.id)
    section = rulebooks().get(procurement.rulebook).section(InterestSection)
    known = {seat.person_id for seat in seated}
    members = []
    for person, role in command.roles.items():
        held = store.in_force(posts[person], tx.today)
        ties = [Tie(post.organisation_id, post.valid_until) for post in posts[person]]
        ties += [] if person in known else await store.interests_of(tx, person)
        of_bidder = bool(employed(ties, bidders, section, tx.today))
        members.append(Member(person, role, procurement.organisation in held, of_bidder))
    return Panel(procurement.budget, tuple(members), command.draw_reference, consents.authorities(given))


async def declare(call: Call, command: DeclareInterests) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "score_bids", by=None, fresh=False)
        panel, seats, before = await store.membership(tx, procurement.id, person)
        if before.scored:
            raise WrongState("scored", "not_yet_scored")
        said = dict(command.interests)
        if not said.keys() <= set(await bids.bidders(tx, procurement.id)):
            raise NotFound
        seat = await store.set_declared(tx, before, {**before.grounds, **said})
        members = store.with_seat(seats, seat)
        tx.under(rulebooks().get(procurement.rulebook))
        about = procurements.about(procurement)
        for provider, _ in command.interests:
            await store.keep_interest(tx, person, provider)
            tx.emit(PanelInterestDeclared(**about, person_id=person, provider_id=provider))
        tx.emit(InterestDeclared(**about, interested=seat.interested, panel=store.sealed(panel, members)))
        await rank_if_complete(tx, procurement, panel, members)
        replaced = await store.replacements(tx, panel.id)
        return tx.answer(200, panel_view(panel, members, replaced), version=panel.version)
