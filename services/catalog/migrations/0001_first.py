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
        "budget_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("allotted", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.CheckConstraint("amount > 0 AND allotted >= 0 AND allotted <= amount", name=op.f("ck_budget_lines_money")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_lines")),
        sa.UniqueConstraint("organisation", "year", "code", name=op.f("uq_budget_lines_organisation_year_code")),
    )
    op.create_index(op.f("ix_budget_lines_key"), "budget_lines", ["key"], unique=False)
    op.create_index(op.f("ix_budget_lines_organisation"), "budget_lines", ["organisation"], unique=False)
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
        "editions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(state = 'published') = (published_by IS NOT NULL)", name=op.f("ck_editions_published")),
        sa.CheckConstraint("kind IN ('guidance', 'implementing')", name=op.f("ck_editions_kind")),
        sa.CheckConstraint("state IN ('drafted', 'published')", name=op.f("ck_editions_state")),
        sa.CheckConstraint("drafted_by <> published_by", name=op.f("ck_editions_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
    )
    op.create_index(op.f("ix_editions_key"), "editions", ["key"], unique=False)
    op.create_index(op.f("ix_editions_organisation"), "editions", ["organisation"], unique=False)
    op.create_index(
        "uq_editions_one_a_day",
        "editions",
        ["jurisdiction", "kind", "valid_from"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_index(op.f("ix_evaluations_project_id"), "evaluations", ["project_id"], unique=False)
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
        "negative_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("point", sa.Text(), nullable=False),
        sa.Column("declaration", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("point IN ('list_entry', 'project', 'procurement')", name=op.f("ck_negative_checks_point")),
        sa.CheckConstraint("declared_by <> confirmed_by", name=op.f("ck_negative_checks_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_negative_checks")),
        sa.UniqueConstraint("subject", "point", name=op.f("uq_negative_checks_subject_point")),
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
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("purchaser_kind", sa.Text(), nullable=False),
        sa.Column("proposer", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("item_path", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("service_class", sa.Integer(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("need_origin", sa.Text(), nullable=True),
        sa.Column("in_central_directory", sa.Boolean(), nullable=False),
        sa.Column("estimate", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("follows", sa.Uuid(), nullable=True),
        sa.Column("deliberated_on", sa.Date(), nullable=True),
        sa.Column("voted_on", sa.Date(), nullable=True),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("consented_by", sa.Uuid(), nullable=True),
        sa.Column("chosen_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("review", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("nature IN ('continuous', 'deliverable')", name=op.f("ck_projects_nature")),
        sa.CheckConstraint(
            "state IN ('proposed', 'deliberated', 'voted', 'consented', 'chosen', 'pooled', 'cleared', 'in_procurement', 'contracted', 'closed', 'declined')",
            name=op.f("ck_projects_state"),
        ),
        sa.CheckConstraint("estimate > 0", name=op.f("ck_projects_money")),
        sa.CheckConstraint("proposed_by <> reviewed_by", name=op.f("ck_projects_two_persons")),
        sa.CheckConstraint("votes_for >= 0 AND votes_against >= 0", name=op.f("ck_projects_votes")),
        sa.ForeignKeyConstraint(["follows"], ["projects.id"], name=op.f("fk_projects_follows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("number", name=op.f("uq_projects_number")),
    )
    op.create_index(op.f("ix_projects_key"), "projects", ["key"], unique=False)
    op.create_index(op.f("ix_projects_organisation"), "projects", ["organisation"], unique=False)
    op.create_index(op.f("ix_projects_proposer"), "projects", ["proposer"], unique=False)
    op.create_table(
        "purchasers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchasers")),
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
        "budgets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("sources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("adjusts", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('submitted', 'approved', 'returned', 'replaced')", name=op.f("ck_budgets_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_budgets_money")),
        sa.CheckConstraint("submitted_by <> reviewed_by", name=op.f("ck_budgets_two_persons")),
        sa.ForeignKeyConstraint(["adjusts"], ["budgets.id"], name=op.f("fk_budgets_adjusts")),
        sa.ForeignKeyConstraint(["line_id"], ["budget_lines.id"], name=op.f("fk_budgets_line_id")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_budgets_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
    )
    op.create_index(op.f("ix_budgets_key"), "budgets", ["key"], unique=False)
    op.create_index(op.f("ix_budgets_organisation"), "budgets", ["organisation"], unique=False)
    op.create_index(op.f("ix_budgets_project_id"), "budgets", ["project_id"], unique=False)
    op.create_index(
        "uq_budgets_one_approved",
        "budgets",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_index(
        "uq_budgets_one_submitted",
        "budgets",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "edition_items",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(level = 1) = (parent IS NULL)", name=op.f("ck_edition_items_parent")),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_edition_items_level")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_items_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", "code", name=op.f("pk_edition_items")),
        info={"insert_only": True},
    )
    op.create_table(
        "requirements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("separate_review", sa.Boolean(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('written', 'returned', 'finalised', 'replaced')", name=op.f("ck_requirements_state")
        ),
        sa.CheckConstraint(
            "NOT separate_review OR written_by <> reviewed_by", name=op.f("ck_requirements_two_persons")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_requirements_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirements")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_requirements_project_id_number")),
    )
    op.create_index(op.f("ix_requirements_key"), "requirements", ["key"], unique=False)
    op.create_index(op.f("ix_requirements_organisation"), "requirements", ["organisation"], unique=False)
    op.create_index(
        "uq_requirements_one_finalised",
        "requirements",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("state = 'finalised'"),
    )
    op.create_table(
        "consultations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("channel_reason", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_consultations_project_id")),
        sa.ForeignKeyConstraint(["requirement_id"], ["requirements.id"], name=op.f("fk_consultations_requirement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
    )
    op.create_index(op.f("ix_consultations_key"), "consultations", ["key"], unique=False)
    op.create_index(op.f("ix_consultations_organisation"), "consultations", ["organisation"], unique=False)
    op.create_index(op.f("ix_consultations_project_id"), "consultations", ["project_id"], unique=False)
    op.create_table(
        "private_feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("disposed_by", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.CheckConstraint("(adopted IS NULL) = (disposed_by IS NULL)", name=op.f("ck_private_feedback_disposed")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_private_feedback_consultation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_feedback")),
    )
    op.create_index(op.f("ix_private_feedback_consultation_id"), "private_feedback", ["consultation_id"], unique=False)
    op.create_index(op.f("ix_private_feedback_key"), "private_feedback", ["key"], unique=False)
    op.create_index(op.f("ix_private_feedback_organisation"), "private_feedback", ["organisation"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_private_feedback_organisation"), table_name="private_feedback")
    op.drop_index(op.f("ix_private_feedback_key"), table_name="private_feedback")
    op.drop_index(op.f("ix_private_feedback_consultation_id"), table_name="private_feedback")
    op.drop_table("private_feedback")
    op.drop_index(op.f("ix_consultations_project_id"), table_name="consultations")
    op.drop_index(op.f("ix_consultations_organisation"), table_name="consultations")
    op.drop_index(op.f("ix_consultations_key"), table_name="consultations")
    op.drop_table("consultations")
    op.drop_index(
        "uq_requirements_one_finalised", table_name="requirements", postgresql_where=sa.text("state = 'finalised'")
    )
    op.drop_index(op.f("ix_requirements_organisation"), table_name="requirements")
    op.drop_index(op.f("ix_requirements_key"), table_name="requirements")
    op.drop_table("requirements")
    op.drop_table("edition_items")
    op.drop_index("uq_budgets_one_submitted", table_name="budgets", postgresql_where=sa.text("state = 'submitted'"))
    op.drop_index("uq_budgets_one_approved", table_name="budgets", postgresql_where=sa.text("state = 'approved'"))
    op.drop_index(op.f("ix_budgets_project_id"), table_name="budgets")
    op.drop_index(op.f("ix_budgets_organisation"), table_name="budgets")
    op.drop_index(op.f("ix_budgets_key"), table_name="budgets")
    op.drop_table("budgets")
    op.drop_table("sources")
    op.drop_table("seen")
    op.drop_table("relay_mark")
    op.drop_table("queue")
    op.drop_table("purchasers")
    op.drop_index(op.f("ix_projects_proposer"), table_name="projects")
    op.drop_index(op.f("ix_projects_organisation"), table_name="projects")
    op.drop_index(op.f("ix_projects_key"), table_name="projects")
    op.drop_table("projects")
    op.drop_index(op.f("ix_posts_person_id"), table_name="posts")
    op.drop_table("posts")
    op.drop_index(op.f("ix_notices_recipient_organisation"), table_name="notices")
    op.drop_table("notices")
    op.drop_table("negative_checks")
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
    op.drop_index(op.f("ix_evaluations_project_id"), table_name="evaluations")
    op.drop_table("evaluations")
    op.drop_index("uq_editions_one_a_day", table_name="editions", postgresql_where=sa.text("state = 'published'"))
    op.drop_index(op.f("ix_editions_organisation"), table_name="editions")
    op.drop_index(op.f("ix_editions_key"), table_name="editions")
    op.drop_table("editions")
    op.drop_index(op.f("ix_documents_linked_to"), table_name="documents")
    op.drop_table("documents")
    op.drop_index("ix_dispatches_waiting", table_name="dispatches", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("dispatches")
    op.drop_index("ix_deadlines_due", table_name="deadlines", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("deadlines")
    op.drop_index(op.f("ix_budget_lines_organisation"), table_name="budget_lines")
    op.drop_index(op.f("ix_budget_lines_key"), table_name="budget_lines")
    op.drop_table("budget_lines")
    op.drop_index(op.f("ix_accounts_person_id"), table_name="accounts")
    op.drop_table("accounts")
