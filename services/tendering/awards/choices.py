"""After an award that was blocked, or of which no contract came: two persons choose the next in rank, or no award."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.tendering.awards import rules, store
from services.tendering.awards.events import AwardChoiceMade
from services.tendering.awards.handlers import CHOICE, about, begin_round, decide_candidate
from services.tendering.awards.records import ENDED, Award, AwardState, Choice
from services.tendering.awards.views import AwardView
from services.tendering.bids import store as bids
from services.tendering.panels.interests import apart
from services.tendering.procurements.handlers import fail
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import AwardSection
from services.tendering.scores.records import TitledPlace
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class ChooseAfterBlock:
    """A person chooses the next in rank, or no award."""

    award_id: UUID
    choice: Choice
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True)
class ConfirmChoice:
    """Another person confirms the choice, and it is carried out."""

    award_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeChoice:
    """Who chose takes it back, or another refuses it: it may be chosen anew."""

    award_id: UUID


async def choose_after_block(call: Call, command: ChooseAfterBlock) -> Answer:
    async with call.transaction() as tx:
        before, procurement, person = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, procurement)
        _undecided(procurement, before)
        await _decide_choice(tx, procurement, before, command.choice, command.reasons, person)
        chosen = replace(before, choice=command.choice, choice_reasons=command.reasons, chosen_by=person)
        award = await tx.save(before, chosen)
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=command.choice, confirmed=False))
        return tx.answer(200, AwardView.model_validate(award), version=award.version)


async def confirm_choice(call: Call, command: ConfirmChoice) -> Answer:
    async with call.transaction() as tx:
        before, procurement, person = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, procurement)
        choice, reasons, first = before.choice, before.choice_reasons, before.chosen_by
        _undecided(procurement, before)
        if choice is None or first is None:
            raise WrongState(before.state, "choice_proposed")
        rounds, candidate = await _decide_choice(tx, procurement, before, choice, reasons, first, person)
        award = await tx.save(before, replace(before, choice_confirmed_by=person))
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=choice, confirmed=True))
        if choice == "next":
            award = await begin_round(tx, procurement, len(rounds) + 1, candidate, first, reasons)
        else:
            await _give_up(tx, procurement, award)
        return tx.answer(200, AwardView.model_validate(award), version=award.version)


async def revoke_choice(call: Call, command: RevokeChoice) -> Answer:
    async with call.transaction() as tx:
        before, procurement, _ = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, procurement)
        _undecided(procurement, before)
        award = await tx.save(before, replace(before, **CHOICE.taken_back(before)))
        assert before.choice is not None  # it goes with who chose
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=before.choice, confirmed=False, withdrawn=True))
        return tx.answer(200, AwardView.model_validate(award), version=award.version)


def _undecided(procurement: Procurement, award: Award) -> None:
    must_be(award, ENDED)
    if award.choice_confirmed_by is not None:
        raise WrongState(award.state, "choice_undecided")
    must_be(procurement, (ProcurementState.PROPOSED,))


async def _decide_choice(
    tx: Transaction,
    procurement: Procurement,
    award: Award,
    choice: Choice,
    reasons: dict[str, str],
    first: UUID,
    second: UUID | None = None,
) -> tuple[list[Award], TitledPlace | None]:
    """Decides on it; the rounds so far, and the next in rank."""
    rounds = await store.of_procurement(tx, procurement.id)
    candidate = await store.candidate(tx, procurement.id, rounds)
    unsigned, lacks_money = award.state is AwardState.WITHDRAWN, award.cover == "refused"
    asked = rules.Choice(choice, candidate is not None, first, second, unsigned, lacks_money)
    tx.decided(rules.choose(asked, tx.law(procurement, AwardSection), tx.today))
    if choice == "next" and candidate is not None:
        await decide_candidate(tx, procurement, candidate, reasons)
    return rounds, candidate


async def _give_up(tx: Transaction, procurement: Procurement, award: Award) -> None:
    """No award: the clause that blocked the last candidate, or for which it got no contract, ends the procurement."""
    clause = tx.law(procurement, AwardSection).choice_in_rank_order.clause
    for found in store.cited(award):
        if found.effect != "reference":
            clause = rulebooks().get(found.rulebook).clause(found.clause)
            break
    bidders = await bids.bidders(tx, procurement.id)
    code = "award_blocked" if award.state is AwardState.BLOCKED else "award_unsigned"
    await fail(tx, procurement, code, clause, bidders)
