"""Tables of the schema `evaluation`. Duties have their second fence here: the contract's signer neither accepts nor
assesses where the text keeps them apart (`kept_apart` then holds the signer), an assessor does not answer the
objection, a correction takes two persons. Names, contacts and free text live in `private_*` tables with a purpose
and a last day."""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.evaluation.acceptance.records import Acceptance, AcceptanceState
from services.evaluation.assessments.records import Assessment, AssessmentState
from services.evaluation.conclusions.records import (
    Evaluation,
    EvaluationKind,
    EvaluationPart,
    EvaluationResult,
    EvaluationState,
    Part,
)
from services.evaluation.conduct.records import Observer, PrivatePerson
from services.evaluation.corrections.records import Correction, CorrectionState
from services.evaluation.mandates.records import Mandate, MandateState
from services.evaluation.objections.records import AnswerCorrection, Objection, ObjectionState
from services.evaluation.opinions.records import RecordedOpinion, Side
from services.evaluation.plans.records import Contract, Duty, DutyKind, DutyState, Targets, TargetsState
from services.evaluation.statements.records import Statement
from services.evaluation.surveys.records import Survey, SurveyAnswer, SurveyState
from shared.events.evaluation import Grade
from shared.road.tables import INSERT_ONLY, Instant, aggregate, service_metadata
from shared.work.facts import Facts
from shared.work.sql import kept_in, one_of

metadata = service_metadata()

Score = Numeric(5, 2)


def _owner() -> tuple[Column[object], ...]:
    """What every record has: its key on the road, its version, where it lies, whose it is, and its contract."""
    return (
        *aggregate("key"),
        Column("provider_id", Uuid, nullable=False),
        Column("contract_id", Uuid, nullable=False, index=True),
    )


def _keep() -> tuple[Column[object], ...]:
    """Why personal data is kept, and its last day."""
    return (Column("purpose", Text, nullable=False), Column("keep_until", Date, nullable=False, index=True))


def _correcting(by: str) -> tuple[Column[object] | sa.CheckConstraint, ...]:
    """What a result has that another person set right: the record of what was held, whose result was wrong, and why."""
    return (
        Column("corrects", Uuid),
        Column("corrected_from", Uuid),
        Column("reason_hash", LargeBinary),
        sa.CheckConstraint(f"corrected_from <> {by}", name="another_corrects"),
        sa.CheckConstraint("num_nulls(corrects, corrected_from, reason_hash) IN (0, 3)", name="corrected"),
    )


