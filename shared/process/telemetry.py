"""Logs and metrics. A log line is JSON with the correlation; a metric says how old, how many, how long — never who."""

import asyncio
import atexit
import logging
import platform
import sys
import traceback
from importlib.metadata import version
from typing import Any, BinaryIO

import structlog
from prometheus_client import Counter, Gauge, Histogram, Info
from structlog.typing import EventDict, Processor

from shared.fields.strict_json import compact

FAILED_SENDS = 12
"""Failures to send an errand after which its service says that it is degraded."""
FAILED_DEADLINES = 8
"""The same for the act of a deadline: an hour and more."""
HELD_TOO_LONG = 600
"""Seconds after which an event that waits, or stands behind one, degrades its service as a parked one does. What it
waits for is on its way within seconds, or within a worker's restart; after ten minutes it has most likely been lost, or
never was."""

BUILD = Info("goufu_build", "Which program this is")
REQUESTS = Counter(
    "goufu_requests_total", "Requests by method, route and status", ["service", "method", "route", "status"]
)
POOL = Gauge("goufu_pool_connections", "Connections to PostgreSQL: at most, open, in use", ["service", "state"])
REQUEST_SECONDS = Histogram(
    "goufu_request_seconds", "Time of a request", ["service", "route"], buckets=(0.005, 0.02, 0.05, 0.1, 0.5, 1, 5)
)
UNSENT_AGE = Gauge("goufu_unsent_age_seconds", "Age of the oldest entry not yet on the bus", ["service"])
UNSENT_COUNT = Gauge("goufu_unsent_entries", "Entries not yet on the bus", ["service"])
COPY_AGE = Gauge("goufu_copy_age_seconds", "Age of this service's copy of another's records", ["service", "source"])
HELD = Gauge(
    "goufu_held_events", "Events that wait, are parked, stand behind one, or do so too long", ["service", "state"]
)
UNBELIEVED = Counter(
    "goufu_unbelieved_records_total", "Records left out: forged, or of a lost stretch", ["source", "why"]
)
ROAD_STOPPED = Gauge(
    "goufu_road_stopped", "1 while the topic knows more than the ledger, and nothing is sent", ["service"]
)
OVERDUE = Gauge("goufu_overdue_deadlines", "Deadlines past their day and not yet acted on", ["service"])
FAILING_DEADLINES = Gauge("goufu_failing_deadlines", "Of these, those whose act failed and is tried again", ["service"])
CALENDAR_DAYS = Gauge("goufu_calendar_known_days", "Days ahead whose working days are known", ["service"])
LACKS = Gauge("goufu_lacks", "1 while an operator has to give something: see `goufu status`", ["service", "what"])
REFUSALS = Counter("goufu_refusals_total", "Refusals by rule", ["service", "code"])
TURNED_AWAY = Counter("goufu_turned_away_total", "Requests answered 429; of sealed routes none", ["route"])
LATE_DISPATCHES = Gauge("goufu_late_dispatches", "Errands that failed 12 times and more, tried hourly", ["service"])
OLDEST_DISPATCH = Gauge(
    "goufu_oldest_dispatch_seconds", "Age of the oldest errand that its receiver has not taken", ["service"]
)
LOOP_FAILURES = Counter("goufu_loop_failures_total", "How often a loop had to begin again", ["service", "loop", "kind"])
LOOP_PAUSES = Gauge("goufu_loop_pauses", "1 while a loop waits after a failure", ["service", "loop"])


LINES_SECONDS = 0.05


class Lines:
    """Log lines on their way to standard error. What only informs goes out some times a second, many lines at once,
    because writing one costs a request as much as a statement; a warning takes along at once what waits before it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._waiting: list[bytes] = []

    def debug(self, line: bytes) -> None:
        self._waiting.append(line)
        if len(self._waiting) == 1:
            try:
                asyncio.get_running_loop().call_later(LINES_SECONDS, self.flush)
            except RuntimeError:  # nothing runs here that could come back to it
                self.flush()

    def error(self, line: bytes) -> None:
        self._waiting.append(line)
        self.flush()

    info = debug
    warning = critical = exception = error

    def flush(self) -> None:
        lines = self._waiting[:]
        del self._waiting[: len(lines)]  # a thread may have added one meanwhile
        if lines:
            self._out.write(b"\n".join(lines) + b"\n")
            self._out.flush()


def places(error: BaseException) -> list[str]:
    """The traceback as files, lines and functions; no text of the error, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-20:]]


def _without_text(_: Any, __: str, line: EventDict) -> EventDict:
    """An exception by its kind and place: its text may hold what was sent to us."""
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        line.update(error=type(error).__name__, where=places(error))
    return line


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _without_text,
]
_render = structlog.processors.JSONRenderer(compact)


class _Others(logging.Handler):
    """Lines of the libraries we use, in the form of ours."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line: EventDict = {"event": record.getMessage(), "logger": record.name, "exc_info": record.exc_info}
            for process in _COMMON:
                line = process(None, record.levelname.lower(), line)  # type: ignore[assignment]
            (self._lines.error if record.levelno >= logging.WARNING else self._lines.debug)(
                _render(None, record.levelname, line)  # type: ignore[arg-type]
            )
        except Exception:
            self.handleError(record)


def configure_logs(level: str = "info") -> Lines:
    """JSON lines on standard error, Chinese as Chinese, whoever writes them. Whoever ends the process other than by
    returning flushes what is given back."""
    lines = Lines(sys.stderr.buffer)
    atexit.register(lines.flush)
    logging.basicConfig(handlers=[_Others(lines)], level=max(logging.WARNING, getattr(logging, level.upper())))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*_COMMON, _render],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    BUILD.info({"version": version("goufu"), "python": platform.python_version()})
    return lines


security = structlog.get_logger("security")
"""The security log: tokens refused, duties lacking, one person in two duties. Codes and ids, never tokens or input."""
