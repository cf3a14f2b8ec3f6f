import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.local.ports import free_ports
from services.contracts.settings import ContractsSettings
from services.contracts.treasury import adapters


@asynccontextmanager
async def a_treasury(status: int) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], Any]]]]:
    """A server that answers every order with a status; yields its address and what it received."""
    received: list[tuple[dict[str, str], Any]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        received.append((headers, json.loads(body)))
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
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


@pytest.mark.parametrize("status", [302, 400, 503])
async def test_an_order_the_treasury_did_not_take_is_an_outage_to_be_tried_again(status: int) -> None:
    async with a_treasury(status) as (address, _):
        send = adapters(ContractsSettings(treasury_url=address))["treasury"]

        with pytest.raises(OSError, match=str(status)):
            await send("payment/1/1", {})


async def test_a_treasury_out_of_reach_is_an_outage() -> None:
    [port] = free_ports(1)
    send = adapters(ContractsSettings(treasury_url=f"http://127.0.0.1:{port}/"))["treasury"]

    with pytest.raises(OSError, match="ConnectError"):
        await send("payment/1/1", {})


def test_without_an_address_orders_wait() -> None:
    assert adapters(ContractsSettings(treasury_url=None)) == {}
