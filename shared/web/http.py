"""How a service speaks HTTP: one way in for every command, one for every query, the same errors everywhere.

A command's route names its operation and hands a frozen command to its handler:

    @router.post("/contracts/{contract_id}/signatures", operation_id="sign_contract", response_model=ContractView)
    async def route(contract_id: UUID, body: SignBody, call: Command) -> Response:
        return await perform(sign_contract, call, SignContract(contract_id, ...))
"""

import asyncio
import hmac
import os
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi import Query as Parameter
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from obstore.store import LocalStore, MemoryStore
from pydantic import BaseModel, ConfigDict, Strict
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.fields import ids, process_clock, strict_json
from shared.fields.calendar import default_calendar, today
from shared.fields.ids import new_id
from shared.process import faults
from shared.process.addresses import host_names
from shared.process.outages import may_be_done_again
from shared.process.settings import Settings, SettingsError
from shared.process.telemetry import FAILED_DEADLINES, FAILED_SENDS, LACKS, REFUSALS, REQUEST_SECONDS, REQUESTS
from shared.road.consumer import RESTS_TOO_LONG
from shared.road.relay import ring
from shared.web import errors
from shared.web.limits import Buckets, Places
from shared.web.paging import LONGEST_PAGE, Limit, Listing, Slice, read_cursor, write_cursor
from shared.web.signing_keys import FileKeys, HttpKeys, KeysUnavailable, read_keys
from shared.web.tokens import TokenRefused, Verifier, token_types
from shared.work.conflicts import conflict_of
from shared.work.database import Answer, Answered, Call, Database, Reader, idempotency_scope
from shared.work.identity import MACHINES, NotAllowed, Token
from shared.work.records import value_of

log = structlog.get_logger(__name__)
C = TypeVar("C")

BODY_LIMIT = 1 << 20
DOCUMENT_LIMIT = 16 << 20
BODY_SECONDS = 10.0
SLOWEST_BYTES_A_SECOND = 4096
"""A body may take ten seconds, and longer as long as it comes at this rate; so slow senders hold nothing for ever."""
ATTEMPTS = 5

Id = Annotated[UUID, Strict(False)]


class Body(BaseModel):
    """Base of request bodies: strict, and a field we do not know is an error, not a wish."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FindingView(BaseModel):
    """One finding of a decision: what was asked, by which clause, and the figures compared."""

    code: str
    clause: str
    article: str
    rulebook: str
    effect: str
    satisfied: bool
    message: str
    facts: dict[str, str]


class Shown(BaseModel):
    """A part of an answer, read from a record: `ItemView.model_validate(item)`."""

    model_config = ConfigDict(from_attributes=True)


class View(Shown):
    """Base of answers to commands; `explain` lists the findings that allowed it."""

    explain: list[FindingView] = []


class FieldProblem(BaseModel):
    """A field that is not as required: where it is, the stable code of what is wrong, and what to send instead."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457): a stable `code`, a sentence in the caller's language, findings when a rule refused.

    `reason` says why a token was refused (401), `duty` which one lacks (403), `state` and `needed` by which
    codes the record is and must be (409), `constraint`, `fields` and `record` what is recorded already (409), `errors`
    which fields (422).
    """

    type: str
    status: int
    code: str
    title: str
    detail: str | None = None
    findings: list[FindingView] = []
    reason: str | None = None
    duty: str | None = None
    state: str | None = None
    needed: list[str] = []
    constraint: str | None = None
    fields: list[str] = []
    record: UUID | None = None
    errors: list[FieldProblem] = []


def open_store(url: str) -> Any:
    """Where documents lie: `memory://` for tests, `file:///folder` else. Raises SettingsError."""
    if url == "memory://":
        return MemoryStore()
    folder = Path(url.removeprefix("file://"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"GOUFU_DOCUMENTS: {folder}: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"GOUFU_DOCUMENTS: {folder} cannot be written to")
    return LocalStore(folder, mkdir=True)


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        return strict_json.loads(await self.body())


class StrictRoute(APIRoute):
    """Refuses repeated query parameters, NUL, and bodies that are not JSON, before anything else looks at them."""

    sealed = False
    """Whether what is asked here is secret for a time: such requests are neither counted nor timed nor logged by
    route, because how many came, and when, tells who acts."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        super().__init__(path, endpoint, **given)
        self._fixed = path.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Most routes differ in their first words: that is seen without the pattern of each."""
        if not scope["path"].startswith(self._fixed):
            return Match.NONE, {}
        return super().matches(scope)

    def _without_body(self, request: Request) -> bool:
        """A route that takes none, or one that may be left out and is."""
        if self.body_field is None:
            return True
        sent = {"content-type", "transfer-encoding"} & set(request.headers) or request.headers.get(
            "content-length", "0"
        ) != "0"
        return not sent and not self.body_field.field_info.is_required()

    def get_route_handler(self) -> Callable[[Request], Any]:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if "\0" in request.scope["path"]:
                raise HTTPException(404)
            if request.scope["query_string"]:
                _refuse_query(request.query_params.multi_items())
            if not self._without_body(request) and not _is_json(request.headers.get("content-type", "")):
                raise HTTPException(415)
            try:
                response: Response = await inner(StrictRequest(request.scope, request.receive))
            except BaseException as error:
                await _close_reader(request, error)
                raise
            await _close_reader(request)
            return response

        return handler


class SealedRoute(StrictRoute):
    """A route whose use tells what must not be known yet: that somebody bids."""

    sealed = True


def _refuse_query(items: Sequence[tuple[str, str]]) -> None:
    """A parameter named twice says two things; NUL is no text that a database keeps."""
    if len({name for name, _ in items}) != len(items) or any("\0" in name + value for name, value in items):
        raise HTTPException(400)


def _is_json(content_type: str) -> bool:
    kind, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    return kind.strip().lower() == "application/json" and charset in ("", "charset=utf-8")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}}
    for status in (400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503)
}
_AGAIN = {"description": "seconds after which to try again", "schema": {"type": "integer"}}
for _status in (429, 503):
    PROBLEMS[_status]["headers"] = {"Retry-After": _AGAIN}


def router(tag: str, *, sealed: bool = False) -> APIRouter:
    """A matter's router under /v1; `sealed` where the use of its routes tells what must not be known yet."""
    route = SealedRoute if sealed else StrictRoute
    return APIRouter(prefix="/v1", tags=[tag], route_class=route, responses=PROBLEMS)


