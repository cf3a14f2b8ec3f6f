"""How corrections look from outside."""

from uuid import UUID

from services.evaluation.fields import Quantity
from shared.fields.money import Points
from shared.web.http import View


class CorrectionView(View):
    """A proposed correction of a result; another person approves it. `was_attained`: what the result that it corrects
    says of the indicators whose values it gives."""

    id: UUID
    evaluation_id: UUID
    version: int
    corrects: int
    purchaser_score: Points | None
    third_party_score: Points | None
    survey_id: UUID | None
    attained: dict[str, Quantity] | None
    was_attained: dict[str, Quantity | None] | None
    state: str
