"""What is over goes, in every table that sets a last day, and nothing that is not over."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from shared.errands.retention import KEY_DAYS, Retention, erasing, private_tables
from shared.events import SERVICES
from shared.road.migrations import metadata_of
from tests.support.world import World

TABLES = [(service, table.name) for service in SERVICES for table in private_tables(metadata_of(service))]


async def sweep(world: World, service: str) -> int:
    state = world.services[service]
    return await Retention(state.database, metadata_of(service), state.app.state.documents).sweep(state.writer)


def a_value(column: sa.Column[Any]) -> str:
    """Some SQL value of the column's type."""
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return "gen_random_uuid()"
    if isinstance(kind, sa.JSON):
        return '\'{"x": "canary"}\''
    values = {sa.Text: "'canary'", sa.LargeBinary: "'canary'", sa.Boolean: "true", sa.DateTime: "clock.now()"}
    return next((value for known, value in values.items() if isinstance(kind, known)), "1")


async def put(world: World, service: str, table: sa.Table, last_day: date) -> str:
    """A row of the table with that last day, its references unchecked; returns which."""
    columns = [column for column in table.c if not column.nullable and column.name != "keep_until"]
    names = ", ".join(["keep_until", *(column.name for column in columns)])
    key = ", ".join(f"{column.name}::text" for column in table.primary_key)
    await world.rows("SET session_replication_role = replica")
    [row] = await world.rows(
        f"INSERT INTO {service}.{table.name} ({names}) VALUES ($1, {', '.join(a_value(each) for each in columns)})"
        f" RETURNING concat_ws('|', {key}) AS key",
        last_day,
    )
    await world.rows("SET session_replication_role = origin")
    return str(row["key"])


@pytest.mark.parametrize(("service", "name"), TABLES)
async def test_a_private_text_goes_on_the_day_after_its_last(world: World, service: str, name: str) -> None:
    table = metadata_of(service).tables[name]
    [now] = await world.rows("SELECT (clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS today")
    over = await put(world, service, table, now["today"] - timedelta(days=1))
    kept = await put(world, service, table, now["today"])
    key = ", ".join(f"{column.name}::text" for column in table.primary_key)

    erased = await sweep(world, service)
    again = await sweep(world, service)

    private = ", ".join(table.info.get("erased", {"'canary'": ""}))
    rows = await world.rows(f"SELECT concat_ws('|', {key}) AS key, concat({private}) AS said FROM {service}.{name}")
    left = {row["key"]: row["said"] for row in rows}
    assert erased >= 1
    assert again == 0
    assert "canary" not in left.get(over, "")
    assert "canary" in left[kept]
    await world.rows(f"DELETE FROM {service}.{name} WHERE keep_until <= $1", now["today"])


def test_every_table_with_a_last_day_is_swept_and_names_columns_that_it_has() -> None:
    dated = {
        (service, table.name)
        for service in SERVICES
        for table in metadata_of(service).sorted_tables
        if "keep_until" in table.c and table.name != "documents"
    }

    assert set(TABLES) == dated
    assert {name for _, name in dated if not name.startswith("private_")} == set()
    for service, name in TABLES:
        table = metadata_of(service).tables[name]
        assert set(table.info.get("erased", {})) <= set(table.c.keys())
        assert name in erasing(table)


CODES = frozenset(
    (
        *("jurisdiction", "place", "city", "state", "kind", "type", "rulebook", "clause", "ground", "effect", "grade"),
        *("origin", "code", "parent", "way", "nature", "method", "suite", "channel", "audience", "role", "part"),
        *("form", "point", "side", "step", "manner", "departure", "gate", "cover", "standing", "choice", "condition"),
        *("factor", "decided_by", "purchaser_kind", "item", "issuer_level", "registered_with", "registration_number"),
        *("need_origin", "assessment_grade", "failure_code", "failure_clause", "cancellation_ground", "ending_ground"),
        *("order_state", "asked", "source", "service", "calendar", "fingerprint", "operation", "organiser"),
        *("person_state", "reference", "business_key", "order_key", "draw_reference", "traceparent", "return_order"),
        *("treasury_reference", "was_reference", "treasury_reference_folded", "purpose", "unreadable", "authority"),
    )
)
"""Columns whose values come from a list, a text of law or a counter."""

