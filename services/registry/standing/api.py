"""Routes of standing."""

from uuid import UUID

from fastapi import Request

from services.registry.providers import store as providers
from services.registry.standing import store
from services.registry.standing.handlers import sections_of
from services.registry.standing.records import StandingState
from services.registry.standing.rules import rests_on
from services.registry.standing.views import ProviderStanding, StandingView, standing_views
from shared.law.decision import explain
from shared.web.errors import language_of
from shared.web.http import FindingView, Listed, Query, router
from shared.work.bounds import latest

routes = router("standing")


@routes.get("/providers/{provider_id}/standing", operation_id="get_standing")
async def get_standing(provider_id: UUID, request: Request, query: Query) -> ProviderStanding:
    """What stands for or against the provider today, by which clause, and what began to stand last; GET …/standings
    goes through everything that ever stood."""
    scope = query.actor.scope()
    await providers.read_provider(query, provider_id, scope)
    found = await store.read_standings(query, provider_id, scope)
    today = [each for each in found if each.state == StandingState.STANDING]
    record = await store.record(query, provider_id)
    why = rests_on(record, sections_of(record.results), query.today)
    return ProviderStanding(
        provider_id=provider_id,
        standings=standing_views(today),
        history=standing_views(latest(found)),
        explain=[FindingView(**found) for found in explain(why, language_of(request))],
    )


@routes.get("/providers/{provider_id}/standings", operation_id="list_standings")
async def list_standings(provider_id: UUID, query: Query, listed: Listed) -> list[StandingView]:
    """Everything that ever stood for or against the provider."""
    await providers.read_provider(query, provider_id, query.actor.scope())
    return standing_views(listed.page(await store.list_standings(query, provider_id, listed.by("id")), "id"))
