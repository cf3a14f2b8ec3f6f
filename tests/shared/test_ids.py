"""Identifiers are time-ordered, and no process repeats another's."""

import os
import time
from uuid import UUID

from shared.fields.ids import new_id

RANDOM = (1 << 74) - 1


def test_an_id_is_a_uuid_of_version_seven_with_its_time() -> None:
    before, made, after = time.time() * 1000, new_id(), time.time() * 1000

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert int(before) <= made.int >> 80 <= after


def test_a_hundred_thousand_ids_are_different() -> None:
    assert len({new_id() for _ in range(100_000)}) == 100_000


def test_a_child_does_not_repeat_its_parents_ids() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().bytes)
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)

    theirs = UUID(bytes=os.read(reading, 16))
    os.close(reading)

    assert theirs.int & RANDOM >> 12 != new_id().int & RANDOM >> 12
