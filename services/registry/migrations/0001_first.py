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
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state = 'registered'", name=op.f("ck_persons_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_index(op.f("ix_persons_key"), "persons", ["key"], unique=False)
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
        "providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("registered_with", sa.Text(), nullable=True),
        sa.Column("registration_number", sa.Text(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "credit_code IS NOT NULL OR kind = 'community_social_organisation'", name=op.f("ck_providers_credit_code")
        ),
        sa.CheckConstraint("state IN ('registered', 'verified', 'left')", name=op.f("ck_providers_state")),
        sa.CheckConstraint("organisation = id", name=op.f("ck_providers_owns_itself")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_providers_credit_code")),
    )
    op.create_index(op.f("ix_providers_key"), "providers", ["key"], unique=False)
    op.create_index(
        "uq_providers_without_code",
        "providers",
        ["jurisdiction", "title_folded"],
        unique=True,
        postgresql_where=sa.text("credit_code IS NULL"),
    )
    op.create_table(
        "purchasers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("opts_in", sa.Boolean(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state = 'registered'", name=op.f("ck_purchasers_state")),
        sa.CheckConstraint("organisation = id", name=op.f("ck_purchasers_owns_itself")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchasers")),
        sa.UniqueConstraint("jurisdiction", "title_folded", name=op.f("uq_purchasers_jurisdiction_title_folded")),
    )
    op.create_index(op.f("ix_purchasers_key"), "purchasers", ["key"], unique=False)
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
        "results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=False),
        sa.Column("result_version", sa.Integer(), nullable=False),
        sa.Column("evidence_hash", sa.Text(), nullable=True),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("grade IN ('good', 'fair', 'poor')", name=op.f("ck_results_grade")),
        sa.CheckConstraint(
            "state = 'proposed' OR (imported_by IS NULL) = (confirmed_by IS NULL)", name=op.f("ck_results_confirmed")
        ),
        sa.CheckConstraint("state IN ('proposed', 'counted')", name=op.f("ck_results_state")),
        sa.CheckConstraint("(imported_by IS NULL) = (evidence_hash IS NULL)", name=op.f("ck_results_imported")),
        sa.CheckConstraint("imported_by <> confirmed_by", name=op.f("ck_results_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
    )
    op.create_index(op.f("ix_results_provider_id"), "results", ["provider_id"], unique=False)
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
        "standings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("score", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'barred') = (effect <> 'reference')", name=op.f("ck_standings_only_bars_bar")),
        sa.CheckConstraint("(state = 'ended') = (ended_because IS NOT NULL)", name=op.f("ck_standings_ended")),
        sa.CheckConstraint("effect IN ('bar', 'qualification', 'reference')", name=op.f("ck_standings_effect")),
        sa.CheckConstraint("kind IN ('watched', 'preferred', 'barred')", name=op.f("ck_standings_kind")),
        sa.CheckConstraint("origin IN ('result', 'conduct', 'bar')", name=op.f("ck_standings_origin")),
        sa.CheckConstraint("state IN ('standing', 'ended')", name=op.f("ck_standings_state")),
        sa.CheckConstraint("until_day >= from_day - 1", name=op.f("ck_standings_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standings")),
    )
    op.create_index(op.f("ix_standings_provider_id"), "standings", ["provider_id"], unique=False)
    op.create_index(
        "uq_standings_one_of_a_cause",
        "standings",
        ["provider_id", "cause"],
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
    )
    op.create_table(
        "bars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (confirmed_by IS NULL)", name=op.f("ck_bars_confirmed")),
        sa.CheckConstraint("(state = 'proposed') = (until_day IS NULL)", name=op.f("ck_bars_period")),
        sa.CheckConstraint("state IN ('proposed', 'confirmed')", name=op.f("ck_bars_state")),
        sa.CheckConstraint("months > 0", name=op.f("ck_bars_months")),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_bars_two_persons")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_bars_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bars")),
    )
    op.create_index(op.f("ix_bars_provider_id"), "bars", ["provider_id"], unique=False)
    op.create_table(
        "clearances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("acknowledged", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'award') = (lot IS NOT NULL)", name=op.f("ck_clearances_lot")),
        sa.CheckConstraint("kind IN ('award', 'signing')", name=op.f("ck_clearances_kind")),
        sa.CheckConstraint("state IN ('open', 'blocked', 'closed')", name=op.f("ck_clearances_state")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_clearances_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearances")),
    )
    op.create_index(op.f("ix_clearances_key"), "clearances", ["key"], unique=False)
    op.create_index(
        "ix_clearances_open", "clearances", ["provider_id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "uq_clearances_one_open",
        "clearances",
        ["subject", "lot"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issuer_level", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'entered') = (verified_by IS NULL)", name=op.f("ck_evidence_verified")),
        sa.CheckConstraint("state IN ('entered', 'verified', 'rejected')", name=op.f("ck_evidence_state")),
        sa.CheckConstraint("entered_by <> verified_by", name=op.f("ck_evidence_two_persons")),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name=op.f("fk_evidence_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_provider_id"), "evidence", ["provider_id"], unique=False)
    op.create_table(
        "private_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_private_persons_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_private_persons")),
    )
    op.create_table(
        "private_bar_reasons",
        sa.Column("bar_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["bar_id"], ["bars.id"], name=op.f("fk_private_bar_reasons_bar_id")),
        sa.PrimaryKeyConstraint("bar_id", name=op.f("pk_private_bar_reasons")),
    )


def downgrade() -> None:
    op.drop_table("private_bar_reasons")
    op.drop_table("private_persons")
    op.drop_index(op.f("ix_evidence_provider_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(
        "uq_clearances_one_open",
        table_name="clearances",
        postgresql_where=sa.text("state = 'open'"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_clearances_open", table_name="clearances", postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f("ix_clearances_key"), table_name="clearances")
    op.drop_table("clearances")
    op.drop_index(op.f("ix_bars_provider_id"), table_name="bars")
    op.drop_table("bars")
    op.drop_index("uq_standings_one_of_a_cause", table_name="standings", postgresql_where=sa.text("state = 'standing'"))
    op.drop_index(op.f("ix_standings_provider_id"), table_name="standings")
    op.drop_table("standings")
    op.drop_table("sources")
    op.drop_table("seen")
    op.drop_index(op.f("ix_results_provider_id"), table_name="results")
    op.drop_table("results")
    op.drop_table("relay_mark")
    op.drop_table("queue")
    op.drop_index(op.f("ix_purchasers_key"), table_name="purchasers")
    op.drop_table("purchasers")
    op.drop_index("uq_providers_without_code", table_name="providers", postgresql_where=sa.text("credit_code IS NULL"))
    op.drop_index(op.f("ix_providers_key"), table_name="providers")
    op.drop_table("providers")
    op.drop_index(op.f("ix_posts_person_id"), table_name="posts")
    op.drop_table("posts")
    op.drop_index(op.f("ix_persons_key"), table_name="persons")
    op.drop_table("persons")
    op.drop_index(op.f("ix_notices_recipient_organisation"), table_name="notices")
    op.drop_table("notices")
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
    op.drop_index(op.f("ix_documents_linked_to"), table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_dispatches_waiting", table_name="dispatches", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("dispatches")
    op.drop_index("ix_deadlines_due", table_name="deadlines", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("deadlines")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
