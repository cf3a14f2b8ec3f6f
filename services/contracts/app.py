"""The HTTP process of contracts."""

from fastapi import FastAPI

from services.contracts.accounts.api import routes as accounts
from services.contracts.contracts.api import routes as contracts
from services.contracts.endings.api import routes as endings
from services.contracts.papers import NAMED
from services.contracts.payments.api import routes as payments
from services.contracts.payments.handlers import apart_from_payee
from services.contracts.receipts.api import routes as receipts
from services.contracts.signing.api import routes as signing
from services.contracts.tasks.api import routes as tasks
from services.contracts.terms.api import routes as terms
from services.contracts.withdrawals.api import routes as withdrawals
from shared.process.settings import Settings, settings
from shared.routes import road_routers
from shared.web.http import create_app as create


def create_app(given: Settings | None = None) -> FastAPI:
    matters = [contracts, signing, accounts, terms, payments, receipts, endings, withdrawals, tasks]
    routes = [*matters, *road_routers(NAMED, apart=apart_from_payee)]
    return create("contracts", "Goufu contracts 合同", routes, given or settings())
