"""Commands that give up a drafted contract, by two persons."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.store import keep_reason
from services.contracts.endings import store
from services.contracts.endings.handlers import without_contract
from services.contracts.rulebook import EndingSection
from services.contracts.signing.store import due_on, unfit
from services.contracts.tables import contracts
from services.contracts.terms.rules import last_day
from services.contracts.withdrawals.rules import Withdrawal, may_withdraw
from shared.errands.deadlines import meet_deadline
from shared.events.contracts import ContractWithdrawn, WithdrawalProposed
from shared.law.rulebook import Rulebook
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState

Ground = Literal["refusal", "unfit_provider", "term_begun", "public_interest_harm", "not_renewed"]


@dataclass(frozen=True, slots=True)
class ProposeWithdrawal:
    """One person of the purchaser proposes that the draft is not signed, on a ground, for a reason."""

    contract_id: UUID
    ground: Ground
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmWithdrawal:
    """Another person confirms it: one of the purchaser's, or the provider's own that refuses."""

    contract_id: UUID


async def propose_withdrawal(call: Call, command: ProposeWithdrawal) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        person = tx.require("sign_contract", row["organisation"], row["jurisdiction"])
        section = apart(tx, row["rulebook"], [row["provider_id"]]).section(EndingSection)
        tx.expect(row["version"])
        _must_be_drafted(row)
        clause = tx.decided(may_withdraw(await _asked(tx, row, command.ground, person), section, tx.today))
        keep_until = last_day(row["ends_on"], section.file_retention_years.value)
        await keep_reason(tx, row["id"], clause.id, command.reason, person, keep_until)
        await store.set_proposed(tx, row, command.ground, person)
        tx.emit(WithdrawalProposed(**about(row), ground=command.ground))
        return await answer(tx, command.contract_id)


async def confirm_withdrawal(call: Call, command: ConfirmWithdrawal) -> Answer:
    async with call.transaction() as tx:
        row = await tx.lock_row(contracts, command.contract_id)
        person, by_provider, book = _confirmer(tx, row)
        tx.expect(row["version"])
        _must_be_drafted(row)
        if row["ending_proposed_by"] is None:
            raise WrongState("drafted", "withdrawal_proposed")
        asked = await _asked(tx, row, row["ending_ground"], row["ending_proposed_by"], person, by_provider)
        clause = tx.decided(may_withdraw(asked, book.section(EndingSection), tx.today))
        freed = await without_contract(tx, row)
        await store.set_ended(tx, row, "withdrawn", person)
        await meet_deadline(tx, "contract_signing", row["id"])
        tx.emit(
            ContractWithdrawn(
                **about(row),
                provider_id=row["provider_id"],
                ground=row["ending_ground"],
                clause=clause.id,
                renews=row["renews"],
                procurement_id=freed,
            )
        )
        return await answer(tx, command.contract_id)


async def _asked(
    tx: Transaction, row: Row, ground: str, first: UUID, second: UUID | None = None, by_provider: bool = False
) -> Withdrawal:
    return Withdrawal(
        ground=ground,
        proposed_by=first,
        confirmed_by=second,
        by_provider=by_provider,
        renewal=row["renews"] is not None,
        unfit=await unfit(tx, row),
        provider_signed=row["provider_signed_by"] is not None,
        starts_on=row["starts_on"],
        sign_by=await due_on(tx, "contract_signing", row["id"]) or tx.today,
    )


def _confirmer(tx: Transaction, row: Row) -> tuple[UUID, bool, Rulebook]:
    """Who confirms: a refusal may be the provider's own word, anything else takes another of the purchaser's."""
    theirs = ("sign_for_provider", row["provider_id"], row["jurisdiction"])
    if row["ending_ground"] == "refusal" and tx.actor.holds(*theirs):
        return tx.require(*theirs), True, apart(tx, row["rulebook"], [])
    person = tx.require("sign_contract", row["organisation"], row["jurisdiction"])
    return person, False, apart(tx, row["rulebook"], [row["provider_id"]])


def _must_be_drafted(row: Row) -> None:
    if row["state"] != "drafted":
        raise WrongState(row["state"], "drafted")