WRITE_COSTS = 5.0
UPLOAD_COSTS = 25.0
"""What a write, and what the bytes of a document, take of a caller's bucket; a query takes one."""


class Limits:
    """What callers of this process share among them. Who calls is known by the token; whose tokens are refused, by the
    address alone. Many may share an address, a gateway's too: so nobody with a good token is turned away for what
    came from it, and only the refusals are no longer told apart, logged and recorded."""

    def __init__(self, settings: Settings) -> None:
        self.callers = Buckets(settings.rate, settings.burst)
        self.strangers = Buckets(settings.rate, settings.burst)
        self.waiting = Places(settings.waiting_of_caller, settings.waiting_together)
        self.uploads = Places(settings.uploads_at_once, settings.uploads_together)


async def _token(request: Request) -> Token:
    try:
        identity = await request.app.state.verifier.verify(request.headers.getlist("authorization"))
    except TokenRefused:
        request.app.state.limits.strangers.take(request.client.host if request.client else "")
        raise
    cost = 1.0 if request.method == "GET" else WRITE_COSTS
    request.app.state.limits.callers.take((identity.issuer, identity.subject), cost)
    return Token(identity.issuer, identity.subject, identity.auth_time, identity.client)


def _correlation(request: Request) -> UUID:
    try:
        return UUID(request.headers.get("goufu-correlation", ""))
    except ValueError:
        return new_id()


def _traceparent(request: Request) -> str | None:
    """The caller's trace (W3C Trace Context), which is kept and sent on; anything else in that header is not."""
    given = request.headers.getlist("traceparent")
    return ids.traceparent(given[0]) if len(given) == 1 else None


def _subject(request: Request) -> UUID | None:
    for value in request.path_params.values():
        if isinstance(value, UUID):
            return value
        try:
            return UUID(value)
        except (ValueError, AttributeError, TypeError):
            continue
    return None


def _idempotency_key(request: Request) -> str:
    keys = request.headers.getlist("idempotency-key")
    if len(keys) != 1 or not 1 <= len(keys[0]) <= 200 or not all("!" <= c <= "~" for c in keys[0]):
        raise errors.BadIdempotencyKey
    return keys[0]


