"""The tables of the road, the same in every service's schema: journal, queue, ledger, inbox and their helpers.

`info={"insert_only": True}` withholds UPDATE, DELETE and TRUNCATE from the service's own role, `{"read_only": True}`
INSERT as well.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Identity, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.fields.places import HELD

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
INSERT_ONLY = {"insert_only": True}
SEALED_BIDDERS = {"sealed_bidders": True}
"""The table has the names of bidders before the bids are opened: no answer to others may depend on its rows."""
Instant = DateTime(timezone=True)
Money = sa.Numeric(18, 2)


def service_metadata() -> sa.MetaData:
    """Metadata of one service with the road's tables in it; the service adds its own. The schema is the role's
    search path, so that the same statements serve every service."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _journal(metadata)
    _refusals(metadata)
    _inbox(metadata)
    _skipped(metadata)
    _people(metadata)
    _errands(metadata)
    return metadata


def aggregate(*indexed: str) -> tuple[Column[Any], ...]:
    """The columns of every record that commands are about, as `shared.work.records.Aggregate` has them; `indexed`: by
    which of them it is looked for."""
    return (
        Column("id", Uuid, primary_key=True),
        Column("key", Uuid, nullable=False, index="key" in indexed),
        Column("version", Integer, nullable=False),
        Column("jurisdiction", Text, nullable=False),
        Column("organisation", Uuid, nullable=False, index="organisation" in indexed),
    )


