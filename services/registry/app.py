"""The HTTP process of registry."""

from fastapi import FastAPI

from services.registry import papers, rulebook
from services.registry.bars.api import routes as bars
from services.registry.bars.store import read_bar
from services.registry.bars.tasks import KINDS as BARS
from services.registry.bodies.api import routes as bodies
from services.registry.changes.api import routes as changes
from services.registry.changes.handlers import read_change
from services.registry.changes.tasks import KINDS as CHANGES
from services.registry.clearances.api import routes as clearances
from services.registry.erasures.api import routes as erasures
from services.registry.erasures.tasks import KINDS as ERASURES
from services.registry.imports.api import routes as imports
from services.registry.imports.tasks import KINDS as IMPORTS
from services.registry.interests.api import routes as interests
from services.registry.interests.store import read_interest
from services.registry.persons.api import routes as persons
from services.registry.persons.tasks import KINDS as PERSONS
from services.registry.posts.api import routes as posts
from services.registry.posts.tasks import KINDS as POSTS
from services.registry.providers.api import routes as providers
from services.registry.providers.store import read_evidence
from services.registry.providers.tasks import KINDS as PROVIDERS
from services.registry.purchasers.api import routes as purchasers
from services.registry.reversals.api import routes as reversals
from services.registry.reversals.store import read_reversal
from services.registry.reversals.tasks import KINDS as REVERSALS
from services.registry.standing.api import routes as standing
from services.registry.standing.store import read_import
from shared.errands.documents import Named
from shared.process.settings import Settings, settings
from shared.reading.tasks import task_routes
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


KNOWN = [persons, erasures, posts, bodies, purchasers, providers, changes]
KINDS = [*POSTS, *PERSONS, *ERASURES, *PROVIDERS, *CHANGES, *BARS, *IMPORTS, *REVERSALS]
MATTERS = [*KNOWN, standing, imports, bars, reversals, clearances, interests]
ROUTES = [*MATTERS, task_routes(KINDS), *road_routers(NAMED, law=rulebook)]
"""Made once, however many applications a process makes."""


def create_app(given: Settings | None = None) -> FastAPI:
    return create("registry", "Goufu registry 登记", ROUTES, given or settings())
