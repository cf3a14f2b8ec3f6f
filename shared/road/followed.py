"""What somebody who reads the public topic, and nothing else, can prove of it.

Every service writes to that topic, so that a record does not show by itself that it is of the source it names. But the
records of a source are a chain: each says its hash, which the one before it and its own entry give (of an entry that is
not public, the entry's hash). Whoever believes the hash at one position, because a checkpoint of the source says it,
has proof of everything before: no record but the genuine ones leads back from there to the first position.

What is proven is the value of a record; headers besides hashes and position repeat it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.bus import Record
from shared.bus.records import ENTRY, HASH, SEALED
from shared.events import SERVICES
from shared.road.checkpoints import Checkpoint, of_service
from shared.work.journal import GENESIS, link


class Place(NamedTuple):
    """What a record says of a position: the hash there, and that of its entry."""

    hash: bytes
    entry: bytes


@dataclass(slots=True)
class Followed:
    """Of one source: the last position that is proven, the last that was read, and everything that does not fit."""

    proven: int = 0
    read: int = 0
    findings: list[str] = field(default_factory=list)


def follow(records: Iterable[Record], checkpoints: Sequence[Checkpoint]) -> dict[str, Followed]:
    """What the records of the public topic come to, with checkpoints whose signature was checked; by source.

    A position that a restored service gave again has two records, each proven by the checkpoints of its timeline.
    """
    said: dict[str, dict[int, set[Place]]] = {str(service): {} for service in SERVICES}
    found = {service: Followed() for service in said}
    for record in records:
        try:
            source, position, place = _read(record)
            said[source].setdefault(position, set()).add(place)
        except (KeyError, ValueError, TypeError, AttributeError):
            where = f"record {record.partition}/{record.offset}: of no service of ours, or without its hash"
            found.setdefault("", Followed()).findings.append(where)
    for source, places in said.items():
        _prove(places, of_service(source, checkpoints), found[source])
    return found


def _read(record: Record) -> tuple[str, int, Place]:
    headers = dict(record.headers)
    entry = (
        bytes.fromhex(headers[ENTRY].decode())
        if headers["ce_type"] == SEALED
        else hashlib.sha256(record.value).digest()
    )
    position = int(headers["ce_position"])
    return (
        headers["ce_source"].decode().removeprefix("/"),
        position,
        Place(bytes.fromhex(headers[HASH].decode()), entry),
    )


def _prove(said: dict[int, set[Place]], checkpoints: Sequence[Checkpoint], found: Followed) -> None:
    """Goes back from each checkpoint to what is proven already, or to the first position."""
    proven: dict[int, set[Place]] = {}
    for checkpoint in sorted(checkpoints, key=lambda each: each.position):
        position, wanted = checkpoint.position, bytes.fromhex(checkpoint.hash)
        here = next((place for place in said.get(position, ()) if place.hash == wanted), None)
        if here is None:
            found.findings.append(f"position {position}: no record has the hash of the checkpoint of {checkpoint.at}")
        while here is not None and here not in proven.get(position, ()):
            before = [Place(GENESIS, b"")] if position == 1 else said.get(position - 1, ())
            previous = next((each for each in before if link(each.hash, position, here.entry) == here.hash), None)
            if previous is None:
                found.findings.append(f"position {position}: what came before it is missing, or was altered")
                break
            proven.setdefault(position, set()).add(here)
            found.proven = max(found.proven, position)
            position, here = position - 1, previous if position > 1 else None
    found.read = max(said, default=0)
    for position in sorted(said):
        if position <= found.proven and said[position] - proven.get(position, set()):
            found.findings.append(
                f"position {position}: a record that leads to no checkpoint, forged or of a lost time"
            )
