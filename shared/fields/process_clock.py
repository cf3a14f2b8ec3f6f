"""The clock of this process, for tokens, leases and ids alone: it never sets a legal date and never decides order.

GOUFU_CLOCK_SHIFT (seconds, in a sandbox only) lets a test run a process whose clock is wrong.
"""

import os
import time

_SHIFT = float(os.environ.get("GOUFU_CLOCK_SHIFT", "0")) if os.environ.get("GOUFU_SANDBOX") == "1" else 0.0


def now() -> float:
    """Seconds since 1970 as this process believes."""
    return time.time() + _SHIFT
