"""Log lines: many at once, in their order, a warning without delay."""

import asyncio
import io

from shared.process.telemetry import LINES_SECONDS, Lines


async def test_what_only_informs_waits_a_moment() -> None:
    out = io.BytesIO()
    lines = Lines(out)

    lines.info(b"one")
    lines.info(b"two")
    at_once = out.getvalue()
    await asyncio.sleep(LINES_SECONDS * 3)

    assert (at_once, out.getvalue()) == (b"", b"one\ntwo\n")


async def test_the_next_line_waits_anew() -> None:
    out = io.BytesIO()
    lines = Lines(out)

    lines.info(b"one")
    await asyncio.sleep(LINES_SECONDS * 3)
    lines.info(b"two")
    await asyncio.sleep(LINES_SECONDS * 3)

    assert out.getvalue() == b"one\ntwo\n"


async def test_a_warning_takes_along_what_waits() -> None:
    out = io.BytesIO()
    lines = Lines(out)

    lines.info(b"one")
    lines.warning(b"two")

    assert out.getvalue() == b"one\ntwo\n"


def test_without_a_loop_nothing_waits() -> None:
    out = io.BytesIO()

    Lines(out).info(b"one")

    assert out.getvalue() == b"one\n"
