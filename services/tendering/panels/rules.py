"""Who may sit on a panel.

D87-47.1   open tender: odd, at least five (seven from ten million CNY on), two thirds experts
C214-14.1  consultation: odd, at least three, two thirds experts, drawn at random
GPR-39.1   experts are drawn at random from a government pool, or where the draw finds none fit for a complex matter
           (C214-14.1: also for research) chosen with the consent of the supervising budget unit
D87-47.2   somebody of the purchaser sits only as its representative, never as expert, unless chosen so in a tender
C214-14.1  so in a consultation, without that exception
GPR-9.1    who has an interest in a bidder withdraws
D87-64.1   the panel itself mends what it scored

Reading: so that it can, a member who was to score again and does not come any more is replaced by another, who is
found as the first was; no text that is read here says who names them, so it is another person than named the panel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from services.tendering.rulebook import PanelSection, RescoringSection
from shared.law.decision import Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the panel: in which role, with which posts, and the grounds of the interests they declared."""

    person_id: UUID
    role: str
    of_purchaser: bool = False
    of_bidder: bool = False
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel for a purchase of this budget (CNY), its experts drawn under this reference; or chosen by the purchaser,
    with the consent of these authorities."""

    budget: Decimal
    members: tuple[Member, ...]
    draw_reference: str | None
    own_experts_consents: frozenset[str] = frozenset()


def form_panel(panel: Panel, section: PanelSection, today: date) -> Decision[Panel]:
    """May these persons be the panel?"""
    findings = [*composition(panel, section), *_origin(panel, section), *_interest(panel, section)]
    return decide(findings, panel)


def may_replace(person: UUID, formed_by: UUID, section: RescoringSection) -> Decision[bool]:
    """May this person name others in the place of members who do not score again? Whoever chose a member does not
    choose the next one too."""
    clause = section.score_change_grounds.opening
    return decide([of_person("replaces_own_choice", clause, person != formed_by)], True)


def composition(panel: Panel, section: PanelSection) -> Iterator[Finding]:
    """Number, oddness and share of experts; asked again when members score, without those who withdrew."""
    size = len(panel.members)
    least = section.panel_min_for(panel.budget)
    yield finding("panel_small", least.clause, size >= least.value, members=size, least=least.value)
    yield finding("panel_even", section.panel_odd.clause, size % 2 == 1, members=size)
    share = section.expert_share_min
    experts = sum(member.role == "expert" for member in panel.members)
    enough = size > 0 and Fraction(experts, size) >= share.value
    yield finding("too_few_experts", share.clause, enough, experts=experts, members=size, least=share.value)


def _origin(panel: Panel, section: PanelSection) -> Iterator[Finding]:
    drawn = section.drawn_at_random.clause
    needed = section.own_experts_consents
    chosen = panel.draw_reference is None and bool(needed) and set(needed) <= panel.own_experts_consents
    yield finding("experts_not_drawn", drawn, panel.draw_reference is not None or chosen)
    own = [member for member in panel.members if member.role == "expert" and member.of_purchaser]
    clause = section.own_unit_expert_only_as_representative.clause
    excepted = chosen and section.own_unit_expert_if_chosen is not None and section.own_unit_expert_if_chosen.value
    yield of_person("own_unit_expert", clause, not own or excepted, members=len(own))


def _interest(panel: Panel, section: PanelSection) -> Iterator[Finding]:
    of_bidder = [member for member in panel.members if member.of_bidder]
    clause = section.recusal_grounds.clause("employment")
    yield of_person("member_of_bidder", clause, not of_bidder, members=len(of_bidder))
