"""How consents look: to the purchaser's side, those who oversee it, and the authority that is asked."""

from datetime import datetime
from uuid import UUID

from shared.fields.money import Money
from shared.web.http import View


class ConsentView(View):
    """A consent of one authority: `asked`, `given` (and not used), `refused`, `withdrawn` or `used` (by the procurement
    `used_for`). It holds for this method and up to this amount (CNY), by this clause."""

    id: UUID
    version: int
    project_id: UUID
    purpose: str
    method: str
    authority: str
    ground: str | None
    amount: Money
    clause: str
    reason: str
    state: str
    asked_by: UUID
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    answer: str | None
    used_for: UUID | None
