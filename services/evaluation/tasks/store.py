"""What waits in evaluation, by the duty that would do it: duties of a contract, what is under way, what is disputed.

What the purchaser may entrust is asked twice: for its own posts, and for those of a third party with a live mandate.
Of a contract's duties the next one is shown, and every one whose day is over.
"""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from services.evaluation.rulebook import AcceptanceSection, ConclusionSection, PlanSection, SurveySection
from services.evaluation.tables import (
    acceptances,
    assessments,
    contracts,
    corrections,
    duties,
    evaluation_parts,
    evaluations,
    mandates,
    objections,
    opinions,
    surveys,
    targets,
)
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, TODAY, Books, Kind, Law, Subject, among, clause_in, clause_of, install_calendar
from shared.work.identity import OVERSIGHT

_c, _d, _a, _s = contracts.c, duties.c, acceptances.c, assessments.c
_e, _o, _k, _m, _v = evaluations.c, objections.c, corrections.c, mandates.c, surveys.c
_t = targets.c

# --- what it is about

CONTRACT = Subject(
    "contract",
    contracts,
    _c.id,
    _c.key,
    _c.jurisdiction,
    "/v1/contracts/{}/duties",
    rulebook=_c.rulebook,
    reference=_c.reference,
    contract_id=_c.id,
)


def _of_contract(kind: str, table: sa.Table, path: str, duty: sa.ColumnElement[bool] | None = None) -> Subject:
    """A record of a contract, shown with its reference, and beside the duty that it does, which says until when."""
    rows = table.join(contracts, _c.id == table.c.contract_id)
    return replace(
        CONTRACT,
        kind=kind,
        rows=rows if duty is None else rows.outerjoin(duties, duty),
        id=table.c.id,
        path=path,
        line=None if duty is None else _d.number,
    )


def _same_line(kind: str, line: sa.Column[object]) -> sa.ColumnElement[bool]:
    return sa.and_(_d.contract_id == _c.id, _d.kind == kind, _d.line_id == line)


DUTY = replace(_of_contract("duty", duties, "/v1/contracts/{}/duties"), within=_d.contract_id, line=_d.number)
ACCEPTANCE = _of_contract("acceptance", acceptances, "/v1/acceptances/{}", _same_line("acceptance", _a.line_id))
ASSESSMENT = _of_contract("assessment", assessments, "/v1/assessments/{}", _same_line("assessment", _s.line_id))
EVALUATION = _of_contract("evaluation", evaluations, "/v1/evaluations/{}", _d.id == _e.duty_id)
OBJECTION = _of_contract("objection", objections, "/v1/objections/{}")
SURVEY = replace(_of_contract("survey", surveys, "/v1/surveys/{}"), title=_v.title)
TARGETS_PROPOSED = replace(
    _of_contract("targets", targets, "/v1/contracts/{}/targets?proposed=true"), within=_t.contract_id
)
CORRECTION = replace(_of_contract("correction", corrections, "/v1/evaluations/{}/corrections"), within=_k.evaluation_id)

# --- what the texts ask for differently


def _says(read: Callable[[AcceptanceSection], object]) -> Callable[[Rulebook], bool]:
    return lambda book: read(book.section(AcceptanceSection)) is not None


TARGETS = Books("targets", lambda book: bool(book.section(PlanSection).performance_fields))
APART = Books("apart", _says(lambda section: section.separate_signing_and_acceptance))
COMMITTEE = Books("committee", _says(lambda section: section.committee_opinion_required))
RESIDENTS = Books("residents", _says(lambda section: section.residents_opinion_required))
BOOKS = (TARGETS, APART, COMMITTEE, RESIDENTS)


def _opinions(book: Rulebook) -> Clause | None:
    section = book.section(AcceptanceSection)
    return clause_of(section.committee_opinion_required, section.residents_opinion_required)


def _publication(book: Rulebook) -> Clause | None:
    section = book.section(ConclusionSection)
    return clause_of(section.publish_evaluation, section.evaluation_result_public)


# --- what waits


