"""What waits in the catalog, by the duty that would do it: editions to publish, projects on their way into the pool,
money and requirement for those in it.

A project's next desk follows its way: what a community leads is deliberated, voted on and then reviewed; what a
provider planned is let in, chosen and then reviewed; everything else is reviewed at once.
"""

import sqlalchemy as sa

from services.catalog.budgets.records import BudgetState
from services.catalog.directories.records import EditionState
from services.catalog.projects.records import TO_BE_PROCURED, ProjectState
from services.catalog.requirements.records import RequirementState
from services.catalog.rulebook import (
    BudgetSection,
    ClearanceSection,
    ConsultationSection,
    NegativeSection,
    PoolSection,
    RequirementSection,
    WithdrawalSection,
)
from services.catalog.tables import budgets, consultations, editions, private_feedback, projects, requirements
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, NOW, POST, Books, Kind, Law, Subject, among, clause_in, clause_of
from shared.reading.visibility import city_of

_p, _e, _b, _r, _t = projects.c, editions.c, budgets.c, requirements.c, consultations.c

_number = sa.cast(_p.number, sa.Text)
_REFERENCE = sa.func.concat_ws(
    "-",
    city_of(_p.jurisdiction),
    sa.func.to_char(_p.proposed_on, "YYYY"),
    sa.func.lpad(_number, sa.func.greatest(sa.func.length(_number), 6), "0"),
)

EDITION = Subject(
    "directory", editions, _e.id, _e.key, _e.jurisdiction, "/v1/directories/{}", rulebook=_e.rulebook, title=_e.title
)
PROJECT = Subject(
    "project",
    projects,
    _p.id,
    _p.key,
    _p.jurisdiction,
    "/v1/projects/{}",
    rulebook=_p.rulebook,
    reference=_REFERENCE,
    title=_p.title,
)


def _of_project(kind: str, table: sa.Table, path: str) -> Subject:
    """A record of a project, shown with the project's reference and title."""
    rows = table.join(projects, _p.id == table.c.project_id)
    shown = {"rulebook": _p.rulebook, "reference": _REFERENCE, "title": _p.title}
    return Subject(kind, rows, table.c.id, table.c.key, table.c.jurisdiction, path, **shown)


BUDGET = _of_project("budget", budgets, "/v1/budgets/{}")
REQUIREMENT = _of_project("requirement", requirements, "/v1/requirements/{}")
CONSULTATION = _of_project("consultation", consultations, "/v1/consultations/{}/feedback")

SAME_LEVEL = Books("same_level", lambda book: book.section(BudgetSection).budget_review_same_level is not None)
BOOKS = (SAME_LEVEL,)


def _pool(step: str) -> Law:
    return lambda book: clause_in(book.section(PoolSection).community_project_steps, step)


def _review(book: Rulebook) -> Clause | None:
    criteria = clause_in(book.section(PoolSection).project_review_criteria, "budget")
    return criteria or clause_in(book.section(NegativeSection).negative_check_points, "project")


def _money(book: Rulebook) -> Clause | None:
    return clause_of(book.section(BudgetSection).budget_review_same_level)


def _need(book: Rulebook) -> Clause | None:
    section = book.section(RequirementSection)
    return clause_of(section.separate_need_review, section.need_compliance_check_required)


_by_community, _by_provider = _p.way == "community_vote", _p.way == "social_org_pool"
_to_review = sa.or_(
    among(_p.state, ProjectState.VOTED, ProjectState.CHOSEN),
    sa.and_(_p.state == ProjectState.PROPOSED, ~_by_community, ~_by_provider),
)
_asked_for_money = sa.exists().where(
    _b.project_id == _p.id, among(_b.state, BudgetState.SUBMITTED, BudgetState.APPROVED)
)
_written = sa.exists().where(
    _r.project_id == _p.id, among(_r.state, RequirementState.WRITTEN, RequirementState.FINALISED)
)
_undecided = sa.exists().where(private_feedback.c.consultation_id == _t.id, private_feedback.c.adopted.is_(None))
_with_the_public = sa.exists().where(
    _t.requirement_id == _r.id, sa.or_(sa.and_(_t.closes_at > NOW, _t.withdrawn_by.is_(None)), _undecided)
)

KINDS = (
    Kind(
        "publish_directory",
        {"publish_directory"},
        EDITION,
        sa.and_(_e.state == EditionState.DRAFTED, _e.drafted_by != ME),
        _e.organisation,
        law=lambda book: clause_in(book.section(NegativeSection).negative_check_points, "list_entry"),
    ),
    Kind(
        "record_deliberation",
        {"propose_project"},
        PROJECT,
        sa.and_(_p.state == ProjectState.PROPOSED, _by_community),
        _p.proposer,
        law=_pool("deliberation"),
    ),
    Kind(
        "record_vote",
        {"propose_project"},
        PROJECT,
        _p.state == ProjectState.DELIBERATED,
        _p.proposer,
        law=_pool("vote"),
    ),
    Kind(
        "consent_project",
        {"review_project"},
        PROJECT,
        sa.and_(_p.state == ProjectState.PROPOSED, _by_provider),
        _p.organisation,
        law=lambda book: clause_of(book.section(PoolSection).pool_consent_by),
    ),
    Kind(
        "choose_project",
        {"choose_project"},
        PROJECT,
        _p.state == ProjectState.CONSENTED,
        law=lambda book: clause_of(book.section(PoolSection).pool_choice_by),
    ),
    Kind(
        "review_project",
        {"review_project"},
        PROJECT,
        sa.and_(_to_review, _p.proposed_by != ME),
        _p.organisation,
        law=_review,
    ),
    Kind(
        "confirm_project_withdrawal",
        {"review_project"},
        PROJECT,
        sa.and_(among(_p.state, *TO_BE_PROCURED), _p.withdrawal_proposed_by != ME),
        _p.organisation,
        law=lambda book: clause_of(book.section(WithdrawalSection).incompatible_posts_separated),
    ),
    Kind(
        "submit_budget",
        {"submit_budget"},
        PROJECT,
        sa.and_(_p.state == ProjectState.POOLED, ~_asked_for_money),
        _p.organisation,
        law=lambda book: clause_of(book.section(ClearanceSection).budget_line_required),
    ),
    Kind(
        "review_budget",
        {"review_budget"},
        BUDGET,
        sa.and_(_b.state == BudgetState.SUBMITTED, _p.state != ProjectState.DECLINED, _b.submitted_by != ME),
        desk=sa.and_(
            POST.c.organisation != _b.organisation,
            sa.or_(~SAME_LEVEL.govern(_p.rulebook), POST.c.place == _b.jurisdiction),
        ),
        law=_money,
    ),
    Kind(
        "write_requirement",
        {"write_requirement"},
        PROJECT,
        sa.and_(_p.state == ProjectState.POOLED, ~_written),
        _p.organisation,
        law=lambda book: clause_of(book.section(ClearanceSection).finalised_need_required),
    ),
    Kind(
        "review_requirement",
        {"review_requirement"},
        REQUIREMENT,
        sa.and_(
            _r.state == RequirementState.WRITTEN,
            _p.state != ProjectState.DECLINED,
            _r.written_by != ME,
            ~_with_the_public,
        ),
        _r.organisation,
        law=_need,
    ),
    Kind(
        "dispose_feedback",
        {"write_requirement"},
        CONSULTATION,
        _undecided,
        _t.organisation,
        law=lambda book: clause_of(book.section(ConsultationSection).feedback_disposition_required),
    ),
)