async def _command(request: Request) -> Call:
    return await with_body(request, await _asked(request))


async def with_body(request: Request, call: Call) -> Call:
    """The command that a request is, once its body is read."""
    token, operation = call.token, call.operation
    assert token is not None
    keep_programs_out(call)
    key = _idempotency_key(request)
    if faults.BY_HEADER:
        faults.arm(request.headers.get("goufu-fault", ""))
    body = await request.body()
    scope, if_match = request.scope, request.headers.get("if-match")
    parts = (scope["method"], scope["path"], scope["query_string"].decode("latin-1"), if_match or "")
    # Keyed by the key that the caller chose, which is not stored: so that nobody who reads the table can try out
    # which body it was.
    digest = hmac.digest(key.encode(), "\n".join(parts).encode() + b"\n" + body, "sha256")
    scope_of_key = idempotency_scope(token.issuer, token.subject, operation, key)
    return replace(call, idempotency=(scope_of_key, digest), if_match=if_match)


def keep_programs_out(call: Call) -> None:
    """Raises NotAllowed when a program gives a command that is none of those of programs."""
    if call.token and call.token.client and call.operation not in MACHINES:
        raise NotAllowed("end_user")


async def _asked(request: Request) -> Call:
    """The call as far as every request has it; kept with the request, for whatever is recorded of it later."""
    correlation, traceparent = _correlation(request), _traceparent(request)
    sealed = request.scope["route"].sealed
    if not sealed:  # else one could put together what a bidder did
        about = {"correlation": str(correlation), **({"trace": traceparent.split("-")[1]} if traceparent else {})}
        structlog.contextvars.bind_contextvars(**about)
    token = await _token(request)
    if not sealed and request.app.state.database.service != "tendering":
        structlog.contextvars.bind_contextvars(caller=_pseudonym(request, token))
    call = request.scope["goufu.call"] = Call(
        database=request.app.state.database,
        operation=request.scope["route"].operation_id,
        token=token,
        language=errors.language_of(request),
        correlation=correlation,
        traceparent=traceparent,
        subject=_subject(request),
        sealed=sealed,
    )
    return call


