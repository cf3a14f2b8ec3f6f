"""Journal entries as evaluation writes them, made beforehand: 100,000 of them cost seconds, which no round pays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.events.evaluation import EvaluationConcluded
from shared.fields.ids import new_id
from shared.work.journal import Context, Entry, event_entry
from tests.bench import seeds
from tests.bench.house import PLACE, PROVIDER, STREET

KEYS = 1000
"""Purchases over which the entries are spread."""
STEP = 1000
"""Entries of one transaction."""
_COLUMNS = (
    "id, key, version, kind, type, audience, subject, jurisdiction, organisation, actor, cause, correlation,"
    " traceparent, recorded_at, entry"
)


def concluded(key: int, number: int = 1) -> EvaluationConcluded:
    """An evaluation concluded with 86 points, of the purchase with this number."""
    return EvaluationConcluded(
        jurisdiction=PLACE,
        organisation=STREET,
        project_id=seeds.numbered(seeds.KEY, key),
        contract_id=seeds.numbered(seeds.CONTRACT, key),
        provider_id=PROVIDER,
        evaluation_id=seeds.numbered(seeds.EVALUATION, key),
        rulebook="zhuhai-2021@1",
        kind="final",
        score=Decimal("86.00"),
        grade="fair",
        result_version=number,
        concluded_on=date(2022, 12, 1),
        line_id=seeds.numbered(seeds.LINE, key),
    )


def entry(key: int, version: int) -> Entry:
    """Its entry, at that version of the key."""
    context = Context("evaluation", UUID(int=1), new_id(), None, None, datetime.now(UTC))
    return event_entry(concluded(key, version), version, context, ["ZH21-27.5"], "zhuhai-2021@1")


def entries(count: int, keys: int = KEYS) -> Iterator[Entry]:
    """Entries of the purchases in turn."""
    for number in range(count):
        yield entry(number % keys, number // keys + 1)


async def stage(admin: Any, count: int) -> None:
    """Puts the entries aside, in a table of the journal's shape."""
    await admin.execute("CREATE TABLE public.staged (n bigserial, LIKE evaluation.journal INCLUDING DEFAULTS)")
    columns = [name.strip() for name in _COLUMNS.split(",")]
    rows = (entry.row() for entry in entries(count))
    await admin.copy_records_to_table("staged", schema_name="public", records=rows, columns=columns)
    await admin.execute("CREATE INDEX ON public.staged (n)")


async def fill_journal(admin: Any, count: int) -> None:
    """The staged entries, and nothing else, lie in journal and queue, as commands that nobody has relayed left them."""
    await admin.execute(
        "TRUNCATE evaluation.journal, evaluation.queue, evaluation.ledger, evaluation.relay_mark RESTART IDENTITY"
    )
    for first in range(0, count, STEP):
        chosen = f"FROM public.staged WHERE n > {first} AND n <= {first + STEP} ORDER BY n"
        await admin.execute(f"INSERT INTO evaluation.journal ({_COLUMNS}) SELECT {_COLUMNS} {chosen}")
        await admin.execute(f"INSERT INTO evaluation.queue (entry) SELECT id {chosen}")


async def fill_entries(admin: Any, count: int) -> None:
    """The same entries in the outbox of the WAL stream that sends the same message."""
    await admin.execute("TRUNCATE reference.entries RESTART IDENTITY")
    for first in range(0, count, STEP):
        await admin.execute(
            "INSERT INTO reference.entries (entry, key, version, type, correlation, recorded_at, value)"
            " SELECT id, key, version, type, correlation, recorded_at, entry FROM public.staged"
            f" WHERE n > {first} AND n <= {first + STEP} ORDER BY n"
        )


async def fill_outbox(admin: Any, count: int) -> None:
    """As many rows of 1 KiB in the outbox of the bare WAL stream."""
    await admin.execute("TRUNCATE reference.outbox RESTART IDENTITY")
    for first in range(0, count, STEP):
        await admin.execute(
            "INSERT INTO reference.outbox (aggregateid, payload) SELECT (i % $3)::text,"
            " jsonb_build_object('seq', i, 't', 0, 'pad', repeat('x', 940)) FROM generate_series($1::int, $2::int) i"
            " ORDER BY i",
            first,
            min(first + STEP, count) - 1,
            KEYS,
        )
