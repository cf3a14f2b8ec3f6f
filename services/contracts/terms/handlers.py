"""The end of each year of service, and renewal with the same provider."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from services.contracts.contracts.handlers import about, answer, draft_contract
from services.contracts.contracts.records import IN_FORCE, Contract, ContractState
from services.contracts.contracts.store import keep_reason, kept_terms, next_reference
from services.contracts.endings.handlers import complete_if_settled
from services.contracts.rulebook import TermSection
from services.contracts.terms import store
from services.contracts.terms.rules import cover_findings, last_day, last_day_before, may_renew, years_between
from shared.errands.deadlines import Deadline, set_deadline
from shared.errands.notices import notify
from shared.events.contracts import ServiceYearEnded
from shared.fields.calendar import closes_at
from shared.fields.ids import new_id
from shared.law.decision import Clause
from shared.law.rulebook import rulebooks
from shared.people.interest import apart
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class RenewContract:
    """Asks for the next year with the same provider on the same terms; `reason` answers a poor result."""

    contract_id: UUID
    starts_on: date
    ends_on: date
    reason: str | None


async def renew_contract(call: Call, command: RenewContract) -> Answer:
    async with call.transaction() as tx:
        previous, person = await tx.open(Contract, command.contract_id, "draft_contract")
        apart(tx, previous.rulebook, [previous.provider_id])
        _must_be_renewable(previous, command.starts_on)
        section = tx.law(previous, TermSection)
        reasoned = command.reason is not None
        facts = await store.renewal_of(tx, previous, command.starts_on, command.ends_on, reasoned)
        tx.decided(may_renew(facts, section))
        renewal = await _draft(tx, previous, command)
        if command.reason is not None and section.poor_result_needs_reason is not None:
            keep_until = last_day(command.ends_on, section.file_retention_years.value)
            clause = section.poor_result_needs_reason.clause
            await keep_reason(tx, renewal.id, clause.id, command.reason, person, keep_until)
        return answer(tx, renewal, 201)


async def _draft(tx: Transaction, previous: Contract, command: RenewContract) -> Contract:
    """On the terms of the contract that is renewed, and in its place along the purchase."""
    dates = {"starts_on": command.starts_on, "ends_on": command.ends_on}
    terms = kept_terms(previous).model_copy(update=dates)
    renewal = Contract(
        id=new_id(),
        key=previous.key,
        version=1,
        jurisdiction=previous.jurisdiction,
        organisation=previous.organisation,
        provider_id=previous.provider_id,
        provider_title=previous.provider_title,
        procurement_id=previous.procurement_id,
        lot=previous.lot,
        renews=previous.id,
        reference=await next_reference(tx, previous.jurisdiction),
        rulebook=previous.rulebook,
        noticed_on=previous.noticed_on,
        price=previous.price,
        sources=previous.sources,
        terms=terms.model_dump(mode="json"),
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        service_years=previous.service_years,
        service_year=previous.service_year + 1,
        service_from=previous.service_from,
        service_class=previous.service_class,
        nature=previous.nature,
        procurement_project=previous.procurement_project,
        objection_window_working_days=previous.objection_window_working_days,
    )
    return await draft_contract(tx, renewal, terms.payments)


def _must_be_renewable(previous: Contract, starts_on: date) -> None:
    if previous.state not in (*IN_FORCE, ContractState.COMPLETED):
        raise WrongState(previous.state, "signed_and_not_terminated")
    if starts_on <= previous.ends_on:
        raise WrongState(previous.state, "over_when_renewed", until=previous.ends_on)


async def begin_service(tx: Transaction, contract: Contract, clause: Clause) -> None:
    """From signing on the end of each year of service is watched, the first one first."""
    first = next(years_between(contract.starts_on, contract.ends_on))
    await set_deadline(tx, "service_year", contract.id, contract.key, closes_at(first), clause)


async def on_service_year_ended(tx: Transaction, deadline: Deadline) -> None:
    """Tells that a year of service is over; watches the next, or completes the contract after the last."""
    contract = await tx.lock_record(Contract, deadline.subject)
    if contract.state not in IN_FORCE:
        return
    ended_on = last_day_before(deadline.due_at)
    ends = list(years_between(contract.starts_on, contract.ends_on))
    year = contract.service_year + ends.index(ended_on)
    tx.emit(ServiceYearEnded(**about(contract), provider_id=contract.provider_id, year=year, ended_on=ended_on))
    following = dict(pairwise(ends)).get(ended_on)
    if following is None:
        await complete_if_settled(tx, contract)
        return
    book = tx.under(rulebooks().get(contract.rulebook))
    clause = book.clause(deadline.clause)
    await set_deadline(tx, "service_year", contract.id, contract.key, closes_at(following), clause)
    await _tell_if_uncovered(tx, contract, following.year, book.section(TermSection))


async def _tell_if_uncovered(tx: Transaction, contract: Contract, year: int, section: TermSection) -> None:
    """What the next year will cost is not fixed by itself, so any approved budget of that year counts as cover."""
    cover = await store.cover_of(tx, contract.key, year, Decimal("0.00"))
    for found in cover_findings(cover, section):
        if not found.satisfied:
            facts = {"reference": contract.reference, "year": str(year), "clause": found.clause.id}
            await notify(tx, contract.organisation, "next_year_not_covered", contract.id, facts)
