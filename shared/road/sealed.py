"""What lies under a seal is in no ledger that anybody follows, so each signed checkpoint commits to it.

A worker that signs numbers what came under a seal since the last time, in a chain of its own (`sealed_ledger`, hashed
as the ledger is), and its line says `SHA-256(salt ‖ hash at the end of that chain)`. The salt is 32 random bytes, new
for every line, and stays in the database: without it the line tells neither how much is sealed nor whether anything
came, with it and the entries whoever checks computes the line again. Nothing ever leaves the chain: a bid that is
replaced or withdrawn is one more entry, and what the closing publishes keeps its number here beside its position there.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.work.journal import GENESIS, chain

if TYPE_CHECKING:
    from shared.road.checkpoints import Checkpoint

BATCH = 2000
_LOCK = 7_083_003

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))"
_NEW = (
    "SELECT j.id, j.entry FROM sealed_queue q JOIN journal j ON j.id = q.entry"
    " WHERE NOT EXISTS (SELECT FROM sealed_ledger s WHERE s.entry = q.entry) ORDER BY j.recorded_at, j.id"
)
_TIP = "SELECT number, hash FROM sealed_ledger ORDER BY number DESC LIMIT 1"
_NUMBER = "INSERT INTO sealed_ledger (number, entry, hash) VALUES ($1, $2, $3)"
_KEEP = "INSERT INTO sealed_salts (commitment, salt, number, at) VALUES ($1, $2, $3, $4)"
_WALK = (
    "SELECT s.number, s.entry AS id, s.hash, j.entry FROM sealed_ledger s LEFT JOIN journal j ON j.id = s.entry"
    f" WHERE s.number > $1 ORDER BY s.number LIMIT {BATCH}"
)
_SALTS = "SELECT commitment, salt, number FROM sealed_salts WHERE commitment = ANY($1)"


def commitment(salt: bytes, digest: bytes) -> bytes:
    """What the line says of the chain that ends with this hash."""
    return hashlib.sha256(salt + digest).digest()


async def commit_to(connection: Any, now: datetime) -> bytes:
    """The commitment to everything that is or was under a seal. What opens it is committed before it is signed, so that
    no line goes out that cannot be computed again."""
    async with connection.transaction():
        await connection.execute(_ONE_AT_A_TIME, _LOCK)
        new = await connection.fetch(_NEW)
        tip = await connection.fetchrow(_TIP)
        number, digest = (tip["number"], tip["hash"]) if tip else (0, GENESIS)
        rows = []
        for row in new:
            number += 1
            digest = chain(digest, number, row["entry"])
            rows.append((number, row["id"], digest))
        salt = secrets.token_bytes(32)
        said = commitment(salt, digest)
        if rows:
            await connection.executemany(_NUMBER, rows)
        await connection.execute(_KEEP, said, salt, number, now)
    return said


async def check(
    connection: Any, checkpoints: "Sequence[Checkpoint]", lost: "Collection[Checkpoint]"
) -> tuple[list[str], list[str]]:
    """What is not as it was when these were signed, and what a restore explains: salts of those in `lost` that are
    missing. Neither tells how much is sealed."""
    found: list[str] = []
    hashes = await _walk(connection, found)
    said = {bytes.fromhex(each.sealed): each for each in checkpoints if each.sealed}
    salts = {row["commitment"]: row for row in await connection.fetch(_SALTS, list(said))}
    missing = [each for digest, each in said.items() if digest not in salts]
    unlike = [
        said[digest]
        for digest, row in salts.items()
        if commitment(row["salt"], hashes.get(row["number"], b"")) != digest
    ]
    found += _named([each for each in missing if each not in lost], "its salt is missing: it cannot be computed again")
    found += _named(unlike, "what was under seal then is not what is here: an entry was deleted, changed or put in")
    return found, _named([each for each in missing if each in lost], "what came under seal was lost by a restore")


async def _walk(connection: Any, found: list[str]) -> dict[int, bytes]:
    """The hash at every number, up to the first that does not follow from the entries that are here."""
    number, digest = 0, GENESIS
    hashes = {0: GENESIS}
    while rows := await connection.fetch(_WALK, number):
        for row in rows:
            number += 1
            if row["number"] != number:
                found.append("an entry that was numbered under seal is missing from its chain")
                return hashes
            if row["entry"] is None:
                found.append(f"entry {row['id']}: it was under seal, and the journal has no such entry")
                return hashes
            digest = chain(digest, number, row["entry"])
            if digest != row["hash"]:
                found.append(f"entry {row['id']}: it was under seal, and does not have the hash it was given then")
                return hashes
            hashes[number] = digest
    return hashes


def _named(checkpoints: "list[Checkpoint]", why: str) -> list[str]:
    """The first by its time, and how many followed."""
    if not checkpoints:
        return []
    checkpoints.sort(key=lambda each: (each.at, each.position))
    first, more = checkpoints[0], len(checkpoints) - 1
    others = f"; so it is with {more} more, the last of {checkpoints[-1].at}" if more else ""
    return [f"position {first.position}: the checkpoint of {first.at}: {why}{others}"]
