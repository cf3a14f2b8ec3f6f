"""How results of before Goufu look."""

from datetime import date
from uuid import UUID

from services.registry.standing.views import Score
from shared.web.http import View


class ImportedView(View):
    """A result of before Goufu: proposed by one person, counted once another has confirmed it."""

    id: UUID
    version: int
    provider_id: UUID
    jurisdiction: str
    rulebook: str
    grade: str
    score: Score | None
    concluded_on: date
    evidence_hash: str
    state: str
