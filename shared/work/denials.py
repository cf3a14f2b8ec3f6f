"""A duty that was lacking is recorded: who tried what, on which record. The request itself changes nothing.

Every 403 of every route comes through here, of commands and of queries alike, whether it was raised before a
transaction, in one that was rolled back, or while something was read. The entry is written in a transaction of its own
and stores no Idempotency-Key: who has the duty tomorrow may send the same request again.
"""

from shared.work import refusals
from shared.work.database import Call
from shared.work.identity import SYSTEM, NotAllowed


async def record(call: Call, error: NotAllowed) -> None:
    """Writes the entry, or counts one more of those that are repeated. Raises what the database raises: an answer
    that could not be recorded is not given."""
    database, token = call.database, call.token
    async with database.connection() as connection, database.system_transaction(connection) as tx:
        _, actor = await database.caller(connection, token) if token else (tx.now, SYSTEM)
        tx.actor, tx.correlation, tx.traceparent = actor, call.correlation, call.traceparent
        said = refusals.denied(error, call.operation, actor, call.subject)
        tx.seal = error.seal or (call.subject if call.sealed else None)
        tx.entries += await refusals.entries(connection, said, tx.context(), tx.seal)
        said.log("duty_missing", tx.context(), sealed=call.sealed)
