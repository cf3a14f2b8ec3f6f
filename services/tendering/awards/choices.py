"""After an award that was blocked, or of which no contract came: two persons choose the next in rank, or no award."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.tendering.awards import store
from services.tendering.awards.handlers import (
    CHOICE,
    about,
    award_must_be,
    begin,
    decide_candidate,
    next_round,
    section_of,
)
from services.tendering.awards.rules import Choice, choose
from services.tendering.awards.views import award_view
from services.tendering.bids import store as bids
from services.tendering.procurements.handlers import fail, must_be
from shared.events.tendering import AwardChoiceMade
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ChooseAfterBlock:
    """A person chooses the next in rank, or no award."""

    award_id: UUID
    choice: Literal["next", "fail"]
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
        award, procurement, person = await begin(tx, command.award_id)
        _undecided(procurement, award)
        await _decide_choice(tx, procurement, award, command.choice, command.reasons, person)
        award = await store.update(tx, award, choice=command.choice, choice_reasons=command.reasons, chosen_by=person)
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=command.choice, confirmed=False))
        return tx.answer(200, award_view(award), version=award["version"])


async def confirm_choice(call: Call, command: ConfirmChoice) -> Answer:
    async with call.transaction() as tx:
        award, procurement, person = await begin(tx, command.award_id)
        choice, reasons, first = award["choice"], award["choice_reasons"], award["chosen_by"]
        _undecided(procurement, award)
        if choice is None:
            raise WrongState(award["state"], "choice_proposed")
        await _decide_choice(tx, procurement, award, choice, reasons, first, person)
        award = await store.update(tx, award, choice_confirmed_by=person)
        tx.emit(AwardChoiceMade(**about(procurement, award), choice=choice, confirmed=True))
        if choice == "next":
            award = await next_round(tx, procurement, first, reasons)
        else:
            await _give_up(tx, procurement, award)
        return tx.answer(200, award_view(award), version=award["version"])


async def revoke_choice(call: Call, command: RevokeChoice) -> Answer:
    async with call.transaction() as tx:
        before, procurement, _ = await begin(tx, command.award_id)
        _undecided(procurement, before)
        award = await store.update(tx, before, **CHOICE.taken_back(before))
        shown = {"choice": before["choice"], "confirmed": False, "withdrawn": True}
        tx.emit(AwardChoiceMade(**about(procurement, award), **shown))
        return tx.answer(200, award_view(award), version=award["version"])


def _undecided(procurement: Row, award: Row) -> None:
    award_must_be(award, "blocked", "withdrawn")
    if award["choice_confirmed_by"] is not None:
        raise WrongState(award["state"], "choice_undecided")
    must_be(procurement, "proposed")


async def _decide_choice(
    tx: Transaction,
    procurement: Row,
    award: Row,
    choice: str,
    reasons: dict[str, str],
    first: UUID,
    second: UUID | None = None,
) -> None:
    candidate = await store.candidate(tx, procurement["id"])
    unsigned, lacks_money = award["state"] == "withdrawn", award["cover"] == "refused"
    asked = Choice(procurement["method"], choice, candidate is not None, first, second, unsigned, lacks_money)
    tx.decided(choose(asked, section_of(tx, procurement), tx.today))
    if choice == "next" and candidate is not None:
        await decide_candidate(tx, procurement, candidate, reasons)


async def _give_up(tx: Transaction, procurement: Row, award: Row) -> None:
    """No award: the clause that blocked the last candidate, or for which it got no contract, ends the procurement."""
    clause = section_of(tx, procurement).choice_in_rank_order(procurement["method"]).clause
    for found in store.cited(award):
        if found.effect != "reference":
            clause = rulebooks().get(found.rulebook).clause(found.clause)
            break
    bidders = [bid["provider_id"] for bid in await bids.live(tx, procurement["id"])]
    code = "award_blocked" if award["state"] == "blocked" else "award_unsigned"
    await fail(tx, procurement, code, clause, bidders)
