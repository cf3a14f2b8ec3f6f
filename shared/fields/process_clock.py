"""The clock of this process, for tokens, leases and ids alone: it never sets a legal date and never decides order.

GOUFU_CLOCK_SHIFT (seconds, in a sandbox only) lets a test run a process whose clock is wrong.
"""

import math
import os
import time


def _shift() -> float:
    given = os.environ.get("GOUFU_CLOCK_SHIFT") or "0"
    try:
        seconds = float(given) if os.environ.get("GOUFU_SANDBOX") == "1" else 0.0
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise SystemExit(f"GOUFU_CLOCK_SHIFT is a number of seconds, such as -3.5, not {given!a}")
    return seconds


_SHIFT = _shift()


def now() -> float:
    """Seconds since 1970 as this process believes."""
    return time.time() + _SHIFT
