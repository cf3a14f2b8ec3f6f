"""Tables of the schema `catalog`. Money and duties have their second fence here: a line is never allotted beyond its
amount, a project has one approved budget a year, of which never more is committed than it holds, and one finalised
requirement, and whoever declares does not confirm."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Identity, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.catalog.budgets.records import Budget, BudgetLine, BudgetState, LineAmount
from services.catalog.commitments.records import Commitment, CommitmentState
from services.catalog.consultations.records import Consultation, DispositionCorrection, Feedback
from services.catalog.directories.records import Edition, EditionItem, EditionKind, EditionState
from services.catalog.negative_lists.records import NegativeCheck, Point
from services.catalog.pool.records import ProjectStep, Step
from services.catalog.projects.records import Nature, Project, ProjectState, Purchaser, Result
from services.catalog.requirements.records import Requirement, RequirementState
from shared.road.tables import INSERT_ONLY, Instant, Money, aggregate, service_metadata
from shared.work.facts import Facts
from shared.work.sql import kept_in, one_of

metadata = service_metadata()


editions = Table(
    "editions",
    metadata,
    *aggregate("key", "organisation"),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("drafted_by", Uuid, nullable=False),
    Column("published_by", Uuid),
    Column("published_on", Date),
    sa.CheckConstraint(one_of("kind", EditionKind), name="kind"),
    sa.CheckConstraint(one_of("state", EditionState), name="state"),
    sa.CheckConstraint("(state = 'published') = (published_by IS NOT NULL)", name="published"),
    sa.CheckConstraint("drafted_by <> published_by", name="two_persons"),
    sa.Index(
        "uq_editions_one_a_day",
        "jurisdiction",
        "kind",
        "valid_from",
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    ),
)

edition_items = Table(
    "edition_items",
    metadata,
    Column("edition_id", Uuid, ForeignKey("editions.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("parent", Text),
    Column("level", Integer, nullable=False),
    Column("path", ARRAY(Text), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text),
    Column("note", Text),
    sa.CheckConstraint("level BETWEEN 1 AND 3", name="level"),
    sa.CheckConstraint("(level = 1) = (parent IS NULL)", name="parent"),
    info=INSERT_ONLY,
)

negative_checks = Table(
    "negative_checks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("point", Text, nullable=False),
    Column("declaration", JSONB, nullable=False),
    Column("declared_by", Uuid, nullable=False),
    Column("declared_on", Date, nullable=False),
    Column("confirmed_by", Uuid),
    Column("confirmed_on", Date),
    sa.UniqueConstraint("subject", "point"),
    sa.CheckConstraint(one_of("point", Point), name="point"),
    sa.CheckConstraint("declared_by <> confirmed_by", name="two_persons"),
)

purchasers = Table(
    "purchasers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("jurisdiction", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source_version", BigInteger, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    *aggregate("key", "organisation"),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("purchaser_kind", Text, nullable=False),
    Column("proposer", Uuid, nullable=False, index=True),
    Column("proposed_by", Uuid, nullable=False),
    Column("proposed_on", Date, nullable=False),
    Column("item", Text, nullable=False),
    Column("item_path", ARRAY(Text), nullable=False),
    Column("service_class", Integer),
    Column("nature", Text, nullable=False),
    Column("need_origin", Text),
    Column("in_central_directory", Boolean, nullable=False),
    Column("estimate", Money, nullable=False),
    Column("details", JSONB, nullable=False),
    Column("follows", Uuid, ForeignKey("projects.id")),
    Column("deliberated_on", Date),
    Column("voted_on", Date),
    Column("votes_for", Integer),
    Column("votes_against", Integer),
    Column("consented_by", Uuid),
    Column("chosen_by", Uuid),
    Column("reviewed_by", Uuid),
    Column("review", JSONB),
    Column("contract_id", Uuid),
    Column("provider_id", Uuid),
    Column("withdrawal_reason", Text),
    Column("withdrawal_proposed_by", Uuid),
    Column("withdrawal_confirmed_by", Uuid),
    sa.CheckConstraint("estimate > 0", name="money"),
    sa.CheckConstraint("withdrawal_proposed_by <> withdrawal_confirmed_by", name="two_withdraw"),
    sa.CheckConstraint("num_nulls(withdrawal_reason, withdrawal_proposed_by) IN (0, 2)", name="withdrawal_proposed"),
    sa.CheckConstraint("withdrawal_confirmed_by IS NULL OR state = 'declined'", name="withdrawn"),
    sa.CheckConstraint("votes_for >= 0 AND votes_against >= 0", name="votes"),
    sa.CheckConstraint("deliberated_on <= voted_on OR reviewed_by IS NOT NULL", name="steps_in_order"),
    sa.CheckConstraint(one_of("nature", Nature), name="nature"),
    sa.CheckConstraint("proposed_by <> reviewed_by", name="two_persons"),
    sa.CheckConstraint(one_of("state", ProjectState), name="state"),
)

project_steps = Table(
    "project_steps",
    metadata,
    *aggregate("key", "organisation"),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("occurred_on", Date),
    Column("votes_for", Integer),
    Column("votes_against", Integer),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("corrects", Integer),
    Column("corrects_by", Uuid),
    Column("reason", Text),
    sa.UniqueConstraint("project_id", "step", "number"),
    sa.UniqueConstraint("project_id", "step", "number", "recorded_by", name="uq_project_steps_recorder"),
    sa.ForeignKeyConstraint(
        ["project_id", "step", "corrects", "corrects_by"],
        [f"project_steps.{name}" for name in ("project_id", "step", "number", "recorded_by")],
        name="fk_project_steps_corrects",
    ),
    sa.CheckConstraint("recorded_by <> corrects_by", name="two_persons"),
    sa.CheckConstraint("number = coalesce(corrects, 0) + 1", name="number"),
    sa.CheckConstraint("num_nulls(corrects, corrects_by, reason) IN (0, 3)", name="corrects"),
    sa.CheckConstraint("occurred_on <= recorded_on AND (occurred_on IS NOT NULL OR number > 1)", name="occurred"),
    sa.CheckConstraint(one_of("step", Step), name="step"),
    sa.CheckConstraint(
        "num_nulls(votes_for, votes_against) = CASE WHEN step = 'vote' AND occurred_on IS NOT NULL THEN 0 ELSE 2 END",
        name="votes",
    ),
    info=INSERT_ONLY,
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, nullable=False, index=True),
    Column("contract_id", Uuid, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("score", sa.Numeric(5, 2), nullable=False),
    Column("grade", Text, nullable=False),
    Column("concluded_on", Date, nullable=False),
    Column("source_version", BigInteger, nullable=False),
)

budget_lines = Table(
    "budget_lines",
    metadata,
    *aggregate("key", "organisation"),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("allotted", Money, nullable=False),
    sa.UniqueConstraint("organisation", "year", "code"),
    sa.CheckConstraint("amount >= 0 AND allotted >= 0 AND allotted <= amount", name="money"),
)

line_amounts = Table(
    "line_amounts",
    metadata,
    Column("line_id", Uuid, ForeignKey("budget_lines.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("amount", Money, nullable=False),
    Column("entered_by", Uuid, nullable=False),
    Column("entered_on", Date, nullable=False),
    Column("replaces", Integer),
    Column("replaces_by", Uuid),
    Column("reason", Text),
    sa.UniqueConstraint("line_id", "number", "entered_by"),
    sa.ForeignKeyConstraint(
        ["line_id", "replaces", "replaces_by"],
        [f"line_amounts.{name}" for name in ("line_id", "number", "entered_by")],
        name="fk_line_amounts_replaces",
    ),
    sa.CheckConstraint("amount >= 0", name="money"),
    sa.CheckConstraint("entered_by <> replaces_by", name="two_persons"),
    sa.CheckConstraint("number = coalesce(replaces, 0) + 1", name="number"),
    sa.CheckConstraint("num_nulls(replaces, replaces_by, reason) IN (0, 3)", name="replaces"),
    info=INSERT_ONLY,
    comment="every amount that a budget line had, by whom and why; the last one is the line's",
)

budgets = Table(
    "budgets",
    metadata,
    *aggregate("key", "organisation"),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False, index=True),
    Column("line_id", Uuid, ForeignKey("budget_lines.id")),
    Column("state", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("committed", Money, nullable=False, server_default=sa.text("0")),
    Column("sources", JSONB, nullable=False),
    Column("adjusts", Uuid, ForeignKey("budgets.id")),
    Column("reason", Text),
    Column("submitted_by", Uuid, nullable=False),
    Column("reviewed_by", Uuid),
    Column("reviewed_on", Date),
    Column("review_reason", Text),
    sa.CheckConstraint("amount > 0 AND committed >= 0 AND committed <= amount", name="money"),
    sa.CheckConstraint("committed = 0 OR state = 'approved'", name="committed"),
    sa.CheckConstraint("submitted_by <> reviewed_by", name="two_persons"),
    sa.CheckConstraint(one_of("state", BudgetState), name="state"),
    sa.Index(
        "uq_budgets_one_approved", "project_id", "year", unique=True, postgresql_where=sa.text("state = 'approved'")
    ),
    sa.Index(
        "uq_budgets_one_submitted", "project_id", "year", unique=True, postgresql_where=sa.text("state = 'submitted'")
    ),
)

ASKED = Facts(budgets, "line_id", "sources")

commitments = Table(
    "commitments",
    metadata,
    *aggregate("key", "organisation"),
    Column("subject", Uuid, nullable=False, unique=True),
    Column("contract_id", Uuid, unique=True),
    Column("year", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("state", Text, nullable=False),
    sa.CheckConstraint("amount >= 0", name="money"),
    sa.CheckConstraint(one_of("state", CommitmentState), name="state"),
    sa.CheckConstraint("state <> 'signed' OR contract_id IS NOT NULL", name="signed"),
    comment="what an award (its procurement) or a renewal (its contract) holds of its project's budget of a year",
)

requirements = Table(
    "requirements",
    metadata,
    *aggregate("key", "organisation"),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("hash", Text, nullable=False),
    Column("written_by", Uuid, nullable=False),
    Column("written_on", Date, nullable=False),
    Column("separate_review", Boolean, nullable=False),
    Column("reviewed_by", Uuid),
    Column("reviewed_on", Date),
    Column("review_reason", Text),
    sa.UniqueConstraint("project_id", "number"),
    sa.CheckConstraint(one_of("state", RequirementState), name="state"),
    sa.CheckConstraint("NOT separate_review OR written_by <> reviewed_by", name="two_persons"),
    sa.Index(
        "uq_requirements_one_finalised", "project_id", unique=True, postgresql_where=sa.text("state = 'finalised'")
    ),
)

consultations = Table(
    "consultations",
    metadata,
    *aggregate("key", "organisation"),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False, index=True),
    Column("requirement_id", Uuid, ForeignKey("requirements.id"), nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("channel_reason", Text),
    Column("opened_by", Uuid, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closes_at", Instant, nullable=False),
    Column("withdrawn_by", Uuid),
    Column("withdrawal_reason", Text),
    sa.CheckConstraint("withdrawn_by <> opened_by", name="two_withdraw"),
    sa.CheckConstraint("(withdrawn_by IS NULL) = (withdrawal_reason IS NULL)", name="withdrawn"),
)

private_feedback = Table(
    "private_feedback",
    metadata,
    *aggregate("key", "organisation"),
    Column("consultation_id", Uuid, ForeignKey("consultations.id"), nullable=False, index=True),
    Column("giver", LargeBinary),
    Column("content", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("adopted", Boolean),
    Column("reason", Text),
    Column("disposed_by", Uuid),
    Column("purpose", Text, nullable=False),
    Column("keep_until", Date, nullable=False),
    sa.CheckConstraint("(adopted IS NULL) = (disposed_by IS NULL)", name="disposed"),
    sa.UniqueConstraint("consultation_id", "giver"),
    info={"erased": {"content": "''"}},
)

disposition_corrections = Table(
    "disposition_corrections",
    metadata,
    Column("feedback_id", Uuid, ForeignKey("private_feedback.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("was_adopted", Boolean, nullable=False),
    Column("was_reason", Text),
    Column("was_by", Uuid, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("reason", Text),
    Column("why", Text, nullable=False),
    Column("corrected_by", Uuid, nullable=False),
    Column("corrected_on", Date, nullable=False),
    sa.CheckConstraint("was_by <> corrected_by", name="two_persons"),
    info=INSERT_ONLY,
    comment="decisions on answers that were slips, and what another person put in their place",
)


EDITION = Facts(
    editions,
    *("id", "key", "jurisdiction", "organisation", "kind", "title", "valid_from", "rulebook", "items", "state"),
    *("drafted_by", "published_by", "published_on"),
)
ITEM = Facts(edition_items, "edition_id", "code", "parent", "level", "path", "name_zh", "name_en", "note")
DECLARED = Facts(negative_checks, "id", "key", "declaration")
PROJECT = Facts(
    projects,
    *("id", "key", "jurisdiction", "organisation", "number", "title", "rulebook", "state", "way", "purchaser_kind"),
    *("proposer", "proposed_by", "proposed_on", "item", "item_path", "service_class", "nature", "need_origin"),
    *("in_central_directory", "estimate", "details", "follows", "deliberated_on", "voted_on", "votes_for"),
    *("votes_against", "consented_by", "chosen_by", "reviewed_by", "review", "contract_id", "provider_id"),
    *("withdrawal_reason", "withdrawal_proposed_by", "withdrawal_confirmed_by"),
)
STEP = Facts(
    project_steps,
    *("id", "key", "jurisdiction", "organisation", "project_id", "step", "number", "occurred_on", "votes_for"),
    *("votes_against", "recorded_by", "recorded_on", "corrects", "corrects_by", "reason"),
)
COMMITMENT = Facts(
    commitments,
    *("id", "key", "jurisdiction", "organisation", "subject", "contract_id", "year", "amount", "state"),
)
CONSULTATION = Facts(
    consultations,
    *("id", "key", "jurisdiction", "organisation", "project_id", "requirement_id", "channels", "channel_reason"),
    *("opened_by", "opened_on", "closes_at", "withdrawn_by", "withdrawal_reason"),
)
ANSWERED = Facts(
    private_feedback,
    *("id", "key", "jurisdiction", "organisation", "consultation_id", "received_at", "adopted", "disposed_by"),
)
DECIDED_ANEW = Facts(
    disposition_corrections,
    *("feedback_id", "number", "was_adopted", "was_by", "adopted", "corrected_by", "corrected_on"),
)

RECORDS = kept_in(
    {
        Edition: editions,
        EditionItem: edition_items,
        NegativeCheck: negative_checks,
        Purchaser: purchasers,
        Project: projects,
        ProjectStep: project_steps,
        Result: evaluations,
        BudgetLine: budget_lines,
        LineAmount: line_amounts,
        Budget: budgets,
        Commitment: commitments,
        Requirement: requirements,
        Consultation: consultations,
        Feedback: private_feedback,
        DispositionCorrection: disposition_corrections,
    }
)
