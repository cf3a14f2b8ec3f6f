"""Commands that give up a drafted contract, by two persons."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from uuid import UUID

from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.records import Contract, ContractState
from services.contracts.contracts.store import keep_reason
from services.contracts.endings import store
from services.contracts.endings.handlers import without_contract
from services.contracts.rulebook import EndingSection
from services.contracts.signing.store import due_on, unfit
from services.contracts.terms.rules import last_day
from services.contracts.withdrawals.rules import Withdrawal, may_withdraw
from shared.errands.deadlines import meet_deadline
from shared.events.contracts import ContractWithdrawn, WithdrawalProposed
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

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
        draft, person = await tx.open(Contract, command.contract_id, "sign_contract")
        apart(tx, draft.rulebook, [draft.provider_id])
        must_be(draft, (ContractState.DRAFTED,))
        section = tx.law(draft, EndingSection)
        clause = tx.decided(may_withdraw(await _asked(tx, draft, command.ground, person), section, tx.today))
        keep_until = last_day(draft.ends_on, section.file_retention_years.value)
        await keep_reason(tx, draft.id, clause.id, command.reason, person, keep_until)
        contract = await tx.save(draft, replace(draft, ending_ground=command.ground, ending_proposed_by=person))
        tx.emit(WithdrawalProposed(**about(contract), ground=command.ground))
        return answer(tx, contract)


async def confirm_withdrawal(call: Call, command: ConfirmWithdrawal) -> Answer:
    async with call.transaction() as tx:
        draft, person = await tx.open(Contract, command.contract_id, partial(_confirmer, tx))
        by_provider = _refused_by_provider(tx, draft)
        apart(tx, draft.rulebook, [] if by_provider else [draft.provider_id])
        must_be(draft, (ContractState.DRAFTED,))
        if draft.ending_proposed_by is None or draft.ending_ground is None:
            raise WrongState(draft.state, "withdrawal_proposed")
        asked = await _asked(tx, draft, draft.ending_ground, draft.ending_proposed_by, person, by_provider)
        clause = tx.decided(may_withdraw(asked, tx.law(draft, EndingSection), tx.today))
        freed = await without_contract(tx, draft)
        contract, _ = await store.end(tx, draft, ContractState.WITHDRAWN, person)
        await meet_deadline(tx, "contract_signing", contract.id)
        tx.emit(
            ContractWithdrawn(
                **about(contract),
                provider_id=contract.provider_id,
                ground=draft.ending_ground,
                clause=clause.id,
                renews=contract.renews,
                procurement_id=freed,
            )
        )
        return answer(tx, contract)


async def _asked(
    tx: Transaction,
    draft: Contract,
    ground: str,
    first: UUID,
    second: UUID | None = None,
    by_provider: bool = False,
) -> Withdrawal:
    return Withdrawal(
        ground=ground,
        proposed_by=first,
        confirmed_by=second,
        by_provider=by_provider,
        renewal=draft.renews is not None,
        unfit=await unfit(tx, draft),
        purchaser_signed=draft.signed_by is not None,
        provider_signed=draft.provider_signed_by is not None,
        starts_on=draft.starts_on,
        sign_by=await due_on(tx, "contract_signing", draft.id) or tx.today,
    )


def _confirmer(tx: Transaction, draft: Contract) -> tuple[str, UUID]:
    """Who confirms: a refusal may be the provider's own word, anything else takes another of the purchaser's."""
    theirs = ("sign_for_provider", draft.provider_id)
    return theirs if _refused_by_provider(tx, draft) else ("sign_contract", draft.organisation)


def _refused_by_provider(tx: Transaction, draft: Contract) -> bool:
    theirs = ("sign_for_provider", draft.provider_id, draft.jurisdiction)
    return draft.ending_ground == "refusal" and tx.actor.holds(*theirs)
