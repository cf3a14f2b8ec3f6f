"""Identifiers: time-ordered random ids (UUIDv7, RFC 9562), made by us and carrying no meaning; and a caller's trace."""

import random
import re
from uuid import UUID

from shared.fields import process_clock

_random = random.SystemRandom()


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, 74 random bits. Real time on purpose: an id never decides order or law. The
    bits cannot be foretold from ids seen before (0.8 µs): knowing an id opens nothing, but the hash of an entry that is
    not public stands in the open, and its ids are what keeps its content from being guessed."""
    milliseconds = int(process_clock.now() * 1000)
    value = (milliseconds << 80) | _random.getrandbits(80)
    return UUID(int=(value & ~(0xF << 76) & ~(0x3 << 62)) | (0x7 << 76) | (0x2 << 62))


_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent(given: str | bytes) -> str | None:
    """The trace that somebody outside has given, as W3C Trace Context (3.2) has it: neither version ff nor an id of
    zeros alone; None for whatever else it is, which is kept nowhere and sent on to nobody."""
    text = given.decode("latin-1") if isinstance(given, bytes) else given
    return text if _TRACE.fullmatch(text) else None
