"""Commands on projects, and what the events of the purchase do to a project's place in the pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from services.catalog.commitments import handlers as commitments
from services.catalog.directories.store import item_in_force
from services.catalog.fields import WrongField
from services.catalog.law import governing
from services.catalog.negative_lists import store as negative_checks
from services.catalog.projects import rules, store
from services.catalog.projects.rules import ItemInForce, Proposal, Standing
from services.catalog.projects.views import project_view, reference
from services.catalog.rulebook import ClearanceSection, NegativeSection, ProjectSection
from shared.bus.records import together
from shared.events.catalog import (
    FundingSource,
    ProjectCleared,
    ProjectProposed,
)
from shared.events.contracts import ContractCompleted, ContractSigned, ContractTerminated, ContractWithdrawn
from shared.events.tendering import ProcurementFailed, ProcurementOpened
from shared.fields.ids import new_id
from shared.fields.places import within
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Reader, Row, Transaction

BEFORE_PROCUREMENT = ("proposed", "deliberated", "voted", "consented", "chosen", "pooled", "cleared")
IN_POOL = ("pooled", "cleared", "in_procurement", "contracted", "closed")


@dataclass(frozen=True, slots=True)
class ProposeProject:
    """A project is proposed for a purchaser by `proposer`, which is the purchaser itself where none is named."""

    jurisdiction: str
    organisation: UUID
    proposer: UUID
    title: str
    way: str
    item: str
    nature: Literal["continuous", "deliverable"]
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
        book = tx.under(governing(command.jurisdiction, tx.today))
        if command.follows is not None:
            await store.read_project(tx, command.follows, tx.actor.scope())
        proposal = await _proposal(tx, command)
        section = book.section(ProjectSection)
        tx.decided(rules.propose(proposal, command.declaration, section, book.section(NegativeSection)))
        decided = {"rulebook": book.name, "service_class": rules.class_number(proposal, section)}
        await store.add_project(tx, {**_row(tx, command, project_id, proposal, person), **decided})
        await negative_checks.declare(tx, project_id, project_id, "project", command.declaration, person)
        row = await store.lock_project(tx, project_id)
        tx.emit(ProjectProposed(**about(row), rulebook=book.name, item=command.item, way=command.way, **_named(row)))
        return tx.answer(201, project_view(row), version=row["version"], location=f"/v1/projects/{project_id}")


async def _proposal(tx: Transaction, command: ProposeProject) -> Proposal:
    purchaser = await store.purchaser(tx, command.organisation)
    if purchaser is None:
        message = "register this organisation as a purchaser in the registry first"
        raise WrongField("organisation", "unknown_purchaser", message)
    if purchaser["left_on"] is not None:
        raise WrongField("organisation", "left", "give the purchaser that took its place")
    if not within(command.jurisdiction, purchaser["jurisdiction"]):
        raise WrongField("jurisdiction", "outside_purchaser", "give a place in which the purchaser lies")
    item = await item_in_force(tx, command.jurisdiction, command.item, tx.today)
    details = command.details
    if details.get("initiated_on", "") > tx.today.isoformat():
        raise WrongField("initiated_on", "in_the_future", "give a day that is not in the future")
    return Proposal(
        purchaser["kind"],
        command.way,
        command.proposer == command.organisation,
        ItemInForce(item["code"], tuple(item["path"])) if item else None,
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


def _row(
    tx: Transaction, command: ProposeProject, project_id: UUID, proposal: Proposal, person: UUID
) -> dict[str, Any]:
    same = ("jurisdiction", "organisation", "proposer", "title", "way", "item", "nature", "estimate", "need_origin")
    return {
        **{name: getattr(command, name) for name in (*same, "in_central_directory", "follows", "details")},
        "id": project_id,
        "purchaser_kind": proposal.purchaser_kind,
        "proposed_by": person,
        "proposed_on": tx.today,
        "item_path": list(proposal.item.path) if proposal.item else [],
    }


async def standing(reader: Reader, row: Row) -> Standing:
    """What stands of a project now."""
    budget = await store.budget_to_spend(reader, row["id"], reader.today.year)
    requirement = await store.finalised_requirement(reader, row["id"])
    return Standing(row["way"], row["state"] in IN_POOL, budget is not None, requirement is not None)


async def clear_if_complete(tx: Transaction, project_id: UUID) -> None:
    """Clears the project when approval, budget and requirement all stand, whichever came last; a later change of
    budget or requirement clears it anew."""
    row = await store.lock_project(tx, project_id)
    budget = await store.budget_to_spend(tx, project_id, tx.today.year)
    requirement = await store.finalised_requirement(tx, project_id)
    if row["state"] not in ("pooled", "cleared") or budget is None or requirement is None:
        return
    section = tx.under(rulebooks().get(row["rulebook"])).section(ClearanceSection)
    tx.decided(rules.clear(await standing(tx, row), section))
    await store.change(tx, project_id, state="cleared")
    tx.emit(await _cleared(tx, row, budget, requirement))


async def _cleared(tx: Transaction, row: Row, budget: Row, requirement: Row) -> ProjectCleared:
    before = await store.find_project(tx, row["follows"]) if row["follows"] else None
    return ProjectCleared(
        **about(row),
        **_named(row),
        rulebook=row["rulebook"],
        item=row["item"],
        service_class=row["service_class"],
        nature=row["nature"],
        purchaser_kind=row["purchaser_kind"],
        budget=budget["amount"] - budget["committed"],
        budget_year=budget["year"],
        sources=[FundingSource.model_validate(source) for source in budget["sources"]],
        in_central_directory=row["in_central_directory"],
        requirement_id=requirement["id"],
        requirement_version=requirement["number"],
        requirement_hash=requirement["hash"],
        previous_provider_id=before["provider_id"] if before else None,
    )


_Ended = ContractTerminated | ContractWithdrawn
_OfProject = ProcurementOpened | ProcurementFailed | ContractSigned | ContractCompleted | _Ended


async def on_procurement_opened(tx: Transaction, event: ProcurementOpened) -> None:
    await _move(tx, event, ("cleared",), "in_procurement")


async def on_procurement_failed(tx: Transaction, event: ProcurementFailed) -> None:
    """The project goes back to where it may be procured again, with the money that is left of its budget."""
    await commitments.give_up(tx, event)
    await _back(tx, event, "in_procurement")


async def on_contract_signed(tx: Transaction, event: ContractSigned) -> None:
    """Also a renewal: the project then stands with the new contract."""
    await commitments.sign(tx, event)
    states = ("cleared", "in_procurement", "contracted", "closed")
    await _move(tx, event, states, "contracted", contract_id=event.contract_id, provider_id=event.provider_id)


async def on_contract_completed(tx: Transaction, event: ContractCompleted) -> None:
    """Closes the project, unless a renewed contract has taken the place of the one completed."""
    await commitments.end(tx, event)
    row = await store.find_project(tx, event.project_id)
    if row is not None and row["contract_id"] == event.contract_id:
        await _move(tx, event, ("contracted",), "closed")


async def on_contract_ended(tx: Transaction, event: _Ended) -> None:
    """What was not performed may be procured again, unless another contract of the procurement stands."""
    await commitments.end(tx, event)
    if event.procurement_id is not None:
        await _back(tx, event, "contracted")


async def _back(tx: Transaction, event: _OfProject, state: str) -> None:
    """From this state the project may be procured again, and is cleared anew for what is left of its budget."""
    if await _move(tx, event, (state,), "cleared"):
        await clear_if_complete(tx, event.project_id)


async def _move(tx: Transaction, event: _OfProject, states: tuple[str, ...], state: str, **values: Any) -> bool:
    """The topics of several services have no common order: what comes late finds another state and changes nothing."""
    row = await store.find_project(tx, event.project_id)
    if row is not None:
        together(event, row, organisation="organisation", jurisdiction="jurisdiction")
    if row is None or row["state"] not in states:
        return False
    await store.change(tx, event.project_id, state=state, **values)
    return True


def about(row: Row) -> dict[str, Any]:
    """What every event of a project says of it."""
    return {"jurisdiction": row["jurisdiction"], "organisation": row["organisation"], "project_id": row["id"]}


def _named(row: Row) -> dict[str, Any]:
    return {"reference": reference(row), "title": row["title"]}
