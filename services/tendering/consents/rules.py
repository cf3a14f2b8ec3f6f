"""What is lawful once somebody has consented, who that is, and that it is another person.

GPL-27.1   from the open-tender amount on another method, with finance's approval (city or above) before the start
C214-4.1   so consultation, after the consent of the supervising budget unit
CD17-18.2  in another purchase a direct choice, by a reasoned approval of a second person
GPR-9.1    who gives it has no interest in a bidder; before the closing nobody knows the bidders, so that it is asked
           whenever something later rests on it
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.tendering.consents.records import Authority, Purpose
from services.tendering.rulebook import ConsentSection
from shared.fields.places import city_of
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of which authority, on which ground; `given`: the authorities that have consented to the same."""

    purpose: str
    authority: str
    ground: str | None = None
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Giver:
    """Who is to give it, and who asked for it."""

    authority: str
    purpose: str
    asked_by: UUID
    person: UUID


def may_ask(request: Request, section: ConsentSection, today: date) -> Decision[Clause]:
    """May this authority be asked? The outcome: the clause that names it."""
    needed = section.needed(request.purpose)
    clause = needed.clause(request.authority)
    findings = [
        finding("authority_not_named", clause, request.authority in needed, named=list(needed)),
        *_in_order(request, section),
        *_ground(request, section),
    ]
    return decide(findings, clause)


def _in_order(request: Request, section: ConsentSection) -> Iterator[Finding]:
    """Finance is asked last: the texts send the purchaser to it with the consent of its supervising unit."""
    if request.authority in (Authority.FINANCE, Authority.CITY_FINANCE):
        needed = section.needed(request.purpose)
        for other in needed:
            if other not in (Authority.FINANCE, Authority.CITY_FINANCE):
                clause = needed.clause(other)
                yield finding("consent_before_missing", clause, other in request.given, authority=other)


def _ground(request: Request, section: ConsentSection) -> Iterator[Finding]:
    grounds = section.grounds(request.purpose)
    if grounds:
        ground = request.ground or ""
        yield finding("ground_not_lawful", grounds.clause(ground), ground in grounds, lawful=list(grounds))


def may_answer(giver: Giver, section: ConsentSection, today: date) -> Decision[UUID]:
    """May this person give or refuse it? Never who asked."""
    clause = section.needed(giver.purpose).clause(giver.authority)
    return decide([of_person("consenter_asked", clause, giver.person != giver.asked_by)], giver.person)


def still_apart(
    free: Mapping[tuple[Purpose, Authority], Collection[bool]], section: ConsentSection, today: date
) -> Decision[bool]:
    """Does what the purchase rests on stand, now that its bidders are known? Of each consent one giver at least has no
    interest in them (`free`, by what was consented to and who did)."""
    clause = section.recusal_grounds.clause("employment")
    findings = [
        of_person("consenter_interested", clause, any(each), purpose=purpose, authority=authority)
        for (purpose, authority), each in sorted(free.items())
    ]
    return decide(findings, True)


def place_of(authority: Authority, jurisdiction: str) -> str:
    """Where who gives it must hold a post: finance of the city or above for the whole city."""
    return city_of(jurisdiction) if authority is Authority.CITY_FINANCE else jurisdiction
