"""The HTTP process of tendering."""

from fastapi import FastAPI

from services.tendering.awards.api import routes as awards
from services.tendering.bids.api import LARGE_BODIES
from services.tendering.bids.api import routes as bids
from services.tendering.cancellations.api import routes as cancellations
from services.tendering.explanations.api import routes as explanations
from services.tendering.files.api import reading as reading_files
from services.tendering.files.api import routes as files
from services.tendering.notices.api import routes as notices
from services.tendering.opening.api import routes as opening
from services.tendering.opening_keys.api import reading as reading_keys
from services.tendering.opening_keys.api import routes as opening_keys
from services.tendering.panels.api import routes as panels
from services.tendering.papers import NAMED
from services.tendering.procurements.api import routes as procurements
from services.tendering.reviews.api import routes as reviews
from services.tendering.scores.api import routes as scores
from services.tendering.settings import tendering_settings
from services.tendering.tasks.api import routes as tasks
from shared.process.settings import Settings, settings
from shared.routes import road_routers
from shared.web.http import create_app as create


def create_app(given: Settings | None = None) -> FastAPI:
    tendering_settings()
    files_and_keys = [files, reading_files, opening_keys, reading_keys]
    matters = [procurements, *files_and_keys, notices, bids, opening, panels, reviews, explanations, scores, awards]
    return create(
        "tendering",
        "Goufu tendering 采购",
        [*matters, cancellations, tasks, *road_routers(NAMED, sealed=True)],
        given or settings(),
        large=LARGE_BODIES,
    )
