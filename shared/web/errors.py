"""Errors as RFC 9457 problem documents: code, a sentence that says what to do, never the input.

400 unreadable · 401/403 who · 404 not there or not yours · 409 not in this state · 410 erased · 412/428 version
408/413/415 body · 414/431 head · 422 refused by a rule or a field · 429 and 503 with Retry-After
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.fields.strict_json import UnreadableJson, compact
from shared.process.outages import MAY_BE_OUTAGES, VALUE_REFUSED, is_outage, told
from shared.process.telemetry import TURNED_AWAY, security
from shared.web.limits import TooMany
from shared.web.paging import BadCursor
from shared.web.signing_keys import KeysUnavailable
from shared.web.texts import CONFLICTS, STEP_UP, field_text, in_chinese, state_text, token_text
from shared.web.tokens import TokenRefused
from shared.work import denials
from shared.work.conflicts import Conflict
from shared.work.database import Answered, Busy, Call, EntryTooLarge, KeyReused, NotFound, VersionMismatch, WrongState
from shared.work.identity import STEP_UP_SECONDS, NotAllowed, Stale, StepUpNeeded

log = structlog.get_logger(__name__)

TEXTS: dict[str, tuple[int, str, str]] = {
    "unreadable": (400, "请求无法读取，请检查格式。", "The request cannot be read; check its format."),
    "key_needed": (400, "写操作须带 Idempotency-Key 请求头（1 至 200 个可见 ASCII 字符）。",
                   "A write needs an Idempotency-Key header of 1 to 200 visible ASCII characters."),
    "bad_cursor": (400, "游标无效，或属于另一查询；请从首页重新开始。",
                   "The cursor is invalid or of another query; begin again at the first page."),
    "unauthenticated": (401, "请使用有效的访问令牌登录。", "Log in with a valid bearer token."),
    "step_up": (401, "此操作须在最近 15 分钟内登录，请重新登录。",
                "This act needs a login of the last 15 minutes; log in again."),
    "not_allowed": (403, "您没有办理此事项的岗位职责（见 duty）；请由岗位管理员授予。",
                    "You hold no post with the duty this act needs (see duty); an administrator of posts gives it."),
    "not_found": (404, "没有此记录，或您无权查看；请核对编号，或以有权查看的岗位登录。",
                  "There is no such record, or it is not yours to see; compare its id, or log in with a post there."),
    "method_not_allowed": (405, "此地址不支持该方法，见 Allow。", "This address does not know that method; see Allow."),
    "too_slow": (408, "请求发送过慢，请重新发送。", "The request came too slowly; send it again."),
    "wrong_state": (409, "记录当前状态不允许此操作，见 detail；请重新读取记录。",
                    "The record's state does not allow this, see detail; read it again."),
    "busy": (409, "相同 Idempotency-Key 的请求仍在办理，请稍后重试。",
             "A request with this Idempotency-Key is still running; try again shortly."),
    "conflict": (409, "与现有记录冲突，见 detail；请读取现有记录，或更改 fields 所列字段。",
                 "It conflicts with what is recorded, see detail; read that record, or change what `fields` names."),
    "erased": (410, "该应答含有已删除的个人信息，不再提供；原操作已完成，请勿重复。",
               "The answer held personal data that has been erased; what was asked has been done."),
    "changed": (412, "记录已被更改；请重新读取，并以新的 ETag 重新提交。",
                "The record has changed; read it again and send the new ETag in If-Match."),
    "too_large": (413, "请求内容超过允许大小。", "The body is larger than allowed."),
    "target_too_long": (414, "请求地址过长。", "The address is longer than allowed."),
    "media_type": (415, "请求内容须为 application/json（UTF-8）。", "Send application/json in UTF-8."),
    "field": (422, "有字段不符合要求，见 errors。", "Some fields are not as required; see errors."),
    "key_reused": (422, "此 Idempotency-Key 已用于另一请求，请换用新键。",
                   "This Idempotency-Key was used for another request; use a new one."),
    "version_needed": (428, "请以 If-Match 带上记录的 ETag。", "Send the record's ETag in If-Match."),
    "too_many": (429, "请求过多，请稍后重试。", "Too many requests; try again later."),
    "head_too_large": (431, "请求头过大或过多。", "The header fields are larger, or more, than allowed."),
    "unavailable": (503, "系统暂不可用，请以同一 Idempotency-Key 重试。",
                    "Not available at the moment; retry with the same Idempotency-Key."),
    "stale": (503, "岗位信息尚未同步，请稍后重试。",
              "The posts on record are not fresh enough for this act; retry shortly."),
    "internal": (500, "系统内部错误，已记录。", "An internal error; it has been recorded."),
}  # fmt: skip


class BadIdempotencyKey(Exception):
    """400: the header is missing, repeated, or not 1 to 200 visible ASCII characters."""


_RANGE = re.compile(r"([a-z]{1,8}|\*)(?:-[a-z0-9]{1,8})*\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?")


def language_of(request: Request) -> str:
    """`en` when the caller prefers English to Chinese, else `zh` (Accept-Language: RFC 9110, 12.5.4). A language that
    is not named counts as the rest `*` does, else as not wanted."""
    given = ",".join(request.headers.getlist("accept-language")).lower()
    wanted: dict[str, float] = {}
    for each in given.split(",")[:20]:
        if found := _RANGE.fullmatch(each.strip()):
            weight = float(found[2] or 1)
            wanted[found[1]] = max(weight, wanted.get(found[1], 0))
    rest = wanted.get("*", 0)
    order = [*wanted, "zh", "en"]
    english, chinese = wanted.get("en", rest), wanted.get("zh", rest)
    first = bool(english) and order.index("en") < order.index("zh")  # of two with one weight the one named first
    return "en" if english > chinese or (english == chinese and first) else "zh"


def problem(request: Request, code: str, *, headers: dict[str, str] | None = None, **extra: Any) -> Response:
    """A problem document in the caller's language."""
    status, zh, en = TEXTS[code]
    language = language_of(request)
    body = {"type": "about:blank", "status": status, "code": code, "title": en if language == "en" else zh, **extra}
    sent = {"content-language": language, **(headers or {})}
    if status == 503:
        sent.setdefault("retry-after", "1")
    if status == 401:
        sent.setdefault("www-authenticate", "Bearer")
    return Response(compact(body), status, sent, media_type="application/problem+json")


