"""How mandates look from outside."""

from datetime import date
from uuid import UUID

from shared.web.http import View


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
