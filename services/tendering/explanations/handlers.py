"""Commands on low prices: a member asks or finds no need to, the bidder answers, the members decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.explanations import store
from services.tendering.explanations.events import (
    LowPriceExplained,
    LowPriceJudged,
    LowPriceLookedAt,
    LowPriceQuestioned,
)
from services.tendering.explanations.looks import prices
from services.tendering.explanations.records import Explanation, ExplanationShown
from services.tendering.explanations.rules import (
    Question,
    Vote,
    after_rejection,
    low_prices,
    may_ask,
    may_correct,
    may_look,
    may_vote,
    outcome,
)
from services.tendering.explanations.views import ExplanationView, PriceLookView
from services.tendering.opening import store as opening
from services.tendering.panels import store as panels
from services.tendering.panels.interests import apart
from services.tendering.panels.records import FormedPanel, Seat
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import ExplanationSection, LowPriceSection
from services.tendering.scores.handlers import active_of, lawful, rank_if_complete
from services.tendering.scores.store import qualified
from shared.errands.notices import notify
from shared.law.rulebook import rulebooks
from shared.law.scope import Case
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class AskAboutPrice:
    """A member of the panel asks the bidder to explain its price within so many minutes."""

    procurement_id: UUID
    bid_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class ExplainPrice:
    """The bidder explains it in writing."""

    explanation_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class CorrectExplanation:
    """Another person of the bidder gives the explanation that was meant, with the reason."""

    explanation_id: UUID
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class JudgePrice:
    """A member says whether the price is proven."""

    explanation_id: UUID
    proven: bool


@dataclass(frozen=True, slots=True)
class LookAtPrice:
    """A member who looked at a price clearly below the others says whether it needs no explanation, and why; said
    again, the last word counts."""

    procurement_id: UUID
    bid_id: UUID
    needless: bool
    reason: str


async def look_at_price(call: Call, command: LookAtPrice) -> Answer:
    """Once the majority finds no need for an explanation, the bids are scored; any member may still ask."""
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "score_bids", by=None, fresh=False)
        section = (await apart(tx, procurement)).section(LowPriceSection, Case.of(procurement))
        must_be(procurement, (ProcurementState.REVIEWED,))
        panel, members, seat = await panels.membership(tx, procurement.id, person)
        active = active_of(members)
        if command.bid_id not in low_prices((await prices(tx, procurement.id, active)).of, section):
            raise WrongState("price_not_low", "price_clearly_low")
        tx.decided(may_look(seat.declared, section, tx.today))
        tx.decided(lawful(procurement, panel, active))
        if await store.asked_before(tx, command.bid_id):
            raise WrongState("price_asked_about", "price_not_asked_about")
        look = await store.look(tx, command.bid_id, person, command.needless, command.reason)
        about = procurements.about(procurement)
        tx.emit(LowPriceLookedAt(**about, bid_id=look.bid_id, needless=look.needless, number=look.number))
        await rank_if_complete(tx, procurement, panel, members)
        return tx.answer(201, PriceLookView.model_validate(look))


async def ask_about_price(call: Call, command: AskAboutPrice) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "score_bids", by=None, fresh=False)
        section = (await apart(tx, procurement)).section(ExplanationSection, Case.of(procurement))
        must_be(procurement, (ProcurementState.REVIEWED,))
        panel, members, seat = await panels.membership(tx, procurement.id, person)
        competing = {bid.bid_id: bid for bid in await opening.opened(tx, procurement.id) if bid.qualified}
        prices = {bid.bid_id: bid.price for bid in competing.values() if bid.price is not None}
        price = prices.pop(command.bid_id, None)
        if price is None:
            raise NotFound
        question = Question(price, tuple(prices.values()), command.minutes, seat.declared)
        minutes = tx.decided(may_ask(question, section, tx.today))
        tx.decided(lawful(procurement, panel, active_of(members)))
        if await store.asked_before(tx, command.bid_id):
            raise WrongState("price_asked_about", "price_not_asked_about")
        until = tx.now + timedelta(minutes=minutes)
        explanation = await store.ask(tx, procurement, competing[command.bid_id], person, until)
        facts = {"reference": procurement.reference, "answer_until": until.isoformat()}
        await notify(tx, explanation.provider_id, "price_explanation_asked", explanation.id, facts)
        tx.emit(LowPriceQuestioned(**procurements.about(procurement), bid_id=command.bid_id, answer_until=until))
        location = f"/v1/procurements/{procurement.id}/price-explanations"
        return _answer(tx, explanation, None, status=201, location=location)


async def explain_price(call: Call, command: ExplainPrice) -> Answer:
    async with call.transaction() as tx:
        asked, person = await tx.open(Explanation, command.explanation_id, "submit_bid", by="provider_id")
        procurement = await procurements.lock(tx, asked.procurement_id)
        tx.under(rulebooks().get(procurement.rulebook))
        must_be(procurement, (ProcurementState.REVIEWED,))
        if asked.answered_at is not None or asked.proven is not None:
            raise WrongState("price_answered", "price_unanswered")
        if tx.now >= asked.answer_until:
            raise WrongState("answer_late", "answer_in_time")
        explanation, text = await store.answer(tx, asked, command.text, person)
        about = procurements.about(procurement)
        tx.emit(LowPriceExplained(**about, bid_id=explanation.bid_id, text_hash=store.hash_of(text)))
        return _answer(tx, explanation, command.text)


async def correct_explanation(call: Call, command: CorrectExplanation) -> Answer:
    """In time, and before a member of the panel has judged by what was said."""
    async with call.transaction() as tx:
        before, person = await tx.open(Explanation, command.explanation_id, "submit_bid", by="provider_id")
        procurement = await procurements.lock(tx, before.procurement_id)
        section = tx.law(procurement, ExplanationSection)
        must_be(procurement, (ProcurementState.REVIEWED,))
        if before.answered_by is None:
            raise WrongState("price_unanswered", "price_answered")
        if before.proven is not None or await store.votes(tx, before.id):
            raise WrongState("price_judged_by_some", "price_unjudged")
        if tx.now >= before.answer_until:
            raise WrongState("answer_late", "answer_in_time")
        tx.decided(may_correct(before.answered_by, person, section, tx.today))
        number = await store.answers_given(tx, before.id) + 1
        explanation, text = await store.answer(tx, before, command.text, person, number, command.reason)
        about = procurements.about(procurement)
        digest = store.hash_of(text)
        tx.emit(LowPriceExplained(**about, bid_id=explanation.bid_id, text_hash=digest, number=number))
        return _answer(tx, explanation, command.text)


async def judge_price(call: Call, command: JudgePrice) -> Answer:
    async with call.transaction() as tx:
        explanation, procurement, person = await tx.open_part(
            Explanation, command.explanation_id, Procurement, "score_bids", by=None, fresh=False
        )
        section = (await apart(tx, procurement)).section(ExplanationSection, Case.of(procurement))
        panel, members, seat = await panels.membership(tx, procurement.id, person)
        tx.expect(explanation.version)
        must_be(procurement, (ProcurementState.REVIEWED,))
        answered = explanation.answered_at is not None
        if explanation.proven is not None or not (answered or tx.now >= explanation.answer_until):
            waiting = "price_unanswered" if explanation.proven is None else "price_decided"
            raise WrongState(waiting, "price_to_be_judged")
        tx.decided(may_vote(Vote(command.proven, answered, seat.declared), section, tx.today))
        before = await store.votes(tx, explanation.id)
        if person in before:
            raise WrongState("price_judged", "price_not_judged_by_you")
        said = await store.read(tx, explanation.id)
        await store.vote(tx, explanation, person, command.proven)
        tx.decided(lawful(procurement, panel, active_of(members)))
        active = {one.person_id for one in active_of(members)}
        voices = {who: proven for who, proven in {**before, person: command.proven}.items() if who in active}
        decided = outcome(voices.values(), len(active))
        about = procurements.about(procurement)
        tx.emit(LowPriceJudged(**about, bid_id=explanation.bid_id, proven=command.proven, decided=decided))
        if decided is not None:
            clause = section.unexplained_low_price_invalid.clause
            explanation = await store.decide(tx, explanation, decided, clause, person)
            await _go_on(tx, procurement, panel, members, section)
        return _answer(tx, explanation, said.text)


async def _go_on(
    tx: Transaction,
    procurement: Procurement,
    panel: FormedPanel,
    members: Sequence[Seat],
    section: ExplanationSection,
) -> None:
    """With too few bids left the procurement fails, else the ranking goes on."""
    left = after_rejection(await qualified(tx, procurement.id), section)
    if left.enough:
        await rank_if_complete(tx, procurement, panel, members)
    else:
        bidders = await bids.bidders(tx, procurement.id)
        await fail(tx, procurement, "too_few_qualified", left.clause, bidders)


def _answer(
    tx: Transaction, explanation: Explanation, text: str | None, status: int = 200, location: str | None = None
) -> Answer:
    view = ExplanationView.model_validate(ExplanationShown(**explanation.columns(), text=text))
    return tx.answer(status, view, version=explanation.version, location=location)
