"""What the commands share: where to act, a bar for what takes long, and errors as one sentence."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.local.background import Background, BackgroundError
from deploy.local.progress import say
from shared.bus import BusUnavailable, NotAdmitted, TopicMismatch
from shared.events import SERVICES
from shared.fields.calendar import CalendarError
from shared.law.rulebook import RulebookError
from shared.process.addresses import connection_string, http_address, outward
from shared.process.outages import MAY_BE_OUTAGES
from shared.process.settings import Settings, SettingsError, from_file, read
from shared.road.rebuild import CannotRebuild
from shared.web.issuer import IssuerError
from shared.work.revisions import TablesUnknown

OPEN = "open"
"""Name of the background program that `goufu up` starts."""
PATIENCE_SECONDS = 2.0

AdminUrl = Annotated[
    str, typer.Option(envvar="DATABASE_URL", help="the administrator's connection string; default: that of `goufu up`")
]
Addresses = Annotated[
    list[str],
    typer.Option(
        "--api",
        envvar="GOUFU_API",
        help="a gateway's address, or SERVICE=ADDRESS once a service; default: those of `goufu up`",
    ),
]
Port = Annotated[int, typer.Option(help="the first port of `goufu serve --all` on this machine")]
BearerToken = Annotated[
    str, typer.Option(envvar="GOUFU_TOKEN", help="a bearer token; default: the one `goufu up` made for this")
]

_MENDED_BY_OPERATORS = (
    SettingsError,
    IssuerError,
    BackgroundError,
    BusUnavailable,
    TopicMismatch,
    NotAdmitted,
    CannotRebuild,
    CalendarError,
    RulebookError,
    TablesUnknown,
)
_SERVERS_FAIL: tuple[type[Exception], ...] = (*MAY_BE_OUTAGES, httpx.HTTPError)


@contextmanager
def plainly(*, outages: bool = True) -> Iterator[None]:
    """Ends the command with a sentence and status 1 when what went wrong is for its user to mend. `outages`: also
    when PostgreSQL or an API cannot be had, which a process that serves waits for instead."""
    try:
        yield
    except _MENDED_BY_OPERATORS as error:
        fail(str(error))
    except _SERVERS_FAIL as error:
        if not outages:
            raise
        what = "API 接口" if isinstance(error, httpx.HTTPError) else "PostgreSQL"
        fail(f"{what}: {error or type(error).__name__}: is it up, and its address right? 无法连接，请核对地址")


def fail(why: str) -> None:
    """Says why on stderr and ends the command with status 1."""
    say(why)
    raise typer.Exit(1)


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function that hears how much of how much is done; from the third second on, stderr shows it."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task, begun, said = bar.add_task(what, total=None), time.monotonic(), False

    def tell(done: int, total: int) -> None:
        nonlocal said
        bar.update(task, completed=done, total=total)
        if not said and time.monotonic() - begun > PATIENCE_SECONDS:
            said = True
            bar.start()
            if bar.disable:
                say(f"{what}: {done} of {total} ...")

    try:
        yield tell
    finally:
        if said:
            bar.stop()


def settings() -> Settings:
    """Settings of this process as they are now. Raises SettingsError."""
    given = read(Settings)
    reach_outside()
    return given


def reach_outside() -> None:
    """Raises SettingsError when no request can go out: by wrong authorities, or a wrong proxy."""
    try:
        outward()
    except ValueError as error:
        raise SettingsError(str(error)) from None


def opened(name: str) -> Any:
    """What `goufu up` published under a name; None when it does not run."""
    state = Background(OPEN).state()
    return state[name] if state else None


def told(given: str) -> str:
    """The administrator's connection string as the operator gives it, without a password that lies apart; empty where
    that of `goufu up` is meant."""
    return given or from_file("DATABASE_URL") or ""


def administrators(given: str) -> str:
    """Connection string of the administrator. Raises SettingsError."""
    url: str = told(given) or opened("database_url") or ""
    if not url:
        raise SettingsError("set DATABASE_URL to the administrator's connection string, or start `goufu up`")
    try:
        return with_password(
            connection_string(url), os.environ.get("DATABASE_PASSWORD") or from_file("DATABASE_PASSWORD")
        )
    except ValueError as error:
        raise SettingsError(f"DATABASE_URL: {error}; or give the password apart, in DATABASE_PASSWORD") from None


def with_password(url: str, password: str | None) -> str:
    """The connection string with a password that may hold anything. Raises SettingsError when it has one already."""
    parts = urlsplit(url)
    if not password:
        return url
    if parts.password or not parts.username:
        raise SettingsError("DATABASE_URL names a user and no password where DATABASE_PASSWORD is given")
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))


def apis(given: Sequence[str], port: int) -> dict[str, str]:
    """Base address of each service's API. Raises SettingsError."""
    if port:
        return {service: f"http://127.0.0.1:{port + n}" for n, service in enumerate(SERVICES)}
    if len(given) == 1 and "=" not in given[0]:
        return {service: f"{_api(given[0]).rstrip('/')}/{service}" for service in SERVICES}
    named = dict(each.split("=", 1) for each in given if "=" in each)
    if len(named) != len(given) or not named.keys() <= set(SERVICES):
        raise SettingsError(f"--api takes one gateway, or SERVICE=ADDRESS with {', '.join(SERVICES)}")
    found: dict[str, str] = named or opened("apis") or {}
    if not found:
        raise SettingsError("name the APIs with --api or --port, or start `goufu up`")
    return {name: _api(address) for name, address in found.items()}


