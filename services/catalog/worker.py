"""The worker process of catalog: relay, consumer, errands."""

from services.catalog.consumers import COPIES, REACTIONS
from shared.process.settings import settings
from shared.worker import Worker, main

WORKER = Worker("catalog", COPIES, REACTIONS)

if __name__ == "__main__":
    main(WORKER, settings())
