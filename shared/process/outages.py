"""What an outage is, said once: PostgreSQL or the bus cannot do now what it will do later, and nothing asked was wrong.

PostgreSQL's own errors are judged by the class of their SQLSTATE (its manual, appendix A), so that an error that nobody
has met yet is judged too. A request that meets an outage answers 503; a loop of a worker pauses and begins again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import asyncpg
import structlog
from asyncpg.exceptions import _base as client

from shared.bus import BusUnavailable, TopicMismatch
from shared.process.telemetry import LOOP_FAILURES, LOOP_PAUSES, places

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
WELL_SECONDS = 30.0
"""A loop that ran this long before it failed begins again after the first pause, as one that never failed."""

_PASSING = frozenset(
    {
        "08",  # the connection
        "28",  # logging in: no request can bring that about, but a server that is being restored can
        "3D",  # the database is not there
        "40",  # deadlocks, serialization
        "53",  # disk, memory, connections used up
        "57",  # cancelled, shut down, starting, crashed
        "58",  # input and output
        "72",  # snapshot too old
        "F0",  # the server's configuration
        "XX",  # the server's own faults
    }
)
_PASSING_TOO = frozenset(
    {
        "25006",  # read-only: a standby, or a primary that has become one
        "25P03",  # idle too long in a transaction
        "25P04",  # a transaction took too long
        "55006",  # an object is in use
        "55P03",  # a lock was not to be had
    }
)
_ENDED = frozenset({"08", "28", "3D", "F0", "XX"})
_ENDED_TOO = frozenset({"25006", "25P03", "25P04", "57P01", "57P02", "57P03", "57P04", "57P05"})
_LASTING = (
    client.ClientConfigurationError,
    client.DataError,
    client.UnsupportedClientFeatureError,
    client.UnsupportedServerFeatureError,
)
"""The driver's complaints about what it was asked; its others are about the state of a connection."""


VALUE_REFUSED: tuple[type[Exception], ...] = (asyncpg.DataError, client.DataError)
"""The server's and the driver's word for a value that fits nowhere: too large a number, a date that is none."""


class Unavailable(Exception):
    """503: the database does not answer, or whether the commit happened is unknown. The same key finds the truth."""


MAY_BE_OUTAGES: tuple[type[Exception], ...] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    BusUnavailable,
    TopicMismatch,
    Unavailable,
    ExceptionGroup,
)
"""Of what kinds outages are; of these `is_outage` tells which are."""


def is_outage(error: BaseException) -> bool:
    """Whether the same may succeed later. Of a group: whether that is so of all that it holds."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_outage(each) for each in error.exceptions)
    if isinstance(error, asyncpg.PostgresError):
        code = error.sqlstate or ""
        return code[:2] in _PASSING or code in _PASSING_TOO or isinstance(error, asyncpg.InvalidCachedStatementError)
    if isinstance(error, _LASTING):
        return False
    return isinstance(error, MAY_BE_OUTAGES)


def spoils(error: BaseException) -> bool:
    """Whether the connection on which this came up must not be used again: it is gone, it may be in the midst of
    something, or it leads to a server that only reads."""
    if isinstance(error, asyncpg.PostgresError):
        code = error.sqlstate or ""
        return code[:2] in _ENDED or code in _ENDED_TOO
    return not isinstance(error, Exception) or is_outage(error)


def may_be_done_again(error: BaseException) -> bool:
    """Whether the whole transaction may be tried again at once: it was rolled back, and the connection is good."""
    if isinstance(error, asyncpg.InvalidCachedStatementError | client.OutdatedSchemaCacheError):
        return True
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith("40")


async def keep_going(
    name: str,
    service: str,
    work: Callable[[], Awaitable[object]],
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Does the work again and again until cancelled, whatever it ends with: after an outage with a growing pause, after
    any other error with the longest, because a process that ends takes with it what could go on."""
    pause = FIRST_PAUSE
    while True:
        LOOP_PAUSES.labels(service, name).set(0)
        began, error = clock(), await _ended(work)
        if error is None or clock() - began >= WELL_SECONDS:
            pause = FIRST_PAUSE
        if error is not None:
            LOOP_PAUSES.labels(service, name).set(1)
            passing = is_outage(error)
            pause = pause if passing else LONGEST_PAUSE
            LOOP_FAILURES.labels(service, name, "outage" if passing else "unknown").inc()
            note = log.warning if passing else log.error
            where = {} if passing else {"where": places(error)}
            note("loop_pauses", loop=name, service=service, error=told(error), seconds=pause, **where)
        await sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _ended(work: Callable[[], Awaitable[object]]) -> BaseException | None:
    """What the work ended with. A cancellation that nobody asked of this task, such as that of a future that a client
    gave up, is an error as any other."""
    try:
        await work()
    except Exception as error:
        return error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return error
    return None


def told(error: BaseException) -> str:
    """The error by its kind alone: its text may hold what was sent to us. Only the bus's own says what to do."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(told(each) for each in error.exceptions)
    if isinstance(error, BusUnavailable | TopicMismatch):
        return f"{type(error).__name__}: {error}"
    code = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
