"""Commands on procurements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.tendering.consents import store as consents
from services.tendering.consents.handlers import rest_on
from services.tendering.consents.records import Purpose
from services.tendering.fields import WrongField
from services.tendering.procurements import rules, store
from services.tendering.procurements.records import Method, Procurement, ProcurementState
from services.tendering.procurements.views import procurement_view
from services.tendering.rulebook import ProcurementSection
from services.tendering.tables import STARTED
from shared.errands.notices import notify
from shared.events.tendering import ProcurementFailed, ProcurementOpened
from shared.fields.ids import new_id
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook, rulebooks
from shared.law.scope import Case
from shared.work.database import Answer, Call, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class OpenProcurement:
    """A cleared project is put to procurement by a method, with its reason. `procurement_project` is the purchaser's
    own word on the class, which the rule checks."""

    project_id: UUID
    method: str
    reason: str | None
    procurement_project: bool | None = None


async def open_procurement(call: Call, command: OpenProcurement) -> Answer:
    async with call.transaction() as tx:
        await tx.lock(command.project_id)
        project = await store.project(tx, command.project_id)
        person = tx.require("open_procurement", project.organisation, project.jurisdiction)
        if await store.withdrawn(tx, command.project_id):
            raise WrongState("not_bought_any_more", "in_the_pool")
        before = await store.of_project(tx, command.project_id)
        _none_is_live(before)
        book = tx.under(rulebooks().get(project.rulebook))
        case = Case(method=command.method)
        section = book.section(ProcurementSection, case)
        given = {
            purpose: await consents.standing(tx, project.id, purpose, command.method, project.budget)
            for purpose in (Purpose.OTHER_METHOD, Purpose.DIRECT_CHOICE)
        }
        purchase = rules.Purchase(
            budget=project.budget,
            in_central_directory=project.in_central_directory,
            method=command.method,
            reason=command.reason,
            claimed=command.procurement_project,
            last_day=_last_day(book, section, tx.today),
            other_method_consents=consents.authorities(given[Purpose.OTHER_METHOD]),
            direct_choice_consents=consents.authorities(given[Purpose.DIRECT_CHOICE]),
        )
        start = tx.decided(rules.open_procurement(purchase, section, tx.today))
        if not book.speaks_of(case):
            raise WrongField(
                "method", "method_not_carried", "no text at hand says how a purchase is made by this method"
            )
        procurement = await tx.add(
            Procurement(
                id=new_id(),
                key=project.id,
                version=1,
                jurisdiction=project.jurisdiction,
                organisation=project.organisation,
                reference=f"{project.reference}-P{len(before) + 1}",
                title=project.title,
                rulebook=project.rulebook,
                method=Method(command.method),
                method_reason=command.reason or "",
                procurement_project=start.procurement_project,
                budget=project.budget,
                budget_year=project.budget_year,
                sources=project.sources,
                service_class=project.service_class,
                nature=project.nature,
                started_by=person,
                started_on=tx.today,
            )
        )
        tx.emit(_opened(procurement))
        if start.rests_on is not None:
            await rest_on(tx, procurement, given[Purpose(start.rests_on)])
        return answer(tx, 201, procurement)


def _none_is_live(before: Sequence[Procurement]) -> None:
    for one in before:
        if one.state is not ProcurementState.FAILED:
            raise WrongState(one.state, "without_live_procurement")


def _last_day(book: Rulebook, section: ProcurementSection, today: date) -> date | None:
    """Last day of the instrument. One that ended without a clause that says so opens nothing either."""
    if not book.in_force(today) and section.applies_until is None and section.trial_years is None:
        raise WrongState("rulebook_ended", "bound_to_rulebook_in_force", rulebook=book.name)
    return book.file.effective_to


def _opened(procurement: Procurement) -> ProcurementOpened:
    return ProcurementOpened(
        **store.about(procurement),
        reference=procurement.reference,
        method=procurement.method,
        procurement_project=procurement.procurement_project,
        budget=procurement.budget,
        facts=STARTED(procurement),
    )


async def fail(
    tx: Transaction,
    before: Procurement,
    code: str,
    clause: Clause,
    bidders: Iterable[UUID],
    cancelled_by: UUID | None = None,
) -> Procurement:
    """Ends the procurement without an award, by this clause, and tells every bidder (GPL-36.1). `cancelled_by`: who
    confirmed that it is to end."""
    ended = replace(before, state=ProcurementState.FAILED, failure_code=code, failure_clause=clause.id)
    procurement = await store.save(tx, before, replace(ended, cancellation_confirmed_by=cancelled_by))
    store.keep_bids_until(tx, procurement, tx.today)
    tx.emit(ProcurementFailed(**store.about(procurement), code=code, clause=clause.id))
    for bidder in bidders:
        await notify(tx, bidder, "procurement_failed", procurement.id, {"code": code, "clause": clause.id})
    return procurement


def answer(tx: Transaction, status: int, procurement: Procurement) -> Answer:
    """The procurement as it stands now."""
    location = f"/v1/procurements/{procurement.id}" if status == 201 else None
    return tx.answer(status, procurement_view(procurement), version=procurement.version, location=location)
