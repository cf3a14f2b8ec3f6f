"""Routes of standing."""

from uuid import UUID

from fastapi import Request

from services.registry.providers import store as providers
from services.registry.rulebook import StandingSection
from services.registry.standing import store
from services.registry.standing.rules import rests_on
from services.registry.standing.views import ProviderStanding, standing_views
from shared.law.decision import explain
from shared.law.rulebook import rulebooks
from shared.web.errors import language_of
from shared.web.http import FindingView, Query, router

routes = router("standing")


@routes.get("/providers/{provider_id}/standing", operation_id="get_standing")
async def get_standing(provider_id: UUID, request: Request, query: Query) -> ProviderStanding:
    """What stands for or against the provider today, by which clause, and everything that ever stood."""
    scope = query.actor.scope()
    await providers.read_provider(query, provider_id, scope)
    rows = await store.read_standings(query, provider_id, scope)
    today = [row for row in rows if row["state"] == "standing"]
    by_result = {row["jurisdiction"]: row["rulebook"] for row in today if row["origin"] == "result"}
    judged = {place: rulebooks().get(name).section(StandingSection) for place, name in by_result.items()}
    why = rests_on(await store.record(query, provider_id), judged, query.today)
    return ProviderStanding(
        provider_id=provider_id,
        standings=standing_views(today),
        history=standing_views(rows),
        explain=[FindingView(**found) for found in explain(why, language_of(request))],
    )
