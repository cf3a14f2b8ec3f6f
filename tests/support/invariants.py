"""What must hold after any run, whatever died on the way: read from the tables by an observer of its own."""

from importlib import import_module

import asyncpg

from deploy.serve import worker
from shared.events import SERVICES
from shared.process.settings import Settings
from shared.road.audit import audit
from shared.work.database import Database


async def check(admin: asyncpg.Connection, settings: Settings) -> None:
    """Raises AssertionError with what does not hold."""
    for service in SERVICES:
        await _versions_are_gapless(admin, service)
        await _everything_is_sent(admin, service)
        await _nothing_is_held(admin, service)
        await _every_event_was_reacted_to(admin, service)
        await _no_event_was_answered_twice(admin, service)
        await _the_chain_verifies(service, settings)
    await _money_is_right(admin)


async def _versions_are_gapless(admin: asyncpg.Connection, service: str) -> None:
    broken = await admin.fetch(
        f"SELECT key FROM {service}.journal WHERE kind = 'event' GROUP BY key"
        " HAVING min(version) <> 1 OR max(version) <> count(*)"
    )
    assert not broken, f"{service}: versions of {[str(row['key']) for row in broken]} have gaps"
    kept = await admin.fetch(
        f"SELECT k.key FROM {service}.keys k WHERE k.version <>"
        f" (SELECT count(*) FROM {service}.journal j WHERE j.key = k.key AND j.kind = 'event')"
    )
    assert not kept, f"{service}: key rows {[str(row['key']) for row in kept]} differ from their journal"


async def _everything_is_sent(admin: asyncpg.Connection, service: str) -> None:
    row = await admin.fetchrow(
        f"SELECT (SELECT count(*) FROM {service}.journal) - (SELECT count(*) FROM {service}.sealed_queue) AS entries,"
        f" (SELECT count(*) FROM {service}.ledger) AS placed,"
        f" (SELECT max(position) FROM {service}.ledger) AS last, sent.position AS sent, sent.public"
        f" FROM {service}.relay_mark sent"
    )
    assert row["entries"] == row["placed"] == row["last"] == row["sent"] == row["public"], f"{service}: {dict(row)}"


async def _nothing_is_held(admin: asyncpg.Connection, service: str) -> None:
    held = await admin.fetch(f"SELECT type, state, reason FROM {service}.held WHERE state <> 'waits'")
    assert not held, f"{service}: {[dict(row) for row in held]}"


async def _every_event_was_reacted_to(admin: asyncpg.Connection, service: str) -> None:
    for reaction in worker(service).reactions:
        source, name = reaction.event.service, reaction.event.type_name()
        lost = await admin.fetchval(
            f"SELECT count(*) FROM {source}.journal j WHERE j.kind = 'event' AND j.type = $1"
            f" AND NOT EXISTS (SELECT FROM {service}.inbox i WHERE i.event = j.id)"
            f" AND NOT EXISTS (SELECT FROM {service}.held h WHERE h.event = j.id)",
            name,
        )
        assert lost == 0, f"{service}: {lost} of {name} had no effect"


async def _no_event_was_answered_twice(admin: asyncpg.Connection, service: str) -> None:
    """What follows from one event says one thing once; a standing that ends and one that begins are two."""
    twice = await admin.fetch(
        f"SELECT type FROM {service}.journal WHERE kind = 'event' AND cause IS NOT NULL"
        " GROUP BY cause, type, key, subject, entry::jsonb #>> '{event,ended}' HAVING count(*) > 1"
    )
    assert not twice, f"{service}: {[row['type'] for row in twice]} twice for one event"


async def _the_chain_verifies(service: str, settings: Settings) -> None:
    database = Database(service, settings.url(service), size=1)
    connection = await database.connect()
    try:
        report = await audit(connection, import_module(f"services.{service}.recorded").RECORDED)
        assert not report.findings, f"{service}: {report.findings[:10]}"
    finally:
        await connection.close()


async def _money_is_right(admin: asyncpg.Connection) -> None:
    over = await admin.fetch(
        "SELECT c.reference FROM contracts.contracts c WHERE c.price <"
        " (SELECT coalesce(sum(CASE WHEN p.kind = 'refund' THEN -p.amount ELSE p.amount END), 0)"
        "  FROM contracts.payments p WHERE p.contract_id = c.id)"
    )
    assert not over, f"paid over the price: {[row['reference'] for row in over]}"
    twice = await admin.fetch(
        "SELECT line_id FROM contracts.payments WHERE kind = 'release' GROUP BY line_id HAVING count(*) > 1"
    )
    assert not twice, f"paid twice: {[str(row['line_id']) for row in twice]}"
    same = await admin.fetch("SELECT id FROM contracts.payment_lines WHERE requested_by = approved_by")
    assert not same, f"asked and approved by one person: {[str(row['id']) for row in same]}"
