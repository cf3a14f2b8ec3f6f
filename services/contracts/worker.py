"""The worker process of contracts: relay, consumer, deadlines, errands."""

from services.contracts.consumers import COPIES, REACTIONS
from services.contracts.payments.handlers import on_payment_overdue
from services.contracts.signing.handlers import on_filing_moved, on_service_started
from services.contracts.terms.handlers import on_service_year_ended
from services.contracts.treasury import adapters
from shared.errands.deadlines import Counted, Kinds
from shared.process.settings import settings
from shared.worker import Worker, main

DEADLINES: Kinds = {
    "contract_filing": Counted(on_filing_moved),
    "payment_due": on_payment_overdue,
    "service_start": on_service_started,
    "service_year": on_service_year_ended,
}

WORKER = Worker("contracts", COPIES, REACTIONS, DEADLINES, adapters())

if __name__ == "__main__":
    main(WORKER, settings())
