"""Free TCP ports on loopback."""

import random
import socket
from contextlib import ExitStack, suppress

LOOPBACK = "127.0.0.1"

# Below every system's range for outgoing connections. A port from that range can be lost while a server is down: a
# client that keeps dialling it on loopback is in the end given the same number for itself and connects to itself.
_LISTENING = range(15_000, 30_000)


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now. Another process may be faster: be ready to ask again."""
    chosen: list[int] = []
    with ExitStack() as held:
        while len(chosen) < count:
            port = random.choice(_LISTENING)
            with suppress(OSError):
                held.enter_context(_bound(port))
                chosen.append(port)
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    try:
        _bound(port).close()
    except OSError:
        return False
    return True


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # As the servers do: the remains of closed connections do not count as taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    return listener
