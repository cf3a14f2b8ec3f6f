"""The worker process of tendering: relay, consumer, deadlines, errands."""

from services.tendering.consumers import COPIES, REACTIONS
from services.tendering.notices.handlers import BIDS_CLOSE
from services.tendering.opening.handlers import on_bids_close
from shared.process.settings import settings
from shared.worker import Worker, main

DEADLINES = {BIDS_CLOSE: on_bids_close}

WORKER = Worker("tendering", COPIES, REACTIONS, DEADLINES)

if __name__ == "__main__":
    main(WORKER, settings())
