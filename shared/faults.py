"""Named points at which a test may have this process die, as `kill -9` does. In a sandbox only.

Armed by GOUFU_FAULT=point:n at the start of a process, or, where GOUFU_FAULT=header, by a request's Goufu-Fault header.

command.begun · command.effect · command.flushed · command.committed
relay.moved · relay.sent · relay.marked
consumer.effect · consumer.applied · consumer.committed · consumer.offset
"""

import os
import signal

POINTS = (
    "command.begun",
    "command.effect",
    "command.flushed",
    "command.committed",
    "relay.moved",
    "relay.sent",
    "relay.marked",
    "consumer.effect",
    "consumer.applied",
    "consumer.committed",
    "consumer.offset",
)


_WANTED = os.environ.get("GOUFU_FAULT", "") if os.environ.get("GOUFU_SANDBOX") == "1" else ""
BY_HEADER = _WANTED == "header"


def _armed(wanted: str) -> tuple[str, int] | None:
    if not wanted or wanted == "header":
        return None
    name, _, passes = wanted.partition(":")
    if name not in POINTS:
        raise ValueError(f"GOUFU_FAULT: no fault point {name}; there are {', '.join(POINTS)}")
    return name, int(passes or 1)


_now = _armed(_WANTED)


def arm(wanted: str) -> None:
    """Arms a point for the request that asks for it; raises ValueError for an unknown one."""
    global _now
    _now = _armed(wanted)


def point(name: str) -> None:
    """Passes the point; the armed one kills the process at its n-th pass."""
    global _now
    if _now is None or _now[0] != name:
        return
    _now = (name, _now[1] - 1)
    if _now[1] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
