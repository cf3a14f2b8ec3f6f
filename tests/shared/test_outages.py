"""What passes by itself and what does not, over everything that the driver can raise; and loops that do not end."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator

import asyncpg
import pytest
from asyncpg.exceptions import _base as client

from shared.bus import BusUnavailable, MessageTooLarge
from shared.process.outages import LONGEST_PAUSE, WELL_SECONDS, is_outage, keep_going, may_be_done_again, spoils
from shared.process.telemetry import LOOP_FAILURES

PASSING_CLASSES = {"08", "28", "3D", "40", "53", "57", "58", "72", "F0", "XX"}
LASTING_CLASSES = "03 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 26 27 2B 2D 2F 34 38 39 3B 3F 42 44 54 HV P0"
MIXED_CLASSES = {"25", "55"}
PASSING_CODES = {
    "ReadOnlySQLTransactionError",
    "IdleInTransactionSessionTimeoutError",
    "TransactionTimeoutError",
    "ObjectInUseError",
    "LockNotAvailableError",
}
WITHOUT_CODE = {
    "PostgresError": False,
    "FatalPostgresError": False,
    "UnknownPostgresError": False,
    "InvalidCachedStatementError": True,
    "InterfaceError": True,
    "ClientConfigurationError": False,
    "DataError": False,
    "UnsupportedClientFeatureError": False,
    "UnsupportedServerFeatureError": False,
    "InternalClientError": True,
    "ProtocolError": True,
    "TargetServerAttributeNotMatched": True,
    "OutdatedSchemaCacheError": True,
}


def everything() -> Iterator[type[Exception]]:
    """Every class that the driver raises."""
    waiting: list[type[Exception]] = [asyncpg.PostgresError, client.InterfaceError, client.InternalClientError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        yield kind


def _named(kind: object) -> str:
    return f"{kind} {getattr(kind, '__mro__', ())}"


def made(kind: type[Exception], code: str | None = None) -> Exception:
    error = kind("x")
    if code is not None:
        error.sqlstate = code  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("kind", sorted(set(everything()), key=_named))
def test_every_error_of_the_driver_is_judged(kind: type[Exception]) -> None:
    code = vars(kind).get("sqlstate")
    if code is None:
        expected = WITHOUT_CODE[kind.__name__]
    elif code[:2] in MIXED_CLASSES:
        expected = kind.__name__ in PASSING_CODES
    else:
        assert code[:2] in PASSING_CLASSES.union(LASTING_CLASSES.split()), "a class that nobody judged yet"
        expected = code[:2] in PASSING_CLASSES

    assert is_outage(made(kind)) is expected


def test_all_that_the_driver_exports_was_looked_at() -> None:
    exported = {c for c in vars(asyncpg.exceptions).values() if inspect.isclass(c) and issubclass(c, Exception)}

    assert [c for c in exported - set(everything()) if not issubclass(c, Warning)] == []


@pytest.mark.parametrize(
    ("name", "passes", "ends"),
    [
        ("DiskFullError", True, False),
        ("TooManyConnectionsError", True, False),
        ("QueryCanceledError", True, False),
        ("AdminShutdownError", True, True),
        ("CrashShutdownError", True, True),
        ("CannotConnectNowError", True, True),
        ("ConnectionDoesNotExistError", True, True),
        ("ReadOnlySQLTransactionError", True, True),
        ("IdleInTransactionSessionTimeoutError", True, True),
        ("DeadlockDetectedError", True, False),
        ("InternalClientError", True, True),
        ("InterfaceError", True, True),
        ("UniqueViolationError", False, False),
        ("InFailedSQLTransactionError", False, False),
        ("UndefinedColumnError", False, False),
        ("InsufficientPrivilegeError", False, False),
        ("StatementTooComplexError", False, False),
        ("NumericValueOutOfRangeError", False, False),
    ],
)
def test_what_a_request_meets_is_judged_by_what_it_means(name: str, passes: bool, ends: bool) -> None:
    error = made(getattr(asyncpg.exceptions, name))

    assert (is_outage(error), spoils(error)) == (passes, ends)


def test_a_code_that_the_driver_does_not_know_is_judged_by_its_class() -> None:
    assert is_outage(made(asyncpg.UnknownPostgresError, "57P99"))
    assert not is_outage(made(asyncpg.UnknownPostgresError, "42Z99"))


def test_a_group_is_an_outage_when_all_in_it_are() -> None:
    shut, wrong = made(asyncpg.AdminShutdownError), ValueError("wrong")

    assert is_outage(ExceptionGroup("both", [shut, ExceptionGroup("inner", [BusUnavailable("away")])]))
    assert not is_outage(ExceptionGroup("both", [shut, wrong]))


@pytest.mark.parametrize("error", [ValueError("x"), RuntimeError("x"), MessageTooLarge("x"), RecursionError("x")])
def test_what_is_wrong_in_itself_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)
    assert not spoils(error)


def test_only_what_was_rolled_back_whole_is_done_again_at_once() -> None:
    again = {kind.__name__ for kind in everything() if may_be_done_again(made(kind))}

    assert {"DeadlockDetectedError", "SerializationError", "InvalidCachedStatementError"} <= again
    assert not again & {"ConnectionDoesNotExistError", "InternalClientError", "DiskFullError", "QueryCanceledError"}


class Time:
    """A clock that only sleeping and working move; ends the loop after so many pauses."""

    def __init__(self, pauses: int) -> None:
        self.now, self.left = 0.0, pauses
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        self.left -= 1
        if not self.left:
            raise Enough


class Enough(Exception):
    pass


def failing(*errors: BaseException | None, time: Time, takes: float = 0.0) -> Callable[[], Awaitable[None]]:
    """Work that ends with each of these in turn, then with the last for ever."""
    waiting = list(errors)

    async def work() -> None:
        time.now += takes
        error = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if error is not None:
            raise error

    return work


async def paused(*errors: BaseException | None, pauses: int, takes: float = 0.0) -> list[float]:
    time = Time(pauses)
    with pytest.raises(Enough):
        await keep_going(
            "drill", "catalog", failing(*errors, time=time, takes=takes), sleep=time.sleep, clock=lambda: time.now
        )
    return time.pauses


def counted(kind: str) -> float:
    counted: float = LOOP_FAILURES.labels("catalog", "drill", kind)._value.get()
    return counted


async def test_an_outage_pauses_longer_each_time() -> None:
    assert await paused(OSError(), pauses=7) == [0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_PAUSE, LONGEST_PAUSE]


async def test_a_loop_that_worked_for_a_while_begins_again_after_the_first_pause() -> None:
    assert await paused(OSError(), pauses=3, takes=WELL_SECONDS) == [0.2, 0.2, 0.2]
    assert await paused(OSError(), pauses=3, takes=WELL_SECONDS - 1) == [0.2, 0.4, 0.8]


@pytest.mark.parametrize("error", [ValueError("of ours"), MessageTooLarge("too large"), MemoryError(), KeyError("x")])
async def test_an_error_that_nobody_foresaw_ends_no_loop(error: Exception) -> None:
    before = counted("unknown")

    assert await paused(error, pauses=3) == [LONGEST_PAUSE] * 3
    assert counted("unknown") == before + 3


async def test_a_cancellation_that_nobody_asked_for_ends_no_loop() -> None:
    assert await paused(asyncio.CancelledError(), None, pauses=2) == [LONGEST_PAUSE, 0.2]


async def test_a_loop_ends_when_it_is_told_to() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(3600)

    loop = asyncio.create_task(keep_going("drill", "catalog", work))
    await begun.wait()
    loop.cancel()

    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_the_log_names_the_error_and_its_place_but_not_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    await paused(ValueError("the price is 31415"), pauses=1)

    said = "".join(capsys.readouterr())
    assert "ValueError" in said
    assert "test_outages.py" in said
    assert "31415" not in said
