"""`GET /v1/tasks`: what waits for the caller in tendering."""

from services.tendering.tasks.store import KINDS
from shared.reading.tasks import task_routes

routes = task_routes(KINDS)