def _journal(metadata: sa.MetaData) -> None:
    Table("keys", metadata, Column("key", Uuid, primary_key=True), Column("version", BigInteger, nullable=False))
    Table(
        "journal",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("key", Uuid),
        Column("version", BigInteger),
        Column("kind", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("subject", Uuid),
        Column("jurisdiction", Text),
        Column("organisation", Uuid),
        Column("actor", Uuid),
        Column("cause", Uuid),
        Column("correlation", Uuid, nullable=False, index=True),
        Column("traceparent", Text),
        Column("recorded_at", Instant, nullable=False),
        Column("entry", Text, nullable=False),
        sa.UniqueConstraint("key", "version"),
        sa.CheckConstraint("kind IN ('event', 'refusal', 'denied')", name="kind"),
        sa.CheckConstraint("audience IN ('public', 'services', 'internal')", name="audience"),
        sa.CheckConstraint("(kind = 'event') = (version IS NOT NULL)", name="versioned"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.Index(None, "subject", "recorded_at"),
        sa.Index("ix_journal_refused", "recorded_at", postgresql_where=sa.text("kind <> 'event'")),
        info=INSERT_ONLY,
    )
    Table(
        "queue",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("entry", Uuid, nullable=False),
    )
    Table(
        "seals",
        metadata,
        Column("subject", Uuid, primary_key=True),
        Column("placed_at", Instant, nullable=False),
    )
    Table(
        "sealed_queue",
        metadata,
        Column("entry", Uuid, primary_key=True),
        Column("seal", Uuid, sa.ForeignKey("seals.subject"), nullable=False, index=True),
    )
    Table(
        "ledger",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("entry", Uuid, nullable=False, unique=True),
        Column("hash", LargeBinary, nullable=False),
        sa.CheckConstraint("position > 0", name="position"),
        info=INSERT_ONLY,
    )
    Table(
        "sealed_ledger",
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("entry", Uuid, nullable=False, unique=True),
        Column("hash", LargeBinary, nullable=False),
        sa.CheckConstraint("number > 0", name="number"),
        info=INSERT_ONLY,
    )
    Table(
        "sealed_salts",
        metadata,
        Column("commitment", LargeBinary, primary_key=True),
        Column("salt", LargeBinary, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("at", Instant, nullable=False, index=True),
        sa.CheckConstraint("octet_length(salt) = 32", name="salt"),
        info=INSERT_ONLY,
    )
    Table(
        "relay_mark",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
        Column("events", BigInteger, nullable=False),
        Column("public", BigInteger, nullable=False),
        Column("rewinds", Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("id = 1", name="single"),
    )
    Table(
        "timelines",
        metadata,
        Column("source", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("number", Integer, nullable=False),
        Column("last", BigInteger),
        Column("began_at", Instant, nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("source", "number"),
        sa.Index("uq_timelines_present", "source", unique=True, postgresql_where=sa.text("last IS NULL")),
        info={"read_only": True},
    )
    Table(
        "idempotency",
        metadata,
        Column("scope", LargeBinary, primary_key=True),
        Column("request", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", Instant, nullable=False, index=True),
    )


def _refusals(metadata: sa.MetaData) -> None:
    """How often something was refused to somebody, and what the next summary will tell of."""
    Table(
        "refusal_counts",
        metadata,
        Column("digest", LargeBinary, primary_key=True),
        Column("since", Instant, nullable=False),
        Column("whole", Integer, nullable=False),
        Column("told", Boolean, nullable=False),
        Column("counted", BigInteger, nullable=False),
        Column("kind", Text, nullable=False),
        Column("operation", Text, nullable=False),
        Column("actor", Uuid),
        Column("codes", ARRAY(Text), nullable=False),
        Column("clauses", ARRAY(Text), nullable=False),
        Column("rulebook", Text),
        Column("organisation", Uuid),
        Column("jurisdiction", Text),
        Column("objects", ARRAY(Uuid), nullable=False),
        Column("correlations", ARRAY(Uuid), nullable=False),
        Column("first_at", Instant),
        Column("last_at", Instant),
        Column("waiting_since", Instant, index=True),
        Column("seal", Uuid),
        sa.CheckConstraint("(counted > 0) = (waiting_since IS NOT NULL)", name="waiting"),
    )


def _inbox(metadata: sa.MetaData) -> None:
    Table(
        "seen",
        metadata,
        Column("source", Text, primary_key=True),
        Column("key", Uuid, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("event", Uuid),
    )
    Table(
        "sources",
        metadata,
        Column("source", Text, primary_key=True),
        Column("received", BigInteger, nullable=False),
        Column("fresh_at", Instant),
        Column("rereads", Integer, nullable=False, server_default="0"),
    )
    Table(
        "inbox",
        metadata,
        Column("event", Uuid, primary_key=True),
        Column("applied_at", Instant, nullable=False),
        info=INSERT_ONLY,
    )
    Table(
        "held",
        metadata,
        Column("event", Uuid, primary_key=True),
        Column("source", Text, nullable=False),
        Column("key", Uuid, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("awaits", Uuid, index=True),
        Column("reason", Text, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("traceparent", Text),
        Column("held_at", Instant, nullable=False),
        Column("skip_asked_by", Uuid),
        Column("skip_reason", Text),
        sa.UniqueConstraint("source", "key", "version"),
        sa.CheckConstraint("state IN ('waits', 'parked', 'behind')", name="state"),
    )


def _skipped(metadata: sa.MetaData) -> None:
    """Events that two persons left out, as they were: who reads the record can see what is missing."""
    Table(
        "skipped",
        metadata,
        Column("event", Uuid, primary_key=True),
        Column("source", Text, nullable=False),
        Column("key", Uuid, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        Column("failed", Text, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("asked_by", Uuid, nullable=False),
        Column("asked_because", Text, nullable=False),
        Column("confirmed_by", Uuid, nullable=False),
        Column("confirmed_because", Text, nullable=False),
        Column("skipped_at", Instant, nullable=False),
        sa.CheckConstraint("asked_by <> confirmed_by", name="two_persons"),
        info=INSERT_ONLY,
    )


def _people(metadata: sa.MetaData) -> None:
    Table(
        "accounts",
        metadata,
        Column("issuer", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("person_id", Uuid, nullable=False, index=True),
        Column("enabled", Boolean, nullable=False),
        Column("source_version", BigInteger, nullable=False),
        Column("machine", Boolean, nullable=False, server_default=sa.false()),
    )
    Table(
        "posts",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("person_id", Uuid, nullable=False, index=True),
        Column("organisation_id", Uuid, nullable=False),
        Column("jurisdiction", Text, nullable=False),
        Column("duties", ARRAY(Text), nullable=False),
        Column("valid_from", Date, nullable=False),
        Column("valid_until", Date),
        Column("source_version", BigInteger, nullable=False),
        sa.CheckConstraint(HELD, name="place"),
    )
    Table(
        "organisations",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("jurisdiction", Text, nullable=False),
        Column("source_version", BigInteger, nullable=False),
        Column("left_on", Date),
        sa.CheckConstraint(HELD, name="place"),
    )
    Table(
        "successors",
        metadata,
        Column("successor", Uuid, primary_key=True),
        Column("predecessor", Uuid, primary_key=True, index=True),
        Column("from_day", Date, nullable=False),
        Column("source_version", BigInteger, nullable=False),
        Column("annulled", Boolean, nullable=False, server_default=sa.false()),
        sa.CheckConstraint("successor <> predecessor", name="another"),
    )
    Table(
        "interests",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("person_id", Uuid, nullable=False, index=True),
        Column("organisation_id", Uuid, nullable=False),
        Column("until", Date),
        Column("source_version", BigInteger, nullable=False),
        Column("annulled", Boolean, nullable=False, server_default=sa.false()),
    )


def _errands(metadata: sa.MetaData) -> None:
    Table(
        "deadlines",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("subject", Uuid, nullable=False),
        Column("key", Uuid, nullable=False),
        Column("due_at", Instant, nullable=False),
        Column("provisional", Boolean, nullable=False),
        Column("clause", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("counted_from", Date),
        Column("working_days", Integer),
        Column("calendar", Text),
        Column("attempts", Integer, nullable=False, server_default=sa.text("0")),
        Column("next_at", Instant),
        sa.UniqueConstraint("kind", "subject"),
        sa.CheckConstraint("state IN ('open', 'met', 'fired')", name="state"),
        sa.CheckConstraint(
            "(working_days IS NULL) = (counted_from IS NULL) AND (working_days IS NULL) = (calendar IS NULL)"
            " AND working_days > 0",
            name="counted",
        ),
        sa.Index("ix_deadlines_due", "due_at", postgresql_where=sa.text("state = 'open'")),
        sa.Index(
            "ix_deadlines_counted", "due_at", postgresql_where=sa.text("state = 'open' AND working_days IS NOT NULL")
        ),
    )
    Table(
        "calendars",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("fingerprint", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("known_until", Date, nullable=False),
        Column("installed_at", Instant, nullable=False),
    )
    Table(
        "dispatches",
        metadata,
        Column("business_key", Text, primary_key=True),
        Column("id", Uuid, nullable=False, unique=True, server_default=sa.text("gen_random_uuid()")),
        Column("channel", Text, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("state", Text, nullable=False),
        Column("unsure", Boolean, nullable=False, server_default=sa.false()),
        Column("attempts", Integer, nullable=False),
        Column("next_at", Instant, nullable=False),
        Column("since", Instant, nullable=False),
        Column("reason", Text),
        Column("reference", Text),
        Column("asked", Text),
        Column("asked_by", Uuid),
        Column("asked_because", Text),
        Column("cancel_asked_by", Uuid),
        Column("cancelled_by", Uuid),
        sa.UniqueConstraint("business_key", "state"),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'cancelled', 'closed')", name="state"),
        sa.CheckConstraint("asked IN ('retry', 'cancel')", name="asked"),
        sa.CheckConstraint("cancel_asked_by <> cancelled_by", name="two_persons"),
        sa.CheckConstraint(
            "state <> 'cancelled' OR (cancel_asked_by IS NOT NULL AND cancelled_by IS NOT NULL)", name="cancelled"
        ),
        sa.Index("ix_dispatches_waiting", "next_at", postgresql_where=sa.text("state IN ('waiting', 'sending')")),
    )
    Table(
        "documents",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("organisation_id", Uuid, nullable=False),
        Column("jurisdiction", Text, nullable=False),
        Column("uploaded_by", Uuid, nullable=False),
        Column("name", Text, nullable=False),
        Column("media_type", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("sha256", LargeBinary, nullable=False),
        Column("audience", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("keep_until", Date),
        Column("created_at", Instant, nullable=False),
        sa.Index("ix_documents_pending", "uploaded_by", postgresql_where=sa.text("state = 'pending'")),
        sa.Index(None, "sha256", "organisation_id"),
        sa.CheckConstraint("audience IN ('public', 'parties', 'sealed')", name="audience"),
        sa.CheckConstraint("state IN ('pending', 'linked', 'erased')", name="state"),
        sa.CheckConstraint("(state = 'pending') = (keep_until IS NULL)", name="kept"),
    )
    Table(
        "document_links",
        metadata,
        Column("document_id", Uuid, sa.ForeignKey("documents.id"), primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("record", Uuid, primary_key=True),
    )
    Table(
        "notices",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("recipient_organisation", Uuid, nullable=False, index=True),
        Column("subject", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("document_id", Uuid),
        Column("facts", JSONB, nullable=False),
        Column("delivered_at", Instant, nullable=False),
        Column("read_at", Instant),
        Column("read_by", Uuid),
    )
