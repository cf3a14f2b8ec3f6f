"""How much one caller may ask of a process: requests a second, and how many that take long at once.

In the memory of each process and not in a table, because what turns a flood away must cost next to nothing: 2 µs here,
against 185 µs (2.5 ms at the 99th percentile) for one upsert in an unlogged table of PostgreSQL, and a connection of
the few that the flood is to leave to others. With n processes a caller has n times as much, so each is told an n-th.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_CALLERS = 50_000


class TooMany(Exception):
    """429: this caller asks too much; after `seconds` there is room again."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"again in {seconds} s")


class Buckets:
    """A token bucket a caller: `burst` at once, `rate` a second in the long run. Kept as the moment at which the bucket
    is full again (the generic cell rate algorithm of ITU-T I.371), one number a caller."""

    def __init__(self, rate: float, burst: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._full_at: dict[object, float] = {}

    def take(self, caller: object, cost: float = 1.0) -> None:
        """Raises TooMany, and takes nothing, when the bucket holds less."""
        now = self._clock()
        full_at = max(self._full_at.get(caller, now), now) + cost / self._rate
        missing = full_at - now - max(self._burst, cost) / self._rate
        if missing > 1e-9:
            raise TooMany(max(1, math.ceil(missing)))
        self._full_at[caller] = full_at
        if len(self._full_at) > MOST_CALLERS:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Full buckets need not be remembered; and if all are in use, the fullest half."""
        used = {caller: at for caller, at in self._full_at.items() if at > now}
        if len(used) > MOST_CALLERS // 2:
            used = dict(sorted(used.items(), key=lambda item: item[1])[-MOST_CALLERS // 2 :])
        self._full_at = used


class Places:
    """How many requests of a kind may be under way at once, of one caller and of all."""

    def __init__(self, each: int, all_together: int) -> None:
        self._each, self._all = each, all_together
        self._taken: Counter[object] = Counter()

    @contextmanager
    def taken(self, caller: object) -> Iterator[None]:
        """A place until the block ends. Raises TooMany when none is free."""
        if self._taken[caller] >= self._each or self._taken.total() >= self._all:
            raise TooMany(1)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
