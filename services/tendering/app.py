"""The HTTP process of tendering."""

from fastapi import FastAPI

from services.tendering import rulebook
from services.tendering.awards.api import routes as awards
from services.tendering.awards.tasks import KINDS as AWARDS
from services.tendering.bids.api import LARGE_BODIES
from services.tendering.bids.api import routes as bids
from services.tendering.cancellations.api import routes as cancellations
from services.tendering.cancellations.tasks import KINDS as CANCELLATIONS
from services.tendering.consents.api import routes as consents
from services.tendering.consents.tasks import KINDS as CONSENTS
from services.tendering.explanations.api import routes as explanations
from services.tendering.explanations.tasks import KINDS as EXPLANATIONS
from services.tendering.files.api import reading as reading_files
from services.tendering.files.api import routes as files
from services.tendering.files.tasks import KINDS as FILES
from services.tendering.notices.api import routes as notices
from services.tendering.notices.tasks import KINDS as NOTICES
from services.tendering.opening.api import routes as opening
from services.tendering.opening.tasks import KINDS as OPENING
from services.tendering.opening_keys.api import reading as reading_keys
from services.tendering.opening_keys.api import routes as opening_keys
from services.tendering.opening_keys.tasks import KINDS as OPENING_KEYS
from services.tendering.panels.api import routes as panels
from services.tendering.panels.tasks import KINDS as PANELS
from services.tendering.papers import NAMED
from services.tendering.procurements.api import routes as procurements
from services.tendering.procurements.tasks import KINDS as PROCUREMENTS
from services.tendering.rescorings.api import routes as rescorings
from services.tendering.rescorings.tasks import KINDS as RESCORINGS
from services.tendering.reviews.api import routes as reviews
from services.tendering.reviews.tasks import KINDS as REVIEWS
from services.tendering.scores.api import routes as scores
from services.tendering.scores.tasks import KINDS as SCORES
from services.tendering.settings import tendering_settings
from services.tendering.tables import metadata
from shared.process.settings import Settings, settings
from shared.reading.tasks import install_calendar, task_routes
from shared.routes import road_routers
from shared.web.http import create_app as create

KINDS = [
    *PROCUREMENTS,
    *CONSENTS,
    *FILES,
    *OPENING_KEYS,
    *NOTICES,
    *CANCELLATIONS,
    *OPENING,
    *REVIEWS,
    *PANELS,
    *EXPLANATIONS,
    *SCORES,
    *RESCORINGS,
    *AWARDS,
]
FILES_AND_KEYS = [files, reading_files, opening_keys, reading_keys]
PANEL = [panels, reviews, explanations, scores, rescorings]
MATTERS = [procurements, consents, *FILES_AND_KEYS, notices, bids, opening, *PANEL, awards]
WAITING = [*KINDS, install_calendar(metadata)]
ROUTES = [*MATTERS, cancellations, task_routes(WAITING), *road_routers(NAMED, law=rulebook, sealed=True)]
"""Made once, however many applications a process makes."""


def create_app(given: Settings | None = None) -> FastAPI:
    tendering_settings()
    return create("tendering", "Goufu tendering 采购", ROUTES, given or settings(), large=LARGE_BODIES)
