"""The HTTP process of tendering."""

from fastapi import FastAPI

from services.tendering.awards.api import routes as awards
from services.tendering.bids.api import routes as bids
from services.tendering.files.api import routes as files
from services.tendering.notices.api import routes as notices
from services.tendering.opening.api import routes as opening
from services.tendering.panels.api import routes as panels
from services.tendering.procurements.api import routes as procurements
from services.tendering.reviews.api import routes as reviews
from services.tendering.scores.api import routes as scores
from services.tendering.settings import refuse_sandbox_key
from shared.http import create_app as create
from shared.road import road_routers
from shared.settings import Settings, settings


def create_app(given: Settings | None = None) -> FastAPI:
    used = given or settings()
    refuse_sandbox_key(used)
    routes = [procurements, files, notices, bids, opening, panels, reviews, scores, awards, *road_routers()]
    return create("tendering", "Goufu tendering 采购", routes, used)
