"""Runs HTTP APIs and workers of services in this process: one service each in operation, all of them on a laptop."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import uvicorn
from prometheus_client import start_http_server

from shared.settings import Settings
from shared.telemetry import configure_logs
from shared.worker import Worker


class _Server(uvicorn.Server):
    """One of several servers in a process: signals are handled once, by `serve`."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def api(service: str, settings: Settings, host: str, port: int) -> uvicorn.Server:
    """The HTTP server of a service."""
    app = import_module(f"services.{service}.app").create_app(settings)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
        server_header=False,
        proxy_headers=False,
    )
    return _Server(config)


def worker(service: str) -> Worker:
    found: Worker = import_module(f"services.{service}.worker").WORKER
    return found


def leave_alone_what_stays() -> None:
    """Modules, models and rulebooks stay until the end: a collector that walks over them again and again stops every
    request under way for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def serve(settings: Settings, apis: Mapping[str, int], workers: Sequence[str], host: str = "127.0.0.1") -> None:
    """Serves until SIGTERM or SIGINT: requests under way end first, workers leave their groups."""
    logged = configure_logs(settings.log_level)
    servers = [api(service, settings, host, port) for service, port in apis.items()]
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port, settings.metrics_host)
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
