"""What only a socket can do: lie about lengths, send slowly, send half, send what is not HTTP. One real server."""

import asyncio
import gzip
import itertools
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.connections import HEAD_BYTES, HEAD_FIELDS, TARGET_BYTES, Connection
from deploy.local.ports import free_ports
from deploy.serve import api
from shared.web.http import BODY_SECONDS
from tests.abuse.conftest import CANARY, nothing_changed
from tests.support.world import Person, World


@dataclass(frozen=True)
class Wire:
    """The server as a socket sees it, and somebody who may write."""

    port: int
    person: Person

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def send(self, content: bytes, *, seconds: float = 5.0) -> list[bytes]:
        """Sends the bytes as they are; returns the answers that came until the server fell silent or closed."""
        async with self.connection() as (reader, writer):
            try:
                writer.write(content)
                await writer.drain()
            except ConnectionError:
                pass  # the server had enough
            return _answers(await _all_of(reader, seconds))

    def head(self, *headers: str, method: str = "POST", path: str = "") -> bytes:
        """A request's head with a good token and these headers more."""
        lines = (
            f"{method} {path or f'/v1/payment-lines/{uuid4()}/request'} HTTP/1.1",
            "host: localhost",
            f"authorization: Bearer {self.person.token}",
            f"idempotency-key: {uuid4().hex}",
            "if-match: *",
            "content-type: application/json",
            *headers,
        )
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    async def answers_others(self) -> float:
        """Seconds until somebody else's request is answered."""
        began = time.monotonic()
        answers = await self.send(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        assert statuses(answers) == [200]
        return time.monotonic() - began

    async def comes_up(self) -> None:
        for _ in range(200):
            try:
                await self.answers_others()
                return
            except OSError:
                await asyncio.sleep(0.05)
        raise AssertionError("the server does not come up")


async def _all_of(reader: asyncio.StreamReader, seconds: float) -> bytes:
    content = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        quiet = 0.6 if content else end - time.monotonic()
        try:
            part = await asyncio.wait_for(reader.read(1 << 20), quiet)
        except (TimeoutError, ConnectionError):
            break
        if not part:
            break
        content += part
    return content


def _answers(content: bytes) -> list[bytes]:
    return [b"HTTP/1.1 " + part for part in content.split(b"HTTP/1.1 ")[1:]]


def statuses(answers: list[bytes]) -> list[int]:
    return [int(re.match(rb"HTTP/1.1 (\d+)", answer)[1]) for answer in answers]  # type: ignore[index]


@pytest.fixture(scope="module")
async def wire(world: World) -> AsyncIterator[Wire]:
    """Contracts' API as it is served, on a port of its own."""
    [port] = free_ports(1)
    person = await world.person("wired", duties={"request_payment"})
    server = api("contracts", world.settings, "127.0.0.1", port)
    serving = asyncio.create_task(server.serve())
    wire = Wire(port, person)
    try:
        await wire.comes_up()
        async with nothing_changed(world):
            yield wire
    finally:
        server.should_exit = True
        await serving


BODY = b'{"papers": null}'
CHUNKED = "transfer-encoding: chunked"


async def test_a_good_request_is_answered_so_that_refusals_mean_something(wire: Wire) -> None:
    answers = await wire.send(wire.head(f"content-length: {len(BODY)}") + BODY)

    assert statuses(answers) == [404]
    assert b"application/problem+json" in answers[0]


async def test_the_same_in_chunks(wire: Wire) -> None:
    answers = await wire.send(wire.head(CHUNKED) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))

    assert statuses(answers) == [404]


# --- lengths


@pytest.mark.parametrize("length", ["-1", "0x10", "1e3", "１", "", "99999999999999999999999", "16, 17", CANARY])
async def test_a_length_that_is_none_is_refused(wire: Wire, length: str) -> None:
    head = wire.head("content-length: 0").replace(b"content-length: 0", b"content-length: " + length.encode())

    answers = await wire.send(head + BODY)

    assert statuses(answers) in ([400], [])
    assert CANARY.encode() not in b"".join(answers)
    await wire.answers_others()


async def test_two_lengths_are_refused(wire: Wire) -> None:
    answers = await wire.send(wire.head("content-length: 16", "content-length: 2") + BODY)

    assert statuses(answers) == [400]


async def test_a_length_beside_chunks_smuggles_nothing(wire: Wire) -> None:
    second = wire.head("content-length: 2", path="/v1/notices", method="GET")
    content = wire.head("content-length: 5", CHUNKED) + b"0\r\n\r\n" + second

    answers = await wire.send(content)

    assert statuses(answers)[:1] in ([400], [422])
    assert len(answers) <= 1 or b"problem" in answers[-1]
    await wire.answers_others()


async def test_a_length_that_is_too_short_cuts_the_body(wire: Wire) -> None:
    answers = await wire.send(wire.head("content-length: 5") + BODY)

    assert statuses(answers)[0] == 400
    assert set(statuses(answers)) == {400}


