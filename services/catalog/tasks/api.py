"""`GET /v1/tasks`: what waits for the caller in catalog."""

from services.catalog.tasks.store import BOOKS, KINDS
from shared.reading.tasks import task_routes

routes = task_routes(KINDS, BOOKS)
