"""What somebody who reads the public topic, and nothing else, can prove of it.

Every service writes to that topic, so that a record does not show by itself that it is of the source it names. But the
records of a source are a chain: each says its hash, which the one before it and its own entry give (of an entry that is
not public, the entry's hash). Whoever believes the hash at one position, because a checkpoint of the source says it,
has proof of everything before: no record but the genuine ones leads back from there to the first position.

Headers repeat what is proven, and are compared with it; `traceparent`, which nothing repeats, is compared with nothing.
What a source had sent beyond the position to which its database was restored counts for nothing, once the new
timeline's first entry is proven, whatever it says: it is told as lost, not as forged.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json

from shared.bus import Record
from shared.bus.records import ENTRY, HASH, LARGEST_NUMBER, SEALED, sealed_value
from shared.events import SERVICES
from shared.events.road import TimelineBegan
from shared.events.road import of_service as event_of
from shared.road.checkpoints import Checkpoint, of_service
from shared.work.journal import GENESIS, link


class Place(NamedTuple):
    """What a record says of a position: the hash there, and that of its entry."""

    hash: bytes
    entry: bytes


@dataclass(slots=True)
class Followed:
    """Of one source: the last position that is proven, with all before it; the last that was read; everything that does
    not fit; what is still to come; and what a restore that is proven has declared lost."""

    proven: int = 0
    read: int = 0
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Said:
    """What the records say of one source: the places of each position with the timelines in which they were sent; what
    in their headers is not as the entry says; and which entries begin a timeline."""

    places: dict[int, dict[Place, set[str]]] = field(default_factory=dict)
    lies: dict[tuple[int, Place, str], set[str]] = field(default_factory=dict)
    begun: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)

    def hashes(self, position: int) -> set[bytes]:
        return {place.hash for place in self.places.get(position, ())} if position else {GENESIS}

    def may_come(self, checkpoint: Checkpoint) -> bool:
        """Whether the record of the checkpoint is not there, and nothing came after it in its time."""
        if bytes.fromhex(checkpoint.hash) in self.hashes(checkpoint.position):
            return False
        newest = self.newest.get(checkpoint.timeline, 0) if checkpoint.timeline else max(self.places, default=0)
        return newest < checkpoint.position

    def in_order(self) -> Iterator[tuple[int, Place, str]]:
        for position in sorted(self.places):
            for place, timelines in self.places[position].items():
                for timeline in sorted(timelines):
                    yield position, place, timeline


def follow(records: Iterable[Record], checkpoints: Sequence[Checkpoint]) -> dict[str, Followed]:
    """What the records of the public topic come to, with checkpoints whose signature was checked; by source."""
    said = {str(service): _Said() for service in SERVICES}
    found = {service: Followed() for service in said}
    for record in records:
        try:
            _take(record, said)
        except (KeyError, ValueError, TypeError, AttributeError):
            where = f"record {record.partition}/{record.offset}: of no service of ours, or without its hash"
            found.setdefault("", Followed()).findings.append(where)
    for source, each in said.items():
        _prove(each, of_service(source, checkpoints), found[source])
    return found


def _take(record: Record, said: Mapping[str, _Said]) -> None:
    headers = dict(record.headers)
    source, position = headers["ce_source"].decode().removeprefix("/"), int(headers["ce_position"][:20])
    digest, timeline = bytes.fromhex(headers[HASH].decode()), headers["ce_timeline"].decode()
    if not 1 <= position <= LARGEST_NUMBER:
        raise ValueError(position)
    of = said[source]
    if headers["ce_type"] == SEALED:
        if record.value != sealed_value(source, position, digest):
            raise ValueError(record.value)
        place = Place(digest, bytes.fromhex(headers[ENTRY].decode()))
        meant: dict[str, str | None] = {"ce_source": f"/{source}", "ce_type": SEALED.decode()}
        meant |= {"ce_id": f"{source}-{position}", "key": source, ENTRY: place.entry.hex()}
    else:
        entry = from_json(record.value)
        place = Place(digest, hashlib.sha256(record.value).digest())
        meant = _meant(entry)
        if meant["ce_type"] == event_of(TimelineBegan, source).type_name():
            of.begun[place.entry] = entry["event"]
    names = [name for name, _ in record.headers]
    given = {name: value.decode() for name, value in headers.items()} | {"key": record.key.decode()}
    wrong = {name for name in meant.keys() | given.keys() - _UNREPEATED if not _alike(name, given, meant)}
    wrong |= {name for name in names if names.count(name) > 1}
    of.places.setdefault(position, {}).setdefault(place, set()).add(timeline)
    of.newest[timeline] = max(position, of.newest.get(timeline, 0))
    if wrong:
        of.lies.setdefault((position, place, timeline), set()).update(wrong)


_UNREPEATED = {"ce_position", "ce_timeline", HASH, "traceparent", "ce_specversion", "content-type"}
"""What no entry repeats: the chain proves it, or it is the same in all and says nothing."""


def _meant(entry: Mapping[str, Any]) -> dict[str, str | None]:
    """Key and headers as the entry has them."""
    repeated = {"ce_id": "id", "ce_type": "type", "ce_key": "key", "key": "key", "ce_time": "recorded_at"}
    repeated |= {"ce_correlation": "correlation", "ce_cause": "cause"}
    meant = {header: entry.get(name) for header, name in repeated.items()}
    return {**meant, "ce_source": f"/{entry.get('service')}", "ce_keyversion": str(entry.get("version"))}


def _alike(name: str, given: Mapping[str, str], meant: Mapping[str, str | None]) -> bool:
    one, other = given.get(name), meant.get(name)
    if name == "ce_time" and one and other:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return one == other


@dataclass(slots=True)
class _Times:
    """Which timelines the source has had: the last position that counts of each that a proven entry ended, and those
    of which nothing counts, because the backup knew nothing of them."""

    known: set[str] = field(default_factory=set)
    ended: dict[str, int] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)

    def void(self, timeline: str, position: int) -> bool:
        return timeline in self.forgotten or position > self.ended.get(timeline, position)


_Proven = dict[tuple[int, bytes], tuple[Place, bytes]]
"""By position and hash: the genuine record there, and the hash before it."""


def _prove(said: _Said, checkpoints: Sequence[Checkpoint], found: Followed) -> None:
    """Goes back from each checkpoint to what is proven already, or to the first position. The one that was signed last
    leads over what counts; what leads to others alone is of a lost time."""
    if said.places and not checkpoints:
        found.findings.append("no checkpoint of it was read: nothing is proven")
    proven: _Proven = {}
    good: list[Checkpoint] = []
    bad: list[tuple[Checkpoint, str]] = []
    late: list[Checkpoint] = []
    for checkpoint in sorted(checkpoints, key=lambda each: each.position):
        if said.may_come(checkpoint):
            late.append(checkpoint)
            continue
        walk = _back(said, proven, checkpoint)
        if isinstance(walk, str):
            bad.append((checkpoint, walk))
        else:
            proven |= walk
            good.append(checkpoint)
    last = max(good, key=lambda each: (each.at, each.position), default=None)
    counts = _leading_to(last, proven)
    times = _times(said, counts, checkpoints, last)
    found.proven = max(counts, default=0)
    found.findings += [why for each, why in bad if not times.void(each.timeline, each.position)]
    for checkpoint in late:
        if not times.void(checkpoint.timeline, checkpoint.position):
            found.notes.append(f"position {checkpoint.position} is signed, and its record has not come yet")
    _judge(said, proven, counts, times, found)


def _back(said: _Said, proven: _Proven, checkpoint: Checkpoint) -> _Proven | str:
    """The records from the checkpoint back to what is proven, or to the first; or where the way ends. Of several with
    one hash the genuine is the one that its predecessor's hash leads to: anybody can repeat a hash beside another
    entry."""
    position, wanted = checkpoint.position, bytes.fromhex(checkpoint.hash)
    walk: _Proven = {}
    while position and (position, wanted) not in proven:
        here = [place for place in said.places.get(position, ()) if place.hash == wanted]
        if not here and not walk:
            return f"position {position}: no record has the hash of the checkpoint of {checkpoint.at}"
        before = said.hashes(position - 1)
        steps = [(place, each) for place in here for each in before if link(each, position, place.entry) == wanted]
        if not steps:
            return f"position {position}: what came before it is missing, or was altered"
        walk[position, wanted] = steps[0]
        position, wanted = position - 1, steps[0][1]
    return walk


def _leading_to(last: Checkpoint | None, proven: _Proven) -> dict[int, Place]:
    """What counts, by position."""
    counts: dict[int, Place] = {}
    position, digest = (last.position, bytes.fromhex(last.hash)) if last else (0, GENESIS)
    while position:
        counts[position], digest = proven[position, digest]
        position -= 1
    return counts


def _times(
    said: _Said, counts: Mapping[int, Place], checkpoints: Sequence[Checkpoint], last: Checkpoint | None
) -> _Times:
    """As those entries say that count and begin a timeline."""
    begun = [said.begun[place.entry] for place in counts.values() if place.entry in said.begun]
    told = {name for each in begun for name in (each["timeline"], each["after"])}
    signed = {each.timeline for each in checkpoints if each.timeline}
    forgotten = signed - told - {last.timeline} if begun and last is not None else set()
    return _Times(told | signed, {each["after"]: each["position"] for each in begun}, forgotten)


def _judge(said: _Said, proven: _Proven, counts: Mapping[int, Place], times: _Times, found: Followed) -> None:
    """Every record by whether it counts, is lost, or is still to be proven."""
    lost: dict[str, list[int]] = {}
    for position, place, timeline in said.in_order():
        record, genuine = f"position {position}: a record", counts.get(position) == place
        if not genuine and times.void(timeline, position):
            lost.setdefault(timeline, []).append(position)
            continue
        found.read = position
        if genuine and times.known and (timeline not in times.known or position > times.ended.get(timeline, position)):
            found.findings.append(f"{record} sent as of a timeline in which it does not count")
        elif not genuine and position <= found.proven:
            # Without an entry that says so a position given twice is of two times when both are signed.
            if times.known or proven.get((position, place.hash), (None,))[0] != place:
                found.findings.append(f"{record} that leads to no checkpoint, forged or of a lost time")
            continue
        for name in sorted(said.lies.get((position, place, timeline), ())):
            found.findings.append(f"{record} whose {name} is there twice, or is not what its entry says")
    found.findings = list(dict.fromkeys(found.findings))
    for timeline, positions in lost.items():
        what = f"records of {len(positions)} positions, the last {positions[-1]}, count for nothing"
        found.lost.append(f"timeline {timeline} after position {times.ended.get(timeline, 0)}: {what}")