STAYS: dict[str, frozenset[str]] = {
    "a hash, a key or a signature, from which nobody reads what it is of": frozenset(
        (
            *("hash", "digest", "scope", "request", "login", "subject", "issuer", "account", "requirement_hash"),
            *("reason_hash", "statement_hash", "verification_hash", "document_hash", "end_document_hash"),
            *("evidence_hash", "receipts_hash", "text_hash", "commitment", "sealed_by", "salt", "report_sha256"),
            *("public_key", "private_key", "share", "envelope", "code_licence"),
        )
    ),
    "of an organisation, as the public register has it": frozenset(
        ("title", "title_folded", "provider_title", "credit_code", "name_zh", "name_en", "note", "facts", "before")
    ),
    "figures and terms of a purchase, which name parties and posts by id": frozenset(
        (
            *(
                "sources",
                "terms",
                "lines",
                "bands",
                "parts",
                "points",
                "findings",
                "standing_findings",
                "judgements",
                "faults",
                "reasons_by",
            ),
            *("faults", "attained", "score", "found", "interests", "payload", "result", "headers"),
        )
    ),
    "a text that its field asks to name no person in, kept with the file of the purchase (GPL-42.1)": frozenset(
        (
            *("details", "content", "document", "declaration", "performance_goal", "indicators", "reasons", "basis"),
            *("reason", "review", "review_reason", "withdrawal_reason", "cancellation_reason", "method_reason"),
            *("channel_reason", "modes_reason", "choice_reasons", "ended_because", "annulled_because"),
            *("asked_because", "confirmed_because", "skip_reason", "failed", "text", "name"),
            *("why", "was", "was_reason", "was_attained", "answer", "signs"),
        )
    ),
    "an entry or event of the journal: it names people by id, and nothing is cut out of a chain": frozenset(
        ("entry", "value")
    ),
    "an answer, erased after thirty days of real time": frozenset(("body",)),
}
"""Texts without a last day, by column, with the reason why they stay."""


UNDATED = {
    "registry.private_logins": "erased with its person: tests/registry/test_erasures_api.py",
    "tendering.private_opening_acts": "deleted when the opening ends, or is taken back",
    "tendering.private_opening_shares": "deleted with their opening act",
}
"""Private tables without a last day, each with the reason why."""


def test_a_private_table_has_a_last_day_or_a_reason() -> None:
    private = {
        f"{service}.{table.name}"
        for service in SERVICES
        for table in metadata_of(service).sorted_tables
        if table.name.startswith("private_") and "keep_until" not in table.c
    }

    assert private == UNDATED.keys()


def test_a_text_without_a_last_day_is_a_code_or_says_why_it_stays() -> None:
    texts = {
        (f"{service}.{table.name}", column.name)
        for service in SERVICES
        for table in metadata_of(service).sorted_tables
        for column in table.c
        if isinstance(column.type, sa.Text | sa.LargeBinary | sa.JSON)
        if "keep_until" not in table.c
    }
    known = CODES.union(*STAYS.values())

    assert [f"{table}.{column}" for table, column in sorted(texts) if column not in known] == []
    assert sum(map(len, STAYS.values())) + len(CODES) == len(known), "a column has one reason"


async def test_a_stored_answer_goes_after_thirty_days_of_real_time(world: World) -> None:
    for days in (KEY_DAYS - 1, KEY_DAYS):
        await world.rows(
            "INSERT INTO catalog.idempotency VALUES ($1, 'a', 200, '{}', 'canary', clock_timestamp() - $2::interval)",
            uuid4().bytes,
            timedelta(days=days, minutes=1),
        )

    await sweep(world, "catalog")

    young = "clock_timestamp() - created_at < interval '30 days'"
    rows = await world.rows(f"SELECT {young} AS young FROM catalog.idempotency WHERE body = 'canary'")
    assert rows == [{"young": True}]


async def test_an_answer_is_stored_with_real_time_whatever_the_legal_clock_says(world: World) -> None:
    person = await world.person(duties={"register_provider"}, jurisdiction="4404")
    await person.post("registry", "/v1/providers", {})
    await person.post("registry", f"/v1/providers/{UUID(int=1)}/withdraw")

    rows = await world.rows(
        "SELECT count(*) AS n FROM registry.idempotency WHERE created_at < clock_timestamp() - interval '1 day'"
    )

    assert rows == [{"n": 0}]
