"""The worker process of registry: relay, consumer, deadlines, errands."""

from services.registry.consumers import COPIES, REACTIONS
from services.registry.providers.handlers import on_evidence_expires
from services.registry.standing.handlers import on_standing_ends
from shared.process.settings import settings
from shared.worker import Worker, main

DEADLINES = {"standing_ends": on_standing_ends, "evidence_expires": on_evidence_expires}

WORKER = Worker("registry", COPIES, REACTIONS, DEADLINES)

if __name__ == "__main__":
    main(WORKER, settings())
