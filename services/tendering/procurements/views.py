"""How procurements look from outside."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.tendering.procurements.records import Procurement
from shared.fields.money import Money
from shared.web.http import View


class ProcurementView(View):
    """A procurement: what is bought by which method, and how far it has come. `closes_at` is the first instant that is
    too late for a bid; the number of bids is shown from the closing on. `cancellation_reason` says why two persons
    ended it. Budget in CNY."""

    id: UUID
    version: int
    project_id: UUID
    reference: str
    title: str
    jurisdiction: str
    organisation: UUID
    rulebook: str
    method: str
    method_reason: str
    procurement_project: bool
    budget: Money
    state: str
    file_id: UUID | None
    noticed_on: date | None
    closes_at: datetime | None
    later_closes_at: datetime | None
    bids: int | None
    receipts_hash: str | None
    closed_at: datetime | None
    opened_at: datetime | None
    failure_code: str | None
    failure_clause: str | None
    cancellation_reason: str | None


def procurement_view(procurement: Procurement) -> ProcurementView:
    """Why it is to end is told when two persons have ended it."""
    if procurement.cancellation_confirmed_by is None:
        procurement = replace(procurement, cancellation_reason=None)
    return ProcurementView.model_validate(procurement)
