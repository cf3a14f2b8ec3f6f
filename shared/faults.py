"""Named points at which a test may have this process die, as `kill -9` does. Armed by GOUFU_FAULT in a sandbox only.

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


def _armed() -> tuple[str, int] | None:
    wanted = os.environ.get("GOUFU_FAULT")
    if not wanted or os.environ.get("GOUFU_SANDBOX") != "1":
        return None
    name, _, passes = wanted.partition(":")
    if name not in POINTS:
        raise ValueError(f"GOUFU_FAULT: no fault point {name}; there are {', '.join(POINTS)}")
    return name, int(passes or 1)


_ARMED = _armed()
_left = _ARMED[1] if _ARMED else 0


def point(name: str) -> None:
    """Passes the point; the armed one kills the process at its n-th pass."""
    global _left
    if _ARMED is None or _ARMED[0] != name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
