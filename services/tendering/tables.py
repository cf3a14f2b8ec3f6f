"""Tables of the schema `tendering`. Secrets, duties and deadlines have their second fence here: one live procurement a
project, one live bid a provider, two persons for every act that takes two, and contents that nobody can change.

Hashes, public keys and suites of sealed bids are written with their algorithm (`sha256:…`)."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.tendering.awards.records import Award, AwardState, Choice, Cover, ReasonCorrection
from services.tendering.bids.records import Bid, BidState, Departure, Provider, SealedBy, StandingTold, WholeEnvelope
from services.tendering.consents.records import Authority, Consent, ConsentState, Purpose
from services.tendering.explanations.records import Explanation, ExplanationText, ExplanationVote, PriceLook
from services.tendering.files.records import FileState, FileText, FileVersion
from services.tendering.opening.records import Annex, Offer, OpenedBid, OpeningAct, OpeningShare, Reason
from services.tendering.opening_keys.records import RegisteredKey
from services.tendering.panels.records import FormedPanel, PanelState, Replacement, Role, Seat
from services.tendering.procurements.records import (
    Method,
    Nature,
    Procurement,
    ProcurementState,
    Project,
    WithdrawnProject,
)
from services.tendering.rescorings.records import Rescoring, RescoringState, RescoringVoice
from services.tendering.reviews.records import Basis, ConditionResult, Control, Findings, Verification
from services.tendering.scores.records import (
    ConcludedEvaluation,
    DecidedBy,
    DrawnLots,
    GivenSheet,
    LotsState,
    Place,
    SheetPoints,
)
from shared.road.tables import INSERT_ONLY, SEALED_BIDDERS, Instant, Money, aggregate, service_metadata
from shared.work.facts import Facts
from shared.work.sql import kept_in, one_of

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
    sa.CheckConstraint(one_of("nature", Nature), name="nature"),
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

controls = Table(
    "controls",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("head", Uuid),
    Column("held_by", ARRAY(Uuid), nullable=False),
    Column("managed_by", ARRAY(Uuid), nullable=False),
    Column("source_version", BigInteger, nullable=False),
    comment="copy: who heads providers, by random id, and which organisations directly hold or manage them",
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
    sa.CheckConstraint(one_of("method", Method), name="method"),
    sa.CheckConstraint("budget > 0", name="budget"),
    sa.CheckConstraint("later_closes_at > closes_at", name="only_later"),
    sa.CheckConstraint("opening_proposed_by <> opening_confirmed_by", name="two_persons"),
    sa.CheckConstraint(
        "state <> 'closed' OR abandonment_proposed_by IS NULL OR opening_proposed_by IS NOT NULL",
        name="given_up_an_act",
    ),
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
    sa.CheckConstraint(one_of("state", ProcurementState), name="state"),
    sa.CheckConstraint(one_of("nature", Nature), name="nature"),
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
    Column("asked", Integer),
    sa.UniqueConstraint("procurement_id", "number"),
    sa.CheckConstraint("drafted_by <> checked_by", name="two_persons"),
    sa.CheckConstraint("(state = 'drafted') = (checked_by IS NULL)", name="checked"),
    sa.CheckConstraint(one_of("state", FileState), name="state"),
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
    sa.CheckConstraint(one_of("sealed_by", SealedBy), name="sealed_by"),
    sa.Index(None, "procurement_id", "provider_id"),
    info=INSERT_ONLY | SEALED_BIDDERS,
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
    sa.CheckConstraint(one_of("sealed_by", SealedBy), name="sealed_by"),
    sa.CheckConstraint(one_of("state", BidState), name="state"),
    sa.CheckConstraint("qualified IS NULL OR state = 'opened'", name="qualified"),
    sa.Index(
        "uq_bids_one_live",
        "procurement_id",
        "provider_id",
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'opened')"),
    ),
    info=SEALED_BIDDERS,
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
    sa.CheckConstraint(one_of("unreadable", Reason), name="unreadable"),
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
    Column("keep_until", Date),
    info=INSERT_ONLY,
    comment="what a readable bid says; purpose: the purchase and the files the law has kept",
)

private_annexes = Table(
    "private_annexes",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("keep_until", Date),
    info=INSERT_ONLY,
    comment="the documents of a readable bid; purpose: the purchase and the files the law has kept",
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
    sa.CheckConstraint(one_of("state", PanelState), name="state"),
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
    sa.CheckConstraint(one_of("role", Role), name="role"),
    sa.CheckConstraint(
        "scored_at IS NULL OR (declared_at IS NOT NULL AND interests = '[]'::jsonb)", name="no_interest"
    ),
)

panel_replacements = Table(
    "panel_replacements",
    metadata,
    Column("panel_id", Uuid, ForeignKey("panels.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("was_formed_by", Uuid, nullable=False),
    Column("replaced_by", Uuid, nullable=False),
    Column("replaced_at", Instant, nullable=False),
    sa.CheckConstraint(one_of("role", Role), name="role"),
    sa.CheckConstraint("was_formed_by <> replaced_by", name="two_persons"),
    info=INSERT_ONLY,
    comment="members who were to score again and did not, whose place another took; their sheets stay, and are void",
)

qualification_results = Table(
    "qualification_results",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("condition", Text, primary_key=True),
    Column("number", Integer, primary_key=True, server_default=sa.text("1")),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False, index=True),
    Column("met", Boolean, nullable=False),
    Column("basis", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("reviewed_by", Uuid, nullable=False),
    Column("first_found_by", Uuid),
    sa.CheckConstraint("first_found_by <> reviewed_by", name="two_persons"),
    sa.CheckConstraint(one_of("basis", Basis), name="basis"),
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
    Column("reason", Text),
    info=INSERT_ONLY,
    comment="what each reviewer found, latest last; nothing follows from one alone",
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
    Column("number", Integer, primary_key=True, server_default=sa.text("1")),
    Column("text", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("given_by", Uuid, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("was_by", Uuid),
    Column("reason", Text),
    Column("keep_until", Date),
    sa.CheckConstraint("was_by <> given_by", name="two_persons"),
    sa.CheckConstraint("num_nulls(was_by, reason) = CASE number WHEN 1 THEN 2 ELSE 0 END", name="corrected"),
    info=INSERT_ONLY,
    comment="how a bidder explains its price, the last one counts; purpose: its bid and the files the law has kept",
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

price_looks = Table(
    "price_looks",
    metadata,
    Column("bid_id", Uuid, ForeignKey("bids.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("needless", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    sa.CheckConstraint("number >= 1", name="numbered"),
    sa.CheckConstraint("length(btrim(reason)) > 0", name="with_reason"),
    info=INSERT_ONLY,
    comment="what members said of a price clearly below the others: whether it needs no explanation; the last counts",
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
    Column("signs", JSONB, nullable=False, server_default=sa.text("'[]'")),
    sa.CheckConstraint("number = 1 OR reason IS NOT NULL", name="corrected_with_reason"),
    info=INSERT_ONLY,
    comment="every sheet that a member gave before the ranking, the last one counts",
)

SAID_OF_SIGNS = Facts(score_sheets, "signs")
"""What a member says of the signs of concert, by one hash."""

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
    Column("evaluated_price", Money),
    sa.CheckConstraint(one_of("decided_by", DecidedBy), name="decided_by"),
    sa.CheckConstraint("evaluated_price > 0 AND evaluated_price <= price", name="evaluated_price"),
    sa.CheckConstraint("tied = (decided_by = 'tie')", name="tied"),
)

rescorings = Table(
    "rescorings",
    metadata,
    *aggregate(),
    Column("procurement_id", Uuid, ForeignKey("procurements.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("ground", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("faults", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("opened_by", Uuid, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed", Boolean),
    Column("ended_at", Instant),
    sa.UniqueConstraint("procurement_id", "number"),
    sa.CheckConstraint(one_of("state", RescoringState), name="state"),
    sa.CheckConstraint("(state = 'done') = (changed IS NOT NULL)", name="done"),
    sa.CheckConstraint("(state IN ('asked', 'open')) = (ended_at IS NULL)", name="ended"),
    sa.Index(
        "uq_rescorings_one_live",
        "procurement_id",
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'open')"),
    ),
    comment="scores opened again after the ranking, with ground, points at fault and the places before",
)

rescoring_voices = Table(
    "rescoring_voices",
    metadata,
    Column("rescoring_id", Uuid, ForeignKey("rescorings.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("found", Boolean, nullable=False),
    Column("said_at", Instant, nullable=False),
    info=INSERT_ONLY,
)

consents = Table(
    "consents",
    metadata,
    *aggregate("key"),
    Column("purpose", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("ground", Text),
    Column("place", Text, nullable=False),
    Column("amount", Money, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", Instant),
    Column("answer", Text),
    Column("used_for", Uuid, ForeignKey("procurements.id"), index=True),
    sa.CheckConstraint(one_of("purpose", Purpose), name="purpose"),
    sa.CheckConstraint(one_of("authority", Authority), name="authority"),
    sa.CheckConstraint(one_of("state", ConsentState), name="state"),
    sa.CheckConstraint("asked_by <> decided_by", name="two_persons"),
    sa.CheckConstraint("num_nulls(decided_by, decided_at, answer) IN (0, 3)", name="decided"),
    sa.CheckConstraint("decided_by IS NOT NULL OR state IN ('asked', 'withdrawn')", name="given_by_somebody"),
    sa.CheckConstraint("(state = 'used') = (used_for IS NOT NULL)", name="used"),
    sa.Index(
        "uq_consents_one_live",
        "key",
        "purpose",
        "method",
        "authority",
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'given')"),
    ),
    comment="what a text allows once another authority has consented: asked by one person, given by another, used once",
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
    sa.CheckConstraint(one_of("state", LotsState), name="state"),
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
    Column("reasons_by", JSONB, nullable=False),
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
    sa.CheckConstraint(one_of("choice", Choice), name="choice"),
    sa.CheckConstraint(one_of("cover", Cover), name="cover"),
    sa.CheckConstraint(
        "state NOT IN ('announced', 'confirmed') OR cover IS NULL OR cover = 'committed'", name="covered"
    ),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.CheckConstraint("state <> 'confirmed' OR confirmed_by IS NOT NULL", name="confirmed"),
    sa.CheckConstraint("state IN ('confirmed', 'withdrawn') OR confirmed_by IS NULL", name="confirmed_once"),
    sa.CheckConstraint(one_of("state", AwardState), name="state"),
    sa.Index(
        "uq_awards_one_live",
        "procurement_id",
        "lot",
        unique=True,
        postgresql_where=sa.text("state NOT IN ('blocked', 'withdrawn')"),
    ),
)

reason_corrections = Table(
    "reason_corrections",
    metadata,
    Column("award_id", Uuid, ForeignKey("awards.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("was", JSONB, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("why", Text, nullable=False),
    Column("was_by", ARRAY(Uuid), nullable=False),
    Column("corrected_by", Uuid, nullable=False),
    Column("corrected_at", Instant, nullable=False),
    sa.CheckConstraint("corrected_by <> ALL (was_by)", name="two_persons"),
    info=INSERT_ONLY,
    comment="reasons of an award that another person set right: what they were, what they are, and why",
)

REASONED = Facts(awards, "reasons")
GIVERS = Facts(awards, "reasons_by")
CORRECTED = Facts(reason_corrections, "was", "reasons")
FOUND = Facts(awards, "findings")
REOPENED = Facts(rescorings, "ground", "clause", "faults", "before")
_PLACED = ("procurement_id", "points", "technical", "tied", "decided_by")
PLACED = Facts(rankings, *_PLACED, later=("evaluated_price",))
GONE = Facts(panel_replacements, "panel_id", "number", "person_id", "role", "was_formed_by")
REVIEWED = Facts(qualification_findings, "found")

RECORDS = kept_in(
    {
        Project: projects,
        WithdrawnProject: withdrawn_projects,
        Provider: providers,
        Verification: verifications,
        Control: controls,
        StandingTold: standings,
        ConcludedEvaluation: evaluations,
        Departure: departures,
        Procurement: procurements,
        FileVersion: tender_files,
        FileText: tender_file_contents,
        RegisteredKey: opening_keys,
        WholeEnvelope: envelopes,
        Bid: bids,
        OpenedBid: opened_bids,
        Offer: private_offers,
        Annex: private_annexes,
        OpeningAct: private_opening_acts,
        OpeningShare: private_opening_shares,
        FormedPanel: panels,
        Seat: panel_members,
        Replacement: panel_replacements,
        ConditionResult: qualification_results,
        Findings: qualification_findings,
        Explanation: explanations,
        ExplanationText: private_explanations,
        ExplanationVote: explanation_votes,
        PriceLook: price_looks,
        SheetPoints: scores,
        GivenSheet: score_sheets,
        Place: rankings,
        DrawnLots: lots,
        Consent: consents,
        Rescoring: rescorings,
        RescoringVoice: rescoring_voices,
        Award: awards,
        ReasonCorrection: reason_corrections,
    }
)
