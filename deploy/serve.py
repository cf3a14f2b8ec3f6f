"""Runs HTTP APIs and workers of services in this process: one service each in operation, all of them on a laptop."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from deploy.connections import Connection
from shared.fields.calendar import default_calendar
from shared.law.rulebook import rulebooks, sections_of
from shared.process.settings import Settings, SettingsError
from shared.process.telemetry import configure_logs
from shared.worker import Worker

LAST_CONNECTIONS_SECONDS = 0.2
"""How long a connection that was just made may take to send its request after the process stopped listening."""


class _Server(uvicorn.Server):
    """One of several servers in a process: signals are handled once, by `serve`.

    It ends in this order: what waits for something is answered with what there is, and every answer closes its
    connection; for `drain` seconds it goes on listening, because whoever sends requests here may not know yet; then it
    takes the connections that wait to be taken, stops listening, and closes those on which nothing comes. So a request
    that arrives is answered, and a connection is refused or lasts for a request."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain: float) -> None:
        super().__init__(config)
        self._ending: asyncio.Event = app.state.ending
        self._drain = drain

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._listening = _listen(self.config.host, self.config.port)
        await super().startup([self._listening])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        await asyncio.sleep(self._drain)
        await self._stop_listening()
        await asyncio.sleep(LAST_CONNECTIONS_SECONDS)
        await super().shutdown()

    async def _stop_listening(self) -> None:
        """Connections that the kernel has made and nobody has taken would be reset."""
        waiting = []
        with contextlib.suppress(OSError):
            while True:
                waiting.append(self._listening.accept()[0])
        for server in self.servers:
            server.close()
        self._listening.close()
        for one in waiting:
            one.setblocking(False)
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, one)

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        return made


def _listen(host: str, port: int) -> socket.socket:
    """Raises SettingsError where the address cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        listening = socket.create_server(address, family=family, backlog=2048)
    except (OSError, OverflowError, ValueError) as error:
        raise SettingsError(f"cannot listen on {host} port {port}: {error}; see GOUFU_HOST and GOUFU_PORT") from None
    listening.setblocking(False)
    return listening


def api(service: str, settings: Settings, host: str, port: int) -> uvicorn.Server:
    """The HTTP server of a service."""
    app = import_module(f"services.{service}.app").create_app(settings)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,  # its lines are ours: `configure_logs`
        access_log=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
        http=Connection,
        ws="none",
        server_header=False,
        proxy_headers=False,
    )
    return _Server(config, app, settings.drain_seconds)


def worker(service: str) -> Worker:
    found: Worker = import_module(f"services.{service}.worker").WORKER
    return found


def sections(service: str) -> list[type]:
    """What the service reads of the law."""
    return sections_of(import_module(f"services.{service}.rulebook"))


def leave_alone_what_stays() -> None:
    """Modules, models and rulebooks stay until the end: a collector that walks over them again and again stops every
    request under way for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def _show_metrics(port: int, host: str) -> None:
    try:
        start_http_server(port, host)
    except (OSError, OverflowError, ValueError) as error:
        where = f"{host} port {port}"
        raise SettingsError(
            f"cannot show metrics on {where}: {error}; see GOUFU_METRICS_HOST and GOUFU_METRICS_PORT"
        ) from None


async def serve(settings: Settings, apis: Mapping[str, int], workers: Sequence[str], host: str = "127.0.0.1") -> None:
    """Serves until SIGTERM or SIGINT: requests under way end first, workers leave their groups. Raises SettingsError,
    RulebookError and CalendarError for what it cannot begin with, before anybody is served."""
    logged = configure_logs(settings.log_level)
    rulebooks().check(section for service in {*apis, *workers} for section in sections(service))
    default_calendar()
    servers = [api(service, settings, host, port) for service, port in apis.items()]
    if settings.metrics_port is not None:
        _show_metrics(settings.metrics_port, settings.metrics_host)
    running: list[asyncio.Task[Any]] = [asyncio.create_task(server.serve()) for server in servers]
    running += [asyncio.create_task(worker(service).run(settings)) for service in workers]
    leave_alone_what_stays()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    done, _ = await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.should_exit = True
    for task in running[len(servers) :]:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    waiting.cancel()
    logged.flush()
    for task in done - {waiting}:
        task.result()
