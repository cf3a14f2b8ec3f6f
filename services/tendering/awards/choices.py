"""After a blocked award: two persons choose the next in rank, or no award."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.tendering.awards import store
from services.tendering.awards.handlers import about, award_must_be, begin, decide_candidate, next_round, section_of
from services.tendering.awards.rules import Choice, choose
from services.tendering.awards.views import award_view
from services.tendering.bids import store as bids
from services.tendering.procurements.handlers import fail
from shared.database import Answer, Call, Row, Transaction, WrongState
from shared.events.tendering import AwardChoiceMade
from shared.rulebook import rulebooks


@dataclass(frozen=True, slots=True)
class ChooseAfterBlock:
    """After a blocked award a person chooses the next in rank, or no award."""

    award_id: UUID
    choice: Literal["next", "fail"]
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True)
class ConfirmChoice:
    """Another person confirms the choice, and it is carried out."""

    award_id: UUID


async def choose_after_block(call: Call, command: ChooseAfterBlock) -> Answer:
    async with call.transaction() as tx:
        award, procurement, person = await begin(tx, command.award_id)
        award_must_be(award, "blocked")
        _undecided(award)
        await _decide_choice(tx, procurement, command.choice, command.reasons, person)
        award = await store.update(tx, award, choice=command.choice, choice_reasons=command.reasons, chosen_by=person)
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=command.choice, confirmed=False))
        return tx.answer(200, award_view(award), version=award["version"])


async def confirm_choice(call: Call, command: ConfirmChoice) -> Answer:
    async with call.transaction() as tx:
        award, procurement, person = await begin(tx, command.award_id)
        award_must_be(award, "blocked")
        choice, reasons, first = award["choice"], award["choice_reasons"], award["chosen_by"]
        _undecided(award)
        if choice is None:
            raise WrongState("blocked, nothing chosen", "blocked, with a choice to confirm")
        await _decide_choice(tx, procurement, choice, reasons, first, person)
        award = await store.update(tx, award, choice_confirmed_by=person)
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=choice, confirmed=True))
        if choice == "next":
            award = await next_round(tx, procurement, first, reasons)
        else:
            await _give_up(tx, procurement, award)
        return tx.answer(200, award_view(award), version=award["version"])


def _undecided(award: Row) -> None:
    if award["choice_confirmed_by"] is not None:
        raise WrongState(f"blocked, decided: {award['choice']}", "blocked and undecided")


async def _decide_choice(
    tx: Transaction,
    procurement: Row,
    choice: str,
    reasons: dict[str, str],
    first: UUID,
    second: UUID | None = None,
) -> None:
    candidate = await store.candidate(tx, procurement["id"])
    asked = Choice(procurement["method"], choice, candidate is not None, first, second)
    tx.decided(choose(asked, section_of(tx, procurement), tx.today))
    if choice == "next" and candidate is not None:
        await decide_candidate(tx, procurement, candidate, reasons)


async def _give_up(tx: Transaction, procurement: Row, award: Row) -> None:
    """No award: the clause that blocked the last candidate ends the procurement."""
    clause = section_of(tx, procurement).choice_in_rank_order(procurement["method"]).clause
    for found in store.cited(award):
        if found.effect != "reference":
            clause = rulebooks().get(found.rulebook).clause(found.clause)
            break
    bidders = [bid["provider_id"] for bid in await bids.live(tx, procurement["id"])]
    await fail(tx, procurement, "award_blocked", clause, bidders)
