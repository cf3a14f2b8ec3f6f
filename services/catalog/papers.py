"""Which records of the catalog name documents, whose uploads they are, and who reads them."""

from uuid import UUID

from services.catalog.budgets.store import read_budget, read_line
from services.catalog.consultations.records import OpenedConsultation
from services.catalog.consultations.store import find_consultation
from services.catalog.projects.records import Project
from services.catalog.projects.store import read_project
from services.catalog.requirements.store import read_requirement
from shared.errands.documents import Named
from shared.work.database import Reader
from shared.work.identity import Scope


async def _consultation(reader: Reader, consultation_id: UUID, scope: Scope) -> OpenedConsultation:
    """What is put to the public is everybody's."""
    return await find_consultation(reader, consultation_id)


async def _disposition(reader: Reader, consultation_id: UUID, scope: Scope) -> Project:
    """What became of the answers is read by those who read these."""
    return await read_project(reader, (await find_consultation(reader, consultation_id)).project_id, scope)


NAMED = {
    "project": Named(frozenset({"propose_project", "review_project"}), read_project),
    "line": Named(frozenset({"open_budget_line"}), read_line),
    "budget": Named(frozenset({"submit_budget", "review_budget"}), read_budget),
    "requirement": Named(frozenset({"write_requirement", "review_requirement"}), read_requirement),
    "consultation": Named(frozenset({"write_requirement"}), _consultation),
    "consultation_withdrawal": Named(frozenset({"write_requirement"}), _consultation),
    "disposition": Named(frozenset({"write_requirement"}), _disposition),
}
