"""What waits on a project's way into the pool: what a community leads is deliberated, voted on and then reviewed; what
a provider planned is let in, chosen and then reviewed; everything else is reviewed at once."""

import sqlalchemy as sa

from services.catalog.projects.records import ProjectState
from services.catalog.projects.tasks import PROJECT
from services.catalog.rulebook import NegativeSection, PoolSection
from services.catalog.tables import projects
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, Kind, Law, among, clause_in, clause_of

_p = projects.c


def _pool(step: str) -> Law:
    return lambda book: clause_in(book.section(PoolSection).community_project_steps, step)


def _review(book: Rulebook) -> Clause | None:
    criteria = clause_in(book.section(PoolSection).project_review_criteria, "budget")
    return criteria or clause_in(book.section(NegativeSection).negative_check_points, "project")


_by_community = _p.way == "community_vote"
_by_provider = _p.way == "social_org_pool"

_to_review = sa.or_(
    among(_p.state, ProjectState.VOTED, ProjectState.CHOSEN),
    sa.and_(_p.state == ProjectState.PROPOSED, ~_by_community, ~_by_provider),
)

KINDS = (
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
)