def _api(address: str) -> str:
    try:
        return http_address(address)
    except ValueError as error:
        raise SettingsError(f"GOUFU_API (--api): {error}") from None


def bearer(given: str, account: str) -> str:
    """The token to send: the one given, else that of an account of `goufu up`. Raises SettingsError."""
    token: str = given or from_file("GOUFU_TOKEN") or (opened("tokens") or {}).get(account, "")
    if not token:
        raise SettingsError("set GOUFU_TOKEN to a bearer token, or start `goufu up`")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise SettingsError(
            "GOUFU_TOKEN (--token): a bearer token is letters, digits and signs of ASCII, without spaces"
        )
    return token


def known(service: str) -> str:
    """The service's name. Raises BadParameter for any other."""
    if service not in SERVICES:
        raise typer.BadParameter(f"name one of {', '.join(SERVICES)}")
    return service


def client(token: str) -> httpx.AsyncClient:
    """Asks APIs with this token. Raises SettingsError."""
    reach_outside()
    return httpx.AsyncClient(timeout=30, headers={"authorization": f"Bearer {token}"})


async def of_each(addresses: Mapping[str, str], only: str, path: str, token: str) -> list[tuple[str, dict[str, Any]]]:
    """The rows that each service, or only that one, lists there, with the service's name."""
    found = []
    async with client(token) as asking:
        for name in [known(only)] if only else list(addresses):
            found += [(name, row) for row in answered(await asking.get(f"{addresses[name]}{path}"))]
    return found


def answered(reply: httpx.Response, nothing: str = "") -> Any:
    """What an API answered to an operator. Ends the command with a sentence where it refuses; `nothing`: what to say
    when what was to be changed is not there."""
    match reply.status_code:
        case 200:
            return reply.json()
        case 401 | 403:
            fail("the token's person needs the duty `operate` for the nation (000000) 需要系统运行岗位")
        case 404 | 422 if nothing and reply.request.method == "POST":
            fail(nothing)
        case 409:
            problem = reply.json()
            fail(f"it is {problem['state']}, must be {' or '.join(problem['needed'])} 当前状态不允许")
        case _:
            fail(f"{reply.request.url}: {reply.status_code} {reply.text[:200]}")
    return None
