"""Looks for a text wherever a deployment could have left it: tables, topics, files, environments, memory."""

import base64
from collections.abc import Iterable, Iterator
from io import RawIOBase
from pathlib import Path

import asyncpg

from shared import bus
from shared.events import SERVICES, heartbeats_of, topic_of
from shared.process.settings import Settings
from shared.road.checkpoints import everything

CHUNK = 1 << 22
OVERLAP = 1 << 10


class Needle:
    """A text in every form in which it could lie somewhere: as it is, in capitals, hex, UTF-16 and base64."""

    def __init__(self, text: str) -> None:
        plain = text.encode()
        self._length = 4 * len(plain)
        self._forms = {plain, plain.upper(), plain.hex().encode(), plain.hex().upper().encode()}
        self._forms |= {base64.b64encode(bytes(shift) + plain)[4 if shift else 0 : -4] for shift in range(3)}
        self._forms.add(text.encode("utf-16-le"))

    def found_in(self, chunks: Iterable[bytes]) -> bool:
        """Whether it lies in these bytes, also across two chunks."""
        tail = b""
        for chunk in chunks:
            both = tail + chunk
            if any(form in both for form in self._forms):
                return True
            tail = chunk[-self._length :]
        return False


async def in_tables(admin: asyncpg.Connection, needle: Needle) -> list[str]:
    """Tables of all schemas that hold it."""
    tables = await admin.fetch(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    found = []
    for table in tables:
        async with admin.transaction():
            rows = [row["row"].encode() async for row in admin.cursor(f"SELECT t::text AS row FROM {table['name']} t")]
        if needle.found_in(rows):
            found.append(table["name"])
    return found


async def in_topics(settings: Settings, needle: Needle) -> tuple[list[str], int]:
    """Topics that hold it, and how many messages were read from the first to the last."""
    connection = bus.connect(settings.bus_url(SERVICES[0]), settings.bus_login())
    prefix = settings.topic_prefix
    topics = [topic_of(name, prefix) for name in (*SERVICES, "public")]
    topics += [heartbeats_of(name, prefix) for name in SERVICES]
    found, read = set(), 0
    try:
        async for record in everything(connection, topics, prefix, "search"):
            read += 1
            if needle.found_in([record.key, record.value, *(value for _, value in record.headers)]):
                found.add(record.topic)
    finally:
        await connection.close()
    return sorted(found), read


def in_files(folder: Path, needle: Needle) -> list[str]:
    """Files below a folder that hold it: logs, documents, data files, write-ahead log."""
    return [str(path) for path in sorted(folder.rglob("*")) if path.is_file() and needle.found_in(_of_file(path))]


def _of_file(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError:
        return  # gone meanwhile


def in_environments(pids: Iterable[int], needle: Needle) -> list[int]:
    """Processes whose environment or command line holds it."""
    return [
        pid
        for pid in pids
        if needle.found_in(chunk for name in ("environ", "cmdline") for chunk in _of_file(Path(f"/proc/{pid}/{name}")))
    ]


def in_memories(pids: Iterable[int], needle: Needle) -> tuple[list[int], int]:
    """Processes whose memory holds it, and how many bytes of memory were read of all; what several share is read
    once. Raises PermissionError."""
    found, read, shared = set(), 0, set[str]()
    for pid in pids:
        for chunk in _memory(pid, shared):
            read += len(chunk)
            if needle.found_in([chunk]):
                found.add(pid)
    return sorted(found), read


def _memory(pid: int, shared: set[str]) -> Iterator[bytes]:
    """What a core dump of the process would hold: mappings that are written to, or backed by no file. Those that it
    shares with others are left out when `shared` has them, and noted there."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for line in maps:
                bounds, flags, offset, device, inode, *path = line.split()
                known = f"{device} {inode} {offset}"
                if flags[0] != "r" or (flags[1] != "w" and path) or known in shared:
                    continue
                if flags[3] == "s":
                    shared.add(known)
                start, end = (int(bound, 16) for bound in bounds.split("-"))
                yield from _mapping(memory, start, end)
    except (FileNotFoundError, ProcessLookupError):
        return  # gone meanwhile


def _mapping(memory: RawIOBase, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a mapping; what lies across two chunks is in the second one whole."""
    place = start
    while place < end:
        try:
            memory.seek(place)
            chunk = memory.read(min(CHUNK, end - place))
        except OSError:
            return  # a hole, or the process is gone
        if not chunk:
            return
        if chunk.count(0) != len(chunk):
            yield chunk
        place += len(chunk) if place + len(chunk) >= end else max(len(chunk) - OVERLAP, 1)


def family(pid: int) -> set[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, todo = set(), [pid]
    while todo:
        one = todo.pop()
        found.add(one)
        todo += children.get(one, [])
    return found


def listening(port: int) -> int | None:
    """The process that listens on a port of this machine; None when it is not to be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) in inodes:
                return int(descriptor.parts[2])
        except OSError:
            continue
    return None
