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
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_index(op.f("ix_evaluations_provider_id"), "evaluations", ["provider_id"], unique=False)
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
        "procurements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("method_reason", sa.Text(), nullable=False),
        sa.Column("procurement_project", sa.Boolean(), nullable=False),
        sa.Column("budget", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("service_class", sa.Integer(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("later_closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("later_proposed_by", sa.Uuid(), nullable=True),
        sa.Column("bids", sa.Integer(), nullable=True),
        sa.Column("receipts_hash", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opening_proposed_by", sa.Uuid(), nullable=True),
        sa.Column("opening_confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_clause", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'failed') = (failure_clause IS NOT NULL)", name=op.f("ck_procurements_failed")),
        sa.CheckConstraint(
            "method IN ('open_tender', 'competitive_consultation')", name=op.f("ck_procurements_method")
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'checked', 'noticed', 'closed', 'opened', 'reviewed', 'scored', 'proposed', 'announced', 'confirmed', 'failed')",
            name=op.f("ck_procurements_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('noticed', 'closed', 'opened') OR closes_at IS NOT NULL",
            name=op.f("ck_procurements_noticed"),
        ),
        sa.CheckConstraint("(bids IS NULL) = (receipts_hash IS NULL)", name=op.f("ck_procurements_frozen")),
        sa.CheckConstraint("(opened_at IS NULL) = (opening_confirmed_by IS NULL)", name=op.f("ck_procurements_opened")),
        sa.CheckConstraint("budget > 0", name=op.f("ck_procurements_budget")),
        sa.CheckConstraint("later_closes_at > closes_at", name=op.f("ck_procurements_only_later")),
        sa.CheckConstraint("opening_proposed_by <> opening_confirmed_by", name=op.f("ck_procurements_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurements")),
        sa.UniqueConstraint("reference", name=op.f("uq_procurements_reference")),
    )
    op.create_index(op.f("ix_procurements_key"), "procurements", ["key"], unique=False)
    op.create_index(op.f("ix_procurements_organisation"), "procurements", ["organisation"], unique=False)
    op.create_index(
        "uq_procurements_one_live", "procurements", ["key"], unique=True, postgresql_where=sa.text("state <> 'failed'")
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("service_class", sa.Integer(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("budget", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("in_central_directory", sa.Boolean(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_version", sa.Integer(), nullable=False),
        sa.Column("requirement_hash", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_table(
        "providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
    )
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
        "standings",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", "cause", "kind", name=op.f("pk_standings")),
    )
    op.create_table(
        "verifications",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("conditions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("assessment_grade", sa.Text(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_verifications")),
    )
    op.create_table(
        "envelopes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_by", sa.Text(), nullable=False),
        sa.Column("stored_by", sa.Uuid(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sealed_by IN ('server', 'bidder')", name=op.f("ck_envelopes_sealed_by")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_envelopes_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
        info={"insert_only": True},
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("bid_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('drawn', 'confirmed')", name=op.f("ck_lots_state")),
        sa.CheckConstraint("drawn_by <> confirmed_by", name=op.f("ck_lots_two_persons")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_lots_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
    )
    op.create_table(
        "panels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("draw_reference", sa.Text(), nullable=False),
        sa.Column("formed_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('formed', 'scored')", name=op.f("ck_panels_state")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_panels_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panels")),
        sa.UniqueConstraint("procurement_id", name=op.f("uq_panels_procurement_id")),
    )
    op.create_table(
        "tender_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'drafted') = (checked_by IS NULL)", name=op.f("ck_tender_files_checked")),
        sa.CheckConstraint("state IN ('drafted', 'checked')", name=op.f("ck_tender_files_state")),
        sa.CheckConstraint("drafted_by <> checked_by", name=op.f("ck_tender_files_two_persons")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_tender_files_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender_files")),
        sa.UniqueConstraint("procurement_id", "number", name=op.f("uq_tender_files_procurement_id_number")),
    )
    op.create_table(
        "bids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_by", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("qualified", sa.Boolean(), nullable=True),
        sa.CheckConstraint("qualified IS NULL OR state = 'opened'", name=op.f("ck_bids_qualified")),
        sa.CheckConstraint("state IN ('submitted', 'replaced', 'withdrawn', 'opened')", name=op.f("ck_bids_state")),
        sa.ForeignKeyConstraint(["envelope_id"], ["envelopes.id"], name=op.f("fk_bids_envelope_id")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_bids_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bids")),
        sa.UniqueConstraint("envelope_id", name=op.f("uq_bids_envelope_id")),
    )
    op.create_index(op.f("ix_bids_procurement_id"), "bids", ["procurement_id"], unique=False)
    op.create_index(op.f("ix_bids_provider_id"), "bids", ["provider_id"], unique=False)
    op.create_index(
        "uq_bids_one_live",
        "bids",
        ["procurement_id", "provider_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'opened')"),
    )
    op.create_table(
        "panel_members",
        sa.Column("panel_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interests", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('expert', 'purchaser')", name=op.f("ck_panel_members_role")),
        sa.CheckConstraint(
            "scored_at IS NULL OR (declared_at IS NOT NULL AND interests = '[]'::jsonb)",
            name=op.f("ck_panel_members_no_interest"),
        ),
        sa.ForeignKeyConstraint(["panel_id"], ["panels.id"], name=op.f("fk_panel_members_panel_id")),
        sa.PrimaryKeyConstraint("panel_id", "person_id", name=op.f("pk_panel_members")),
    )
    op.create_table(
        "tender_file_contents",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["tender_files.id"], name=op.f("fk_tender_file_contents_file_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_tender_file_contents")),
        info={"insert_only": True},
    )
    op.create_table(
        "awards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("choice_reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("chosen_by", sa.Uuid(), nullable=True),
        sa.Column("choice_confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name=op.f("ck_awards_confirmed")),
        sa.CheckConstraint("choice IN ('next', 'fail')", name=op.f("ck_awards_choice")),
        sa.CheckConstraint(
            "state IN ('proposed', 'cleared', 'blocked', 'announced', 'confirmed')", name=op.f("ck_awards_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_awards_amount")),
        sa.CheckConstraint("chosen_by <> choice_confirmed_by", name=op.f("ck_awards_two_choose")),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_awards_two_persons")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_awards_bid_id")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_awards_procurement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("procurement_id", "bid_id", name=op.f("uq_awards_procurement_id_bid_id")),
        sa.UniqueConstraint("procurement_id", "lot", "round", name=op.f("uq_awards_procurement_id_lot_round")),
    )
    op.create_index(
        "uq_awards_one_live",
        "awards",
        ["procurement_id", "lot"],
        unique=True,
        postgresql_where=sa.text("state <> 'blocked'"),
    )
    op.create_table(
        "opened_bids",
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_opened_bids_bid_id")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_opened_bids_procurement_id")),
        sa.PrimaryKeyConstraint("bid_id", name=op.f("pk_opened_bids")),
        info={"insert_only": True},
    )
    op.create_index(op.f("ix_opened_bids_procurement_id"), "opened_bids", ["procurement_id"], unique=False)
    op.create_table(
        "private_offers",
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_private_offers_bid_id")),
        sa.PrimaryKeyConstraint("bid_id", name=op.f("pk_private_offers")),
        info={"insert_only": True},
    )
    op.create_table(
        "qualification_results",
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("basis IN ('registry', 'reviewer', 'price')", name=op.f("ck_qualification_results_basis")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_qualification_results_bid_id")),
        sa.ForeignKeyConstraint(
            ["procurement_id"], ["procurements.id"], name=op.f("fk_qualification_results_procurement_id")
        ),
        sa.PrimaryKeyConstraint("bid_id", "condition", name=op.f("pk_qualification_results")),
        info={"insert_only": True},
    )
    op.create_index(
        op.f("ix_qualification_results_procurement_id"), "qualification_results", ["procurement_id"], unique=False
    )
    op.create_table(
        "rankings",
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("price", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("technical", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("tied", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_by IN ('score', 'price', 'technical', 'lot', 'tie')", name=op.f("ck_rankings_decided_by")
        ),
        sa.CheckConstraint("tied = (decided_by = 'tie')", name=op.f("ck_rankings_tied")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_rankings_bid_id")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_rankings_procurement_id")),
        sa.PrimaryKeyConstraint("bid_id", name=op.f("pk_rankings")),
    )
    op.create_index(op.f("ix_rankings_procurement_id"), "rankings", ["procurement_id"], unique=False)
    op.create_table(
        "scores",
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("bid_id", sa.Uuid(), nullable=False),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.CheckConstraint("points >= 0 AND points <= 100", name=op.f("ck_scores_points")),
        sa.ForeignKeyConstraint(["bid_id"], ["bids.id"], name=op.f("fk_scores_bid_id")),
        sa.ForeignKeyConstraint(["procurement_id"], ["procurements.id"], name=op.f("fk_scores_procurement_id")),
        sa.PrimaryKeyConstraint("procurement_id", "person_id", "bid_id", "factor", name=op.f("pk_scores")),
        info={"insert_only": True},
    )


def downgrade() -> None:
    op.drop_table("scores")
    op.drop_index(op.f("ix_rankings_procurement_id"), table_name="rankings")
    op.drop_table("rankings")
    op.drop_index(op.f("ix_qualification_results_procurement_id"), table_name="qualification_results")
    op.drop_table("qualification_results")
    op.drop_table("private_offers")
    op.drop_index(op.f("ix_opened_bids_procurement_id"), table_name="opened_bids")
    op.drop_table("opened_bids")
    op.drop_index("uq_awards_one_live", table_name="awards", postgresql_where=sa.text("state <> 'blocked'"))
    op.drop_table("awards")
    op.drop_table("tender_file_contents")
    op.drop_table("panel_members")
    op.drop_index("uq_bids_one_live", table_name="bids", postgresql_where=sa.text("state IN ('submitted', 'opened')"))
    op.drop_index(op.f("ix_bids_provider_id"), table_name="bids")
    op.drop_index(op.f("ix_bids_procurement_id"), table_name="bids")
    op.drop_table("bids")
    op.drop_table("tender_files")
    op.drop_table("panels")
    op.drop_table("lots")
    op.drop_table("envelopes")
    op.drop_table("verifications")
    op.drop_table("standings")
    op.drop_table("sources")
    op.drop_table("seen")
    op.drop_table("relay_mark")
    op.drop_table("queue")
    op.drop_table("providers")
    op.drop_table("projects")
    op.drop_index("uq_procurements_one_live", table_name="procurements", postgresql_where=sa.text("state <> 'failed'"))
    op.drop_index(op.f("ix_procurements_organisation"), table_name="procurements")
    op.drop_index(op.f("ix_procurements_key"), table_name="procurements")
    op.drop_table("procurements")
    op.drop_index(op.f("ix_posts_person_id"), table_name="posts")
    op.drop_table("posts")
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
    op.drop_index(op.f("ix_evaluations_provider_id"), table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index(op.f("ix_documents_linked_to"), table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_dispatches_waiting", table_name="dispatches", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("dispatches")
    op.drop_index("ix_deadlines_due", table_name="deadlines", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("deadlines")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
