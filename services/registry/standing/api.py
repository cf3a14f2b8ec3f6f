"""Routes of standing."""

from uuid import UUID

from services.registry.providers import store as providers
from services.registry.standing import store
from services.registry.standing.views import ProviderStanding, standing_views
from shared.http import Query, router

routes = router("standing")


@routes.get("/providers/{provider_id}/standing", operation_id="get_standing")
async def get_standing(provider_id: UUID, query: Query) -> ProviderStanding:
    """What stands for or against the provider today, by which clause, and everything that ever stood."""
    scope = query.actor.scope()
    await providers.read_provider(query, provider_id, scope)
    rows = await store.read_standings(query, provider_id, scope)
    today = [row for row in rows if row["state"] == "standing"]
    return ProviderStanding(provider_id=provider_id, standings=standing_views(today), history=standing_views(rows))
