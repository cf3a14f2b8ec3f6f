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
        "bars",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", "cause", name=op.f("pk_bars")),
        comment="copy: what bars a provider, where and until when",
    )
    op.create_table(
        "budgets",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "year", name=op.f("pk_budgets")),
        comment="copy: the money finance approved for a project, year by year",
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("provider_title", sa.Text(), nullable=False),
        sa.Column("procurement_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.Integer(), nullable=False),
        sa.Column("renews", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("price", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("paid", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("service_years", sa.Integer(), nullable=False),
        sa.Column("service_year", sa.Integer(), nullable=False),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_class", sa.Integer(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("procurement_project", sa.Boolean(), nullable=False),
        sa.Column("contents", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("term_conditions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("objection_window_working_days", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_on", sa.Date(), nullable=True),
        sa.Column("text_hash", sa.LargeBinary(), nullable=True),
        sa.Column("signing_round", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("standing_findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("provider_signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("ending_ground", sa.Text(), nullable=True),
        sa.Column("ending_proposed_by", sa.Uuid(), nullable=True),
        sa.Column("ending_confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'drafted') = (signed_on IS NULL)", name=op.f("ck_contracts_signed")),
        sa.CheckConstraint("standing IN ('asked', 'cleared', 'blocked')", name=op.f("ck_contracts_standing")),
        sa.CheckConstraint(
            "state IN ('drafted', 'signed', 'filed', 'running', 'completed', 'terminated')",
            name=op.f("ck_contracts_state"),
        ),
        sa.CheckConstraint("ending_proposed_by <> ending_confirmed_by", name=op.f("ck_contracts_two_end_it")),
        sa.CheckConstraint("price > 0 AND paid >= 0 AND paid <= price", name=op.f("ck_contracts_money")),
        sa.CheckConstraint("signed_by <> provider_signed_by", name=op.f("ck_contracts_two_parties")),
        sa.CheckConstraint(
            "signed_on IS NULL OR (signed_by IS NOT NULL AND provider_signed_by IS NOT NULL)",
            name=op.f("ck_contracts_signed_by_both"),
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_contracts_term")),
        sa.ForeignKeyConstraint(["renews"], ["contracts.id"], name=op.f("fk_contracts_renews")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("reference", name=op.f("uq_contracts_reference")),
    )
    op.create_index(op.f("ix_contracts_key"), "contracts", ["key"], unique=False)
    op.create_index(op.f("ix_contracts_organisation"), "contracts", ["organisation"], unique=False)
    op.create_index(op.f("ix_contracts_provider_id"), "contracts", ["provider_id"], unique=False)
    op.create_index(op.f("ix_contracts_state"), "contracts", ["state"], unique=False)
    op.create_index(
        "uq_contracts_one_live",
        "contracts",
        ["procurement_id", "lot", "renews"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state <> 'terminated'"),
    )
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
        "queue",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_queue")),
    )
    op.create_table(
        "reference_numbers",
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("city", "year", name=op.f("pk_reference_numbers")),
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
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        comment="copy: what evaluation found of a contract",
    )
    op.create_index(op.f("ix_results_contract_id"), "results", ["contract_id"], unique=False)
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
        "payment_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("planned", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("papers", sa.Uuid(), nullable=True),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("result_version", sa.Integer(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("paid", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "gate IN ('acceptance', 'assessment', 'evaluation', 'contract')", name=op.f("ck_payment_lines_gate")
        ),
        sa.CheckConstraint("kind IN ('advance', 'instalment', 'final')", name=op.f("ck_payment_lines_kind")),
        sa.CheckConstraint(
            "state IN ('planned', 'requested', 'approved', 'released', 'reduced', 'withheld', 'settled', 'returned', 'cancelled')",
            name=op.f("ck_payment_lines_state"),
        ),
        sa.CheckConstraint("planned > 0 AND paid >= 0 AND paid <= planned", name=op.f("ck_payment_lines_money")),
        sa.CheckConstraint("requested_by <> approved_by", name=op.f("ck_payment_lines_two_persons")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_payment_lines_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_lines")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_payment_lines_contract_id_number")),
    )
    op.create_index(op.f("ix_payment_lines_state"), "payment_lines", ["state"], unique=False)
    op.create_table(
        "private_reasons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_private_reasons_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_reasons")),
        comment="why a clause that asks for a reason was answered so; purpose: review and audit",
    )
    op.create_index(op.f("ix_private_reasons_contract_id"), "private_reasons", ["contract_id"], unique=False)
    op.create_table(
        "private_texts",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("contents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_private_texts_contract_id")),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_private_texts")),
        comment="what the contract says; purpose: performing it and the files the law has kept",
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=True),
        sa.Column("result_version", sa.Integer(), nullable=True),
        sa.Column("reverses", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'return') = (reverses IS NOT NULL)", name=op.f("ck_payments_reverses")),
        sa.CheckConstraint("kind IN ('release', 'supplement', 'refund', 'return')", name=op.f("ck_payments_kind")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_payments_contract_id")),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name=op.f("fk_payments_line_id")),
        sa.ForeignKeyConstraint(["reverses"], ["payments.id"], name=op.f("fk_payments_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("line_id", "number", name=op.f("uq_payments_line_id_number")),
        sa.UniqueConstraint("reverses", name=op.f("uq_payments_reverses")),
        info={"insert_only": True},
    )
    op.create_index(op.f("ix_payments_contract_id"), "payments", ["contract_id"], unique=False)
    op.create_index(
        "uq_payments_one_release",
        "payments",
        ["line_id", "attempt"],
        unique=True,
        postgresql_where=sa.text("kind = 'release'"),
    )
    op.create_table(
        "receipts",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("treasury_reference", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_receipts_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_receipts")),
        info={"insert_only": True},
    )


def downgrade() -> None:
    op.drop_table("receipts")
    op.drop_index("uq_payments_one_release", table_name="payments", postgresql_where=sa.text("kind = 'release'"))
    op.drop_index(op.f("ix_payments_contract_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_table("private_texts")
    op.drop_index(op.f("ix_private_reasons_contract_id"), table_name="private_reasons")
    op.drop_table("private_reasons")
    op.drop_index(op.f("ix_payment_lines_state"), table_name="payment_lines")
    op.drop_table("payment_lines")
    op.drop_table("sources")
    op.drop_table("seen")
    op.drop_index(op.f("ix_results_contract_id"), table_name="results")
    op.drop_table("results")
    op.drop_table("relay_mark")
    op.drop_table("reference_numbers")
    op.drop_table("queue")
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
    op.drop_index(op.f("ix_documents_linked_to"), table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_dispatches_waiting", table_name="dispatches", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("dispatches")
    op.drop_index("ix_deadlines_due", table_name="deadlines", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("deadlines")
    op.drop_index(
        "uq_contracts_one_live",
        table_name="contracts",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state <> 'terminated'"),
    )
    op.drop_index(op.f("ix_contracts_state"), table_name="contracts")
    op.drop_index(op.f("ix_contracts_provider_id"), table_name="contracts")
    op.drop_index(op.f("ix_contracts_organisation"), table_name="contracts")
    op.drop_index(op.f("ix_contracts_key"), table_name="contracts")
    op.drop_table("contracts")
    op.drop_table("budgets")
    op.drop_table("bars")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
