"""Seals: what is entered under one gets no position before it is lifted, so that nothing tells how much there is.

A command under a seal writes its rows, its journal entries and its answer as every other; its entries then wait in
`sealed_queue` and not in `queue`, out of sight of the relay. A refusal under a seal waits likewise. Whoever lifts the
seal moves them on in the same transaction, key by key in an order that tells no time.
"""

from uuid import UUID

from shared.work.database import Transaction

_PLACE = "INSERT INTO seals (subject, placed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_LOCK = "SELECT FROM seals WHERE subject = $1 FOR UPDATE"
_MOVE_ON = (
    "WITH gone AS (DELETE FROM sealed_queue WHERE seal = $1 RETURNING entry)"
    " INSERT INTO queue (entry) SELECT gone.entry FROM gone JOIN journal ON journal.id = gone.entry"
    " ORDER BY sha256(uuid_send(coalesce(journal.key, journal.id))), journal.version"
)
_LIFT = "DELETE FROM seals WHERE subject = $1"


async def place(tx: Transaction, subject: UUID) -> None:
    """From now on commands with this `tx.seal` are sealed."""
    tx.write("seals", _PLACE, subject, tx.now)


async def lift(tx: Transaction, subject: UUID) -> None:
    """Moves on what waited. It waits for commands that are just being entered under the seal; those that come later
    find none and are entered as every other."""
    await tx.flush()
    await tx.connection.execute(_LOCK, subject)
    await tx.connection.execute(_MOVE_ON, subject)
    await tx.connection.execute(_LIFT, subject)
