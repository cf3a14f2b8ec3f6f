"""What a connection may take of the server before any route is known: bytes of a request's head, fields, time, and how
many connections there are at once.

uvicorn's own limit (`h11_max_incomplete_event_size`) holds for h11 alone; with httptools a head may be of any size and
take any time. The limits stand on the API itself, because not everybody who reaches it came through the gateway.
"""

import asyncio
from typing import Any, ClassVar

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.web import errors

TARGET_BYTES = 8 << 10
HEAD_BYTES = 64 << 10
HEAD_FIELDS = 100
HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the connection, to the end of its head."""
MOST_CONNECTIONS = 1000


class _Refused(Exception):
    """Ends the parser, which tells the caller of its own error."""


class Connection(HttpToolsProtocol):
    """One connection. A head that is too large answers 431 (its target: 414), one that is too slow 408, a connection
    too many 503; then the connection is closed."""

    most: ClassVar[int] = MOST_CONNECTIONS

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._unread = 0  # bytes of the head, or of what follows a body, as far as they came
        self._in_head = False
        self._late: asyncio.TimerHandle | None = None
        self._wrong = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._end("unavailable")
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard_head()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._unread += len(data)
        super().data_received(data)
        if self._unread > HEAD_BYTES:
            self._end("target_too_long" if self._in_head and not self.headers else "head_too_large")
        elif self._in_head or self.cycle is None or (self.cycle.response_complete and not self.timeout_keep_alive_task):
            self._wait_for_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unread = 0
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._unread = 0
        self._in_head = False
        self._heard_head()
        if len(self.url) > TARGET_BYTES:
            self._refuse("target_too_long")
        fields = self.headers
        if len(fields) > HEAD_FIELDS or sum(len(name) + len(value) for name, value in fields) > HEAD_BYTES:
            self._refuse("head_too_large")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """What the parser refused, or we while it ran."""
        self._end(self._wrong or "unreadable")

    def _refuse(self, code: str) -> None:
        self._wrong = code
        raise _Refused

    def _wait_for_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _heard_head(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self._end("too_slow" if self._in_head else "")

    def _end(self, code: str) -> None:
        """Answers, unless another answer has begun and not ended, and closes."""
        if self.transport.is_closing():
            return
        self._heard_head()
        cycle = self.cycle
        if code and (cycle is None or cycle.response_complete or not cycle.response_started):
            said = errors.problem(Request({"type": "http", "headers": self.headers or []}), code)
            lines = [(b"connection", b"close"), *said.raw_headers]
            head = b"".join(b"%b: %b\r\n" % line for line in lines)
            self.transport.write(STATUS_LINE[said.status_code] + head + b"\r\n" + bytes(said.body))
        self.transport.close()