async def test_a_client_that_leaves_in_the_middle_leaves_nothing(wire: Wire, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        async with wire.connection() as (_, writer):
            writer.write(wire.head("content-length: 1000") + BODY)
            await writer.drain()
    await asyncio.sleep(0.3)

    await wire.answers_others()
    logged = "".join(capfd.readouterr())
    assert "Traceback" not in logged
    assert "status=500" not in logged


async def test_a_body_over_the_limit_is_refused_without_reading_on(wire: Wire) -> None:
    answers = await wire.send(wire.head(f"content-length: {200 << 20}") + b" " * (3 << 20))

    assert statuses(answers) == [413]


async def test_chunks_over_the_limit_are_refused(wire: Wire) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"

    answers = await wire.send(wire.head(CHUNKED) + chunk * 40)

    assert statuses(answers) == [413]


@pytest.mark.parametrize("chunk", [b"-1\r\n\r\n", b"zz\r\n\r\n", b"fffffffffffffffff\r\n", b"\0\r\n"])
async def test_a_chunk_that_is_none_is_refused(wire: Wire, chunk: bytes) -> None:
    answers = await wire.send(wire.head(CHUNKED) + chunk)

    assert statuses(answers) in ([400], [])
    await wire.answers_others()


async def test_a_gzip_bomb_stays_folded(wire: Wire) -> None:
    bomb = gzip.compress(b"[" + b" " * (200 << 20) + b"]", 1)
    began = time.monotonic()

    answers = await wire.send(wire.head("content-encoding: gzip", f"content-length: {len(bomb)}") + bomb)

    assert statuses(answers)[0] in (400, 413, 415)
    assert time.monotonic() - began < 5


# --- heads


@pytest.mark.parametrize(
    "line",
    [b"x-a: a\0b", b"x-a: a\rb", b"x a: b", b"no colon", b": nothing", b"x-a : b\x7f\x01"],
    ids=["nul", "bare-cr", "space", "no-colon", "no-name", "control"],
)
async def test_a_header_that_is_none_is_refused(wire: Wire, line: bytes) -> None:
    head = wire.head("content-length: 2").replace(b"content-length", line + b"\r\ncontent-length")

    assert set(statuses(await wire.send(head + b"{}"))) <= {400, 404}
    await wire.answers_others()


async def test_a_header_of_a_megabyte_and_ten_thousand_headers_hurt_nobody(wire: Wire) -> None:
    for more in ("x-a: " + "a" * (1 << 20), "\r\n".join(f"x-{n}: a" for n in range(10_000))):
        answers = await wire.send(wire.head(more, "content-length: 2") + b"{}")
        assert set(statuses(answers)) <= {400, 401, 404, 413, 431}
    assert await wire.answers_others() < 1


_TARGETS = ("/v1/%", "/v1/%zz", "//evil/v1/events", "http://evil/v1/events", "*", "/v1/../livez", "/\xff")


@pytest.mark.parametrize("target", [*_TARGETS, "/" + "a" * 100_000], ids=lambda target: target[:20])
async def test_a_target_of_any_form_gets_round_nothing(wire: Wire, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode("latin-1")

    assert set(statuses(await wire.send(request))) <= {400, 401, 404, 405, 414}
    await wire.answers_others()


async def test_a_head_may_have_its_bytes_and_fields_and_not_one_more(wire: Wire) -> None:
    fits = [f"x-a: {'a' * (HEAD_BYTES - 3000)}", "\r\n".join(f"x-{n}: a" for n in range(HEAD_FIELDS - 10))]
    beyond = [f"x-a: {'a' * HEAD_BYTES}", "\r\n".join(f"x-{n}: a" for n in range(HEAD_FIELDS))]

    for more, status in (*((each, 404) for each in fits), *((each, 431) for each in beyond)):
        answers = await wire.send(wire.head("accept-language: en", more, "content-length: 2") + b"null"[:2])
        assert statuses(answers) in ([status], [400])
        assert status == 404 or (b'"code":"head_too_large"' in answers[0] and b"are larger" in answers[0])


async def test_a_target_may_have_its_bytes_and_not_one_more(wire: Wire) -> None:
    path = "/v1/" + "a" * (TARGET_BYTES - 4)

    assert statuses(await wire.send(wire.head(method="GET", path=path))) == [404]
    assert statuses(await wire.send(wire.head(method="GET", path=path + "a"))) == [414]


async def test_an_address_with_another_host_leads_nowhere(wire: Wire) -> None:
    request = wire.head(method="GET", path="/v1/contracts/").replace(b"host: localhost", b"host: evil.example")

    [answer] = await wire.send(request)

    assert statuses([answer]) == [404]
    assert b"evil.example" not in answer


_ENDLESS = {
    "a field": b"x-a: ",
    "a name": b"x-",
    "the target": None,
    "a trailer": b"transfer-encoding: chunked\r\n\r\n0\r\nx-a: ",
    "an extension of a chunk": b"transfer-encoding: chunked\r\n\r\n1;",
}


@pytest.mark.parametrize("begun", _ENDLESS.values(), ids=_ENDLESS)
async def test_what_never_ends_is_cut_off_and_not_kept(wire: Wire, begun: bytes | None) -> None:
    """Three sockets would send 150 MiB each; the server takes no more of one than the buffers on the way hold."""
    before = _resident()
    head = b"GET /" if begun is None else wire.head(method="POST")[:-2] + begun
    piece, taken = b"a" * (1 << 20), [0, 0, 0]

    async def pour(number: int) -> None:
        async with wire.connection() as (_, writer):
            writer.write(head)
            with suppress(ConnectionError):
                while taken[number] < 150 and not writer.is_closing():
                    writer.write(piece)
                    await writer.drain()
                    taken[number] += 1

    await asyncio.gather(*(pour(number) for number in range(3)))

    assert max(taken) < 20
    assert _resident() - before < 32 << 20
    await wire.answers_others()


def _resident() -> int:
    """Bytes of memory that this process, server and client, has at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


_JUNK = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    "http-0.9": b"GET /\r\n\r\n",
    "zeros": b"\0" * 4096,
    "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "newlines": b"\r\n" * 999,
}


@pytest.mark.parametrize("junk", _JUNK.values(), ids=_JUNK)
async def test_what_is_not_http_is_no_request(wire: Wire, junk: bytes) -> None:
    assert set(statuses(await wire.send(junk, seconds=1))) <= {400, 404}
    await wire.answers_others()


async def test_an_upgrade_to_a_websocket_leads_nowhere(wire: Wire) -> None:
    upgrade = ("upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13", "sec-websocket-key: AQIDBA==")

    answers = await wire.send(wire.head(*upgrade, method="GET", path="/v1/events"), seconds=2)

    assert not set(statuses(answers)) & {101, 500}
    await wire.answers_others()


async def test_a_body_that_awaits_100_is_not_asked_for_without_a_token(wire: Wire) -> None:
    head = b"POST /v1/documents HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n"

    assert statuses(await wire.send(head, seconds=2)) == [401]


# --- time


async def test_sockets_that_say_nothing_or_half_hold_up_nobody(wire: Wire) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", wire.port) for _ in range(300)]
    for number, (_, writer) in enumerate(idle):
        if number % 3 == 1:
            writer.write(b"POST /v1/documents HTTP/1.1\r\nhost: loc")
        elif number % 3 == 2:
            writer.write(wire.head("content-length: 1000") + b"{")
    await asyncio.sleep(0.2)

    seconds = [await wire.answers_others() for _ in range(5)]
    answered = await wire.send(wire.head(f"content-length: {len(BODY)}") + BODY)

    assert max(seconds) < 1
    assert statuses(answered) == [404]
    for _, writer in idle:
        writer.close()


_SLOW = {
    "nothing": b"",
    "half a head": b"POST /v1/documents HTTP/1.1\r\nhost: loc",
    "empty lines": b"\r\n",
    "half a second head": b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\nGET /liv",
}


async def test_heads_that_do_not_come_are_not_waited_for(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.connections.HEAD_SECONDS", 1.0)
    began = time.monotonic()
    opened = [await asyncio.open_connection("127.0.0.1", wire.port) for _ in range(500)]
    for (_, writer), begun in zip(opened, itertools.cycle(_SLOW.values()), strict=False):
        writer.write(begun)

    ends = [await asyncio.wait_for(reader.read(), 10) for reader, _ in opened]

    assert 1.0 <= time.monotonic() - began < 5
    assert [statuses(_answers(end)) for end in ends[:4]] == [[], [408], [], [200, 408]]
    for _, writer in opened:
        writer.close()


async def test_a_byte_now_and_then_gives_a_head_no_more_time(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.connections.HEAD_SECONDS", 1.0)
    async with wire.connection() as (reader, writer):
        answer = asyncio.create_task(reader.read())
        for byte in b"GET /livez HTTP/1.1\r\nx-a: " + b"a" * 40:
            writer.write(bytes([byte]))
            await asyncio.wait({answer}, timeout=0.05)

        assert statuses(_answers(await asyncio.wait_for(answer, 1))) == [408]


async def test_one_connection_too_many_is_told_to_come_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "most", 20)
    taken = [await asyncio.open_connection("127.0.0.1", wire.port) for _ in range(20)]
    await asyncio.sleep(0.1)

    answers = await wire.send(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
    for _, writer in taken:
        writer.close()
    await asyncio.sleep(0.1)

    assert statuses(answers) == [503]
    assert b"retry-after" in answers[0]
    await wire.answers_others()


@pytest.mark.long
async def test_a_body_of_a_byte_a_second_is_ended(wire: Wire) -> None:
    began = time.monotonic()
    async with wire.connection() as (reader, writer):
        writer.write(wire.head("content-length: 1000"))
        answer = asyncio.create_task(reader.read(4096))
        while not answer.done() and time.monotonic() - began < BODY_SECONDS + 10:
            writer.write(b" ")
            await asyncio.wait({answer}, timeout=1)

        assert statuses(_answers(await asyncio.wait_for(answer, 1))) == [408]
    assert BODY_SECONDS <= time.monotonic() - began < BODY_SECONDS + 5
