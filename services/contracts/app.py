"""The HTTP process of contracts."""

from fastapi import FastAPI

from services.contracts.contracts.api import routes as contracts
from services.contracts.endings.api import routes as endings
from services.contracts.payments.api import routes as payments
from services.contracts.receipts.api import routes as receipts
from services.contracts.signing.api import routes as signing
from services.contracts.tasks.api import routes as tasks
from services.contracts.terms.api import routes as terms
from services.contracts.withdrawals.api import routes as withdrawals
from shared.http import create_app as create
from shared.road import road_routers
from shared.settings import Settings, settings


def create_app(given: Settings | None = None) -> FastAPI:
    routes = [contracts, signing, terms, payments, receipts, endings, withdrawals, tasks, *road_routers()]
    return create("contracts", "Goufu contracts 合同", routes, given or settings())
