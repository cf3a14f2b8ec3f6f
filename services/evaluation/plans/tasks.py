"""What waits about a contract's duties: targets to set and to approve, and what was not done on its day. What the
purchaser may entrust is asked twice: for its own posts, and for those of a third party with a live mandate. Of a
contract's duties the next one is shown, and every one whose day is over."""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from services.evaluation.mandates.records import MandateState
from services.evaluation.plans.records import DutyState, TargetsState
from services.evaluation.rulebook import AcceptanceSection, PlanSection
from services.evaluation.tables import contracts, duties, evaluations, mandates, targets
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, TODAY, Books, Kind, Law, Subject, among, clause_in, clause_of
from shared.work.identity import OVERSIGHT

_c = contracts.c
_d = duties.c
_e = evaluations.c
_m = mandates.c
_t = targets.c

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


def of_contract(kind: str, table: sa.Table, path: str, duty: sa.ColumnElement[bool] | None = None) -> Subject:
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


def same_line(kind: str, line: sa.Column[object]) -> sa.ColumnElement[bool]:
    return sa.and_(_d.contract_id == _c.id, _d.kind == kind, _d.line_id == line)


DUTY = replace(of_contract("duty", duties, "/v1/contracts/{}/duties"), within=_d.contract_id, line=_d.number)

TARGETS_PROPOSED = replace(
    of_contract("targets", targets, "/v1/contracts/{}/targets?proposed=true"), within=_t.contract_id
)


def _says(read: Callable[[AcceptanceSection], object]) -> Callable[[Rulebook], bool]:
    return lambda book: read(book.section(AcceptanceSection)) is not None


TARGETS = Books("targets", lambda book: bool(book.section(PlanSection).performance_fields))
APART = Books("apart", _says(lambda section: section.separate_signing_and_acceptance))
COMMITTEE = Books("committee", _says(lambda section: section.committee_opinion_required))
RESIDENTS = Books("residents", _says(lambda section: section.residents_opinion_required))
BOOKS = (TARGETS, APART, COMMITTEE, RESIDENTS)


def live(mandate: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the mandate is one for this contract, today."""
    term = TODAY.between(mandate.c.valid_from, mandate.c.valid_until)
    return sa.and_(mandate.c.contract_id == _c.id, mandate.c.state == MandateState.LIVE, term)


def by_third_party(kind: Kind) -> Kind:
    """The same, for the posts of whom the purchaser has entrusted."""
    rows = kind.of.rows.join(mandates, live(mandates))
    return replace(kind, of=replace(kind.of, rows=rows), side=_m.third_party)


def either(kind: Kind) -> tuple[Kind, Kind]:
    return kind, by_third_party(kind)


_earlier = duties.alias("earlier")

_before = sa.exists().where(
    _earlier.c.contract_id == _d.contract_id,
    _earlier.c.due_on < _d.due_on,
    among(_earlier.c.state, DutyState.PLANNED, DutyState.UNDER_WAY),
)

next = sa.and_(
    _d.state == DutyState.PLANNED,
    _c.starts_on <= TODAY,
    sa.or_(~_before, _d.due_on < TODAY),
)

_not_by_signer = sa.or_(~APART.govern(_c.rulebook), _c.signed_by != ME)
_stand = targets.alias("stand")

_settled = sa.and_(
    sa.exists().where(_stand.c.contract_id == _t.contract_id, _stand.c.state == TargetsState.SET),
    sa.exists().where(_e.contract_id == _t.contract_id),
)


def to_open(task: str, kind: str) -> Kind:
    waits = sa.and_(next, _d.kind == kind, _not_by_signer)
    return Kind(task, {"accept_service"}, DUTY, waits, _c.organisation, deadline="duty")


def under_way(task: str, duty: str, of: Subject, where: sa.ColumnElement[bool], law: Law | None = None) -> Kind:
    """Something about what was opened, until the last day of the duty that it does."""
    organisation = of.id.table.c.organisation
    return Kind(task, {duty}, of, where, organisation, deadline="duty", due_for=_d.id, law=law)


_dropped = duties.alias("dropped")


def while_it_lasts(kind: Kind) -> Kind:
    """Nothing waits for anybody once the contract has been ended before its term."""
    table = kind.of.id.table
    contract = _c.id if table is contracts else table.c.get("contract_id")
    if contract is None:
        return replace(kind, books=BOOKS)
    ended = sa.exists().where(_dropped.c.contract_id == contract, _dropped.c.state == DutyState.DROPPED)
    return replace(kind, where=sa.and_(kind.where, ~ended), books=BOOKS)


KINDS = (
    Kind(
        "set_targets",
        {"plan_evaluation"},
        CONTRACT,
        sa.and_(
            TARGETS.govern(_c.rulebook),
            ~sa.exists().where(_t.contract_id == _c.id, _t.state != TargetsState.REPLACED),
            sa.exists().where(_d.contract_id == _c.id, _d.kind == "evaluation", _d.state != DutyState.CONCLUDED),
        ),
        _c.organisation,
        until=_c.starts_on,
        law=lambda book: clause_in(book.section(PlanSection).performance_fields, "performance_goal"),
    ),
    Kind(
        "approve_targets",
        {"plan_evaluation"},
        TARGETS_PROPOSED,
        sa.and_(_t.state == TargetsState.PROPOSED, _t.set_by != ME, ~_settled),
        _t.organisation,
        until=_c.starts_on,
        law=lambda book: clause_of(book.section(PlanSection).late_targets_approved),
    ),
    Kind(
        "watch_overdue_duty",
        OVERSIGHT,
        DUTY,
        sa.and_(among(_d.state, DutyState.PLANNED, DutyState.UNDER_WAY), _d.due_on < TODAY),
        deadline="duty",
    ),
)
