"""One line on stderr for whatever makes a person wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

_PATIENCE = 2.0


def say(line: str) -> None:
    """One line on stderr, as it is."""
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(line)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say what is going on once it has taken two seconds, and how long it took when it is done."""
    begun = time.monotonic()
    timer = threading.Timer(_PATIENCE, say, [f"{what} ..."])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if (took := time.monotonic() - begun) > _PATIENCE:
        say(f"{what}: {took:.1f} s")
