"""Completing a contract, and ending one before its term."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeVar
from uuid import UUID

from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.records import ENDED, IN_FORCE, Contract, ContractMoney, ContractState
from services.contracts.contracts.store import keep_reason
from services.contracts.endings import store
from services.contracts.endings.rules import may_end
from services.contracts.payments.records import NOT_ORDERED, LineState, PaymentLine
from services.contracts.payments.rules import still_owed
from services.contracts.payments.store import borne_by_source, lines_of, paid_by_source, result_of
from services.contracts.rulebook import EndingSection, PaymentSection
from services.contracts.terms.rules import last_day
from shared.errands.deadlines import meet_deadline
from shared.events.contracts import (
    ContractCompleted,
    ContractCostMoved,
    ContractTerminated,
    SourcePart,
    TerminationProposed,
)
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

Ground = Literal["agreement", "public_interest_harm", "provider_breach"]
C = TypeVar("C", bound=ContractMoney)


@dataclass(frozen=True, slots=True)
class CloseContract:
    """Closes a contract of which money is still withheld: it goes back to its sources for good."""

    contract_id: UUID


@dataclass(frozen=True, slots=True)
class ProposeTermination:
    """One person proposes to end the contract, on a ground, for a reason."""

    contract_id: UUID
    ground: Ground
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmTermination:
    """Another person confirms; by agreement it is one of the provider's."""

    contract_id: UUID


async def complete_if_settled(tx: Transaction, contract: C) -> C:
    """Completes a contract whose term is over and whose lines are all settled. Withheld money keeps it open, since a
    corrected result may still release it, until a person closes the contract. Its key must be locked."""
    if contract.state in IN_FORCE and contract.ends_on < tx.today:
        lines = await lines_of(tx, contract.id)
        if all(line.state == LineState.SETTLED for line in lines):
            return await _complete(tx, contract, lines)
    return contract


async def close_contract(call: Call, command: CloseContract) -> Answer:
    async with call.transaction() as tx:
        contract, _ = await tx.open(Contract, command.contract_id, "sign_contract")
        apart(tx, contract.rulebook, [contract.provider_id])
        must_be(contract, IN_FORCE)
        if contract.ends_on >= tx.today:
            raise WrongState(contract.state, "past_its_term", until=contract.ends_on)
        lines = await lines_of(tx, contract.id)
        resolved = (LineState.SETTLED, LineState.WITHHELD)
        unresolved = [str(line.number) for line in lines if line.state not in resolved]
        if unresolved:
            raise WrongState(contract.state, "lines_resolved", lines=", ".join(unresolved))
        return answer(tx, await _complete(tx, contract, lines))


async def _complete(tx: Transaction, contract: C, lines: Iterable[PaymentLine]) -> C:
    paid, bears = await paid_by_source(tx, contract), borne_by_source(contract)
    unpaid = {kind: bears[kind] - paid[kind] for kind in bears}
    withheld = sum((line.planned for line in lines if line.state == LineState.WITHHELD), Decimal("0.00"))
    completed = await tx.save(contract, replace(contract, state=ContractState.COMPLETED, ended_on=tx.today))
    tx.emit(
        ContractCompleted(
            **about(contract),
            provider_id=contract.provider_id,
            paid=contract.paid,
            withheld=withheld,
            returned=[SourcePart(kind=kind, amount=amount) for kind, amount in unpaid.items() if amount],
        )
    )
    return completed


async def propose_termination(call: Call, command: ProposeTermination) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Contract, command.contract_id, "sign_contract")
        apart(tx, before.rulebook, [before.provider_id])
        must_be(before, IN_FORCE)
        section = tx.law(before, EndingSection)
        clause = section.unilateral_change_allowed.clause
        keep_until = last_day(before.ends_on, section.file_retention_years.value)
        await keep_reason(tx, before.id, clause.id, command.reason, person, keep_until)
        proposed = replace(before, ending_ground=command.ground, ending_proposed_by=person)
        contract = await tx.save(before, proposed)
        tx.emit(TerminationProposed(**about(contract), ground=command.ground))
        return answer(tx, contract)


async def confirm_termination(call: Call, command: ConfirmTermination) -> Answer:
    async with call.transaction() as tx:
        before, person = await tx.open(Contract, command.contract_id, _confirmer)
        apart(tx, before.rulebook, [] if before.ending_ground == "agreement" else [before.provider_id])
        must_be(before, IN_FORCE)
        if before.ending_proposed_by is None or before.ending_ground is None:
            raise WrongState(before.state, "ending_proposed_by_another")
        tx.decided(may_end(before.ending_proposed_by, person, tx.law(before, EndingSection)))
        freed = await without_contract(tx, before)
        owed = what_is_owed(await lines_of(tx, before.id), tx.law(before, PaymentSection))
        contract, cancelled = await store.end(tx, before, ContractState.TERMINATED, person, owed=owed)
        for kind in ("contract_filing", "service_year"):
            await meet_deadline(tx, kind, contract.id)
        tx.emit(
            ContractTerminated(
                **about(contract),
                provider_id=contract.provider_id,
                reason=before.ending_ground,
                by_fault_of_provider=before.ending_ground == "provider_breach",
                procurement_id=freed,
                paid=contract.paid,
                owed=sum(owed.values(), Decimal("0.00")),
                cancelled=cancelled,
                rulebook=contract.rulebook,
            )
        )
        return answer(tx, contract)


def what_is_owed(lines: Iterable[PaymentLine], section: PaymentSection) -> dict[UUID, Decimal]:
    """By line, what is to be paid although the contract has ended: what was delivered and passed, and what two persons
    had ordered when the treasury returned it. An end touches neither (Civil Code, articles 566 and 567)."""
    owed = {}
    for line in lines:
        decided = line.gate != "contract" or line.state == LineState.RETURNED
        if line.state in NOT_ORDERED and decided:
            owed[line.id] = still_owed(line.terms, line.paid, result_of(line), section)
    return {line: amount for line, amount in owed.items() if amount}


async def tell_cost(tx: Transaction, contract: ContractMoney) -> None:
    """Of a contract that has ended: what it costs changed, by a correction or an order that came back."""
    if contract.state not in ENDED:
        return
    section = tx.law(contract, PaymentSection)
    owed = [
        still_owed(line.terms, line.paid, result_of(line), section)
        for line in await lines_of(tx, contract.id)
        if line.state in NOT_ORDERED
    ]
    tx.emit(ContractCostMoved(**about(contract), paid=contract.paid, owed=sum(owed, Decimal("0.00"))))


async def without_contract(tx: Transaction, contract: Contract) -> UUID | None:
    """The procurement, when this end leaves it without a contract: its project may be procured again."""
    return None if await store.stands_beside(tx, contract) else contract.procurement_id


def _confirmer(contract: Contract) -> tuple[str, UUID]:
    """Who confirms: by agreement one of the provider's, else another of the purchaser's, apart from the provider."""
    if contract.ending_ground == "agreement":
        return "sign_for_provider", contract.provider_id
    return "sign_contract", contract.organisation
