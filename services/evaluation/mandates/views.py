"""How mandates look from outside."""

from datetime import date
from uuid import UUID

from shared.web.http import View
from shared.work.database import Row


class MandateView(View):
    """A third party entrusted for a contract, from a day to its last day."""

    id: UUID
    contract_id: UUID
    version: int
    third_party: UUID
    valid_from: date
    valid_until: date
    independent: bool
    state: str


def mandate_view(row: Row) -> MandateView:
    return MandateView(**{name: row[name] for name in MandateView.model_fields if name != "explain"})
