"""The HTTP process of catalog."""

from fastapi import FastAPI

from services.catalog import rulebook
from services.catalog.budgets.api import routes as budgets
from services.catalog.budgets.tasks import KINDS as BUDGETS
from services.catalog.consultations.api import routes as consultations
from services.catalog.consultations.tasks import KINDS as CONSULTATIONS
from services.catalog.directories.api import routes as directories
from services.catalog.directories.tasks import KINDS as DIRECTORIES
from services.catalog.negative_lists.api import routes as negative_lists
from services.catalog.papers import NAMED
from services.catalog.pool.api import routes as pool
from services.catalog.pool.tasks import KINDS as POOL
from services.catalog.projects.api import routes as projects
from services.catalog.requirements.api import routes as requirements
from services.catalog.requirements.tasks import KINDS as REQUIREMENTS
from services.catalog.withdrawals.api import routes as withdrawals
from services.catalog.withdrawals.tasks import KINDS as WITHDRAWALS
from shared.process.settings import Settings, settings
from shared.reading.tasks import task_routes
from shared.routes import road_routers
from shared.web.http import create_app as create

KINDS = [*DIRECTORIES, *POOL, *WITHDRAWALS, *BUDGETS, *REQUIREMENTS, *CONSULTATIONS]
MATTERS = [directories, negative_lists, projects, pool, budgets, requirements, consultations, withdrawals]
ROUTES = [*MATTERS, task_routes(KINDS), *road_routers(NAMED, law=rulebook)]
"""Made once, however many applications a process makes."""


def create_app(given: Settings | None = None) -> FastAPI:
    return create("catalog", "Goufu catalog 目录与项目", ROUTES, given or settings())