def _pseudonym(request: Request, token: Token) -> str:
    """The caller in the log: the lines of one belong together, and without the key nobody finds out whose they are. In
    tendering there is none, because before the closing who is at work there tells who bids."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    return hmac.digest(key, f"log\x1f{token.issuer}\x1f{token.subject}".encode(), "sha256").hex()[:16]


async def _query(request: Request) -> Reader:
    """A reader until the answer is composed: the route closes it, at less cost than a dependency that yields."""
    call = await _asked(request)
    connection, reader = await call.database.begun(call.reader)
    request.scope["goufu.reading"] = call.database, connection
    return reader


async def _close_reader(request: Request, failed: BaseException | None = None) -> None:
    database, connection = request.scope.pop("goufu.reading", (None, None))
    if database is not None:
        await database.release(connection, failed)


Command = Annotated[Call, Depends(_command)]
Query = Annotated[Reader, Depends(_query)]
Waiting = Annotated[Call, Depends(_asked)]
"""A query that may wait for something: it opens `reading()` each time it looks and holds no connection in between. Or a
command that asks who calls before it reads a body (`with_body`)."""


class _Listed:
    """A list page by page whose body stays a plain list: where more rows follow, the header `Goufu-Next` carries the
    cursor that `after` takes. The cursor belongs to the caller, the address and the other parameters."""

    def __init__(
        self,
        request: Request,
        response: Response,
        after: Annotated[str | None, Parameter(max_length=2000)] = None,
        limit: Annotated[Limit, Parameter()] = LONGEST_PAGE,
    ) -> None:
        self._request, self._response = request, response
        self._cursor, self._limit = after, limit

    @property
    def after(self) -> tuple[object, ...] | None:
        """The sort key of the last row shown, if there is one. Raises BadCursor."""
        return read_cursor(self._cursor, *self._bound()) if self._cursor else None

    def _bound(self) -> tuple[Listing, bytes]:
        token = self._request.scope["goufu.call"].token
        query = self._request.query_params.items()
        filters = {name: value for name, value in query if name not in ("after", "limit", "wait")}
        key = self._request.app.state.settings.cursor_key.get_secret_value().encode()
        return Listing(self._request.scope["path"], filters, f"{token.issuer} {token.subject}"), key

    @property
    def fetched(self) -> int:
        """How many rows to ask for: one more than are shown tells that there are more."""
        return self._limit + 1

    def by(self, *names: str, descending: bool = False) -> Slice:
        """What to fetch of a list in the order of these columns."""
        return Slice(names, self.after, self.fetched, descending)

    def page(self, rows: Sequence[Any], *names: str) -> Sequence[Any]:
        """The rows to show; `names` are the columns of the sort key."""
        if len(rows) > self._limit:
            last = rows[self._limit - 1]
            self._response.headers["goufu-next"] = write_cursor(
                [value_of(last, name) for name in names], *self._bound()
            )
        return rows[: self._limit]


Listed = Annotated[_Listed, Depends()]


async def perform(handler: Callable[[Call, C], Awaitable[Answer]], call: Call, command: C) -> Response:
    """Runs a command's handler and sends its stored answer. Deadlocks and serialization failures are tried again;
    a database constraint that a rule should have met first answers 409."""
    for attempt in range(ATTEMPTS):
        try:
            answer = await handler(call, command)
            break
        except Answered as ended:
            answer = ended.answer
            break
        except asyncpg.UniqueViolationError as met:
            raise await conflict_of(call, met) from met
        except Exception as error:
            if attempt == ATTEMPTS - 1 or not may_be_done_again(error):
                raise
            await asyncio.sleep(random.uniform(0.01, 0.05) * 2**attempt)
    if answer.status == 422 and not call.sealed:
        REFUSALS.labels(call.database.service, "rule").inc()
    return Response(answer.body, answer.status, answer.headers)


_HEALTH = (
    f"SELECT EXISTS (SELECT FROM held WHERE state = 'parked' OR {RESTS_TOO_LONG})"
    f" OR EXISTS (SELECT FROM dispatches WHERE state IN ('waiting', 'sending') AND attempts >= {FAILED_SENDS})"
    f" OR EXISTS (SELECT FROM deadlines WHERE state = 'open' AND attempts >= {FAILED_DEADLINES}) AS stuck,"
    " (SELECT count(DISTINCT person_id) FROM posts WHERE 'administer_posts' = ANY(duties)) AS administrators,"
    " clock.now() AS now"
)


class _Body:
    """A request's body as it comes in: at most so many bytes (413), not slower than it may be (408)."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._came = 0
        self._more = True
        self._began: float | None = None

    async def receive(self) -> Message:
        if not self._more:
            return await self._receive()
        if self._began is None:
            self._began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self._began + BODY_SECONDS + self._came / SLOWEST_BYTES_A_SECOND):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, headers={"connection": "close"}) from None
        self._more = message.get("more_body", False)
        self._came += len(message.get("body", b""))
        if self._came > self._limit:
            raise HTTPException(413, headers={"connection": "close"})
        return message