contracts = Table(
    "contracts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Uuid, nullable=False, index=True),
    Column("source_version", BigInteger, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("procurement_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("service_class", Integer),
    Column("nature", Text, nullable=False),
    Column("procurement_project", Boolean, nullable=False),
    Column("signed_by", Uuid, nullable=False),
    Column("objection_window_working_days", Integer),
    Column("lines", JSONB, nullable=False),
)

duties = Table(
    "duties",
    metadata,
    *_owner(),
    Column("kind", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("line_id", Uuid),
    Column("number", Integer),
    Column("period", Integer),
    Column("due_on", Date, nullable=False),
    Column("clause", Text, nullable=False),
    Column("state", Text, nullable=False),
    sa.UniqueConstraint("contract_id", "kind", "line_id", postgresql_nulls_not_distinct=True),
    sa.CheckConstraint(one_of("kind", DutyKind), name="kind"),
    sa.CheckConstraint(one_of("state", DutyState), name="state"),
    sa.CheckConstraint("NOT final OR kind = 'evaluation'", name="final"),
    sa.Index("ix_duties_open", "due_on", "id", postgresql_where=sa.text("state NOT IN ('concluded', 'dropped')")),
)

targets = Table(
    "targets",
    metadata,
    *_owner(),
    Column("performance_goal", Text, nullable=False),
    Column("indicators", JSONB, nullable=False),
    Column("set_by", Uuid, nullable=False),
    Column("set_on", Date, nullable=False),
    Column("state", Text, nullable=False, server_default="set"),
    Column("reason_hash", LargeBinary),
    Column("approved_by", Uuid),
    sa.CheckConstraint(one_of("state", TargetsState), name="state"),
    sa.CheckConstraint("state <> 'proposed' OR (reason_hash IS NOT NULL AND approved_by IS NULL)", name="proposed"),
    sa.CheckConstraint("state <> 'set' OR (reason_hash IS NULL) = (approved_by IS NULL)", name="approved"),
    sa.CheckConstraint("approved_by <> set_by", name="two_persons"),
    sa.Index("uq_targets_set", "contract_id", unique=True, postgresql_where=sa.text("state = 'set'")),
    sa.Index("uq_targets_proposed", "contract_id", unique=True, postgresql_where=sa.text("state = 'proposed'")),
)

mandates = Table(
    "mandates",
    metadata,
    *_owner(),
    Column("third_party", Uuid, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("independent", Boolean, nullable=False),
    Column("given_by", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    sa.CheckConstraint(one_of("state", MandateState), name="state"),
    sa.CheckConstraint("valid_from <= valid_until", name="term"),
    sa.CheckConstraint("third_party NOT IN (provider_id, organisation)", name="third_party"),
    sa.Index("ix_mandates_live", "third_party", postgresql_where=sa.text("state = 'live'")),
)

observers = Table(
    "observers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Uuid, nullable=False, index=True),
    Column("person_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tied", Boolean, nullable=False),
    Column("channel", Text, nullable=False),
    Column("notified_at", Instant, nullable=False),
    Column("notified_by", Uuid, nullable=False),
    info=INSERT_ONLY,
)

private_people = Table(
    "private_people",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("contract_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("contact_folded", Text, nullable=False),
    Column("identity_hash", LargeBinary),
    *_keep(),
    sa.UniqueConstraint(
        "contract_id",
        "name_folded",
        "contact_folded",
        "identity_hash",
        name="uq_private_people_one_person",
        postgresql_nulls_not_distinct=True,
    ),
)

opinions = Table(
    "opinions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Uuid, nullable=False, index=True),
    Column("side", Text, nullable=False),
    Column("agrees", Boolean, nullable=False),
    Column("members", Integer, nullable=False),
    Column("statement_hash", LargeBinary, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    sa.CheckConstraint(one_of("side", Side), name="side"),
    sa.CheckConstraint("members > 0", name="members"),
    info=INSERT_ONLY,
)

private_statements = Table(
    "private_statements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Uuid, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    *_keep(),
)

acceptances = Table(
    "acceptances",
    metadata,
    *_owner(),
    Column("line_id", Uuid),
    Column("attempt", Integer, nullable=False),
    Column("purchaser_is_user", Boolean, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("kept_apart", Uuid),
    Column("opened_by", Uuid, nullable=False),
    Column("concluded_by", Uuid),
    Column("held_at", Instant),
    Column("concluded_on", Date),
    Column("survey_id", Uuid),
    Column("satisfaction", Score),
    Column("state", Text, nullable=False),
    *_correcting("concluded_by"),
    sa.UniqueConstraint("contract_id", "line_id", "attempt", postgresql_nulls_not_distinct=True),
    sa.CheckConstraint(one_of("state", AcceptanceState), name="state"),
    sa.CheckConstraint("(state = 'open') = (concluded_by IS NULL)", name="concluded"),
    sa.CheckConstraint("opened_by <> kept_apart AND concluded_by <> kept_apart", name="two_persons"),
    sa.Index(
        "uq_acceptances_one_open",
        "contract_id",
        "line_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'open'"),
    ),
)

assessments = Table(
    "assessments",
    metadata,
    *_owner(),
    Column("line_id", Uuid, nullable=False),
    Column("period", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("modes", ARRAY(Text), nullable=False),
    Column("modes_reason", Text),
    Column("purchaser_is_user", Boolean, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("kept_apart", Uuid),
    Column("opened_by", Uuid, nullable=False),
    Column("assessed_by", Uuid),
    Column("held_at", Instant),
    Column("score", Score),
    Column("corrected_score", Score),
    Column("notified_at", Instant),
    Column("objections_until", Date),
    Column("window_provisional", Boolean, nullable=False),
    Column("confirmed_on", Date),
    Column("state", Text, nullable=False),
    *_correcting("assessed_by"),
    sa.UniqueConstraint("line_id", "attempt"),
    sa.CheckConstraint(one_of("state", AssessmentState), name="state"),
    sa.CheckConstraint("cardinality(modes) > 0", name="modes"),
    sa.CheckConstraint("score BETWEEN 0 AND 100 AND corrected_score BETWEEN 0 AND 100", name="score"),
    sa.CheckConstraint(
        "(state = 'open') = (assessed_by IS NULL) AND (state = 'open') = (score IS NULL)", name="assessed"
    ),
    sa.CheckConstraint("(state = 'confirmed') = (confirmed_on IS NOT NULL)", name="confirmed"),
    sa.CheckConstraint("opened_by <> kept_apart AND assessed_by <> kept_apart", name="two_persons"),
    sa.Index(
        "uq_assessments_one_open",
        "line_id",
        unique=True,
        postgresql_where=sa.text("state NOT IN ('confirmed', 'corrected')"),
    ),
)

objections = Table(
    "objections",
    metadata,
    *_owner(),
    Column("assessment_id", Uuid, ForeignKey("assessments.id"), nullable=False, index=True),
    Column("filed_by", Uuid, nullable=False),
    Column("filed_at", Instant, nullable=False),
    Column("statement_hash", LargeBinary, nullable=False),
    Column("evidence", ARRAY(Text), nullable=False),
    Column("answer_due", Date, nullable=False),
    Column("due_provisional", Boolean, nullable=False),
    Column("assessed_by", Uuid, nullable=False),
    Column("answered_by", Uuid),
    Column("answered_at", Instant),
    Column("verification_hash", LargeBinary),
    Column("corrected_score", Score),
    Column("withdrawn_by", Uuid),
    Column("withdrawn_at", Instant),
    Column("state", Text, nullable=False),
    sa.CheckConstraint(one_of("state", ObjectionState), name="state"),
    sa.CheckConstraint("cardinality(evidence) > 0", name="evidence"),
    sa.CheckConstraint("(state IN ('open', 'withdrawn')) = (answered_by IS NULL)", name="answered"),
    sa.CheckConstraint("(state IN ('open', 'withdrawn')) = (verification_hash IS NULL)", name="verified"),
    sa.CheckConstraint(
        "num_nulls(withdrawn_by, withdrawn_at) = CASE state WHEN 'withdrawn' THEN 0 ELSE 2 END", name="withdrawn"
    ),
    sa.CheckConstraint("(state = 'upheld') = (corrected_score IS NOT NULL)", name="correction"),
    sa.CheckConstraint("answered_by <> assessed_by", name="two_persons"),
    sa.Index("ix_objections_open", "organisation", postgresql_where=sa.text("state = 'open'")),
    sa.Index(
        "uq_objections_one_stands", "assessment_id", unique=True, postgresql_where=sa.text("state <> 'withdrawn'")
    ),
)

answer_corrections = Table(
    "answer_corrections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("objection_id", Uuid, ForeignKey("objections.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("was_upheld", Boolean, nullable=False),
    Column("was_score", Score),
    Column("verification_hash", LargeBinary, nullable=False),
    Column("was_by", Uuid, nullable=False),
    Column("was_at", Instant, nullable=False),
    Column("reason_hash", LargeBinary, nullable=False),
    Column("corrected_by", Uuid, nullable=False),
    Column("corrected_at", Instant, nullable=False),
    sa.UniqueConstraint("objection_id", "number"),
    sa.CheckConstraint("was_by <> corrected_by", name="two_persons"),
    sa.CheckConstraint("was_upheld = (was_score IS NOT NULL)", name="was"),
    info=INSERT_ONLY,
    comment="answers to objections that another person set right: what they were, who gave them",
)

surveys = Table(
    "surveys",
    metadata,
    *_owner(),
    Column("title", Text, nullable=False),
    Column("invited", Integer, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("satisfied", Integer, nullable=False),
    Column("satisfaction", Score),
    Column("opened_by", Uuid, nullable=False),
    Column("closed_by", Uuid),
    Column("closed_on", Date),
    Column("thin", Boolean, nullable=False, server_default=sa.false()),
    Column("reason_hash", LargeBinary),
    Column("state", Text, nullable=False),
    sa.CheckConstraint(one_of("state", SurveyState), name="state"),
    # What few people said counts with a reason.
    sa.CheckConstraint("NOT thin OR reason_hash IS NOT NULL", name="thin_with_reason"),
    sa.CheckConstraint("0 <= satisfied AND satisfied <= answers AND answers <= invited", name="counts"),
    sa.CheckConstraint("(state = 'closed') = (satisfaction IS NOT NULL)", name="closed"),
)

private_answers = Table(
    "private_answers",
    metadata,
    Column("survey_id", Uuid, ForeignKey("surveys.id"), primary_key=True),
    Column("respondent", Uuid, primary_key=True),
    Column("satisfied", Boolean, nullable=False),
    Column("remark", Text),
    Column("imported_by", Uuid, nullable=False),
    Column("imported_at", Instant, nullable=False),
    *_keep(),
)

evaluations = Table(
    "evaluations",
    metadata,
    *_owner(),
    Column("duty_id", Uuid, ForeignKey("duties.id"), nullable=False, unique=True),
    Column("line_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("organiser", Text, nullable=False),
    Column("added_items", ARRAY(Text), nullable=False),
    Column("kept_apart", Uuid),
    Column("opened_by", Uuid, nullable=False),
    Column("concluded_by", Uuid),
    Column("concluded_on", Date),
    Column("survey_id", Uuid),
    Column("judgements", JSONB, nullable=False),
    Column("attained", JSONB, nullable=False),
    Column("score", Score),
    Column("grade", Text),
    Column("result_version", Integer),
    Column("published_by", Uuid),
    Column("published_on", Date),
    Column("state", Text, nullable=False),
    sa.CheckConstraint(one_of("state", EvaluationState), name="state"),
    sa.CheckConstraint(one_of("kind", EvaluationKind), name="kind"),
    sa.CheckConstraint(one_of("grade", Grade), name="grade"),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    sa.CheckConstraint(
        "(state = 'open') = (grade IS NULL) AND (state = 'open') = (concluded_by IS NULL)", name="concluded"
    ),
    sa.CheckConstraint("(state = 'published') = (published_on IS NOT NULL)", name="published"),
    sa.CheckConstraint("concluded_by <> kept_apart", name="two_persons"),
    sa.Index("ix_evaluations_published", "published_on", "id", postgresql_where=sa.text("state = 'published'")),
    sa.Index("ix_evaluations_unpublished", "organisation", postgresql_where=sa.text("state <> 'published'")),
)

evaluation_parts = Table(
    "evaluation_parts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("evaluation_id", Uuid, ForeignKey("evaluations.id"), nullable=False),
    Column("part", Text, nullable=False),
    Column("score", Score, nullable=False),
    Column("report_fields", ARRAY(Text), nullable=False),
    Column("report_sha256", Text),
    Column("given_by", Uuid, nullable=False),
    Column("given_for", Uuid, nullable=False),
    Column("given_at", Instant, nullable=False),
    sa.UniqueConstraint("evaluation_id", "part"),
    sa.CheckConstraint(one_of("part", Part), name="part"),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name="score"),
)

evaluation_results = Table(
    "evaluation_results",
    metadata,
    Column("evaluation_id", Uuid, ForeignKey("evaluations.id"), primary_key=True),
    Column("result_version", Integer, primary_key=True),
    Column("score", Score, nullable=False),
    Column("grade", Text, nullable=False),
    Column("parts", JSONB, nullable=False),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("correction_id", Uuid),
    sa.CheckConstraint("result_version > 0", name="version"),
    sa.CheckConstraint("(result_version = 1) = (correction_id IS NULL)", name="correction"),
    info=INSERT_ONLY,
)

corrections = Table(
    "corrections",
    metadata,
    *_owner(),
    Column("evaluation_id", Uuid, ForeignKey("evaluations.id"), nullable=False, index=True),
    Column("corrects", Integer, nullable=False),
    Column("purchaser_score", Score),
    Column("third_party_score", Score),
    Column("survey_id", Uuid),
    Column("attained", JSONB),
    Column("was_attained", JSONB),
    Column("reason_hash", LargeBinary, nullable=False),
    Column("proposed_by", Uuid, nullable=False),
    Column("approved_by", Uuid),
    Column("state", Text, nullable=False),
    sa.CheckConstraint(one_of("state", CorrectionState), name="state"),
    sa.CheckConstraint("(state = 'approved') = (approved_by IS NOT NULL)", name="approved"),
    sa.CheckConstraint("approved_by <> proposed_by", name="two_persons"),
    sa.CheckConstraint("purchaser_score BETWEEN 0 AND 100 AND third_party_score BETWEEN 0 AND 100", name="scores"),
    sa.CheckConstraint("num_nonnulls(purchaser_score, third_party_score, survey_id, attained) > 0", name="something"),
    sa.CheckConstraint("(attained IS NULL) = (was_attained IS NULL)", name="attained"),
    sa.Index("ix_corrections_proposed", "organisation", postgresql_where=sa.text("state = 'proposed'")),
)

_HELD = ("purchaser_is_user", "organiser", "kept_apart", "opened_by", "held_at")
_SET_RIGHT = ("corrects", "corrected_from", "reason_hash")
OWED = Facts(duties, "final", "number", "period", "clause")
TARGETED = Facts(targets, "performance_goal", "indicators", "reason_hash", "set_by")
ENTRUSTED = Facts(mandates, "independent")
TOLD = Facts(observers, "person_id", "kind", "tied", "channel", "notified_by")
ACCEPTED = Facts(acceptances, *_HELD, "survey_id", "satisfaction", *_SET_RIGHT)
ASSESSED = Facts(assessments, *_HELD, "modes", "modes_reason", "score", "corrected_score", *_SET_RIGHT)
WAS = Facts(
    answer_corrections,
    *("id", "was_upheld", "was_score", "was_by", "was_at", "verification_hash", "reason_hash"),
)
OBJECTED = Facts(objections, "statement_hash", "evidence", "assessed_by", "verification_hash")
ASKED = Facts(surveys, "title", "satisfied", "satisfaction", "opened_by", "thin", "reason_hash")
EVALUATED = Facts(
    evaluations, "duty_id", "organiser", "added_items", "kept_apart", "opened_by", "survey_id", "judgements", "attained"
)
POINTS = Facts(evaluation_parts, "id", "score", "report_fields", "report_sha256", "given_for")
DECIDED = Facts(evaluation_results, "parts", "correction_id", "decided_by")
PROPOSED = Facts(
    corrections,
    "purchaser_score",
    "third_party_score",
    "survey_id",
    "attained",
    "was_attained",
    "reason_hash",
    "proposed_by",
)
"""What entries say of each record by one hash; an id that nobody outside knows is among what could be guessed."""

RECORDS = kept_in(
    {
        Contract: contracts,
        Duty: duties,
        Targets: targets,
        Mandate: mandates,
        Observer: observers,
        PrivatePerson: private_people,
        RecordedOpinion: opinions,
        Statement: private_statements,
        Acceptance: acceptances,
        Assessment: assessments,
        Objection: objections,
        AnswerCorrection: answer_corrections,
        Survey: surveys,
        SurveyAnswer: private_answers,
        Evaluation: evaluations,
        EvaluationPart: evaluation_parts,
        EvaluationResult: evaluation_results,
        Correction: corrections,
    }
)
