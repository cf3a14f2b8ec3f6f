"""The HTTP process of registry."""

from fastapi import FastAPI

from services.registry import papers
from services.registry.bars.api import routes as bars
from services.registry.bars.store import read_bar
from services.registry.bodies.api import routes as bodies
from services.registry.changes.api import routes as changes
from services.registry.changes.handlers import read_change
from services.registry.clearances.api import routes as clearances
from services.registry.erasures.api import routes as erasures
from services.registry.imports.api import routes as imports
from services.registry.interests.api import routes as interests
from services.registry.interests.store import read_interest
from services.registry.persons.api import routes as persons
from services.registry.posts.api import routes as posts
from services.registry.providers.api import routes as providers
from services.registry.providers.store import read_evidence
from services.registry.purchasers.api import routes as purchasers
from services.registry.reversals.api import routes as reversals
from services.registry.reversals.store import read_reversal
from services.registry.standing.api import routes as standing
from services.registry.standing.store import read_import
from services.registry.tasks.api import routes as tasks
from shared.errands.documents import Named
from shared.process.settings import Settings, settings
from shared.routes import road_routers
from shared.web.http import create_app as create

NAMED = {
    "evidence": Named(papers.EVIDENCE, read_evidence),
    "bar": Named(papers.BAR, read_bar),
    "change": Named(papers.CHANGE, read_change),
    "import": Named(papers.IMPORT, read_import),
    "interest": Named(papers.INTEREST, read_interest),
    "reversal": Named(papers.BAR | papers.IMPORT, read_reversal),
}


def create_app(given: Settings | None = None) -> FastAPI:
    known = [persons, erasures, posts, bodies, purchasers, providers, changes, tasks]
    matters = [*known, standing, imports, bars, reversals, clearances, interests]
    return create("registry", "Goufu registry 登记", [*matters, *road_routers(NAMED)], given or settings())
