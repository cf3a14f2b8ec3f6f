"""What a test has seen: the answers its people got and the events that were carried, kept while a marked test runs."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Seen:
    """Answers as (status, body) and events as the text of their journal entries, in the order they came."""

    answers: list[tuple[int, bytes]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


_now: Seen | None = None
_arranged: set[UUID] = set()


@contextlib.contextmanager
def watching() -> Iterator[Seen]:
    """What is seen until the end of the block."""
    global _now
    _now = Seen()
    try:
        yield _now
    finally:
        _now = None


def answer(status: int, body: bytes) -> None:
    if _now is not None:
        _now.answers.append((status, body))


def arranged(entries: Iterable[UUID]) -> None:
    """Entries that the test itself made as a precondition: they show nothing."""
    _arranged.update(entries)


def event(entry: UUID, text: str) -> None:
    if _now is not None and entry not in _arranged:
        _now.events.append(text)
