"""Completing a contract, and ending one before its term."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.contracts.contracts.handlers import about, answer
from services.contracts.contracts.store import keep_reason
from services.contracts.endings import store
from services.contracts.endings.rules import may_end
from services.contracts.payments.rules import still_owed
from services.contracts.payments.store import borne_by_source, line_of, lines_of, paid_by_source, result_of
from services.contracts.rulebook import EndingSection, PaymentSection
from services.contracts.tables import ENDED, IN_FORCE, contracts
from services.contracts.terms.rules import last_day
from shared.errands.deadlines import meet_deadline
from shared.events.contracts import (
    ContractCompleted,
    ContractCostMoved,
    ContractTerminated,
    SourcePart,
    TerminationProposed,
)
from shared.law.rulebook import Rulebook, rulebooks
from shared.people.interest import apart
from shared.work.database import Answer, Call, Row, Transaction, WrongState

Ground = Literal["agreement", "public_interest_harm", "provider_breach"]


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


async def complete_if_settled(tx: Transaction, contract_id: UUID) -> None:
    """Completes a contract whose term is over and whose lines are all settled. Withheld money keeps it open, since a
    corrected result may still release it, until a person closes the contract."""
    contract = await tx.lock_row(contracts, contract_id)
    if contract["state"] in IN_FORCE and contract["ends_on"] < tx.today:
        lines = await lines_of(tx, contract_id)
        if all(line["state"] == "settled" for line in lines):
            await _complete(tx, contract, lines)


async def close_contract(call: Call, command: CloseContract) -> Answer:
    async with call.transaction() as tx:
        contract = await tx.lock_row(contracts, command.contract_id)
        tx.require("sign_contract", contract["organisation"], contract["jurisdiction"])
        apart(tx, contract["rulebook"], [contract["provider_id"]])
        tx.expect(contract["version"])
        _must_be_in_force(contract)
        if contract["ends_on"] >= tx.today:
            raise WrongState(contract["state"], "past_its_term", until=contract["ends_on"])
        lines = await lines_of(tx, command.contract_id)
        unresolved = [str(line["number"]) for line in lines if line["state"] not in ("settled", "withheld")]
        if unresolved:
            raise WrongState(contract["state"], "lines_resolved", lines=", ".join(unresolved))
        await _complete(tx, contract, lines)
        return await answer(tx, command.contract_id)


async def _complete(tx: Transaction, contract: Row, lines: list[Row]) -> None:
    paid, bears = await paid_by_source(tx, contract), borne_by_source(contract)
    unpaid = {kind: bears[kind] - paid[kind] for kind in bears}
    withheld = sum((line["planned"] for line in lines if line["state"] == "withheld"), Decimal("0.00"))
    await store.set_completed(tx, contract)
    tx.emit(
        ContractCompleted(
            **about(contract),
            provider_id=contract["provider_id"],
            paid=contract["paid"],
            withheld=withheld,
            returned=[SourcePart(kind=kind, amount=amount) for kind, amount in unpaid.items() if amount],
        )
    )


async def propose_termination(call: Call, command: ProposeTermination) -> Answer:
    async with call.transaction() as tx:
        contract = await tx.lock_row(contracts, command.contract_id)
        person = tx.require("sign_contract", contract["organisation"], contract["jurisdiction"])
        book = apart(tx, contract["rulebook"], [contract["provider_id"]])
        tx.expect(contract["version"])
        _must_be_in_force(contract)
        section = book.section(EndingSection)
        clause = section.unilateral_change_allowed.clause
        keep_until = last_day(contract["ends_on"], section.file_retention_years.value)
        await keep_reason(tx, contract["id"], clause.id, command.reason, person, keep_until)
        await store.set_proposed(tx, contract, command.ground, person)
        tx.emit(TerminationProposed(**about(contract), ground=command.ground))
        return await answer(tx, command.contract_id)


async def confirm_termination(call: Call, command: ConfirmTermination) -> Answer:
    async with call.transaction() as tx:
        contract = await tx.lock_row(contracts, command.contract_id)
        person, book = _confirmer(tx, contract)
        tx.expect(contract["version"])
        _must_be_in_force(contract)
        if contract["ending_proposed_by"] is None:
            raise WrongState(contract["state"], "ending_proposed_by_another")
        section = book.section(EndingSection)
        tx.decided(may_end(contract["ending_proposed_by"], person, section))
        freed = await without_contract(tx, contract)
        owed = what_is_owed(await lines_of(tx, contract["id"]), book.section(PaymentSection))
        await store.set_ended(tx, contract, "terminated", person, owed=owed)
        for kind in ("contract_filing", "service_year"):
            await meet_deadline(tx, kind, contract["id"])
        tx.emit(
            ContractTerminated(
                **about(contract),
                provider_id=contract["provider_id"],
                reason=contract["ending_ground"],
                by_fault_of_provider=contract["ending_ground"] == "provider_breach",
                procurement_id=freed,
                paid=contract["paid"],
                owed=sum(owed.values(), Decimal("0.00")),
            )
        )
        return await answer(tx, command.contract_id)


def what_is_owed(lines: Iterable[Row], section: PaymentSection) -> dict[UUID, Decimal]:
    """By line, what is to be paid although the contract has ended: what was delivered and passed, and what two persons
    had ordered when the treasury returned it. An end touches neither (Civil Code, articles 566 and 567)."""
    owed = {}
    for line in lines:
        decided = line["gate"] != "contract" or line["state"] == "returned"
        if line["state"] in store.OPEN and decided:
            owed[line["id"]] = still_owed(line_of(line), line["paid"], result_of(line), section)
    return {line: amount for line, amount in owed.items() if amount}


async def tell_cost(tx: Transaction, contract_id: UUID) -> None:
    """Of a contract that has ended: what it costs changed, by a correction or an order that came back."""
    contract = await tx.lock_row(contracts, contract_id)
    if contract["state"] not in ENDED:
        return
    section = tx.under(rulebooks().get(contract["rulebook"])).section(PaymentSection)
    owed = [
        still_owed(line_of(line), line["paid"], result_of(line), section)
        for line in await lines_of(tx, contract_id)
        if line["state"] in store.OPEN
    ]
    tx.emit(ContractCostMoved(**about(contract), paid=contract["paid"], owed=sum(owed, Decimal("0.00"))))


async def without_contract(tx: Transaction, contract: Row) -> UUID | None:
    """The procurement, when this end leaves it without a contract: its project may be procured again."""
    return None if await store.stands_beside(tx, contract) else contract["procurement_id"]


def _confirmer(tx: Transaction, contract: Row) -> tuple[UUID, Rulebook]:
    """Who confirms: by agreement one of the provider's, else another of the purchaser's, apart from the provider."""
    if contract["ending_ground"] == "agreement":
        person = tx.require("sign_for_provider", contract["provider_id"], contract["jurisdiction"])
        return person, apart(tx, contract["rulebook"], [])
    person = tx.require("sign_contract", contract["organisation"], contract["jurisdiction"])
    return person, apart(tx, contract["rulebook"], [contract["provider_id"]])


def _must_be_in_force(contract: Row) -> None:
    if contract["state"] not in IN_FORCE:
        raise WrongState(contract["state"], *IN_FORCE)
