"""Logs and metrics. A log line is JSON with the correlation; a metric says how old, how many, how long — never who."""

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("goufu_requests_total", "Requests by route and status", ["service", "route", "status"])
REQUEST_SECONDS = Histogram(
    "goufu_request_seconds", "Time of a request", ["service", "route"], buckets=(0.005, 0.02, 0.05, 0.1, 0.5, 1, 5)
)
UNSENT_AGE = Gauge("goufu_unsent_age_seconds", "Age of the oldest entry not yet on the bus", ["service"])
UNSENT_COUNT = Gauge("goufu_unsent_entries", "Entries not yet on the bus", ["service"])
COPY_AGE = Gauge("goufu_copy_age_seconds", "Age of this service's copy of another's records", ["service", "source"])
HELD = Gauge("goufu_held_events", "Events that wait, are parked, or stand behind one", ["service", "state"])
OVERDUE = Gauge("goufu_overdue_deadlines", "Deadlines past their day and not yet acted on", ["service"])
REFUSALS = Counter("goufu_refusals_total", "Refusals by rule", ["service", "code"])


def configure_logs(level: str = "info") -> None:
    """JSON lines on standard error, Chinese as Chinese."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


security = structlog.get_logger("security")
"""The security log: tokens refused, duties lacking, one person in two duties. Codes and ids, never tokens or input."""
