"""Commands on explanations of low prices: a member asks, the bidder answers, the members decide."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.tendering.bids import store as bids
from services.tendering.explanations import store
from services.tendering.explanations.rules import Question, Vote, after_rejection, may_ask, may_vote, outcome
from services.tendering.explanations.views import explanation_view
from services.tendering.opening import store as opening
from services.tendering.panels import store as panels
from services.tendering.panels.interests import apart
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import fail, must_be
from services.tendering.rulebook import ExplanationSection
from services.tendering.scores.handlers import rank_if_complete
from services.tendering.scores.store import qualified
from shared.errands.notices import notify
from shared.events.tendering import LowPriceExplained, LowPriceJudged, LowPriceQuestioned
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, NotFound, Row, Transaction, WrongState


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
class JudgePrice:
    """A member says whether the price is proven."""

    explanation_id: UUID
    proven: bool


async def ask_about_price(call: Call, command: AskAboutPrice) -> Answer:
    async with call.transaction() as tx:
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("score_bids", None, procurement["jurisdiction"])
        section = (await apart(tx, procurement)).section(ExplanationSection)
        must_be(procurement, "reviewed")
        _, member = await panels.membership(tx, procurement["id"], person)
        prices = {row["bid_id"]: row for row in await opening.opened(tx, procurement["id"]) if row["qualified"]}
        bid = prices.pop(command.bid_id, None)
        if bid is None:
            raise NotFound
        others = tuple(row["price"] for row in prices.values())
        question = Question(bid["price"], others, command.minutes, member["declared_at"] is not None)
        minutes = tx.decided(may_ask(question, section, tx.today))
        if await store.asked_before(tx, command.bid_id):
            raise WrongState("price_asked_about", "price_not_asked_about")
        until = tx.now + timedelta(minutes=minutes)
        explanation_id = await store.ask(tx, procurement, bid, person, until)
        facts = {"reference": procurement["reference"], "answer_until": until.isoformat()}
        await notify(tx, bid["provider_id"], "price_explanation_asked", explanation_id, facts)
        tx.emit(LowPriceQuestioned(**procurements.about(procurement), bid_id=command.bid_id, answer_until=until))
        return await _answer(tx, procurement, explanation_id, 201)


async def explain_price(call: Call, command: ExplainPrice) -> Answer:
    async with call.transaction() as tx:
        explanation, procurement = await _lock(tx, command.explanation_id)
        bid = await bids.get(tx, explanation["bid_id"])
        person = tx.require("submit_bid", bid["provider_id"], procurement["jurisdiction"])
        tx.under(rulebooks().get(procurement["rulebook"]))
        tx.expect(explanation["version"])
        must_be(procurement, "reviewed")
        if explanation["answered_at"] is not None or explanation["proven"] is not None:
            raise WrongState("price_answered", "price_unanswered")
        if tx.now >= explanation["answer_until"]:
            raise WrongState("answer_late", "answer_in_time")
        text_hash = await store.answer(tx, explanation, command.text, person)
        about = {**procurements.about(procurement), "bid_id": explanation["bid_id"]}
        tx.emit(LowPriceExplained(**about, text_hash=text_hash.hex()))
        return await _answer(tx, procurement, command.explanation_id)


async def judge_price(call: Call, command: JudgePrice) -> Answer:
    async with call.transaction() as tx:
        explanation, procurement = await _lock(tx, command.explanation_id)
        person = tx.require("score_bids", None, procurement["jurisdiction"])
        section = (await apart(tx, procurement)).section(ExplanationSection)
        panel, member = await panels.membership(tx, procurement["id"], person)
        tx.expect(explanation["version"])
        must_be(procurement, "reviewed")
        answered = explanation["answered_at"] is not None
        if explanation["proven"] is not None or not (answered or tx.now >= explanation["answer_until"]):
            waiting = "price_unanswered" if explanation["proven"] is None else "price_decided"
            raise WrongState(waiting, "price_to_be_judged")
        tx.decided(may_vote(Vote(command.proven, answered, member["declared_at"] is not None), section, tx.today))
        before = await store.votes(tx, explanation["id"])
        if person in before:
            raise WrongState("price_judged", "price_not_judged_by_you")
        await store.vote(tx, explanation, person, command.proven)
        active = {one["person_id"] for one in await panels.members(tx, panel["id"]) if not one["interests"]}
        voices = {who: said for who, said in {**before, person: command.proven}.items() if who in active}
        decided = outcome(voices.values(), len(active))
        about = {**procurements.about(procurement), "bid_id": explanation["bid_id"]}
        tx.emit(LowPriceJudged(**about, proven=command.proven, decided=decided))
        if decided is not None:
            procurement = await _decide(tx, procurement, panel, explanation, decided, section, person)
        return await _answer(tx, procurement, command.explanation_id)


async def _decide(
    tx: Transaction,
    procurement: Row,
    panel: Row,
    explanation: Row,
    proven: bool,
    section: ExplanationSection,
    person: UUID,
) -> Row:
    """A price that is not proven leaves; with too few bids left the procurement fails, else the ranking goes on."""
    await store.decide(tx, explanation, proven, section.unexplained_low_price_invalid.clause, person)
    left = after_rejection(await qualified(tx, procurement["id"]), procurement["method"], section)
    if not left.enough:
        bidders = [bid["provider_id"] for bid in await bids.live(tx, procurement["id"])]
        return await fail(tx, procurement, "too_few_qualified", left.clause, bidders)
    return await rank_if_complete(tx, procurement, panel)


async def _lock(tx: Transaction, explanation_id: UUID) -> tuple[Row, Row]:
    """The explanation and its procurement, behind the key of the project."""
    known = await store.get(tx, explanation_id)
    procurement = await procurements.lock(tx, known["procurement_id"])
    return await store.get(tx, explanation_id), procurement


async def _answer(tx: Transaction, procurement: Row, explanation_id: UUID, status: int = 200) -> Answer:
    rows = await store.of_procurement(tx, procurement["id"])
    row = next(row for row in rows if row["id"] == explanation_id)
    location = f"/v1/procurements/{procurement['id']}/price-explanations" if status == 201 else None
    return tx.answer(status, explanation_view(row), version=row["version"], location=location)
