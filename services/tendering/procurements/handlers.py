"""Commands on procurements."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.tendering.procurements import rules, store
from services.tendering.procurements.views import procurement_view
from services.tendering.rulebook import ProcurementSection
from services.tendering.tables import STARTED
from shared.errands.notices import notify
from shared.events.tendering import ProcurementFailed, ProcurementOpened
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook, rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState


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
        person = tx.require("open_procurement", project["organisation"], project["jurisdiction"])
        if await store.withdrawn(tx, command.project_id):
            raise WrongState("not_bought_any_more", "in_the_pool")
        before = await _none_is_live(tx, command.project_id)
        book = tx.under(rulebooks().get(project["rulebook"]))
        section = book.section(ProcurementSection)
        purchase = rules.Purchase(
            budget=project["budget"],
            in_central_directory=project["in_central_directory"],
            method=command.method,
            reason=command.reason,
            claimed=command.procurement_project,
            last_day=_last_day(book, section, tx.today),
        )
        start = tx.decided(rules.open_procurement(purchase, section, tx.today))
        procurement = await store.insert(
            tx,
            project,
            start,
            reference=f"{project['reference']}-P{before + 1}",
            method=command.method,
            method_reason=command.reason or "",
            started_by=person,
        )
        tx.emit(_opened(procurement))
        return answer(tx, 201, procurement)


async def _none_is_live(tx: Transaction, project_id: UUID) -> int:
    """How many procurements of the project failed before; raises WrongState while one lives."""
    states = await store.states_of(tx, project_id)
    live = [state for state in states if state != "failed"]
    if live:
        raise WrongState(live[0], "without_live_procurement")
    return len(states)


def _last_day(book: Rulebook, section: ProcurementSection, today: date) -> date | None:
    """Last day of the instrument. One that ended without a clause that says so opens nothing either."""
    if not book.in_force(today) and section.applies_until is None and section.trial_years is None:
        raise WrongState("rulebook_ended", "bound_to_rulebook_in_force", rulebook=book.name)
    return book.file.effective_to


def _opened(procurement: Row) -> ProcurementOpened:
    return ProcurementOpened(
        **store.about(procurement),
        reference=procurement["reference"],
        method=procurement["method"],
        procurement_project=procurement["procurement_project"],
        budget=procurement["budget"],
        facts=STARTED(procurement),
    )


async def fail(tx: Transaction, procurement: Row, code: str, clause: Clause, bidders: Iterable[UUID]) -> Row:
    """Ends the procurement without an award, by this clause, and tells every bidder (GPL-36.1)."""
    procurement = await store.update(tx, procurement, state="failed", failure_code=code, failure_clause=clause.id)
    tx.emit(ProcurementFailed(**store.about(procurement), code=code, clause=clause.id))
    for bidder in bidders:
        await notify(tx, bidder, "procurement_failed", procurement["id"], {"code": code, "clause": clause.id})
    return procurement


def must_be(procurement: Row, *states: str) -> None:
    """Raises WrongState unless the procurement is in one of the states."""
    if procurement["state"] not in states:
        raise WrongState(procurement["state"], *states)


def answer(tx: Transaction, status: int, procurement: Row) -> Answer:
    """The procurement as it stands now."""
    location = f"/v1/procurements/{procurement['id']}" if status == 201 else None
    return tx.answer(status, procurement_view(procurement), version=procurement["version"], location=location)
