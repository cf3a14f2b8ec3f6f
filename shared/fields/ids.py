"""Identifiers: time-ordered random ids (UUIDv7, RFC 9562), made by us and carrying no meaning."""

import os
import random
from uuid import UUID

from shared.fields import process_clock

_random = random.Random()
os.register_at_fork(after_in_child=_random.seed)  # or a child would repeat its parent's ids


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, 74 random bits. Real time on purpose: an id never decides order or law. The
    bits need only be unlike any others, not secret: knowing an id opens nothing."""
    milliseconds = int(process_clock.now() * 1000)
    value = (milliseconds << 80) | _random.getrandbits(80)
    return UUID(int=(value & ~(0xF << 76) & ~(0x3 << 62)) | (0x7 << 76) | (0x2 << 62))
