"""Commands on projects, and what the events of the purchase do to a project's place in the pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from services.catalog.budgets.records import Budget
from services.catalog.commitments import handlers as commitments
from services.catalog.directories.store import item_in_force
from services.catalog.fields import WrongField
from services.catalog.law import governing
from services.catalog.negative_lists import store as negative_checks
from services.catalog.projects import rules, store
from services.catalog.projects.events import ProjectMoved
from services.catalog.projects.records import (
    IN_POOL,
    TO_BE_PROCURED,
    Nature,
    Project,
    ProjectState,
    Purchaser,
    PurchaserThere,
)
from services.catalog.projects.rules import ItemInForce, Proposal, Standing
from services.catalog.projects.views import ProjectView
from services.catalog.requirements.records import Requirement
from services.catalog.rulebook import ClearanceSection, NegativeSection, ProjectSection
from services.catalog.tables import PROJECT
from services.catalog.withdrawals.events import ProjectWithdrawalProposed
from shared.bus.records import together
from shared.events.catalog import FundingSource, ProjectCleared, ProjectProposed
from shared.events.contracts import ContractCompleted, ContractSigned, ContractTerminated, ContractWithdrawn
from shared.events.tendering import ProcurementFailed, ProcurementOpened
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.law.scope import Case
from shared.work.database import Answer, Call, Reader, Transaction
from shared.work.proposals import Pending

WITHDRAWAL = Pending("withdrawal_proposed", by="withdrawal_proposed_by", also={"withdrawal_reason": None})


@dataclass(frozen=True, slots=True)
class ProposeProject:
    """A project is proposed for a purchaser by `proposer`, which is the purchaser itself where none is named."""

    jurisdiction: str
    organisation: UUID
    proposer: UUID
    title: str
    way: str
    item: str
    nature: Nature
    estimate: Decimal
    declaration: Mapping[str, bool]
    need_origin: str | None = None
    service_class: int | None = None
    in_central_directory: bool = False
    follows: UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)


async def propose_project(call: Call, command: ProposeProject) -> Answer:
    async with call.transaction() as tx:
        project_id = new_id()
        await tx.lock(project_id)
        person = tx.require("propose_project", command.proposer, command.jurisdiction, begins=True)
        if command.follows is not None:
            await store.read_project(tx, command.follows, tx.actor.scope())
        proposal = await _proposal(tx, command)
        case = Case(purchaser_kind=proposal.purchaser_kind)
        book = tx.under(governing(command.jurisdiction, tx.today, case))
        section = book.section(ProjectSection)
        tx.decided(rules.propose(proposal, command.declaration, section, book.section(NegativeSection)))
        project = await tx.add(
            Project(
                id=project_id,
                key=project_id,
                version=1,
                jurisdiction=command.jurisdiction,
                organisation=command.organisation,
                title=command.title,
                rulebook=book.name,
                state=ProjectState.PROPOSED,
                way=command.way,
                purchaser_kind=proposal.purchaser_kind,
                proposer=command.proposer,
                proposed_by=person,
                proposed_on=tx.today,
                item=command.item,
                item_path=list(proposal.item.path) if proposal.item else [],
                service_class=rules.class_number(proposal, section),
                nature=command.nature,
                need_origin=command.need_origin,
                in_central_directory=command.in_central_directory,
                estimate=command.estimate,
                details=command.details,
                follows=command.follows,
            )
        )
        declared = await negative_checks.declare(tx, project_id, project_id, "project", command.declaration, person)
        tx.emit(
            ProjectProposed(
                **told(project),
                **_named(project),
                rulebook=project.rulebook,
                item=project.item,
                way=project.way,
                declared=declared,
            )
        )
        view, location = ProjectView.model_validate(project), f"/v1/projects/{project_id}"
        return tx.answer(201, view, version=project.version, location=location)


async def for_a_purchaser(tx: Transaction, organisation: UUID, place: str) -> Purchaser:
    """The purchaser that the registry knows by this id, that has not left, and in whose city the place lies. Raises
    WrongField."""
    purchaser = await of_a_purchaser(tx, organisation, place)
    if purchaser.left_on is not None:
        raise WrongField("organisation", "left", "give the purchaser that took its place")
    return purchaser


async def of_a_purchaser(tx: Transaction, organisation: UUID, place: str) -> PurchaserThere:
    """The same of one that may have left: its projects go on, and whoever took its place acts for it."""
    purchaser = await store.purchaser(tx, organisation)
    if purchaser is None:
        message = "register this organisation as a purchaser in the registry first"
        raise WrongField("organisation", "unknown_purchaser", message)
    if not within(place, purchaser.jurisdiction):
        raise WrongField("jurisdiction", "outside_purchaser", "give a place in which the purchaser lies")
    return purchaser


async def _proposal(tx: Transaction, command: ProposeProject) -> Proposal:
    purchaser = await for_a_purchaser(tx, command.organisation, command.jurisdiction)
    item = await item_in_force(tx, command.jurisdiction, command.item, tx.today)
    details = command.details
    if details.get("initiated_on", "") > tx.today.isoformat():
        raise WrongField("initiated_on", "in_the_future", "give a day that is not in the future")
    return Proposal(
        purchaser.kind,
        command.way,
        command.proposer == command.organisation,
        ItemInForce(item.code, tuple(item.path)) if item else None,
        command.need_origin,
        command.service_class,
        details.get("field"),
        details.get("field_reason"),
        details.get("beneficiaries"),
        details.get("duty_ref"),
        details.get("marks"),
        tuple(details.get("leads", ())),
        details.get("policy_ref"),
        tuple(details.get("need_refs", ())),
    )


async def standing(reader: Reader, project: Project) -> Standing:
    """What stands of a project now."""
    budget = await store.budget_to_spend(reader, project.id, reader.today.year)
    return _standing(project, budget, await store.finalised_requirement(reader, project.id))


def _standing(project: Project, budget: Budget | None, requirement: Requirement | None) -> Standing:
    return Standing(project.way, project.state in IN_POOL, budget is not None, requirement is not None)


async def clear_if_complete(tx: Transaction, project: Project) -> Project:
    """Clears the project when approval, budget and requirement all stand, whichever came last; a later change of
    budget or requirement clears it anew. Returns the project as it then is."""
    budget = await store.budget_to_spend(tx, project.id, tx.today.year)
    requirement = await store.finalised_requirement(tx, project.id)
    if project.state not in TO_BE_PROCURED or budget is None or requirement is None:
        return project
    tx.decided(rules.clear(_standing(project, budget, requirement), tx.law(project, ClearanceSection)))
    cleared = await tx.save(project, replace(project, state=ProjectState.CLEARED))
    tx.emit(await _cleared(tx, cleared, budget, requirement))
    return cleared


async def _cleared(tx: Transaction, project: Project, budget: Budget, requirement: Requirement) -> ProjectCleared:
    before = await store.find_project(tx, project.follows) if project.follows else None
    return ProjectCleared(
        **told(project),
        **_named(project),
        rulebook=project.rulebook,
        item=project.item,
        service_class=project.service_class,
        nature=project.nature,
        purchaser_kind=project.purchaser_kind,
        budget=budget.amount - budget.committed,
        budget_year=budget.year,
        sources=[FundingSource.model_validate(source) for source in budget.sources],
        in_central_directory=project.in_central_directory,
        requirement_id=requirement.id,
        requirement_version=requirement.number,
        requirement_hash=requirement.hash,
        previous_provider_id=before.provider_id if before else None,
    )


_Ended = ContractTerminated | ContractWithdrawn
_OfProject = ProcurementOpened | ProcurementFailed | ContractSigned | ContractCompleted | _Ended


async def on_procurement_opened(tx: Transaction, event: ProcurementOpened) -> None:
    project = await _in_state(tx, event, ProjectState.CLEARED)
    if project is not None:
        await _bought(tx, project, replace(project, state=ProjectState.IN_PROCUREMENT))


async def _bought(tx: Transaction, before: Project, project: Project) -> None:
    """The project is being bought: that it should not be, which one person proposed before, is over."""
    if before.withdrawal_proposed_by is None:
        await _moved(tx, before, project)
        return
    project = await tx.save(before, replace(project, **WITHDRAWAL.taken_back(before)))
    tx.emit(ProjectWithdrawalProposed(**told(project), withdrawn=True))


async def _moved(tx: Transaction, before: Project, after: Project) -> Project:
    project = await tx.save(before, after)
    tx.emit(ProjectMoved(**told(project)))
    return project


async def on_procurement_failed(tx: Transaction, event: ProcurementFailed) -> None:
    """The project goes back to where it may be procured again, with the money that is left of its budget."""
    await commitments.give_up(tx, event)
    await _back(tx, event, ProjectState.IN_PROCUREMENT)


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    """Also a renewal: the project then stands with the new contract."""
    await commitments.sign(tx, event)
    project = await _in_state(
        tx,
        event,
        ProjectState.CLEARED,
        ProjectState.IN_PROCUREMENT,
        ProjectState.CONTRACTED,
        ProjectState.CLOSED,
    )
    if project is not None:
        signed = replace(project, contract_id=event.contract_id, provider_id=event.provider_id)
        await _bought(tx, project, replace(signed, state=ProjectState.CONTRACTED))


async def on_contract_completed(tx: Transaction, event: ContractCompleted) -> None:
    """Closes the project, unless a renewed contract has taken the place of the one completed."""
    await commitments.end(tx, event)
    project = await _in_state(tx, event, ProjectState.CONTRACTED)
    if project is not None and project.contract_id == event.contract_id:
        await _moved(tx, project, replace(project, state=ProjectState.CLOSED))


async def on_contract_ended(tx: Transaction, event: _Ended) -> None:
    """What was not performed may be procured again, unless another contract of the procurement stands."""
    await commitments.end(tx, event)
    if event.procurement_id is not None:
        await _back(tx, event, ProjectState.CONTRACTED)


async def _back(tx: Transaction, event: _OfProject, state: ProjectState) -> None:
    """From this state the project may be procured again, and is cleared anew for what is left of its budget."""
    project = await _in_state(tx, event, state)
    if project is not None:
        await clear_if_complete(tx, await _moved(tx, project, replace(project, state=ProjectState.CLEARED)))


async def _in_state(tx: Transaction, event: _OfProject, *states: ProjectState) -> Project | None:
    """The event's project, when it is in one of these states: the topics of several services have no common order, and
    what comes late finds another state and changes nothing."""
    project = await store.find_project(tx, event.project_id)
    if project is None:
        return None
    together(event, project, organisation="organisation", jurisdiction="jurisdiction")
    return project if project.state in states else None


class _About(TypedDict):
    jurisdiction: str
    organisation: UUID
    project_id: UUID


class _Told(_About):
    facts: str


class _Named(TypedDict):
    reference: str
    title: str


def about(project: Project) -> _About:
    """What every event of a project says of it, and every record that belongs to one."""
    return {"jurisdiction": project.jurisdiction, "organisation": project.organisation, "project_id": project.id}


def told(project: Project) -> _Told:
    """The same, and how the project stands: for every event of the project itself."""
    return {**about(project), "facts": PROJECT(project)}


def _named(project: Project) -> _Named:
    return {"reference": project.reference, "title": project.title}
