"""Events of withdrawals that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.catalog import CatalogEvent, ProjectEvent


class ProjectWithdrawalProposed(ProjectEvent):
    """A person proposes to take the project out of the pool, and another has to confirm; or it is not proposed any more
    (`withdrawn`)."""

    name: ClassVar[str] = "project_withdrawal_proposed"
    audience: ClassVar[Audience] = "internal"

    withdrawn: bool = False


class BudgetReleased(CatalogEvent):
    """The budget goes back, because its project is not bought any more."""

    name: ClassVar[str] = "budget_released"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "budget_id"

    project_id: UUID
    budget_id: UUID
