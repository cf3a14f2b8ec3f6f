"""The HTTP process of contracts."""

from fastapi import FastAPI

from services.contracts import rulebook
from services.contracts.accounts.api import routes as accounts
from services.contracts.accounts.tasks import KINDS as ACCOUNTS
from services.contracts.contracts.api import routes as contracts
from services.contracts.contracts.tasks import KINDS as CONTRACTS
from services.contracts.endings.api import routes as endings
from services.contracts.endings.tasks import KINDS as ENDINGS
from services.contracts.papers import NAMED
from services.contracts.payments.api import routes as payments
from services.contracts.payments.handlers import apart_from_payee
from services.contracts.payments.tasks import KINDS as PAYMENTS
from services.contracts.receipts.api import routes as receipts
from services.contracts.receipts.tasks import KINDS as RECEIPTS
from services.contracts.signing.api import routes as signing
from services.contracts.signing.tasks import KINDS as SIGNING
from services.contracts.tables import metadata
from services.contracts.terms.api import routes as terms
from services.contracts.withdrawals.api import routes as withdrawals
from shared.process.settings import Settings, settings
from shared.reading.tasks import install_calendar, task_routes
from shared.routes import road_routers
from shared.web.http import create_app as create

KINDS = [*CONTRACTS, *SIGNING, *ACCOUNTS, *PAYMENTS, *RECEIPTS, *ENDINGS, install_calendar(metadata)]
MATTERS = [contracts, signing, accounts, terms, payments, receipts, endings, withdrawals]
ROUTES = [*MATTERS, task_routes(KINDS), *road_routers(NAMED, law=rulebook, apart=apart_from_payee)]
"""Made once, however many applications a process makes."""


def create_app(given: Settings | None = None) -> FastAPI:
    return create("contracts", "Goufu contracts 合同", ROUTES, given or settings())