def install(app: FastAPI) -> None:  # noqa: C901 a list of handlers, one below the other
    """Registers a handler for every error a route can end in."""
    simple: dict[type[Exception], str] = {
        UnreadableJson: "unreadable",
        BadCursor: "bad_cursor",
        NotFound: "not_found",
        Busy: "busy",
        KeyReused: "key_reused",
        Stale: "stale",
        KeysUnavailable: "unavailable",
        BadIdempotencyKey: "key_needed",
        EntryTooLarge: "too_large",
        asyncpg.CharacterNotInRepertoireError: "unreadable",
        asyncpg.UntranslatableCharacterError: "unreadable",
        ClientDisconnect: "unreadable",
        Exception: "internal",
    }
    for kind, code in simple.items():
        app.exception_handler(kind)(_plain(code))
    for kind in MAY_BE_OUTAGES:
        app.exception_handler(kind)(_outage)
    for kind in VALUE_REFUSED:
        app.exception_handler(kind)(_value_refused)

    @app.exception_handler(Answered)
    async def answered(request: Request, error: Answered) -> Response:
        return Response(error.answer.body, error.answer.status, error.answer.headers)

    @app.exception_handler(TokenRefused)
    async def token(request: Request, error: TokenRefused) -> Response:
        security.warning("token_refused", reason=error.reason, suspicious=error.suspicious, path=route_of(request))
        # RFC 6750, 3.1: without any token the challenge names no error.
        known = {} if error.reason == "no_token" else {"www-authenticate": 'Bearer error="invalid_token"'}
        detail = token_text(error.reason, language_of(request))
        return problem(request, "unauthenticated", headers=known, reason=error.reason, detail=detail)

    @app.exception_handler(TooMany)
    async def too_many(request: Request, error: TooMany) -> Response:
        if (route := route_of(request)) != "sealed":  # how many came there, and when, tells who acts
            TURNED_AWAY.labels(route).inc()
        return problem(request, "too_many", headers={"retry-after": str(error.seconds)})

    @app.exception_handler(StepUpNeeded)
    async def step_up(request: Request, error: StepUpNeeded) -> Response:
        reason = "login_too_old" if error.known else "login_age_unknown"
        challenge = f'Bearer error="insufficient_user_authentication", max_age="{STEP_UP_SECONDS}"'  # RFC 9470, 3
        detail = STEP_UP[reason][language_of(request)]
        return problem(request, "step_up", headers={"www-authenticate": challenge}, reason=reason, detail=detail)

    @app.exception_handler(NotAllowed)
    async def not_allowed(request: Request, error: NotAllowed) -> Response:
        call: Call = request.scope["goufu.call"]
        try:
            await denials.record(call, error)
        except Exception as failed:  # nobody is turned away without a record of it, whatever keeps it from being made
            security.error("denial_not_recorded", error=told(failed), correlation=str(call.correlation))
            return problem(request, "unavailable")
        headers = {"goufu-correlation": str(call.correlation)}
        return problem(request, "not_allowed", headers=headers, duty=error.duty)

    @app.exception_handler(VersionMismatch)
    async def version(request: Request, error: VersionMismatch) -> Response:
        return problem(request, "version_needed" if error.required else "changed")

    @app.exception_handler(WrongState)
    async def state(request: Request, error: WrongState) -> Response:
        detail = state_text(error.state, error.needed, error.facts, language_of(request))
        return problem(request, "wrong_state", detail=detail, state=error.state, needed=list(error.needed))

    @app.exception_handler(Conflict)
    async def conflict(request: Request, error: Conflict) -> Response:
        known = {"record": str(error.record)} if error.record else {}
        return _conflict(request, error.constraint, fields=error.fields, **known)

    @app.exception_handler(asyncpg.IntegrityConstraintViolationError)
    async def constraint(request: Request, error: asyncpg.IntegrityConstraintViolationError) -> Response:
        return _conflict(request, error.constraint_name)

    @app.exception_handler(RequestValidationError)
    async def fields(request: Request, error: RequestValidationError) -> Response:
        known, language = _known_names(request.app), language_of(request)
        places = [
            {"field": _place(each["loc"], known), "code": each["type"], "message": field_text(each, language)}
            for each in error.errors()
        ]
        return problem(request, "field", errors=places)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers) if error.headers else None
        cause = error.__cause__
        extra = {}
        if isinstance(cause, UnreadableJson):
            chinese = in_chinese(cause.reason) if language_of(request) == "zh" else None
            extra["detail"] = chinese or cause.reason
        return problem(request, _BY_STATUS.get(error.status_code, "unreadable"), headers=headers, **extra)


