"""What the clients sent and what they were answered: the side of the record that no server can alter.

A command is one Idempotency-Key. It is sent again with the same key until it is answered, for an answer that was lost
is unknown, not refused. Some are sent twice at the same moment; both must be answered alike.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Container
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import httpx

KEYS = UUID("5f6f4f0e-6c1d-4d0e-9d4c-0f6a7c1b2e3d")
TWICE = 0.1
PAUSE = (0.15, 0.5)
SLOWEST = 15.0
"""Seconds that a client waits for one answer before it takes it for lost."""

_era: ContextVar[int] = ContextVar("era", default=0)


class Over(Exception):
    """The run is over: what has not been begun is not begun any more."""


class TakenBack(Exception):
    """A restore of the database took back what this client has played: it begins something new."""


@dataclass(slots=True)
class Command:
    """One command as its client knows it."""

    service: str
    path: str
    key: str
    correlation: UUID
    request: httpx.Request
    status: int | None = None
    code: str = ""
    body: bytes = b""
    lost: int = 0
    unavailable: int = 0
    twice: bool = False
    across: bool = False
    """Whether a restore fell between its first sending and its answer, so that it may have been carried out twice."""

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def place(self) -> tuple[str, str]:
        """Where its entries are found: service and correlation."""
        return self.service, str(self.correlation)

    def __str__(self) -> str:
        return f"{self.service} POST {self.path} [{self.key[:8]}]: {self.status or 'unknown'} {self.code}".rstrip()


@dataclass
class History:
    """Every command in the order in which it was first sent, and every answer counted."""

    chance: random.Random
    commands: dict[str, Command] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    under_way: Counter[str] = field(default_factory=Counter)
    over: bool = False
    ended: bool = False
    restores: int = 0

    def begin_anew(self) -> None:
        """The client that calls plays from here on what no restore so far can have taken back."""
        _era.set(self.restores)

    def stands(self) -> None:
        """Raises TakenBack after a restore, until the client begins anew."""
        if _era.get() != self.restores:
            raise TakenBack

    def count(self, service: str, answer: httpx.Response, path: str) -> None:
        """Counts an answer; 5xx is only ever 503 with Retry-After."""
        self.answers[str(answer.status_code)] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            self.wrong.append(f"{service} {path}: {answer.status_code} {answer.text[:200]}")
        elif answer.status_code in (429, 503) and "retry-after" not in answer.headers:
            self.wrong.append(f"{service} {path}: {answer.status_code} without Retry-After")

    def begin(self, service: str, request: httpx.Request) -> Command:
        """The command of this request; a new one unless its key is known. Raises Over."""
        key = request.headers["idempotency-key"]
        if known := self.commands.get(key):
            return known
        if self.over:
            raise Over
        command = Command(service, request.url.raw_path.decode(), key, uuid5(KEYS, key), request)
        command.twice = self.chance.random() < TWICE
        self.commands[key] = command
        return command


class Witness(httpx.AsyncBaseTransport):
    """The way to one service. It notes what passes, and gives the client nothing but answers: of a command that is
    refused for the moment or lost on the way only the end is heard."""

    def __init__(self, service: str, history: History, way: httpx.AsyncBaseTransport) -> None:
        self._service = service
        self._history = history
        self._way = way

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if request.method != "POST":
            if self._history.over:
                raise Over
            self._history.stands()
            answer = await self._once(request)
            self._history.count(self._service, answer, request.url.path)
            self._history.stands()
            return answer
        self._history.stands()
        restores = self._history.restores
        command = self._history.begin(self._service, request)
        request.headers["goufu-correlation"] = str(command.correlation)
        answers = await asyncio.gather(*(self._until_answered(command, request) for _ in range(1 + command.twice)))
        kept = [answer for answer in answers if _is_kept(answer)]
        command.across = restores != self._history.restores
        if not command.across and len({(answer.status_code, answer.content) for answer in kept}) > 1:
            self._history.wrong.append(f"{command}: sent twice at once it has two answers")
        first = (kept or answers)[0]
        self._note(command, first)
        self._history.stands()
        return first

    def _note(self, command: Command, answer: httpx.Response) -> None:
        command.status, command.body = answer.status_code, answer.content
        if answer.status_code >= 400:
            command.code = str(answer.json().get("code", ""))
        command.twice = False

    async def _until_answered(self, command: Command, request: httpx.Request) -> httpx.Response:
        while True:
            try:
                answer = await self._once(request)
            except httpx.TransportError:
                command.lost += 1
            else:
                self._history.count(self._service, answer, command.path)
                if not _is_for_now(answer):
                    return answer
                command.unavailable += 1
            if self._history.ended:
                raise Over
            await asyncio.sleep(random.uniform(*PAUSE))

    async def _once(self, request: httpx.Request) -> httpx.Response:
        again = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        again.extensions = {**request.extensions, "timeout": httpx.Timeout(SLOWEST).as_dict()}
        self._history.under_way[self._service] += 1
        try:
            try:
                answer = await self._way.handle_async_request(again)
            except AttributeError as error:
                # A socket that was closed while it was being connected has no peer any more; anyio says it so.
                raise httpx.ConnectError(str(error)) from error
            try:
                content = await answer.aread()
            finally:
                await answer.aclose()
        finally:
            self._history.under_way[self._service] -= 1
        return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=request)

    async def aclose(self) -> None:
        await self._way.aclose()


def _is_kept(answer: httpx.Response) -> bool:
    """Whether the answer was stored with the key: what was done, or refused by a rule."""
    return answer.is_success or (answer.status_code == 422 and "findings" in answer.json())


def _is_for_now(answer: httpx.Response) -> bool:
    """An answer that says nothing of the command itself: the same key is to be sent again."""
    if answer.status_code == 409:
        return bool(answer.json().get("code") == "busy")
    return answer.status_code == 429 or answer.status_code >= 500


async def answer_again(
    history: History, way: httpx.AsyncClient, most: int, taken: Container[tuple[str, str]] = ()
) -> int:
    """Sends commands that were accepted, and not taken back, once more; each must be answered with the same bytes.
    Returns how many."""
    accepted = [command for command in history.commands.values() if command.accepted and command.place not in taken]
    chosen = history.chance.sample(accepted, min(most, len(accepted)))
    for command in chosen:
        request = command.request
        answer = await way.send(httpx.Request("POST", request.url, headers=request.headers, content=request.content))
        if (answer.status_code, answer.content) != (command.status, command.body):
            history.wrong.append(f"{command}: sent again it is answered {answer.status_code} {sha(answer.content)}")
    return len(chosen)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