def _live(mandate: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the mandate is one for this contract, today."""
    term = TODAY.between(mandate.c.valid_from, mandate.c.valid_until)
    return sa.and_(mandate.c.contract_id == _c.id, mandate.c.state == "live", term)


def _by_third_party(kind: Kind) -> Kind:
    """The same, for the posts of whom the purchaser has entrusted."""
    rows = kind.of.rows.join(mandates, _live(mandates))
    return replace(kind, of=replace(kind.of, rows=rows), side=_m.third_party)


def _either(kind: Kind) -> tuple[Kind, Kind]:
    return kind, _by_third_party(kind)


def _unheard(record: sa.Column[object]) -> sa.ColumnElement[bool]:
    """Whether a side that the text wants to be heard has given no opinion yet."""
    heard = [
        sa.and_(books.govern(_c.rulebook), ~sa.exists().where(opinions.c.subject == record, opinions.c.side == side))
        for books, side in ((COMMITTEE, "committee"), (RESIDENTS, "residents"))
    ]
    return sa.or_(*heard)


def _part(part: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(evaluation_parts.c.evaluation_id == _e.id, evaluation_parts.c.part == part)


_earlier = duties.alias("earlier")
_before = sa.exists().where(
    _earlier.c.contract_id == _d.contract_id,
    _earlier.c.due_on < _d.due_on,
    among(_earlier.c.state, "planned", "under_way"),
)
_next = sa.and_(
    _d.state == "planned",
    _c.starts_on <= TODAY,
    sa.or_(~_before, _d.due_on < TODAY),
)
_not_by_signer = sa.or_(~APART.govern(_c.rulebook), _c.signed_by != ME)
_given = sa.and_(
    _e.state == "open",
    _e.kept_apart.is_distinct_from(ME),
    ~_unheard(_e.id),
    _part("purchaser"),
    sa.or_(_part("third_party"), ~sa.exists().where(_live(mandates.alias("entrusted")))),
)
_stand = targets.alias("stand")
_settled = sa.and_(
    sa.exists().where(_stand.c.contract_id == _t.contract_id, _stand.c.state == "set"),
    sa.exists().where(_e.contract_id == _t.contract_id),
)
_up_to_date = sa.exists().where(
    _e.id == _k.evaluation_id, _e.result_version == _k.corrects, _e.kept_apart.is_distinct_from(ME)
)


def _to_open(task: str, kind: str) -> Kind:
    waits = sa.and_(_next, _d.kind == kind, _not_by_signer)
    return Kind(task, {"accept_service"}, DUTY, waits, _c.organisation, deadline="duty")


def _under_way(task: str, duty: str, of: Subject, where: sa.ColumnElement[bool], law: Law | None = None) -> Kind:
    """Something about what was opened, until the last day of the duty that it does."""
    organisation = of.id.table.c.organisation
    return Kind(task, {duty}, of, where, organisation, deadline="duty", due_for=_d.id, law=law)


_CONCLUDE = _under_way("conclude_evaluation", "conclude_evaluation", EVALUATION, _given)

_KINDS = (
    Kind(
        "set_targets",
        {"plan_evaluation"},
        CONTRACT,
        sa.and_(
            TARGETS.govern(_c.rulebook),
            ~sa.exists().where(_t.contract_id == _c.id, _t.state != "replaced"),
            sa.exists().where(_d.contract_id == _c.id, _d.kind == "evaluation", _d.state != "concluded"),
        ),
        _c.organisation,
        until=_c.starts_on,
        law=lambda book: clause_in(book.section(PlanSection).performance_fields, "performance_goal"),
    ),
    Kind(
        "approve_targets",
        {"plan_evaluation"},
        TARGETS_PROPOSED,
        sa.and_(_t.state == "proposed", _t.set_by != ME, ~_settled),
        _t.organisation,
        until=_c.starts_on,
        law=lambda book: clause_of(book.section(PlanSection).late_targets_approved),
    ),
    *_either(_to_open("open_acceptance", "acceptance")),
    *_either(
        _under_way(
            "give_acceptance_opinion",
            "accept_service",
            ACCEPTANCE,
            sa.and_(_a.state == "open", _unheard(_a.id)),
            _opinions,
        )
    ),
    *_either(
        _under_way(
            "conclude_acceptance",
            "accept_service",
            ACCEPTANCE,
            sa.and_(_a.state == "open", ~_unheard(_a.id), _a.kept_apart.is_distinct_from(ME)),
        )
    ),
    *_either(_to_open("open_assessment", "assessment")),
    *_either(
        _under_way(
            "give_assessment_result",
            "accept_service",
            ASSESSMENT,
            sa.and_(_s.state == "open", _s.kept_apart.is_distinct_from(ME)),
        )
    ),
    Kind(
        "file_objection",
        {"file_objection"},
        ASSESSMENT,
        sa.and_(_s.state == "notified", sa.or_(_s.window_provisional, _s.objections_until >= TODAY)),
        _s.provider_id,
        deadline="objection_window",
    ),
    Kind(
        "answer_objection",
        {"answer_objection"},
        OBJECTION,
        sa.and_(_o.state == "open", _o.assessed_by != ME),
        _o.organisation,
        deadline="objection_answer",
    ),
    *_either(
        Kind(
            "close_survey",
            {"run_survey"},
            SURVEY,
            _v.state == "open",
            _c.organisation,
            law=lambda book: clause_of(book.section(SurveySection).satisfaction_required),
        )
    ),
    Kind(
        "open_evaluation",
        {"conclude_evaluation"},
        DUTY,
        sa.and_(_next, _d.kind == "evaluation"),
        _d.organisation,
        deadline="duty",
    ),
    _under_way(
        "give_evaluation_part", "evaluate_service", EVALUATION, sa.and_(_e.state == "open", ~_part("purchaser"))
    ),
    _by_third_party(
        _under_way(
            "give_evaluation_part", "evaluate_service", EVALUATION, sa.and_(_e.state == "open", ~_part("third_party"))
        )
    ),
    *_either(
        _under_way(
            "give_evaluation_opinion",
            "conclude_evaluation",
            EVALUATION,
            sa.and_(_e.state == "open", _unheard(_e.id)),
            _opinions,
        )
    ),
    _CONCLUDE,
    _by_third_party(replace(_CONCLUDE, where=sa.and_(_given, _e.organiser == "entrusted_third_party"))),
    Kind(
        "publish_evaluation",
        {"conclude_evaluation"},
        EVALUATION,
        _e.state == "concluded",
        _e.organisation,
        law=_publication,
    ),
    Kind(
        "approve_correction",
        {"conclude_evaluation"},
        CORRECTION,
        sa.and_(_k.state == "proposed", _k.proposed_by != ME, _up_to_date),
        _k.organisation,
        law=lambda book: clause_of(book.section(ConclusionSection).separate_payment_approval),
    ),
    Kind(
        "watch_overdue_duty",
        OVERSIGHT,
        DUTY,
        sa.and_(among(_d.state, "planned", "under_way"), _d.due_on < TODAY),
        deadline="duty",
    ),
    Kind(
        "watch_overdue_answer",
        OVERSIGHT,
        OBJECTION,
        sa.and_(_o.state == "open", _o.answer_due < TODAY, ~_o.due_provisional),
        deadline="objection_answer",
    ),
    Kind(
        "watch_provisional_window",
        OVERSIGHT,
        ASSESSMENT,
        sa.and_(_s.state == "notified", _s.window_provisional, _s.objections_until < TODAY),
        deadline="objection_window",
    ),
    install_calendar(contracts.metadata),
)


def _while_it_lasts(kind: Kind) -> Kind:
    """Nothing waits for anybody once the contract has been ended before its term."""
    table = kind.of.id.table
    contract = _c.id if table is contracts else table.c.get("contract_id")
    if contract is None:
        return kind
    ended = sa.exists().where(_dropped.c.contract_id == contract, _dropped.c.state == "dropped")
    return replace(kind, where=sa.and_(kind.where, ~ended))


_dropped = duties.alias("dropped")
KINDS = tuple(_while_it_lasts(kind) for kind in _KINDS)
