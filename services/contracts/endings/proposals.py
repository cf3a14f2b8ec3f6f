"""Taking back, or refusing, that a contract is ended or that its draft is not signed."""

from dataclasses import dataclass
from uuid import UUID

from services.contracts.contracts.handlers import about, answer
from services.contracts.tables import IN_FORCE, contracts
from shared.events.contracts import TerminationProposed, WithdrawalProposed
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState
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
        contract = await _opened(tx, command.contract_id, *IN_FORCE)
        await take_back(tx, contract, TERMINATION)
        return await answer(tx, command.contract_id)


async def revoke_withdrawal(call: Call, command: RevokeWithdrawal) -> Answer:
    async with call.transaction() as tx:
        contract = await _opened(tx, command.contract_id, "drafted")
        await take_back(tx, contract, WITHDRAWAL)
        return await answer(tx, command.contract_id)


async def take_back(tx: Transaction, contract: Row, proposal: Pending) -> None:
    """Nothing waits of it any more. The reason that was given stays with the files until its last day."""
    columns = proposal.taken_back(contract)
    await tx.update(contracts, contract["id"], **columns)
    kind = TerminationProposed if proposal is TERMINATION else WithdrawalProposed
    tx.emit(kind(**about(contract), ground=contract["ending_ground"], withdrawn=True))


async def _opened(tx: Transaction, contract_id: UUID, *states: str) -> Row:
    """The contract, for one of the purchaser's apart from its provider, or of the provider's that may confirm."""
    contract = await tx.lock_row(contracts, contract_id)
    theirs = ("sign_for_provider", contract["provider_id"], contract["jurisdiction"])
    if contract["ending_ground"] in CONFIRMED_BY_PROVIDER and tx.actor.holds(*theirs):
        tx.require(*theirs)
        apart(tx, contract["rulebook"], [])
    else:
        tx.require("sign_contract", contract["organisation"], contract["jurisdiction"])
        apart(tx, contract["rulebook"], [contract["provider_id"]])
    tx.expect(contract["version"])
    if contract["state"] not in states:
        raise WrongState(contract["state"], *states)
    return contract
