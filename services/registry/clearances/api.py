"""The question of a clearance, asked without effect."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request

from services.registry.clearances.rules import Proposal, clear
from services.registry.providers import store as providers
from services.registry.questions import CheckView, Question, book_of, check_view
from services.registry.standing import store as standing
from services.registry.standing.rules import as_if_here, known_by
from shared.fields.places import Place
from shared.law.rulebook import rulebooks
from shared.web.errors import language_of
from shared.web.http import Query, router

routes = router("clearances")


class CheckQuestion(Question):
    """May the provider bid, or be awarded without a reason given? In the rulebook's own jurisdiction unless one below
    it is named."""

    action: Literal["bid", "award"]
    jurisdiction: Place | None = None


@routes.get("/providers/{provider_id}/check", operation_id="check_provider")
async def check_provider(
    provider_id: UUID, request: Request, query: Query, question: Annotated[CheckQuestion, Parameter()]
) -> CheckView:
    """How a bid or a proposed award would be answered under a rulebook; no effect."""
    provider = await providers.read_provider(query, provider_id, query.actor.scope())
    book, day = book_of(question, query.today)
    place = question.jurisdiction or book.file.jurisdiction
    record = await standing.record(query, provider_id)
    seen = as_if_here(record, place) if question.hypothetical else known_by(record, day)
    acknowledged: frozenset[str] | None = None if question.action == "bid" else frozenset()
    beside = rulebooks().beside(book, place, day)
    proposal = Proposal(await providers.candidate(query, provider), seen, place, acknowledged, beside)
    decision = clear(proposal, book, query.today if question.hypothetical else day)
    return check_view(book, day, question, decision.findings, language_of(request))
