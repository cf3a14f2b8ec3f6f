"""The routes that every service has beside its matters, and how its road is seen by those who operate it."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from shared.errands.dispatch_routes import KeepsApart, dispatches_router, for_nobody
from shared.errands.documents import Named, documents_routers
from shared.errands.notices import notices_router
from shared.fields.places import NATION
from shared.law.rulebook import sections_of
from shared.people.interest import apart_from_event
from shared.reading.feed import feed_router
from shared.reading.held import held_router
from shared.reading.law import ask_router
from shared.reading.rulebooks import law_router
from shared.reading.vocabulary import vocabulary_router
from shared.road.consumer import RESTS_TOO_LONG
from shared.web.http import Query, router

_STATE = f"""
SELECT (SELECT count(*) FROM {{0}}queue)
         + (SELECT count(*) FROM {{0}}ledger WHERE position > coalesce(least(mark.position, mark.public), 0)) AS unsent,
       coalesce(mark.events, 0) AS events,
       (SELECT coalesce(jsonb_object_agg(source, received), '{{{{}}}}') FROM {{0}}sources) AS copies,
       (SELECT count(*) FROM {{0}}held WHERE state = 'parked') AS parked,
       (SELECT count(*) FROM {{0}}held WHERE state <> 'parked') AS waiting,
       (SELECT count(*) FROM {{0}}held WHERE {RESTS_TOO_LONG}) AS stuck,
       (SELECT count(*) FROM {{0}}deadlines
         WHERE state = 'open' AND NOT provisional AND due_at <= clock.now()) AS overdue
FROM (SELECT 1) one LEFT JOIN {{0}}relay_mark mark ON true
"""


class RoadView(BaseModel):
    """How many entries wait to be sent, how many events were sent, how many came of each other service, how many rest,
    how many of these wait for longer than ten minutes, and how many deadlines are past their day."""

    unsent: int
    events: int
    copies: dict[str, int]
    parked: int
    waiting: int
    stuck: int
    overdue: int


async def road_state(connection: Any, schema: str = "") -> dict[str, Any]:
    """The figures of RoadView, of the service whose role asks or of the schema that an administrator names."""
    return dict(await connection.fetchrow(_STATE.format(f"{schema}." if schema else "")))


def road_router() -> APIRouter:
    """`GET /v1/road`."""
    routes = router("road")

    @routes.get("/road", operation_id="get_road")
    async def get_road(query: Query) -> RoadView:
        """How far the road of this service has come. Duty: operate, for the deployment's jurisdiction."""
        query.require("operate", None, NATION)
        return RoadView(**await road_state(query.connection))

    return routes


def road_routers(
    named: Mapping[str, Named] | None = None,
    *,
    law: ModuleType,
    sealed: bool = False,
    apart: KeepsApart = for_nobody,
) -> list[APIRouter]:
    """Events, rulebooks, vocabulary, notices, documents, held events, errands, the road's state. `named` are the kinds
    of record that name documents in the service, which are read under a seal where `sealed`. `apart`: who cancels no
    errand and sends none again. `law` is the module of what the service reads of the law."""
    texts = [law_router(), vocabulary_router(), ask_router(sections_of(law))]
    mine = [feed_router(), *texts, notices_router(), *documents_routers(named or {}, sealed=sealed)]
    return [*mine, held_router(apart_from_event), dispatches_router(apart), road_router()]
