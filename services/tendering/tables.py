"""Tables of the schema `tendering`. Secrets, duties and deadlines have their second fence here: one live procurement a
project, one live bid a provider, two persons for every act that takes two, and contents that nobody can change.

Hashes, public keys and suites of sealed bids are written with their algorithm (`sha256:…`)."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.road.tables import INSERT_ONLY, Instant, Money, aggregate, service_metadata
from shared.work.facts import Facts

metadata = service_metadata()

POINTS = sa.Numeric(5, 2)

# --- copies of what the catalog, the registry and evaluation say

projects = Table(
    "projects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("jurisdiction", Text, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("service_class", Integer),
    Column("nature", Text, nullable=False),
    Column("budget", Money, nullable=False),
    Column("budget_year", Integer),
    Column("sources", JSONB, nullable=False),
    Column("in_central_directory", Boolean, nullable=False),
    Column("requirement_id", Uuid, nullable=False),
    Column("requirement_version", Integer, nullable=False),
    Column("requirement_hash", Text, nullable=False),
    Column("source_version", BigInteger, nullable=False),
)

withdrawn_projects = Table(
    "withdrawn_projects",
    metadata,
    Column("project_id", Uuid, primary_key=True),
    Column("ground", Text, nullable=False),
    Column("source_version", BigInteger, nullable=False),
    comment="copy: projects that are not bought any more",
)

providers = Table(
    "providers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source_version", BigInteger, nullable=False),
)

verifications = Table(
    "verifications",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("conditions", ARRAY(Text), nullable=False),
    Column("assessment_grade", Text),
    Column("source_version", BigInteger, nullable=False),
)

standings = Table(
    "standings",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("cause", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("jurisdiction", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("grade", Text),
    Column("score", Text),
    Column("concluded_on", Date),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    Column("source_version", BigInteger, nullable=False),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("jurisdiction", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("score", POINTS, nullable=False),
    Column("grade", Text, nullable=False),
    Column("concluded_on", Date, nullable=False),
    Column("source_version", BigInteger, nullable=False),
)

departures = Table(
    "departures",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("left_on", Date),
    Column("source_version", BigInteger, nullable=False),
    comment="copy: providers whose registration or filing was withdrawn, and since when; null: they came back",
)

# --- procurements and their files

procurements = Table(
    "procurements",
    metadata,
    *aggregate("key", "organisation"),
    Column("reference", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("method_reason", Text, nullable=False),
    Column("procurement_project", Boolean, nullable=False),
    Column("budget", Money, nullable=False),
    Column("budget_year", Integer),
    Column("sources", JSONB, nullable=False),
    Column("service_class", Integer),
    Column("nature", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_by", Uuid, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("file_id", Uuid),
    Column("opening_key_id", Uuid),
    Column("noticed_on", Date),
    Column("closes_at", Instant),
    Column("later_closes_at", Instant),
    Column("later_proposed_by", Uuid),
    Column("bids", Integer),
    Column("receipts_hash", Text),
    Column("closed_at", Instant),
    Column("opening_proposed_by", Uuid),
    Column("opening_confirmed_by", Uuid),
    Column("opened_at", Instant),
    Column("opened_with", ARRAY(Uuid)),
    Column("abandonment_proposed_by", Uuid),
    Column("cancellation_ground", Text),
    Column("cancellation_reason", Text),
    Column("cancellation_proposed_by", Uuid),
    Column("cancellation_confirmed_by", Uuid),
    Column("failure_code", Text),
    Column("failure_clause", Text),
    Column(
        "sealed",
        Uuid,
        sa.Computed("CASE WHEN (state = 'noticed'::text) THEN id ELSE NULL::uuid END", persisted=True),
        ForeignKey("seals.subject", deferrable=True, initially="DEFERRED"),
        unique=True,
    ),
    sa.CheckConstraint("method IN ('open_tender', 'competitive_consultation')", name="method"),
    sa.CheckConstraint("budget > 0", name="budget"),
    sa.CheckConstraint("later_closes_at > closes_at", name="only_later"),
    sa.CheckConstraint("opening_proposed_by <> opening_confirmed_by", name="two_persons"),
    sa.CheckConstraint("cancellation_proposed_by <> cancellation_confirmed_by", name="two_cancel"),
    sa.CheckConstraint(
        "num_nulls(cancellation_ground, cancellation_reason, cancellation_proposed_by) IN (0, 3)",
        name="cancellation_proposed",
    ),
    sa.CheckConstraint("num_nulls(later_closes_at, later_proposed_by) IN (0, 2)", name="later_proposed"),
    sa.CheckConstraint("cancellation_confirmed_by IS NULL OR state = 'failed'", name="cancelled"),
    sa.CheckConstraint("(opened_at IS NULL) = (opening_confirmed_by IS NULL)", name="opened"),
    sa.CheckConstraint("(opened_at IS NULL) = (opened_with IS NULL)", name="opened_with"),
    sa.CheckConstraint("noticed_on IS NULL OR opening_key_id IS NOT NULL", name="opening_key"),
    sa.CheckConstraint("(bids IS NULL) = (receipts_hash IS NULL)", name="frozen"),
    sa.CheckConstraint("(state = 'failed') = (failure_clause IS NOT NULL)", name="failed"),
    sa.CheckConstraint("state NOT IN ('noticed', 'closed', 'opened') OR closes_at IS NOT NULL", name="noticed"),
    sa.CheckConstraint(
        "state IN ('drafted', 'checked', 'noticed', 'closed', 'opened', 'reviewed', 'scored', 'proposed', 'announced',"
        " 'confirmed', 'failed')",
        name="state",
    ),
    sa.Index("uq_procurements_one_live", "key", unique=True, postgresql_where=sa.text("state <> 'failed'")),
)

STARTED = Facts(
    procurements,
    *("reference", "title", "rulebook", "method", "method_reason", "procurement_project", "budget_year", "sources"),
    *("service_class", "nature"),
)
"""What is fixed with the procurement and told of by its hash alone."""

# While bids may come there is a seal, and no longer: both ways, when a transaction ends.
metadata.tables["seals"].append_constraint(
    sa.ForeignKeyConstraint(["subject"], ["procurements.sealed"], deferrable=True, initially="DEFERRED", use_alter=True)
)

tender_files = Table(
    "tender_files",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("drafted_by", Uuid, nullable=False),
    Column("checked_by", Uuid),
    Column("checked_on", Date),
    sa.UniqueConstraint("procurement_id", "number"),
    sa.CheckConstraint("drafted_by <> checked_by", name="two_persons"),
    sa.CheckConstraint("(state = 'drafted') = (checked_by IS NULL)", name="checked"),
    sa.CheckConstraint("state IN ('drafted', 'checked')", name="state"),
)

tender_file_contents = Table(
    "tender_file_contents",
    metadata,
    Column("file_id", Uuid, ForeignKey("tender_files.id"), primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("hash", Text, nullable=False),
    info=INSERT_ONLY,
)

# --- opening keys and sealed bids

opening_keys = Table(
    "opening_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("document", JSONB, nullable=False),
    Column("registered_by", Uuid, nullable=False),
    Column("registered_at", Instant, nullable=False),
    info=INSERT_ONLY,
)

envelopes = Table(
    "envelopes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("hash", Text, nullable=False),
    Column("suite", Text, nullable=False),
    Column("commitment", Text, nullable=False),
    Column("sealed_by", Text, nullable=False),
    Column("stored_by", Uuid, nullable=False),
    Column("stored_at", Instant, nullable=False),
    sa.CheckConstraint("sealed_by IN ('server', 'bidder')", name="sealed_by"),
    sa.Index(None, "procurement_id", "provider_id"),
    info=INSERT_ONLY,
)

bids = Table(
    "bids",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("envelope_id", Uuid, ForeignKey("envelopes.id"), nullable=False, unique=True),
    Column("hash", Text, nullable=False),
    Column("sealed_by", Text, nullable=False),
    Column("submitted_by", Uuid, nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("qualified", Boolean),
    sa.CheckConstraint("state IN ('submitted', 'replaced', 'withdrawn', 'opened')", name="state"),
    sa.CheckConstraint("qualified IS NULL OR state = 'opened'", name="qualified"),
    sa.Index(
        "uq_bids_one_live",
        "procurement_id",
        "provider_id",
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'opened')"),
    ),
)

opened_bids = Table(
    "opened_bids",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("provider_id", Uuid, nullable=False),
    Column("price", Money),
    Column("unreadable", Text),
    Column("clause", Text),
    Column("opened_at", Instant, nullable=False),
    sa.CheckConstraint("unreadable IN ('undecryptable', 'content', 'annexes')", name="unreadable"),
    sa.CheckConstraint("(price IS NULL) = (unreadable IS NOT NULL)", name="price"),
    sa.CheckConstraint("(unreadable IS NULL) = (clause IS NULL)", name="clause"),
    info=INSERT_ONLY,
)

private_offers = Table(
    "private_offers",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("content", JSONB, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    info=INSERT_ONLY,
)

private_annexes = Table(
    "private_annexes",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    info=INSERT_ONLY,
)

private_opening_acts = Table(
    "private_opening_acts",
    metadata,
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("public_key", Text, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("begun_at", Instant, nullable=False),
)

private_opening_shares = Table(
    "private_opening_shares",
    metadata,
    Column("act_id", Uuid, ForeignKey("private_opening_acts.id", ondelete="CASCADE"), primary_key=True),
    Column("opener", Uuid, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("share", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    sa.UniqueConstraint("act_id", "number"),
)

# --- panel, qualification, scores, ranking

panels = Table(
    "panels",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, unique=True),
    Column("draw_reference", Text, nullable=False),
    Column("formed_by", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    sa.CheckConstraint("state IN ('formed', 'scored')", name="state"),
)

panel_members = Table(
    "panel_members",
    metadata,
    Column("panel_id", Uuid, ForeignKey("panels.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("role", Text, nullable=False),
    Column("declared_at", Instant),
    Column("interests", JSONB, nullable=False),
    Column("scored_at", Instant),
    sa.CheckConstraint("role IN ('expert', 'purchaser')", name="role"),
    sa.CheckConstraint(
        "scored_at IS NULL OR (declared_at IS NOT NULL AND interests = '[]'::jsonb)", name="no_interest"
    ),
)

qualification_results = Table(
    "qualification_results",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("condition", Text, primary_key=True),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("met", Boolean, nullable=False),
    Column("basis", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("reviewed_by", Uuid, nullable=False),
    Column("first_found_by", Uuid),
    sa.CheckConstraint("first_found_by <> reviewed_by", name="two_persons"),
    sa.CheckConstraint("basis IN ('registry', 'reviewer', 'price', 'opening', 'panel')", name="basis"),
    info=INSERT_ONLY,
)

qualification_findings = Table(
    "qualification_findings",
    metadata,
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("found", JSONB, nullable=False),
    Column("found_by", Uuid, nullable=False),
    Column("found_at", Instant, nullable=False),
    info=INSERT_ONLY,
    comment="what each reviewer found before two agreed, latest last; nothing follows from one alone",
)

explanations = Table(
    "explanations",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("bid_id", Uuid, ForeignKey("bids.id"), nullable=False, unique=True),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("answer_until", Instant, nullable=False),
    Column("answered_by", Uuid),
    Column("answered_at", Instant),
    Column("proven", Boolean),
    Column("decided_at", Instant),
    sa.CheckConstraint("answer_until > asked_at", name="time"),
    # An answer after the time is none.
    sa.CheckConstraint("answered_at < answer_until", name="in_time"),
    sa.CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered"),
    sa.CheckConstraint("(proven IS NULL) = (decided_at IS NULL)", name="decided"),
    sa.CheckConstraint("proven IS NOT TRUE OR answered_at IS NOT NULL", name="nothing_proven_unsaid"),
)

private_explanations = Table(
    "private_explanations",
    metadata,
    Column("explanation_id", Uuid, ForeignKey("explanations.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    info=INSERT_ONLY,
    comment="how a bidder explains its price; purpose: deciding on its bid and the files the law has kept",
)

explanation_votes = Table(
    "explanation_votes",
    metadata,
    Column("explanation_id", Uuid, ForeignKey("explanations.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("proven", Boolean, nullable=False),
    Column("voted_at", Instant, nullable=False),
    info=INSERT_ONLY,
)

scores = Table(
    "scores",
    metadata,
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("factor", Text, primary_key=True),
    Column("points", POINTS, nullable=False),
    Column("sheet", Integer, primary_key=True, server_default=sa.text("1")),
    sa.CheckConstraint("points >= 0 AND points <= 100", name="points"),
    info=INSERT_ONLY,
)

score_sheets = Table(
    "score_sheets",
    metadata,
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("reason", Text),
    Column("given_at", Instant, nullable=False),
    sa.CheckConstraint("number = 1 OR reason IS NOT NULL", name="corrected_with_reason"),
    info=INSERT_ONLY,
    comment="every sheet that a member gave before the ranking, the last one counts",
)

rankings = Table(
    "rankings",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("provider_id", Uuid, nullable=False),
    Column("price", Money, nullable=False),
    Column("points", JSONB, nullable=False),
    Column("technical", POINTS, nullable=False),
    Column("total", POINTS, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("tied", Boolean, nullable=False),
    Column("decided_by", Text, nullable=False),
    sa.CheckConstraint("decided_by IN ('score', 'price', 'technical', 'lot', 'tie')", name="decided_by"),
    sa.CheckConstraint("tied = (decided_by = 'tie')", name="tied"),
)

lots = Table(
    "lots",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False),
    Column("bid_ids", ARRAY(Uuid), nullable=False),
    Column("drawn_by", Uuid, nullable=False),
    Column("confirmed_by", Uuid),
    Column("state", Text, nullable=False),
    sa.CheckConstraint("drawn_by <> confirmed_by", name="two_persons"),
    sa.CheckConstraint("state IN ('drawn', 'confirmed')", name="state"),
)

# --- awards

awards = Table(
    "awards",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False),
    Column("lot", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("bid_id", Uuid, ForeignKey("bids.id"), nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("amount", Money, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("findings", JSONB, nullable=False),
    Column("cover", Text),
    Column("announced_on", Date),
    Column("confirmed_by", Uuid),
    Column("choice", Text),
    Column("choice_reasons", JSONB, nullable=False),
    Column("chosen_by", Uuid),
    Column("choice_confirmed_by", Uuid),
    sa.UniqueConstraint("procurement_id", "lot", "round"),
    sa.UniqueConstraint("procurement_id", "bid_id"),
    sa.CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
    sa.CheckConstraint("chosen_by <> choice_confirmed_by", name="two_choose"),
    sa.CheckConstraint("num_nulls(choice, chosen_by) IN (0, 2)", name="chosen"),
    sa.CheckConstraint("choice IN ('next', 'fail')", name="choice"),
    sa.CheckConstraint("cover IN ('asked', 'committed', 'refused')", name="cover"),
    sa.CheckConstraint(
        "state NOT IN ('announced', 'confirmed') OR cover IS NULL OR cover = 'committed'", name="covered"
    ),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.CheckConstraint("state <> 'confirmed' OR confirmed_by IS NOT NULL", name="confirmed"),
    sa.CheckConstraint("state IN ('confirmed', 'withdrawn') OR confirmed_by IS NULL", name="confirmed_once"),
    sa.CheckConstraint(
        "state IN ('proposed', 'cleared', 'blocked', 'announced', 'confirmed', 'withdrawn')", name="state"
    ),
    sa.Index(
        "uq_awards_one_live",
        "procurement_id",
        "lot",
        unique=True,
        postgresql_where=sa.text("state NOT IN ('blocked', 'withdrawn')"),
    ),
)

REASONED = Facts(awards, "reasons")
FOUND = Facts(awards, "findings")
PLACED = Facts(rankings, "procurement_id", "points", "technical", "tied", "decided_by")
REVIEWED = Facts(qualification_findings, "found")
