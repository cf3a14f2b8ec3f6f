"""The HTTP process of catalog."""

from fastapi import FastAPI

from services.catalog.budgets.api import routes as budgets
from services.catalog.consultations.api import routes as consultations
from services.catalog.directories.api import routes as directories
from services.catalog.negative_lists.api import routes as negative_lists
from services.catalog.papers import NAMED
from services.catalog.pool.api import routes as pool
from services.catalog.projects.api import routes as projects
from services.catalog.requirements.api import routes as requirements
from services.catalog.tasks.api import routes as tasks
from services.catalog.withdrawals.api import routes as withdrawals
from shared.process.settings import Settings, settings
from shared.routes import road_routers
from shared.web.http import create_app as create


def create_app(given: Settings | None = None) -> FastAPI:
    matters = [directories, negative_lists, projects, pool, budgets, requirements, consultations, withdrawals, tasks]
    return create("catalog", "Goufu catalog 目录与项目", [*matters, *road_routers(NAMED)], given or settings())
