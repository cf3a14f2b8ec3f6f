"""What every service does when the registry is to erase a person: it says until when its record needs them, and erases
what it keeps of them, stored answers too."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from uuid import UUID

from shared.events.registry import ErasureAnswer, ErasureProposed
from shared.fields.strict_json import compact
from shared.web.errors import TEXTS
from shared.work.database import Transaction

_SECONDS = 300
"""What looks through whole tables may take so long: about 3 s for a million entries. It happens seldom."""
_PATIENCE = f"SET LOCAL statement_timeout = '{_SECONDS}s'"
_LAST = """
SELECT (max(recorded_at) AT TIME ZONE 'Asia/Shanghai')::date FROM journal
WHERE kind = 'event' AND key IN (
  SELECT key FROM journal WHERE actor = $1 AND kind = 'event' AND key <> $1 AND type <> ALL ($2){named})
"""
_ERASE = (
    "UPDATE idempotency SET status = $1, headers = $2, body = $3"
    " WHERE position($4::bytea IN body) > 0 AND position($5::bytea IN body) > 0"
)


def answering(
    answered: type[ErasureAnswer], named: str = "", *, unnamed: Iterable[str] = ()
) -> Callable[[Transaction, ErasureProposed], Awaitable[None]]:
    """The reaction that answers with the last day that is recorded of a matter (a key) in which the person acted, or
    in which a query names them: `named` gives the keys where person $1 stands without having acted. Who gave the
    events `unnamed` is told by nothing but the journal."""
    text = _LAST.format(named=f" UNION {named}" if named else "")

    async def on_erasure_proposed(tx: Transaction, event: ErasureProposed) -> None:
        if event.withdrawn:
            return
        await tx.flush()
        await tx.connection.execute(_PATIENCE)
        last: date | None = await tx.connection.fetchval(text, event.person_id, list(unnamed), timeout=_SECONDS)
        tx.emit(
            answered(
                jurisdiction=event.jurisdiction,
                organisation=event.organisation,
                person_id=event.person_id,
                erasure_id=event.erasure_id,
                last_recorded_on=last,
            )
        )

    return on_erasure_proposed


async def erase_answers(tx: Transaction, record: UUID, texts: Iterable[str]) -> None:
    """Takes stored answers that show one of these texts with this record out of the table: who sends such a request
    again is told 410 and nothing is done twice."""
    status, zh, en = TEXTS["erased"]
    problem = {"type": "about:blank", "status": status, "code": "erased", "title": f"{zh} {en}"}
    headers, body = {"content-type": "application/problem+json"}, compact(problem)
    await tx.flush()
    await tx.connection.execute(_PATIENCE)
    for text in texts:
        shown = compact(text)[1:-1]
        if shown:
            await tx.connection.execute(_ERASE, status, headers, body, str(record).encode(), shown, timeout=_SECONDS)
