"""What cases may ask of this service's rules, by name (see shared/law/cases.py)."""

from services.catalog.budgets.rules import adjust_line, approve, submit
from services.catalog.commitments.rules import commit
from services.catalog.consultations.rules import open_consultation
from services.catalog.negative_lists.rules import items_to_declare
from services.catalog.pool.rules import choose, consent, take_step
from services.catalog.projects.rules import Proposal, clear, propose
from services.catalog.requirements.rules import Content, Subject, write
from services.catalog.rulebook import NegativeSection, ProjectSection, RequirementSection
from services.catalog.withdrawals.rules import may_withdraw
from shared.law.cases import Rule
from shared.law.decision import Decision


def project(
    proposal: Proposal, section: ProjectSection, negative: NegativeSection, applies: frozenset[str] = frozenset()
) -> Decision[Proposal]:
    """May this be proposed? `applies`: what of the negative list it falls under; all of it is declared."""
    return propose(proposal, _declared(applies, negative), section, negative)


def requirement(
    content: Content,
    subject: Subject,
    section: RequirementSection,
    negative: NegativeSection,
    applies: frozenset[str] = frozenset(),
) -> Decision[Content]:
    """May a requirement say this?"""
    return write(content, subject, _declared(applies, negative), section, negative)


def _declared(applies: frozenset[str], negative: NegativeSection) -> dict[str, bool]:
    return {name: name in applies for name in (*items_to_declare(negative), *applies)}


QUESTIONS: dict[str, Rule] = {
    "project": project,
    "requirement": requirement,
    "step": take_step,
    "consent": consent,
    "pool-choice": choose,
    "budget": submit,
    "budget-approval": approve,
    "budget-line": adjust_line,
    "commitment": commit,
    "consultation": open_consultation,
    "clearance": clear,
    "project-withdrawn": may_withdraw,
}
