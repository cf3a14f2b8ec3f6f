"""How bars look to those who may see them."""

from datetime import date
from uuid import UUID

from services.registry.bars.records import Bar
from shared.web.http import View


class BarView(View):
    """A bar: proposed by one person, binding from its confirmation by another to its last day."""

    id: UUID
    version: int
    provider_id: UUID
    organisation: UUID
    jurisdiction: str
    rulebook: str
    clause: str
    ground: str
    months: int
    reason: str | None
    document_hash: str | None
    state: str
    proposed_by: UUID
    confirmed_by: UUID | None
    from_day: date | None
    until_day: date | None


def bar_view(bar: Bar, reason: str | None) -> BarView:
    return BarView(**bar.columns(), reason=reason)
