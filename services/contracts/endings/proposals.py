"""Taking back, or refusing, that a contract is ended or that its draft is not signed."""

from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.records import IN_FORCE, Contract, ContractState
from shared.events.contracts import TerminationProposed, WithdrawalProposed
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, must_be
from shared.work.proposals import Pending

TERMINATION = Pending("termination_proposed", by="ending_proposed_by", also={"ending_ground": None})
WITHDRAWAL = Pending("withdrawal_proposed", by="ending_proposed_by", also={"ending_ground": None})
CONFIRMED_BY_PROVIDER = ("agreement", "refusal")
"""Grounds that one of the provider's may confirm, and therefore refuse."""


@dataclass(frozen=True, slots=True)
class RevokeTermination:
    """Who proposed it takes it back, or who may confirm it refuses: the contract goes on."""

    contract_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeWithdrawal:
    """Who proposed it takes it back, or who may confirm it refuses: the draft may be signed."""

    contract_id: UUID


async def revoke_termination(call: Call, command: RevokeTermination) -> Answer:
    async with call.transaction() as tx:
        contract = await _open(tx, command.contract_id)
        must_be(contract, IN_FORCE)
        return answer(tx, await take_back(tx, contract, TERMINATION))


async def revoke_withdrawal(call: Call, command: RevokeWithdrawal) -> Answer:
    async with call.transaction() as tx:
        contract = await _open(tx, command.contract_id)
        must_be(contract, (ContractState.DRAFTED,))
        return answer(tx, await take_back(tx, contract, WITHDRAWAL))


async def take_back(tx: Transaction, before: Contract, proposal: Pending) -> Contract:
    """Nothing waits of it any more. The reason that was given stays with the files until its last day."""
    contract = await tx.save(before, replace(before, **proposal.taken_back(before)))
    assert before.ending_ground is not None
    kind = TerminationProposed if proposal is TERMINATION else WithdrawalProposed
    tx.emit(kind(**about(contract), ground=before.ending_ground, withdrawn=True))
    return contract


async def _open(tx: Transaction, contract_id: UUID) -> Contract:
    """The contract, for one of the purchaser's apart from its provider, or of the provider's that may confirm."""
    contract, _ = await tx.open(Contract, contract_id, partial(_whose, tx))
    apart(tx, contract.rulebook, [] if _for_provider(tx, contract) else [contract.provider_id])
    return contract


def _whose(tx: Transaction, contract: Contract) -> tuple[str, UUID]:
    theirs = ("sign_for_provider", contract.provider_id)
    return theirs if _for_provider(tx, contract) else ("sign_contract", contract.organisation)


def _for_provider(tx: Transaction, contract: Contract) -> bool:
    theirs = ("sign_for_provider", contract.provider_id, contract.jurisdiction)
    return contract.ending_ground in CONFIRMED_BY_PROVIDER and tx.actor.holds(*theirs)
