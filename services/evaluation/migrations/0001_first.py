"""first"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("purchaser_is_user", sa.Boolean(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("kept_apart", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("concluded_by", sa.Uuid(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("survey_id", sa.Uuid(), nullable=True),
        sa.Column("satisfaction", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (concluded_by IS NULL)", name=op.f("ck_acceptances_concluded")),
        sa.CheckConstraint("state IN ('open', 'passed', 'failed')", name=op.f("ck_acceptances_state")),
        sa.CheckConstraint(
            "opened_by <> kept_apart AND concluded_by <> kept_apart", name=op.f("ck_acceptances_two_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptances")),
        sa.UniqueConstraint(
            "contract_id",
            "line_id",
            "attempt",
            name=op.f("uq_acceptances_contract_id_line_id_attempt"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_acceptances_contract_id"), "acceptances", ["contract_id"], unique=False)
    op.create_index(op.f("ix_acceptances_key"), "acceptances", ["key"], unique=False)
    op.create_index(
        "uq_acceptances_one_open",
        "acceptances",
        ["contract_id", "line_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "accounts",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_person_id"), "accounts", ["person_id"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("modes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("modes_reason", sa.Text(), nullable=True),
        sa.Column("purchaser_is_user", sa.Boolean(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("kept_apart", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("assessed_by", sa.Uuid(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("corrected_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objections_until", sa.Date(), nullable=True),
        sa.Column("window_provisional", sa.Boolean(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_on IS NOT NULL)", name=op.f("ck_assessments_confirmed")),
        sa.CheckConstraint(
            "(state = 'open') = (assessed_by IS NULL) AND (state = 'open') = (score IS NULL)",
            name=op.f("ck_assessments_assessed"),
        ),
        sa.CheckConstraint("state IN ('open', 'notified', 'objected', 'confirmed')", name=op.f("ck_assessments_state")),
        sa.CheckConstraint("cardinality(modes) > 0", name=op.f("ck_assessments_modes")),
        sa.CheckConstraint(
            "opened_by <> kept_apart AND assessed_by <> kept_apart", name=op.f("ck_assessments_two_persons")
        ),
        sa.CheckConstraint(
            "score BETWEEN 0 AND 100 AND corrected_score BETWEEN 0 AND 100", name=op.f("ck_assessments_score")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("line_id", "attempt", name=op.f("uq_assessments_line_id_attempt")),
    )
    op.create_index(op.f("ix_assessments_contract_id"), "assessments", ["contract_id"], unique=False)
    op.create_index(op.f("ix_assessments_key"), "assessments", ["key"], unique=False)
    op.create_index(
        "uq_assessments_one_open",
        "assessments",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'confirmed'"),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("service_class", sa.Integer(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("procurement_project", sa.Boolean(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("objection_window_working_days", sa.Integer(), nullable=True),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )
    op.create_index(op.f("ix_contracts_key"), "contracts", ["key"], unique=False)
    op.create_index(op.f("ix_contracts_provider_id"), "contracts", ["provider_id"], unique=False)
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'met', 'fired')", name=op.f("ck_deadlines_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_deadlines_kind_subject")),
    )
    op.create_index(
        "ix_deadlines_due", "deadlines", ["due_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "dispatches",
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f("ck_dispatches_state")),
        sa.PrimaryKeyConstraint("business_key", name=op.f("pk_dispatches")),
    )
    op.create_index(
        "ix_dispatches_waiting", "dispatches", ["next_at"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("linked_to", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'linked') = (linked_to IS NOT NULL)", name=op.f("ck_documents_linked")),
        sa.CheckConstraint("audience IN ('public', 'parties', 'sealed')", name=op.f("ck_documents_audience")),
        sa.CheckConstraint("state IN ('pending', 'linked')", name=op.f("ck_documents_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_linked_to"), "documents", ["linked_to"], unique=False)
    op.create_table(
        "duties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("period", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("NOT final OR kind = 'evaluation'", name=op.f("ck_duties_final")),
        sa.CheckConstraint("kind IN ('acceptance', 'assessment', 'evaluation')", name=op.f("ck_duties_kind")),
        sa.CheckConstraint("state IN ('planned', 'under_way', 'notified', 'concluded')", name=op.f("ck_duties_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
        sa.UniqueConstraint(
            "contract_id",
            "kind",
            "line_id",
            name=op.f("uq_duties_contract_id_kind_line_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_duties_contract_id"), "duties", ["contract_id"], unique=False)
    op.create_index(op.f("ix_duties_key"), "duties", ["key"], unique=False)
    op.create_index(
        "ix_duties_open", "duties", ["due_on", "id"], unique=False, postgresql_where=sa.text("state <> 'concluded'")
    )
    op.create_table(
        "held",
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("awaits", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skip_asked_by", sa.Uuid(), nullable=True),
        sa.Column("skip_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waits', 'parked', 'behind')", name=op.f("ck_held_state")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_held")),
        sa.UniqueConstraint("source", "key", "version", name=op.f("uq_held_source_key_version")),
    )
    op.create_index(op.f("ix_held_awaits"), "held", ["awaits"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_inbox")),
        info={"insert_only": True},
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.Uuid(), nullable=True),
        sa.Column("correlation", sa.Uuid(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'event') = (version IS NOT NULL)", name=op.f("ck_journal_versioned")),
        sa.CheckConstraint("audience IN ('public', 'services', 'internal')", name=op.f("ck_journal_audience")),
        sa.CheckConstraint("kind IN ('event', 'refusal')", name=op.f("ck_journal_kind")),
        sa.CheckConstraint("version > 0", name=op.f("ck_journal_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_journal_key_version")),
        info={"insert_only": True},
    )
    op.create_index(op.f("ix_journal_correlation"), "journal", ["correlation"], unique=False)
    op.create_index(
        "ix_journal_refusals",
        "journal",
        ["organisation", "recorded_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'refusal'"),
    )
    op.create_index(op.f("ix_journal_subject_recorded_at"), "journal", ["subject", "recorded_at"], unique=False)
    op.create_table(
        "keys",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_keys")),
    )
    op.create_table(
        "ledger",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_ledger_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger")),
        sa.UniqueConstraint("entry", name=op.f("uq_ledger_entry")),
        info={"insert_only": True},
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("third_party", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("independent", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('live', 'ended')", name=op.f("ck_mandates_state")),
        sa.CheckConstraint("third_party NOT IN (provider_id, organisation)", name=op.f("ck_mandates_third_party")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_mandates_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_contract_id"), "mandates", ["contract_id"], unique=False)
    op.create_index(op.f("ix_mandates_key"), "mandates", ["key"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_organisation", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_recipient_organisation"), "notices", ["recipient_organisation"], unique=False)
    op.create_table(
        "observers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tied", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observers")),
        info={"insert_only": True},
    )
    op.create_index(op.f("ix_observers_subject"), "observers", ["subject"], unique=False)
    op.create_table(
        "opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("statement_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('committee', 'residents')", name=op.f("ck_opinions_side")),
        sa.CheckConstraint("members > 0", name=op.f("ck_opinions_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
        info={"insert_only": True},
    )
    op.create_index(op.f("ix_opinions_subject"), "opinions", ["subject"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("duties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_person_id"), "posts", ["person_id"], unique=False)
    op.create_table(
        "private_people",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("contact_folded", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_private_people")),
        sa.UniqueConstraint(
            "contract_id",
            "name_folded",
            "contact_folded",
            name=op.f("uq_private_people_contract_id_name_folded_contact_folded"),
        ),
    )
    op.create_index(op.f("ix_private_people_keep_until"), "private_people", ["keep_until"], unique=False)
    op.create_table(
        "private_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_statements")),
    )
    op.create_index(op.f("ix_private_statements_keep_until"), "private_statements", ["keep_until"], unique=False)
    op.create_index(op.f("ix_private_statements_subject"), "private_statements", ["subject"], unique=False)
    op.create_table(
        "queue",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_queue")),
    )
    op.create_table(
        "relay_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_relay_mark_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_mark")),
    )
    op.create_table(
        "seen",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_seen")),
    )
    op.create_table(
        "sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_sources")),
    )
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.Column("satisfaction", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (satisfaction IS NOT NULL)", name=op.f("ck_surveys_closed")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_surveys_state")),
        sa.CheckConstraint(
            "0 <= satisfied AND satisfied <= answers AND answers <= invited", name=op.f("ck_surveys_counts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
    )
    op.create_index(op.f("ix_surveys_contract_id"), "surveys", ["contract_id"], unique=False)
    op.create_index(op.f("ix_surveys_key"), "surveys", ["key"], unique=False)
    op.create_table(
        "targets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("performance_goal", sa.Text(), nullable=False),
        sa.Column("indicators", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_targets_contract_id")),
    )
    op.create_index(op.f("ix_targets_contract_id"), "targets", ["contract_id"], unique=False)
    op.create_index(op.f("ix_targets_key"), "targets", ["key"], unique=False)
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("added_items", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("kept_apart", sa.Uuid(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("concluded_by", sa.Uuid(), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("survey_id", sa.Uuid(), nullable=True),
        sa.Column("judgements", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attained", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("result_version", sa.Integer(), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (grade IS NULL) AND (state = 'open') = (concluded_by IS NULL)",
            name=op.f("ck_evaluations_concluded"),
        ),
        sa.CheckConstraint("(state = 'published') = (published_on IS NOT NULL)", name=op.f("ck_evaluations_published")),
        sa.CheckConstraint(
            "grade IN ('good', 'fair', 'poor') AND score BETWEEN 0 AND 100", name=op.f("ck_evaluations_result")
        ),
        sa.CheckConstraint("kind IN ('mid', 'final')", name=op.f("ck_evaluations_kind")),
        sa.CheckConstraint("state IN ('open', 'concluded', 'published')", name=op.f("ck_evaluations_state")),
        sa.CheckConstraint("concluded_by <> kept_apart", name=op.f("ck_evaluations_two_persons")),
        sa.ForeignKeyConstraint(["duty_id"], ["duties.id"], name=op.f("fk_evaluations_duty_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("duty_id", name=op.f("uq_evaluations_duty_id")),
    )
    op.create_index(op.f("ix_evaluations_contract_id"), "evaluations", ["contract_id"], unique=False)
    op.create_index(op.f("ix_evaluations_key"), "evaluations", ["key"], unique=False)
    op.create_index(
        "ix_evaluations_published",
        "evaluations",
        ["published_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement_hash", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answer_due", sa.Date(), nullable=False),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("assessed_by", sa.Uuid(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verification_hash", sa.LargeBinary(), nullable=True),
        sa.Column("corrected_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (answered_by IS NULL)", name=op.f("ck_objections_answered")),
        sa.CheckConstraint("(state = 'open') = (verification_hash IS NULL)", name=op.f("ck_objections_verified")),
        sa.CheckConstraint("(state = 'upheld') = (corrected_score IS NOT NULL)", name=op.f("ck_objections_correction")),
        sa.CheckConstraint("state IN ('open', 'upheld', 'rejected')", name=op.f("ck_objections_state")),
        sa.CheckConstraint("answered_by <> assessed_by", name=op.f("ck_objections_two_persons")),
        sa.CheckConstraint("cardinality(evidence) > 0", name=op.f("ck_objections_evidence")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessments.id"], name=op.f("fk_objections_assessment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_objections_assessment_id")),
    )
    op.create_index(op.f("ix_objections_contract_id"), "objections", ["contract_id"], unique=False)
    op.create_index(op.f("ix_objections_key"), "objections", ["key"], unique=False)
    op.create_table(
        "private_answers",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("respondent", sa.Uuid(), nullable=False),
        sa.Column("satisfied", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_private_answers_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "respondent", name=op.f("pk_private_answers")),
    )
    op.create_index(op.f("ix_private_answers_keep_until"), "private_answers", ["keep_until"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=False),
        sa.Column("purchaser_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("third_party_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("survey_id", sa.Uuid(), nullable=True),
        sa.Column("reason_hash", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'approved') = (approved_by IS NOT NULL)", name=op.f("ck_corrections_approved")),
        sa.CheckConstraint("state IN ('proposed', 'approved')", name=op.f("ck_corrections_state")),
        sa.CheckConstraint("approved_by <> proposed_by", name=op.f("ck_corrections_two_persons")),
        sa.CheckConstraint(
            "num_nonnulls(purchaser_score, third_party_score, survey_id) > 0", name=op.f("ck_corrections_something")
        ),
        sa.CheckConstraint(
            "purchaser_score BETWEEN 0 AND 100 AND third_party_score BETWEEN 0 AND 100",
            name=op.f("ck_corrections_scores"),
        ),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluations.id"], name=op.f("fk_corrections_evaluation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_contract_id"), "corrections", ["contract_id"], unique=False)
    op.create_index(op.f("ix_corrections_evaluation_id"), "corrections", ["evaluation_id"], unique=False)
    op.create_index(op.f("ix_corrections_key"), "corrections", ["key"], unique=False)
    op.create_table(
        "evaluation_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("report_fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("report_sha256", sa.Text(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_for", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part IN ('purchaser', 'third_party')", name=op.f("ck_evaluation_parts_part")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_evaluation_parts_score")),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_parts_evaluation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_parts")),
        sa.UniqueConstraint("evaluation_id", "part", name=op.f("uq_evaluation_parts_evaluation_id_part")),
    )
    op.create_table(
        "evaluation_results",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("result_version", sa.Integer(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("correction_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(result_version = 1) = (correction_id IS NULL)", name=op.f("ck_evaluation_results_correction")
        ),
        sa.CheckConstraint("result_version > 0", name=op.f("ck_evaluation_results_version")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_results_evaluation_id")
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "result_version", name=op.f("pk_evaluation_results")),
        info={"insert_only": True},
    )


def downgrade() -> None:
    op.drop_table("evaluation_results")
    op.drop_table("evaluation_parts")
    op.drop_index(op.f("ix_corrections_key"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_evaluation_id"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_contract_id"), table_name="corrections")
    op.drop_table("corrections")
    op.drop_index(op.f("ix_private_answers_keep_until"), table_name="private_answers")
    op.drop_table("private_answers")
    op.drop_index(op.f("ix_objections_key"), table_name="objections")
    op.drop_index(op.f("ix_objections_contract_id"), table_name="objections")
    op.drop_table("objections")
    op.drop_index("ix_evaluations_published", table_name="evaluations", postgresql_where=sa.text("state = 'published'"))
    op.drop_index(op.f("ix_evaluations_key"), table_name="evaluations")
    op.drop_index(op.f("ix_evaluations_contract_id"), table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index(op.f("ix_targets_key"), table_name="targets")
    op.drop_index(op.f("ix_targets_contract_id"), table_name="targets")
    op.drop_table("targets")
    op.drop_index(op.f("ix_surveys_key"), table_name="surveys")
    op.drop_index(op.f("ix_surveys_contract_id"), table_name="surveys")
    op.drop_table("surveys")
    op.drop_table("sources")
    op.drop_table("seen")
    op.drop_table("relay_mark")
    op.drop_table("queue")
    op.drop_index(op.f("ix_private_statements_subject"), table_name="private_statements")
    op.drop_index(op.f("ix_private_statements_keep_until"), table_name="private_statements")
    op.drop_table("private_statements")
    op.drop_index(op.f("ix_private_people_keep_until"), table_name="private_people")
    op.drop_table("private_people")
    op.drop_index(op.f("ix_posts_person_id"), table_name="posts")
    op.drop_table("posts")
    op.drop_index(op.f("ix_opinions_subject"), table_name="opinions")
    op.drop_table("opinions")
    op.drop_index(op.f("ix_observers_subject"), table_name="observers")
    op.drop_table("observers")
    op.drop_index(op.f("ix_notices_recipient_organisation"), table_name="notices")
    op.drop_table("notices")
    op.drop_index(op.f("ix_mandates_key"), table_name="mandates")
    op.drop_index(op.f("ix_mandates_contract_id"), table_name="mandates")
    op.drop_table("mandates")
    op.drop_table("ledger")
    op.drop_table("keys")
    op.drop_index(op.f("ix_journal_subject_recorded_at"), table_name="journal")
    op.drop_index("ix_journal_refusals", table_name="journal", postgresql_where=sa.text("kind = 'refusal'"))
    op.drop_index(op.f("ix_journal_correlation"), table_name="journal")
    op.drop_table("journal")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index(op.f("ix_held_awaits"), table_name="held")
    op.drop_table("held")
    op.drop_index("ix_duties_open", table_name="duties", postgresql_where=sa.text("state <> 'concluded'"))
    op.drop_index(op.f("ix_duties_key"), table_name="duties")
    op.drop_index(op.f("ix_duties_contract_id"), table_name="duties")
    op.drop_table("duties")
    op.drop_index(op.f("ix_documents_linked_to"), table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_dispatches_waiting", table_name="dispatches", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("dispatches")
    op.drop_index("ix_deadlines_due", table_name="deadlines", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("deadlines")
    op.drop_index(op.f("ix_contracts_provider_id"), table_name="contracts")
    op.drop_index(op.f("ix_contracts_key"), table_name="contracts")
    op.drop_table("contracts")
    op.drop_index("uq_assessments_one_open", table_name="assessments", postgresql_where=sa.text("state <> 'confirmed'"))
    op.drop_index(op.f("ix_assessments_key"), table_name="assessments")
    op.drop_index(op.f("ix_assessments_contract_id"), table_name="assessments")
    op.drop_table("assessments")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
    op.drop_index(
        "uq_acceptances_one_open",
        table_name="acceptances",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_acceptances_key"), table_name="acceptances")
    op.drop_index(op.f("ix_acceptances_contract_id"), table_name="acceptances")
    op.drop_table("acceptances")