class Gate:
    """ASGI middleware: body limit, time and count of requests, headers every answer carries. No business.

    A process that ends closes each connection with its answer, and answers 503 where its patience is over."""

    def __init__(
        self, app: ASGIApp, service: str, large: Mapping[str, int], ending: asyncio.Event, root: str = ""
    ) -> None:
        self._app = app
        self._root = root
        self._service = service
        self._ending = ending
        self._limits = [(re.compile(path), limit) for path, limit in {"/v1/documents": DOCUMENT_LIMIT, **large}.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        body = _Body(receive, self._limit(scope["path"]))

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                last = _LAST if self._ending.is_set() else ()
                headers = (self._located(*header) for header in message.get("headers", []))
                message["headers"] = [*headers, *_ALWAYS, *last]
            await send(message)

        try:
            await self._app(scope, body.receive, noted)
        except asyncio.CancelledError:
            if status:  # it is being sent
                raise
            await errors.problem(Request(scope), "unavailable")(scope, receive, noted)
        finally:
            self._note(scope, status or 500, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts, times and logs the request; of a sealed route only that something broke."""
        if getattr(scope.get("route"), "sealed", False):
            if status >= 500:
                log.warning("request", service=self._service, route="sealed", status=status)
            return
        route = getattr(scope.get("route"), "path", "none")
        known = getattr(scope.get("route"), "methods", None) or ()
        method = scope["method"] if scope["method"] in known else "none"  # of others a caller can think of any number
        REQUESTS.labels(self._service, method, route, status).inc()
        REQUEST_SECONDS.labels(self._service, route).observe(seconds)
        told = log.debug if route in _PROBES and status < 400 else log.info
        told("request", service=self._service, method=method, route=route, status=status, seconds=round(seconds, 6))

    def _located(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        """A Location as callers find it. It is stored, and made by redirects, as if they called this process itself."""
        if not self._root or name != b"location":
            return name, value
        there = urlsplit(value.decode("latin-1"))
        return name, (self._root + urlunsplit(("", "", *there[2:]))).encode("latin-1")

    def _limit(self, path: str) -> int:
        return next((limit for known, limit in self._limits if known.fullmatch(path)), BODY_LIMIT)


_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'"),
]
_LAST = ((b"connection", b"close"),)
_PROBES = ("/livez", "/readyz")
"""Asked every few seconds by machines: no line of the log each."""


def create_app(
    service: str, title: str, routers: Sequence[APIRouter], settings: Settings, large: Mapping[str, int] | None = None
) -> FastAPI:
    """The HTTP face of a service: its matters' routers and those every service has. `large` gives the limit in bytes
    of bodies at addresses (regular expressions) that take more than others. Raises SettingsError and CalendarError."""
    settings.refuse_sandbox_secrets()
    default_calendar()
    database = Database(service, settings.url(service), size=settings.pool)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        bell = asyncio.create_task(ring(database))
        try:
            yield
        finally:
            bell.cancel()
            await database.close()

    app = FastAPI(
        title=title,
        version="1",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,  # a redirect would lead wherever the request's Host says
        servers=[{"url": settings.public_root(service)}] if settings.public_url else None,
    )
    app.state.database = database
    app.state.ending = asyncio.Event()
    app.state.limits = Limits(settings)
    app.state.settings = settings
    app.state.documents = open_store(settings.documents)
    app.state.verifier = _verifier(settings)
    app.state.root = settings.public_root(service)
    app.add_middleware(Gate, service=service, large=large or {}, ending=app.state.ending, root=app.state.root)
    errors.install(app)
    for each in (*routers, _health()):
        app.router.routes.extend(each.routes)  # they bring prefix, tags and answers along; included, each costs twice
    return app


def _verifier(settings: Settings) -> Verifier:
    file = "://" not in settings.jwks
    if file and not settings.sandbox:
        try:
            read_keys(Path(settings.jwks).read_bytes())
        except OSError:
            raise SettingsError("GOUFU_JWKS is neither an address nor a file that can be read") from None
        except KeysUnavailable as error:
            raise SettingsError(f"GOUFU_JWKS: {error}") from None
    keys = (
        FileKeys(Path(settings.jwks))
        if file
        else HttpKeys(settings.jwks, private_hosts=host_names(settings.jwks_http_hosts), ca=settings.jwks_ca)
    )
    types = token_types(settings.token_types)
    return Verifier(settings.issuer, settings.audience, keys, types=types, clock=process_clock.now)


def _health() -> APIRouter:
    health = APIRouter(tags=["health"])

    @health.get("/livez", operation_id="live", include_in_schema=False)
    async def live() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @health.get("/readyz", operation_id="ready", include_in_schema=False)
    async def ready(request: Request, response: Response) -> dict[str, str]:
        """Ready when the database answers and has this program's tables. A bus that is down does not make us unready:
        commands still commit. A word and no number, because anybody may ask; `GET /v1/road` has the numbers, `GET
        /v1/calendar` the days known, the log and `goufu status` what is missing. A process that was told to end is
        ready no more: whoever sends requests by this sends them to others."""
        if request.app.state.ending.is_set():
            response.status_code = 503
            return {"status": "ending"}
        database: Database = request.app.state.database
        async with database.holding(database.look) as behind:
            pass
        lacks = {"migration": behind}
        if not behind:
            async with database.holding(lambda connection: connection.fetchrow(_HEALTH)) as health:
                pass
            lacks |= {
                "administrators": health["administrators"] < 2,
                "calendar": not default_calendar().knows(today(health["now"])),
            }
        for what, lacking in lacks.items():
            LACKS.labels(database.service, what).set(lacking)
        if behind:
            response.status_code = 503
            return {"status": "not_migrated"}
        return {"status": "degraded" if health["stuck"] or lacks["calendar"] else "ready"}

    return health
