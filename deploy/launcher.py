"""Starts processes of Goufu in milliseconds: a process that has everything imported and forks on demand.

`python -m deploy.launcher` reads one JSON line a process to start ({"order", "argv", "environment", "log"}) and writes
one line when it has started ({"order", "pid"}) and one when it has ended ({"order", "status"}). Every child is a
process of its own, with its own environment, log and connections; they can be killed one by one. The end of its input
ends them all. Only the demonstration and tests use it: in operation each process is started by the operator's means.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import sys
from typing import Any

from shared.events import SERVICES
from shared.fields import process_clock
from shared.law.instruments import RulebookError
from shared.law.rulebook import rulebooks
from shared.process import faults
from shared.process.settings import settings


def preload() -> None:
    """Imports what every process needs and checks the law files, once. Of files with a mistake nothing is kept: each
    process that cannot start with them says so itself."""
    serve = importlib.import_module("deploy.serve")
    importlib.import_module("deploy.cli.main")
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
        importlib.import_module(f"services.{service}.worker")
    with contextlib.suppress(RulebookError):
        rulebooks().check(section for service in SERVICES for section in serve.sections(service))
    serve.leave_alone_what_stays()


class Launcher:
    """The forking side."""

    def __init__(self) -> None:
        self._children: dict[int, int] = {}
        self._wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    def run(self) -> None:
        """Serves until the input ends, then ends the children."""
        pending = b""
        try:
            while True:
                ready, _, _ = select.select([0, self._wake], [], [])
                if self._wake in ready:
                    os.read(self._wake, 4096)
                    self._reap()
                if 0 in ready:
                    data = os.read(0, 65536)
                    if not data:
                        return
                    *lines, pending = (pending + data).split(b"\n")
                    for line in lines:
                        self._start(json.loads(line))
        finally:
            for pid in self._children:
                os.kill(pid, signal.SIGTERM)

    def _start(self, order: dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            become(order)
        self._children[pid] = order["order"]
        say({"order": order["order"], "pid": pid})

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            say({"order": self._children.pop(pid), "status": code})


def become(order: dict[str, Any]) -> None:
    """In the child: its own environment and log, then the command. Never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        environment = order["environment"]
        if environment.get("GOUFU_RULEBOOKS") != os.environ.get("GOUFU_RULEBOOKS"):
            rulebooks.cache_clear()
        os.environ.clear()
        os.environ.update(environment)
        importlib.reload(process_clock)
        importlib.reload(faults)
        settings.cache_clear()
        dies_with_parent()
        sys.argv = ["goufu", *order["argv"]]
        importlib.import_module("deploy.cli.main").app(standalone_mode=False)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def dies_with_parent() -> None:
    """Linux: a launcher that is itself killed leaves no process behind. It has one thread, to which this is bound."""
    import ctypes

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def say(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    dies_with_parent()
    preload()
    Launcher().run()
