"""What a login may be made of, and that nothing the client raises reaches those who wait for the bus."""

import asyncio
import inspect
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, errors
from aiokafka.admin import AIOKafkaAdminClient

from deploy.road import admits
from shared.bus import BusUnavailable, Message, NotAdmitted, TopicMismatch
from shared.bus.kafka import KafkaBus, _Publisher, _Subscriber
from shared.bus.login import NO_LOGIN, Login, LoginError
from shared.process.settings import Settings, SettingsError

PASSWORD = "a-password-nobody-may-see"
BY_PASSWORD = {"bus_security": "SASL_SSL", "bus_user": "goufu-catalog", "bus_password": PASSWORD}


def settings(**given: Any) -> Settings:
    return Settings(**{"bus": "kafka://broker.example:9093", **given})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"bus_security": "SSH"}, "GOUFU_BUS_SECURITY is one of"),
        ({**BY_PASSWORD, "bus_mechanism": "MD5"}, "GOUFU_BUS_MECHANISM is one of"),
        ({**BY_PASSWORD, "bus_user": ""}, "set GOUFU_BUS_USER too"),
        ({**BY_PASSWORD, "bus_password": ""}, "set GOUFU_BUS_PASSWORD too"),
        ({**BY_PASSWORD, "bus_security": "PLAINTEXT"}, "are not sent with GOUFU_BUS_SECURITY=PLAINTEXT"),
        ({**BY_PASSWORD, "bus_security": "SSL"}, "are not sent with GOUFU_BUS_SECURITY=SSL"),
        ({**BY_PASSWORD, "bus_security": "SASL_PLAINTEXT", "bus_ca": __file__}, "not for SASL_PLAINTEXT"),
        ({**BY_PASSWORD, "bus_key": __file__}, "set GOUFU_BUS_CERT too"),
        ({**BY_PASSWORD, "bus_ca": "/no/such"}, "GOUFU_BUS_CA=/no/such is no file"),
        ({**BY_PASSWORD, "bus_ca": __file__}, "name PEM files"),
        ({"bus_security": "SSL", "bus_cert": __file__, "bus_key": __file__}, "name PEM files"),
    ],
)
def test_parts_that_do_not_go_together_are_named_in_one_sentence(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as refused:
        settings(**given).bus_login()

    assert "\n" not in str(refused.value)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("security", ["SASL_SSL", "SASL_PLAINTEXT"])
def test_a_password_may_lie_in_a_file_and_is_shown_by_nothing(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")

    monkeypatch.setenv("GOUFU_BUS_PASSWORD_FILE", str(file))
    given = settings(bus_security=security, bus_user="goufu-catalog")
    login = given.bus_login()

    assert login.password == PASSWORD
    assert PASSWORD not in f"{given!r} {given} {login!r} {login}"
    assert PASSWORD not in repr(settings(**BY_PASSWORD))


def test_without_settings_nobody_logs_in_and_on_postgres_neither() -> None:
    assert settings().bus_login() == NO_LOGIN
    assert Settings(bus="postgres", bus_security="SASL_SSL").bus_login() == NO_LOGIN


@pytest.mark.parametrize(
    ("given", "done"),
    [
        ({}, "nothing"),
        (BY_PASSWORD, "users"),
        ({**BY_PASSWORD, "bus_admit": "rights"}, "rights"),
        ({**BY_PASSWORD, "bus_admit": "nothing"}, "nothing"),
        ({"bus_security": "SSL"}, "nothing"),
        ({**BY_PASSWORD, "bus": "postgres"}, "rights"),
    ],
)
def test_what_is_done_for_the_others_follows_from_the_login_unless_said(given: dict[str, Any], done: str) -> None:
    asked = settings(**given)

    assert admits(asked, asked.bus_login()) == done


def test_an_unknown_wish_for_the_others_is_refused() -> None:
    with pytest.raises(SettingsError, match="GOUFU_BUS_ADMIT is one of users, rights, nothing"):
        admits(settings(bus_admit="everything"), NO_LOGIN)


# Whatever the client raises.

OURS = (BusUnavailable, TopicMismatch, NotAdmitted)
RAISED: list[type[BaseException]] = [
    *(kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)),
    *(OSError, ConnectionResetError, TimeoutError, EOFError, ValueError, KeyError, IndexError, TypeError),
    *(AttributeError, AssertionError, RuntimeError, NotImplementedError, struct.error, UnicodeError, LoginError),
    *(asyncio.InvalidStateError, asyncio.CancelledError),
]
PLACE = TopicPartition("t", 0)


def made(kind: type[BaseException]) -> BaseException:
    return kind("utf-8", b"", 0, 1, "no") if kind is UnicodeDecodeError else kind()


class Broken:
    """A client of which every call raises; closing it does not."""

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error
        self._sender = SimpleNamespace(sender_task=asyncio.get_running_loop().create_future())
        self._message_accumulator = SimpleNamespace(_batches={}, _pending_batches=set())

    @property
    def client(self) -> Any:
        return self

    async def stop(self) -> None: ...

    def assignment(self) -> set[TopicPartition]:
        return {PLACE}

    def seek(self, *_: Any) -> None:
        raise made(self._error)

    async def _raise(self, *_: Any, **__: Any) -> Any:
        raise made(self._error)

    getmany = commit = fetch_all_metadata = end_offsets = position = _raise


def broken_start(monkeypatch: pytest.MonkeyPatch, kind: type[BaseException]) -> None:
    async def start(_: Any) -> None:
        raise made(kind)

    for client in (AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient):
        monkeypatch.setattr(client, "start", start)


def calls(kind: type[BaseException]) -> dict[str, Callable[[], Awaitable[Any]]]:
    bus = KafkaBus("127.0.0.1:1")
    subscriber = _Subscriber(Broken(kind), NO_LOGIN, 1, 0)
    subscriber._polled = {PLACE: 5}
    subscriber._done = {PLACE: 2}
    publisher = _Publisher(Broken(kind), NO_LOGIN, 1)
    return {
        "publisher": lambda: bus.publisher("x"),
        "subscriber": lambda: bus.subscriber("x", ["t"]),
        "ensure_topics": lambda: bus.ensure_topics(["t"]),
        "last_records": lambda: bus.last_records("t"),
        "admit": lambda: bus.admit([], {"x": "y"}),
        "send": lambda: publisher.send([Message("t", b"k", b"v", ())]),
        "poll": lambda: subscriber.poll(0),
        "rewind": subscriber.rewind,
        "commit": lambda: subscriber.commit(),
    }


async def test_whatever_the_client_raises_anywhere_comes_out_as_the_interface_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    escaped = []
    with monkeypatch.context() as patched:
        for kind in RAISED:
            broken_start(patched, kind)
            for name, call in calls(kind).items():
                try:
                    await call()
                except OURS:
                    continue
                except BaseException as error:
                    escaped.append(f"{name} let {error!r} through")
                else:
                    # While the group shares out anew offsets are not stored, and their records come again.
                    if (name, kind) not in {("commit", errors.CommitFailedError), ("commit", errors.IllegalStateError)}:
                        escaped.append(f"{name} kept {kind.__name__} to itself")

    assert len(RAISED) > 100
    assert escaped == []


async def test_a_cancellation_that_somebody_asked_for_stays_one() -> None:
    class Slow(Broken):
        async def getmany(self, **_: Any) -> Any:
            await asyncio.sleep(60)

    polling = asyncio.create_task(_Subscriber(Slow(OSError), NO_LOGIN, 1, 30).poll(60))
    await asyncio.sleep(0)

    polling.cancel()

    with pytest.raises(asyncio.CancelledError):
        await polling


async def test_a_batch_that_the_client_gave_up_is_an_outage_and_not_a_cancellation() -> None:
    publisher = _Publisher(Broken(OSError), NO_LOGIN, 1)
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()

    with pytest.raises(BusUnavailable, match="make another"):
        await publisher._watch([given_up])


def test_a_login_says_who_logs_in_and_no_more() -> None:
    login = Login("SASL_PLAINTEXT", "PLAIN", "administrator", PASSWORD)

    assert (str(login), login.by_password, login.encrypted) == ("administrator", True, False)
