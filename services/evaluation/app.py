"""The HTTP process of evaluation."""

from fastapi import FastAPI

from services.evaluation import rulebook
from services.evaluation.acceptance.api import routes as acceptance
from services.evaluation.acceptance.tasks import KINDS as ACCEPTANCE
from services.evaluation.assessments.api import routes as assessments
from services.evaluation.assessments.tasks import KINDS as ASSESSMENTS
from services.evaluation.conclusions.api import routes as conclusions
from services.evaluation.conclusions.store import read_evaluation
from services.evaluation.conclusions.tasks import KINDS as CONCLUSIONS
from services.evaluation.corrections.api import routes as corrections
from services.evaluation.corrections.tasks import KINDS as CORRECTIONS
from services.evaluation.mandates.api import routes as mandates
from services.evaluation.objections.api import routes as objections
from services.evaluation.objections.store import read_objection
from services.evaluation.objections.tasks import KINDS as OBJECTIONS
from services.evaluation.plans.api import routes as plans
from services.evaluation.plans.tasks import KINDS as PLANS
from services.evaluation.plans.tasks import while_it_lasts
from services.evaluation.surveys.api import routes as surveys
from services.evaluation.surveys.tasks import KINDS as SURVEYS
from services.evaluation.tables import metadata
from shared.errands.documents import Named
from shared.process.settings import Settings, settings
from shared.reading.tasks import install_calendar, task_routes
from shared.routes import road_routers
from shared.web.http import create_app as create

MATTERS = [plans, mandates, acceptance, assessments, objections, surveys, conclusions, corrections]
KINDS = [*PLANS, *ACCEPTANCE, *ASSESSMENTS, *OBJECTIONS, *SURVEYS, *CONCLUSIONS, *CORRECTIONS]

NAMED = {
    "objection": Named(frozenset({"file_objection"}), read_objection),
    "part": Named(frozenset({"evaluate_service"}), read_evaluation),
}


WAITING = [*map(while_it_lasts, KINDS), install_calendar(metadata)]
ROUTES = [*MATTERS, task_routes(WAITING), *road_routers(NAMED, law=rulebook)]
"""Made once, however many applications a process makes."""


def create_app(given: Settings | None = None) -> FastAPI:
    return create("evaluation", "Goufu evaluation 评价", ROUTES, given or settings())
