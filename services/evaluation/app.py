"""The HTTP process of evaluation."""

from fastapi import FastAPI

from services.evaluation.acceptance.api import routes as acceptance
from services.evaluation.assessments.api import routes as assessments
from services.evaluation.conclusions.api import routes as conclusions
from services.evaluation.conclusions.store import read_evaluation
from services.evaluation.corrections.api import routes as corrections
from services.evaluation.mandates.api import routes as mandates
from services.evaluation.objections.api import routes as objections
from services.evaluation.objections.store import read_objection
from services.evaluation.plans.api import routes as plans
from services.evaluation.surveys.api import routes as surveys
from services.evaluation.tasks.api import routes as tasks
from shared.errands.documents import Named
from shared.process.settings import Settings, settings
from shared.routes import road_routers
from shared.web.http import create_app as create

MATTERS = [plans, mandates, acceptance, assessments, objections, surveys, conclusions, corrections, tasks]

NAMED = {
    "objection": Named(frozenset({"file_objection"}), read_objection),
    "part": Named(frozenset({"evaluate_service"}), read_evaluation),
}


def create_app(given: Settings | None = None) -> FastAPI:
    return create("evaluation", "Goufu evaluation 评价", [*MATTERS, *road_routers(NAMED)], given or settings())
