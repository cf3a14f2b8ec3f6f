"""Identifiers: time-ordered random ids (UUIDv7, RFC 9562), made by us and carrying no meaning."""

import os
from uuid import UUID

from shared import process_clock


def new_id() -> UUID:
    """A UUIDv7: 48 bits of milliseconds, 74 random bits. Real time on purpose: an id never decides order or law."""
    milliseconds = int(process_clock.now() * 1000)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    return UUID(int=(value & ~(0xF << 76) & ~(0x3 << 62)) | (0x7 << 76) | (0x2 << 62))
