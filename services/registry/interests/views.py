"""How a declared interest looks to the person and to those who supervise."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.registry.interests.records import Declaration, InterestAct
from shared.web.http import Shown, View
from shared.work.bounds import latest


class InterestActView(Shown):
    """Who said what of the interest, and by which document: that there is one (`declared`), that it is over (`ended`),
    that there never was one (`annulled`)."""

    act: str
    ground: str
    document_hash: str | None
    acted_by: UUID
    acted_at: datetime


class InterestView(View):
    """In which provider, by whom declared; `last_day` of one that has ended: it keeps away as long after that day as
    the law says. One that is `annulled` keeps nobody away. `acts` is how it came about, the oldest first, as long as
    that is kept, and of many the latest; `ground` is that of the last declaration."""

    id: UUID
    version: int
    person_id: UUID
    provider_id: UUID
    ground: str | None
    state: str
    declared_by: UUID
    declared_on: date
    last_day: date | None
    ended_by: UUID | None
    acts: list[InterestActView]


def interest_view(declaration: Declaration, acts: Sequence[InterestAct]) -> InterestView:
    grounds = [act.ground for act in acts if act.act == "declared"]
    said = [InterestActView.model_validate(act) for act in latest(acts)]
    return InterestView(**declaration.columns(), ground=grounds[-1] if grounds else None, acts=said)
