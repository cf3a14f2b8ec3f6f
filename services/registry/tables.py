"""Tables of the schema `registry`. Duties and standing have their second fence here: what one person enters another
verifies or confirms, a cause gives one standing, an award and a signing have one open clearance."""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.registry.bars.records import Bar, BarReason, BarState
from services.registry.bodies.records import Body, Organisation, Registration
from services.registry.changes.records import ChangeState, OrganisationChange, OrganisationVersion
from services.registry.clearances.records import Act, Clearance, ClearanceState
from services.registry.erasures.records import Erasure, ServiceAnswer
from services.registry.interests.records import Declaration, DeclarationState, InterestAct
from services.registry.persons.records import (
    Account,
    AccountProposal,
    Person,
    PersonState,
    PrivateLogin,
    PrivatePerson,
    ProposalState,
)
from services.registry.posts.records import Post, PostProposal
from services.registry.providers.records import Evidence, EvidenceState, Provider, ProviderState
from services.registry.purchasers.records import Purchaser
from services.registry.reversals.records import Ground, Reversal, ReversalReason, ReversalState
from services.registry.standing.records import KeptResult, Origin, ResultState, Standing, StandingState
from services.registry.standing.rules import Kind
from services.registry.successions.records import KnownContract, KnownProject, Succession
from shared.events.evaluation import Grade
from shared.fields.places import HELD
from shared.law.decision import Effect
from shared.road.tables import INSERT_ONLY, Instant, aggregate, service_metadata
from shared.work.facts import Facts
from shared.work.sql import kept_in, one_of

metadata = service_metadata()

accounts = metadata.tables["accounts"]
posts = metadata.tables["posts"]
organisations = metadata.tables["organisations"]
successors = metadata.tables["successors"]

SCORE = sa.Numeric(6, 2)

persons = Table(
    "persons",
    metadata,
    *aggregate("key"),
    Column("state", Text, nullable=False),
    Column("registered_by", Uuid),
    Column("machine", Boolean, nullable=False, server_default=sa.false()),
    Column("erased_on", Date),
    sa.CheckConstraint(one_of("state", PersonState), name="state"),
    sa.CheckConstraint("(state = 'erased') = (erased_on IS NOT NULL)", name="erased"),
    sa.UniqueConstraint("id", "state"),
    sa.CheckConstraint(HELD, name="place"),
)


def _of_registered() -> tuple[sa.Column[str | None], sa.ForeignKeyConstraint]:
    """What the row refers to is a person who has not been erased."""
    state: sa.Column[str | None] = Column("person_state", Text, sa.Computed("'registered'::text", persisted=True))
    return state, sa.ForeignKeyConstraint(["person_id", "person_state"], ["persons.id", "persons.state"])


def _about_a_person() -> tuple[sa.schema.SchemaItem, ...]:
    """What one person proposes about another and a third confirms."""
    return (
        Column("state", Text, nullable=False),
        Column("person_id", Uuid, ForeignKey("persons.id"), nullable=False, index=True),
        Column("proposed_by", Uuid, nullable=False),
        Column("confirmed_by", Uuid),
        sa.CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
        sa.CheckConstraint("proposed_by <> person_id AND confirmed_by <> person_id", name="another_person"),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name="confirmed"),
        sa.CheckConstraint(one_of("state", ProposalState), name="state"),
    )


private_persons = Table(
    "private_persons",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True, server_default=sa.text("1")),
    Column("display_name", Text, nullable=False),
    Column("given_by", Uuid),
    Column("was_by", Uuid),
    Column("reason", Text),
    Column("purpose", Text, nullable=False),
    Column("keep_until", Date, nullable=False),
    sa.CheckConstraint("was_by <> given_by", name="two_persons"),
    sa.CheckConstraint("number = 1 OR reason IS NOT NULL", name="corrected"),
    *_of_registered(),
    comment="by which name administrators know a person; the last one counts",
)

