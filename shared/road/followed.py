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
from shared.bus.records import ENTRY, HASH, LARGEST_NUMBER, SEALED, sealed_value
from shared.events import SERVICES
from shared.road.checkpoints import Checkpoint, of_service
from shared.work.journal import GENESIS, link


class Place(NamedTuple):
    """What a record says of a position: the hash there, and that of its entry."""

    hash: bytes
    entry: bytes


@dataclass(slots=True)
class Followed:
    """Of one source: the last position that is proven, with all before it; the last that was read; everything that does
    not fit; and what is still to come."""

    proven: int = 0
    read: int = 0
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
    source, position = headers["ce_source"].decode().removeprefix("/"), int(headers["ce_position"][:20])
    digest = bytes.fromhex(headers[HASH].decode())
    if not 1 <= position <= LARGEST_NUMBER:
        raise ValueError(position)
    if headers["ce_type"] != SEALED:
        return source, position, Place(digest, hashlib.sha256(record.value).digest())
    if record.value != sealed_value(source, position, digest):
        raise ValueError(record.value)
    return source, position, Place(digest, bytes.fromhex(headers[ENTRY].decode()))


def _prove(said: dict[int, set[Place]], checkpoints: Sequence[Checkpoint], found: Followed) -> None:
    """Goes back from each checkpoint to what is proven already, or to the first position."""
    proven: dict[int, set[Place]] = {}
    found.read = max(said, default=0)
    if found.read and not checkpoints:
        found.findings.append("no checkpoint of it was read: nothing is proven")
    for checkpoint in sorted(checkpoints, key=lambda each: each.position):
        if checkpoint.position > found.read:
            found.notes.append(f"position {checkpoint.position} is signed, and its record has not come yet")
            continue
        walk = _back(said, proven, checkpoint)
        if isinstance(walk, str):
            found.findings.append(walk)
            continue
        for position, place in walk.items():
            proven.setdefault(position, set()).add(place)
    found.proven = max(proven, default=0)
    for position in sorted(said):
        if position <= found.proven and said[position] - proven.get(position, set()):
            found.findings.append(
                f"position {position}: a record that leads to no checkpoint, forged or of a lost time"
            )


def _back(said: dict[int, set[Place]], proven: dict[int, set[Place]], checkpoint: Checkpoint) -> dict[int, Place] | str:
    """The records from the checkpoint back to what is proven, or to the first; or where the way ends. Of several with
    one hash the genuine is the one that its predecessor's hash leads to: anybody can repeat a hash beside another
    entry."""
    position, wanted = checkpoint.position, bytes.fromhex(checkpoint.hash)
    walk: dict[int, Place] = {}
    while position and not any(place.hash == wanted for place in proven.get(position, ())):
        here = [place for place in said.get(position, ()) if place.hash == wanted]
        if not here and not walk:
            return f"position {position}: no record has the hash of the checkpoint of {checkpoint.at}"
        before = {place.hash for place in said.get(position - 1, ())} if position > 1 else {GENESIS}
        steps = [(place, each) for place in here for each in before if link(each, position, place.entry) == wanted]
        if not steps:
            return f"position {position}: what came before it is missing, or was altered"
        walk[position], wanted = steps[0]
        position -= 1
    return walk
