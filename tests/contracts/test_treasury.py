import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from deploy.local.ports import free_ports
from services.contracts.settings import ContractsSettings
from services.contracts.treasury import adapters
from shared.errands import dispatches
from shared.errands.dispatches import Dispatcher, NotSure, NotTaken, dispatch
from shared.process.settings import SettingsError, read
from tests.support.world import World


@asynccontextmanager
async def a_treasury(
    status: int, body: str = "", *, drips: bool = False
) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], Any]]]]:
    """A server that answers every order with a status, or, of those to line 1, a byte now and then without an end;
    yields its address and what it received."""
    received: list[tuple[dict[str, str], Any]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(1):
                asked = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, TimeoutError):  # the sender had no time left to ask, or speaks TLS
            writer.close()
            return
        head = asked.decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        sent = await reader.readexactly(int(headers["content-length"]))
        received.append((headers, json.loads(sent)))
        with contextlib.suppress(ConnectionError):
            while drips and headers["idempotency-key"].startswith("payment/1/"):
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.1)
        answer = f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(f"{answer}{body}".encode())
        await writer.drain()
        writer.close()

    [port] = free_ports(1)
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        yield f"http://127.0.0.1:{port}/orders", received


async def test_an_order_is_posted_with_its_business_key_and_token() -> None:
    async with a_treasury(202) as (address, received):
        settings = ContractsSettings(treasury_url=address, treasury_token=SecretStr("t"))

        await adapters(settings)["treasury"]("payment/1/1", {"amount": "152000.00"})

    [(headers, body)] = received
    assert headers["idempotency-key"] == "payment/1/1"
    assert headers["authorization"] == "Bearer t"
    assert body == {"amount": "152000.00"}


@pytest.mark.parametrize(
    ("status", "how"),
    [
        *((status, NotTaken) for status in (400, 401, 404, 413, 422)),
        *((status, NotSure) for status in (302, 408, 409, 425, 429, 499, 500, 501, 502, 503, 504, 520)),
    ],
)
async def test_an_answer_says_whether_the_treasury_may_have_taken_the_order(status: int, how: type[Exception]) -> None:
    async with a_treasury(status) as (address, _):
        send = adapters(ContractsSettings(treasury_url=address))["treasury"]

        with pytest.raises(how, match=f"the treasury answered {status}"):
            await send("payment/1/1", {})


async def test_a_treasury_out_of_reach_has_not_taken_the_order() -> None:
    [port] = free_ports(1)
    send = adapters(ContractsSettings(treasury_url=f"http://127.0.0.1:{port}/"))["treasury"]

    with pytest.raises(NotTaken, match="ConnectError"):
        await send("payment/1/1", {})


async def test_a_treasury_that_hangs_up_may_have_taken_the_order() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    [port] = free_ports(1)
    async with await asyncio.start_server(hang_up, "127.0.0.1", port):
        send = adapters(ContractsSettings(treasury_url=f"http://127.0.0.1:{port}/"))["treasury"]

        with pytest.raises(NotSure, match="did not answer"):
            await send("payment/1/1", {})


@pytest.mark.parametrize(
    ("body", "reference"), [('{"treasury_reference": "GK-1"}', "GK-1"), ("", None), ("[]", None), ('{"id": 1}', None)]
)
async def test_the_treasury_may_name_its_reference(body: str, reference: str | None) -> None:
    async with a_treasury(202, body) as (address, _):
        assert await adapters(ContractsSettings(treasury_url=address))["treasury"]("payment/1/1", {}) == reference


async def test_a_treasury_that_drips_bytes_holds_up_no_other_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatches, "SEND_SECONDS", 1.0)
    service, keys = world.services["contracts"], [f"payment/{n}/{uuid4()}" for n in (1, 2, 3)]
    async with service.database.system_transaction(service.writer) as tx:
        for key in keys:
            await dispatch(tx, key, "treasury", {})

    async with a_treasury(202, drips=True) as (address, received):
        sender = Dispatcher(service.database, adapters(ContractsSettings(treasury_url=address)))
        with capture_logs() as logs:
            async with asyncio.timeout(5):
                await sender.send_waiting(service.writer)

    assert {headers["idempotency-key"] for headers, _ in received} == set(keys)
    rows = await world.rows("SELECT * FROM contracts.dispatches WHERE business_key = ANY($1) ORDER BY 1", keys)
    assert [(row["state"], row["unsure"]) for row in rows] == [("waiting", True), ("sent", False), ("sent", False)]
    assert rows[0]["reason"] == "no whole answer within 1 seconds"
    [line] = [each for each in logs if each["event"] == "dispatch_failed"]
    assert (line["business_key"], line["reason"]) == (keys[0], rows[0]["reason"])


def test_without_an_address_orders_wait() -> None:
    assert adapters(ContractsSettings(treasury_url=None)) == {}


# --- what no order could be sent with


@pytest.mark.parametrize("token", ["汉字", "é", "a\nb", "geheim wort", "\x7f", "密钥-1"])
def test_a_token_that_no_header_can_carry_is_refused_at_start(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUFU_CONTRACTS_TREASURY_TOKEN", token)

    with pytest.raises(SettingsError, match="GOUFU_CONTRACTS_TREASURY_TOKEN: ") as refused:
        read(ContractsSettings)

    assert token not in str(refused.value)


@pytest.mark.parametrize("token", ["t", "abc.DEF-123_~+/==", "a%b!"])
def test_a_token_of_printable_signs_is_taken(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUFU_CONTRACTS_TREASURY_TOKEN", token)

    assert read(ContractsSettings).treasury_token == SecretStr(token)


@pytest.mark.parametrize("name", ["missing.pem", "empty.pem", "folder"])
def test_certificates_that_cannot_be_read_are_refused_at_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
    assert read(ContractsSettings).treasury_url is None
    monkeypatch.setenv("GOUFU_CONTRACTS_TREASURY_URL", "https://treasury.example/orders")

    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE=.* is no PEM file"):
        read(ContractsSettings)


@pytest.mark.parametrize(
    ("key", "payload"),
    [
        ("payment/1/1", {"amount": object()}),
        ("payment/1/1", {"amount": float("nan")}),
        ("payment/1/1", {"title": "\ud800"}),
        ("付款/1/1", {}),
        ("payment/1\n/1", {}),
    ],
    ids=["no JSON", "no number", "no text", "key beyond ASCII", "key of two lines"],
)
async def test_what_fails_before_a_byte_is_sent_was_not_taken(key: str, payload: dict[str, Any]) -> None:
    async with a_treasury(202) as (address, received):
        send = adapters(ContractsSettings(treasury_url=address))["treasury"]

        with pytest.raises(NotTaken, match="nothing was sent"):
            await send(key, payload)

    assert received == []


async def test_a_treasury_that_is_not_reached_in_secrecy_has_not_taken_the_order() -> None:
    async with a_treasury(202) as (address, received):
        send = adapters(ContractsSettings(treasury_url=address.replace("http:", "https:")))["treasury"]

        with pytest.raises(NotTaken, match="nothing was sent"):
            await send("payment/1/1", {})

    assert received == []
