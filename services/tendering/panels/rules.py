"""Who may sit on a panel.

D87-47.1   open tender: odd, at least five (seven from ten million CNY on), two thirds experts
C214-14.1  consultation: odd, at least three, two thirds experts, drawn at random
GPR-39.1   experts are drawn at random from a government pool
D87-47.2   somebody of the purchaser sits only as its representative, never as expert
GPR-9.1    who has an interest in a bidder withdraws
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from services.tendering.rulebook import PanelSection
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
    """A panel for a purchase by this method and budget (CNY), its experts drawn under this reference."""

    method: str
    budget: Decimal
    members: tuple[Member, ...]
    draw_reference: str | None


def form_panel(panel: Panel, section: PanelSection, today: date) -> Decision[Panel]:
    """May these persons be the panel?"""
    findings = [*composition(panel, section), *_origin(panel, section), *_interest(panel, section)]
    return decide(findings, panel)


def composition(panel: Panel, section: PanelSection) -> Iterator[Finding]:
    """Number, oddness and share of experts; asked again when members score, without those who withdrew."""
    size = len(panel.members)
    least = section.panel_min(panel.method, panel.budget)
    yield finding("panel_small", least.clause, size >= least.value, members=size, least=least.value)
    yield finding("panel_even", section.panel_odd(panel.method).clause, size % 2 == 1, members=size)
    share = section.expert_share_min(panel.method)
    experts = sum(member.role == "expert" for member in panel.members)
    enough = size > 0 and Fraction(experts, size) >= share.value
    yield finding("too_few_experts", share.clause, enough, experts=experts, members=size, least=share.value)


def _origin(panel: Panel, section: PanelSection) -> Iterator[Finding]:
    drawn = section.drawn_at_random(panel.method).clause
    yield finding("experts_not_drawn", drawn, panel.draw_reference is not None)
    own = [member for member in panel.members if member.role == "expert" and member.of_purchaser]
    clause = section.own_unit_expert_only_as_representative.clause
    yield of_person("own_unit_expert", clause, not own, members=len(own))


def _interest(panel: Panel, section: PanelSection) -> Iterator[Finding]:
    of_bidder = [member for member in panel.members if member.of_bidder]
    clause = section.recusal_grounds.clause("employment")
    yield of_person("member_of_bidder", clause, not of_bidder, members=len(of_bidder))
