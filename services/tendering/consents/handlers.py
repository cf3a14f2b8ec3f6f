"""Commands on consents: asked for, given or refused, withdrawn; and what rests on one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypedDict
from uuid import UUID

from services.tendering.consents import store
from services.tendering.consents.events import ConsentAsked, ConsentDecided, ConsentUsed, ConsentWithdrawn
from services.tendering.consents.records import DUTIES, LIVE, Authority, Consent, ConsentState, Purpose
from services.tendering.consents.rules import Giver, Request, may_answer, may_ask, place_of, still_apart
from services.tendering.consents.views import ConsentView
from services.tendering.fields import WrongField
from services.tendering.panels import store as panels
from services.tendering.panels.interests import apart
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement
from services.tendering.rulebook import ConsentSection
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from shared.people.interest import InterestSection, employed
from shared.work.database import Answer, Call, Transaction, WrongState, must_be
from shared.work.identity import Tie


@dataclass(frozen=True, slots=True)
class AskConsent:
    """A person of the purchaser asks an authority to consent: to what, for which method, why."""

    project_id: UUID
    purpose: Purpose
    method: str
    authority: Authority
    ground: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerConsent:
    """Somebody of the authority gives it, refuses it, or takes back one that nobody has used."""

    consent_id: UUID
    given: bool
    answer: str


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """The purchaser does not need it any more."""

    consent_id: UUID


async def ask_consent(call: Call, command: AskConsent) -> Answer:
    async with call.transaction() as tx:
        await tx.lock(command.project_id)
        project = await procurements.project(tx, command.project_id)
        person = tx.require("open_procurement", project.organisation, project.jurisdiction)
        if await procurements.withdrawn(tx, project.id):
            raise WrongState("not_bought_any_more", "in_the_pool")
        section = tx.under(rulebooks().get(project.rulebook)).section(ConsentSection, Case(method=command.method))
        purpose = command.purpose
        if not section.needed(purpose):
            raise WrongField("purpose", "consent_not_foreseen", "no text at hand lets this be consented to")
        if (purpose is Purpose.DIRECT_CHOICE) != (command.method == Purpose.DIRECT_CHOICE):
            raise WrongField("method", "method_not_meant", "a direct choice is asked for as direct_choice alone")
        of = (project.id, purpose, command.method)
        given = store.authorities(await store.standing(tx, *of, project.budget))
        request = Request(purpose, command.authority, command.ground, given)
        clause = tx.decided(may_ask(request, section, tx.today))
        if await store.live(tx, *of, command.authority):
            raise WrongState("consent_asked", "consent_not_asked")
        consent = await tx.add(
            Consent(
                id=new_id(),
                version=1,
                key=project.id,
                jurisdiction=project.jurisdiction,
                organisation=project.organisation,
                purpose=purpose,
                method=command.method,
                authority=command.authority,
                ground=command.ground,
                place=place_of(command.authority, project.jurisdiction),
                amount=project.budget,
                rulebook=project.rulebook,
                clause=clause.id,
                reason=command.reason,
                asked_by=person,
                asked_at=tx.now,
            )
        )
        tx.emit(
            ConsentAsked(
                **_about(consent),
                purpose=consent.purpose,
                method=consent.method,
                authority=consent.authority,
                ground=consent.ground,
                place=consent.place,
                amount=consent.amount,
                clause=consent.clause,
            )
        )
        return _answer(tx, consent, 201)


async def answer_consent(call: Call, command: AnswerConsent) -> Answer:
    async with call.transaction() as tx:
        place = (await store.get(tx, command.consent_id)).place
        before, person = await tx.open(Consent, command.consent_id, _giver, by=None, at=place)
        section = tx.law(before, ConsentSection)
        procurement = await procurements.live_of(tx, before.key)
        if procurement is not None:
            await apart(tx, procurement)
        must_be(before, (ConsentState.ASKED,) if command.given else LIVE)
        giver = Giver(before.authority, before.purpose, before.asked_by, person)
        tx.decided(may_answer(giver, section, tx.today))
        state = ConsentState.GIVEN if command.given else ConsentState.REFUSED
        decided = replace(before, state=state, decided_by=person, decided_at=tx.now, answer=command.answer)
        consent = await tx.save(before, decided)
        tx.emit(ConsentDecided(**_about(consent), given=command.given))
        return _answer(tx, consent)


def _giver(consent: Consent) -> tuple[str, UUID | None]:
    """The duty of who gives it; a second person is of the purchaser itself."""
    own = consent.organisation if consent.authority is Authority.SECOND_PERSON else None
    return DUTIES[consent.authority], own


async def withdraw_consent(call: Call, command: WithdrawConsent) -> Answer:
    async with call.transaction() as tx:
        before, _ = await tx.open(Consent, command.consent_id, "open_procurement", states=LIVE)
        tx.under(rulebooks().get(before.rulebook))
        consent = await tx.save(before, replace(before, state=ConsentState.WITHDRAWN))
        tx.emit(ConsentWithdrawn(**_about(consent)))
        return _answer(tx, consent)


async def rest_on(tx: Transaction, procurement: Procurement, given: Iterable[Consent]) -> None:
    """What the procurement needs was consented to by these; nobody takes it back from now on."""
    for each in given:
        if each.used_for is not None:
            continue
        consent = await store.use(tx, each, procurement.id)
        tx.emit(ConsentUsed(**_about(consent), procurement_id=procurement.id))


async def givers_apart(tx: Transaction, procurement: Procurement, bidders: Iterable[UUID]) -> None:
    """Nothing goes on that rests on the word of somebody with an interest in a bidder: another one of that authority
    consents then to the same, and it rests on that word too. Raises Refused."""
    rests = await store.rests_on(tx, procurement.key, procurement.id)
    used = {(each.purpose, each.authority) for each in rests if each.used_for is not None}
    if not used:
        return
    book, suppliers = rulebooks().get(procurement.rulebook), set(bidders)
    section = book.section(InterestSection)
    given = [
        each
        for each in rests
        if (each.purpose, each.authority) in used
        and (each.used_for is not None or (each.method == procurement.method and each.amount >= procurement.budget))
    ]
    posts = await panels.posts_of(tx, {each.decided_by for each in given if each.decided_by is not None})
    free: dict[tuple[Purpose, Authority], list[bool]] = {each: [] for each in used}
    for each in given:
        person = each.decided_by
        if person is None:
            continue
        ties = [Tie(post.organisation_id, post.valid_until) for post in posts[person]]
        ties += await panels.interests_of(tx, person)
        said = set(await panels.declared(tx, person)) & suppliers
        free[each.purpose, each.authority].append(not (said or employed(ties, suppliers, section, tx.today)))
    tx.decided(still_apart(free, book.section(ConsentSection, Case.of(procurement)), tx.today))
    await rest_on(tx, procurement, given)


class _About(TypedDict):
    jurisdiction: str
    organisation: UUID
    project_id: UUID
    consent_id: UUID


def _about(consent: Consent) -> _About:
    return {
        "jurisdiction": consent.jurisdiction,
        "organisation": consent.organisation,
        "project_id": consent.key,
        "consent_id": consent.id,
    }


def _answer(tx: Transaction, consent: Consent, status: int = 200) -> Answer:
    location = f"/v1/consents/{consent.id}" if status == 201 else None
    return tx.answer(status, ConsentView.model_validate(consent), version=consent.version, location=location)
