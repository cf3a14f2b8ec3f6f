"""`GET /v1/tasks`: what waits for the caller in contracts."""

from services.contracts.tasks.store import KINDS
from shared.reading.tasks import task_routes

routes = task_routes(KINDS)