private_logins = Table(
    "private_logins",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("login", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    *_of_registered(),
    comment="how the issuer calls a login that everything else knows by a hash; kept until its person is erased",
)

erasures = Table(
    "erasures",
    metadata,
    *aggregate(),
    *_about_a_person(),
    Column("reason", Text, nullable=False),
    sa.CheckConstraint(HELD, name="place"),
    sa.Index("uq_erasures_one", "person_id", unique=True, postgresql_where=sa.text("state <> 'withdrawn'")),
)

erasure_answers = Table(
    "erasure_answers",
    metadata,
    Column("erasure_id", Uuid, ForeignKey("erasures.id"), primary_key=True),
    Column("service", Text, primary_key=True),
    Column("last_recorded_on", Date),
    info=INSERT_ONLY,
    comment="until when each service's record goes of matters in which the person acted or is named; null: none",
)

post_proposals = Table(
    "post_proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("organisation", Uuid, ForeignKey("organisations.id"), nullable=False),
    *_about_a_person(),
    Column("duties", ARRAY(Text), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    sa.CheckConstraint("cardinality(duties) > 0", name="duties"),
    sa.CheckConstraint("valid_until >= valid_from", name="period"),
    sa.CheckConstraint(HELD, name="place"),
)

account_proposals = Table(
    "account_proposals",
    metadata,
    *aggregate(),
    *_about_a_person(),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    sa.CheckConstraint(HELD, name="place"),
    sa.Index(
        "uq_account_proposals_one_waits",
        "issuer",
        "subject",
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    ),
)

bodies = Table(
    "bodies",
    metadata,
    *aggregate(),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_folded", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("registered_by", Uuid),
    sa.UniqueConstraint("jurisdiction", "title_folded"),
    sa.CheckConstraint(one_of("state", Registration), name="state"),
    sa.CheckConstraint("organisation = id", name="owns_itself"),
    sa.CheckConstraint(HELD, name="place"),
)

purchasers = Table(
    "purchasers",
    metadata,
    *aggregate("key"),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_folded", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attributes", ARRAY(Text), nullable=False),
    Column("opts_in", Boolean, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("registered_by", Uuid, nullable=False),
    sa.UniqueConstraint("jurisdiction", "title_folded"),
    sa.CheckConstraint(one_of("state", Registration), name="state"),
    sa.CheckConstraint("organisation = id", name="owns_itself"),
    sa.CheckConstraint(HELD, name="place"),
)

providers = Table(
    "providers",
    metadata,
    *aggregate("key"),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_folded", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("form", Text),
    Column("credit_code", Text, unique=True),
    Column("code_licence", Text),
    Column("code_entered_by", Uuid),
    Column("code_confirmed_by", Uuid),
    Column("registered_with", Text),
    Column("registration_number", Text),
    Column("founded_on", Date, nullable=False),
    Column("registered_by", Uuid, nullable=False),
    Column("head", Uuid),
    Column("held_by", ARRAY(Uuid)),
    Column("managed_by", ARRAY(Uuid)),
    Column("leaving_proposed_by", Uuid),
    Column("leaving_confirmed_by", Uuid),
    sa.CheckConstraint(one_of("state", ProviderState), name="state"),
    sa.CheckConstraint("code_entered_by <> code_confirmed_by", name="two_persons"),
    sa.CheckConstraint("leaving_proposed_by <> leaving_confirmed_by", name="taken_off_by_two"),
    sa.CheckConstraint(
        "leaving_confirmed_by IS NULL OR (state = 'left' AND leaving_proposed_by IS NOT NULL)", name="taken_off"
    ),
    sa.CheckConstraint("num_nulls(code_licence, code_entered_by) IN (0, 2)", name="code_entered"),
    sa.CheckConstraint(
        "state IN ('proposed', 'left') OR (code_licence IS NULL) = (code_confirmed_by IS NULL)", name="code_confirmed"
    ),
    sa.CheckConstraint("organisation = id", name="owns_itself"),
    sa.CheckConstraint("NOT id = ANY (held_by) AND NOT id = ANY (managed_by)", name="not_its_own_holder"),
    sa.CheckConstraint("credit_code IS NOT NULL OR kind = 'community_social_organisation'", name="credit_code"),
    sa.CheckConstraint(HELD, name="place"),
    sa.Index(
        "uq_providers_without_code",
        "jurisdiction",
        "title_folded",
        unique=True,
        postgresql_where=sa.text("credit_code IS NULL"),
    ),
)

declarations = Table(
    "declarations",
    metadata,
    *aggregate(),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("provider_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("declared_by", Uuid, nullable=False),
    Column("declared_on", Date, nullable=False),
    Column("last_day", Date),
    Column("ended_by", Uuid),
    sa.CheckConstraint(one_of("state", DeclarationState), name="state"),
    sa.CheckConstraint("ended_by <> person_id AND ended_by <> declared_by", name="another"),
    sa.CheckConstraint("last_day >= declared_on", name="last_day"),
    sa.CheckConstraint("(state = 'ended') = (last_day IS NOT NULL)", name="ended"),
    sa.CheckConstraint("(state = 'standing') = (ended_by IS NULL)", name="ended_by"),
    sa.CheckConstraint(HELD, name="place"),
)

private_interest_acts = Table(
    "private_interest_acts",
    metadata,
    Column("interest_id", Uuid, ForeignKey("declarations.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("act", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("document_hash", Text),
    Column("acted_by", Uuid, nullable=False),
    Column("acted_at", Instant, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("keep_until", Date),
    # What another than the person says of them is shown by a document.
    sa.CheckConstraint(
        "act <> 'declared' OR acted_by = person_id OR ground = 'panel' OR document_hash IS NOT NULL", name="evidence"
    ),
    sa.CheckConstraint("act NOT IN ('ended', 'annulled') OR document_hash IS NOT NULL", name="end_evidence"),
    sa.CheckConstraint("act NOT IN ('ended', 'annulled') OR acted_by <> person_id", name="another"),
    comment="how and why each interest was declared, ended or annulled; purpose: keeping persons away from decisions",
)

organisation_changes = Table(
    "organisation_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("organisation", Uuid, ForeignKey("organisations.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("weighty", Boolean, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("successor_of", Uuid, ForeignKey("organisations.id")),
    Column("manner", Text),
    Column("departure", Text),
    Column("valid_from", Date),
    Column("reason", Text, nullable=False),
    Column("document_hash", Text, nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    Column("confirmed_by", Uuid),
    sa.CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
    sa.CheckConstraint("(weighty AND state = 'confirmed') = (confirmed_by IS NOT NULL)", name="confirmed"),
    sa.CheckConstraint(
        "weighty OR (successor_of IS NULL AND departure IS NULL"
        " AND facts - '{title,registration_number}'::text[] = '{}'::jsonb)",
        name="weighty",
    ),
    sa.CheckConstraint("successor_of <> organisation", name="successor"),
    sa.CheckConstraint("(successor_of IS NULL) = (manner IS NULL)", name="manner"),
    sa.CheckConstraint("departure IS NULL OR facts = '{}'::jsonb", name="departure"),
    sa.CheckConstraint(one_of("state", ChangeState), name="state"),
    sa.CheckConstraint(HELD, name="place"),
)

organisation_versions = Table(
    "organisation_versions",
    metadata,
    Column("organisation", Uuid, ForeignKey("organisations.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("valid_from", Date),
    Column("facts", JSONB, nullable=False),
    Column("title_folded", Text, nullable=False, index=True),
    Column("change_id", Uuid, ForeignKey("organisation_changes.id")),
    Column("document_hash", Text),
    sa.CheckConstraint("(change_id IS NULL) = (document_hash IS NULL)", name="evidence"),
    info=INSERT_ONLY,
)

projects = Table(
    "projects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organisation", Uuid, nullable=False, index=True),
    Column("declined", Boolean, nullable=False),
    Column("source_version", sa.BigInteger, nullable=False),
)

contracts = Table(
    "contracts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, nullable=False, index=True),
    Column("organisation", Uuid, nullable=False, index=True),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("open", Boolean, nullable=False),
    Column("completed", Boolean, nullable=False),
    Column("rulebook", Text),
    Column("source_version", sa.BigInteger, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    *aggregate(),
    Column("provider_id", Uuid, ForeignKey("providers.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("result", Text),
    Column("issuer", Text, nullable=False),
    Column("issuer_level", Text),
    Column("issued_on", Date, nullable=False),
    Column("valid_until", Date),
    Column("document_hash", Text, nullable=False),
    Column("entered_by", Uuid, nullable=False),
    Column("verified_by", Uuid),
    Column("verified_on", Date),
    Column("annulled_by", Uuid),
    Column("annulled_on", Date),
    Column("annulled_because", Text),
    sa.CheckConstraint("entered_by <> verified_by", name="two_persons"),
    sa.CheckConstraint("(state = 'entered') = (verified_by IS NULL)", name="verified"),
    sa.CheckConstraint("verified_by <> annulled_by", name="annulled_by_another"),
    sa.CheckConstraint(
        "num_nulls(annulled_by, annulled_on, annulled_because) = CASE state WHEN 'annulled' THEN 0 ELSE 3 END",
        name="annulled",
    ),
    sa.CheckConstraint(one_of("state", EvidenceState), name="state"),
    sa.Index("ix_evidence_entered", "provider_id", postgresql_where=sa.text("state = 'entered'")),
)

PAPER = Facts(evidence, "kind", "result", "issuer", "issuer_level", "issued_on", "valid_until", "document_hash")
"""What a paper says, which no entry repeats."""

results = Table(
    "results",
    metadata,
    *aggregate(),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("project_id", Uuid),
    Column("grade", Text, nullable=False),
    Column("score", SCORE),
    Column("concluded_on", Date, nullable=False),
    Column("result_version", Integer, nullable=False),
    Column("evidence_hash", Text),
    Column("imported_by", Uuid),
    Column("confirmed_by", Uuid),
    sa.CheckConstraint("imported_by <> confirmed_by", name="two_persons"),
    sa.CheckConstraint("(imported_by IS NULL) = (evidence_hash IS NULL)", name="imported"),
    sa.CheckConstraint(
        "state IN ('proposed', 'withdrawn') OR (imported_by IS NULL) = (confirmed_by IS NULL)", name="confirmed"
    ),
    sa.CheckConstraint("state NOT IN ('withdrawn', 'annulled') OR imported_by IS NOT NULL", name="own"),
    sa.CheckConstraint(one_of("state", ResultState), name="state"),
    sa.CheckConstraint(one_of("grade", Grade), name="grade"),
    sa.CheckConstraint(HELD, name="place"),
    sa.Index("ix_results_proposed", "provider_id", postgresql_where=sa.text("state = 'proposed'")),
)

FOUND = Facts(results, "organisation", "place", "rulebook", "project_id", "score", "evidence_hash")
LOGIN = Facts(account_proposals, "id", "issuer", "subject", "jurisdiction", "organisation")
MAY_BUY = Facts(purchasers, "attributes", "opts_in", "rulebook", "registered_by")
ENTERED = Facts(
    providers,
    *("form", "code_licence", "code_entered_by", "code_confirmed_by", "registered_with", "registration_number"),
    *("registered_by", "title_folded"),
    later=("head", "held_by", "managed_by"),
)
CHANGE = Facts(
    organisation_changes,
    *("weighty", "facts", "before", "successor_of", "manner", "departure", "valid_from", "document_hash"),
    "proposed_by",
)
"""What entries say of each by one hash."""

standings = Table(
    "standings",
    metadata,
    *aggregate(),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("cause", Uuid, nullable=False),
    Column("project_id", Uuid),
    Column("grade", Text),
    Column("score", SCORE),
    Column("concluded_on", Date),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    Column("ended_because", Text),
    sa.CheckConstraint(one_of("state", StandingState), name="state"),
    sa.CheckConstraint("(state = 'ended') = (ended_because IS NOT NULL)", name="ended"),
    sa.CheckConstraint(one_of("kind", Kind), name="kind"),
    sa.CheckConstraint(one_of("origin", Origin), name="origin"),
    sa.CheckConstraint(one_of("effect", Effect), name="effect"),
    sa.CheckConstraint("(kind = 'barred') = (effect <> 'reference')", name="only_bars_bar"),
    sa.CheckConstraint("until_day >= from_day - 1", name="period"),
    sa.Index(
        "uq_standings_one_of_a_cause",
        "provider_id",
        "cause",
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
    ),
)

bars = Table(
    "bars",
    metadata,
    *aggregate(),
    Column("provider_id", Uuid, ForeignKey("providers.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("months", Integer, nullable=False),
    Column("document_hash", Text),
    Column("proposed_by", Uuid, nullable=False),
    Column("proposed_on", Date, nullable=False),
    Column("confirmed_by", Uuid),
    Column("from_day", Date),
    Column("until_day", Date),
    sa.CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
    sa.CheckConstraint("(state IN ('proposed', 'withdrawn')) = (confirmed_by IS NULL)", name="confirmed"),
    sa.CheckConstraint("(state IN ('proposed', 'withdrawn')) = (until_day IS NULL)", name="period"),
    sa.CheckConstraint(one_of("state", BarState), name="state"),
    sa.CheckConstraint("months > 0", name="months"),
    sa.CheckConstraint(HELD, name="place"),
)

ORDERED = Facts(bars, "rulebook", "clause", "document_hash", "proposed_on")

private_bar_reasons = Table(
    "private_bar_reasons",
    metadata,
    Column("bar_id", Uuid, ForeignKey("bars.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("keep_until", Date, nullable=False),
)

reversals = Table(
    "reversals",
    metadata,
    *aggregate(),
    Column("provider_id", Uuid, ForeignKey("providers.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("bar_id", Uuid, ForeignKey("bars.id"), index=True),
    Column("result_id", Uuid, ForeignKey("results.id"), index=True),
    Column("standing_id", Uuid, ForeignKey("standings.id"), index=True),
    Column("rulebook", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("document_hash", Text, nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    Column("proposed_on", Date, nullable=False),
    Column("confirmed_by", Uuid),
    Column("confirmed_on", Date),
    sa.CheckConstraint("num_nonnulls(bar_id, result_id, standing_id) = 1", name="one_subject"),
    sa.CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
    sa.CheckConstraint(
        "num_nulls(confirmed_by, confirmed_on) = CASE state WHEN 'confirmed' THEN 0 ELSE 2 END", name="confirmed"
    ),
    sa.CheckConstraint(one_of("state", ReversalState), name="state"),
    sa.CheckConstraint(one_of("ground", Ground), name="ground"),
    sa.CheckConstraint(HELD, name="place"),
    sa.Index(
        "uq_reversals_one",
        sa.text("coalesce(bar_id, result_id, standing_id)"),
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    ),
)

REVERSED = Facts(reversals, "rulebook", "document_hash", "proposed_on")

private_reversal_reasons = Table(
    "private_reversal_reasons",
    metadata,
    Column("reversal_id", Uuid, ForeignKey("reversals.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("keep_until", Date, nullable=False),
)

clearances = Table(
    "clearances",
    metadata,
    *aggregate("key"),
    Column("provider_id", Uuid, ForeignKey("providers.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("lot", Integer),
    Column("round", Integer, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("acknowledged", ARRAY(Text), nullable=False),
    Column("answered_at", Instant, nullable=False),
    sa.CheckConstraint(one_of("state", ClearanceState), name="state"),
    sa.CheckConstraint(one_of("kind", Act), name="kind"),
    sa.CheckConstraint("(kind = 'award') = (lot IS NOT NULL)", name="lot"),
    sa.Index(
        "uq_clearances_one_open",
        "subject",
        "lot",
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        postgresql_nulls_not_distinct=True,
    ),
    sa.Index("ix_clearances_open", "provider_id", postgresql_where=sa.text("state = 'open'")),
)

CLEARANCE = Facts(
    clearances,
    *("id", "key", "jurisdiction", "organisation", "provider_id", "state", "kind", "subject", "lot", "round"),
    *("rulebook", "acknowledged", "answered_at"),
)

RECORDS = kept_in(
    {
        Person: persons,
        PrivatePerson: private_persons,
        PrivateLogin: private_logins,
        Account: accounts,
        AccountProposal: account_proposals,
        Post: posts,
        PostProposal: post_proposals,
        Erasure: erasures,
        ServiceAnswer: erasure_answers,
        Declaration: declarations,
        InterestAct: private_interest_acts,
        Body: bodies,
        Organisation: organisations,
        Purchaser: purchasers,
        OrganisationChange: organisation_changes,
        OrganisationVersion: organisation_versions,
        Succession: successors,
        KnownProject: projects,
        KnownContract: contracts,
        Provider: providers,
        Evidence: evidence,
        KeptResult: results,
        Standing: standings,
        Bar: bars,
        BarReason: private_bar_reasons,
        Reversal: reversals,
        ReversalReason: private_reversal_reasons,
        Clearance: clearances,
    }
)