_BY_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "media_type",
}


def _plain(code: str) -> Any:
    async def handler(request: Request, error: Exception) -> Response:
        return problem(request, code)

    return handler


async def _value_refused(request: Request, error: Exception) -> Response:
    """A value that fits no column; a calculation of ours that fails is an error of ours."""
    if isinstance(error, asyncpg.DivisionByZeroError):
        raise error
    log.error("value_refused", path=route_of(request), error=told(error))
    return problem(request, "field", errors=[])


async def _outage(request: Request, error: Exception) -> Response:
    """503 when the same may succeed later, also on tables that are not migrated yet; any other error goes on and ends
    as 500."""
    if not is_outage(error) and not request.app.state.database.behind:
        raise error
    log.warning("unavailable", path=route_of(request), error=told(error))
    return problem(request, "unavailable")


def _conflict(request: Request, constraint: str | None, **extra: Any) -> Response:
    if said := CONFLICTS.get(constraint or ""):
        extra["detail"] = said[language_of(request)]
    return problem(request, "conflict", constraint=constraint, **extra)


def _place(location: Sequence[Any], known: frozenset[str]) -> str:
    """Where the error is. A name that we did not give, such as an unknown field's, is the caller's and is not shown."""
    return ".".join(str(part) if isinstance(part, int) or part in known else "?" for part in location)


def _known_names(app: FastAPI) -> frozenset[str]:
    """Every name of a field or parameter of this service."""
    names: frozenset[str] | None = getattr(app.state, "known_names", None)
    if names is None:
        names = app.state.known_names = frozenset(_names(app.openapi())) | {"body", "query", "path", "header"}
    return names


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _names(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        if "in" in schema and isinstance(schema.get("name"), str):
            yield schema["name"]
        for each in schema.values():
            yield from _names(each)


def route_of(request: Request) -> str:
    """The route's template, so that logs and metrics hold no ids; of a sealed route not even that."""
    route = request.scope.get("route")
    if getattr(route, "sealed", False):
        return "sealed"
    return getattr(route, "path", "none")
