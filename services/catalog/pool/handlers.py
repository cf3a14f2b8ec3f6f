"""Commands that take a project into the pool, or keep it out."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.catalog.fields import WrongField
from services.catalog.negative_lists import store as negative_checks
from services.catalog.pool import rules
from services.catalog.pool.records import ProjectStep, Step
from services.catalog.pool.rules import Choice, Review
from services.catalog.pool.store import last_entry, progress_of
from services.catalog.projects.handlers import about, clear_if_complete, told
from services.catalog.projects.records import UNREVIEWED, Project, ProjectState
from services.catalog.projects.views import ProjectView
from services.catalog.rulebook import NegativeSection, PoolSection
from services.catalog.tables import STEP
from shared.events.catalog import ProjectAdvanced, ProjectApproved, ProjectDeclined, ProjectStepCorrected, TableEntry
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.work.database import Answer, Call, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Residents deliberated, or voted with so many for and against. `reason` why an entry is replaced."""

    project_id: UUID
    step: Step
    occurred_on: date
    votes: tuple[int, int] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawStep:
    """A step that is recorded was never taken, or was another project's."""

    project_id: UUID
    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentProject:
    """The street lets a provider's plan into the pool."""

    project_id: UUID


@dataclass(frozen=True, slots=True)
class ChooseProject:
    """A community chooses a project of the pool."""

    project_id: UUID
    community: UUID


@dataclass(frozen=True, slots=True)
class ReviewProject:
    """The purchaser fixes the project or declines it."""

    project_id: UUID
    approve: bool
    criteria: dict[str, str]
    available_money: Decimal | None
    negative_item: str | None
    reason: str | None


async def take_step(call: Call, command: TakeStep) -> Answer:
    async with call.transaction() as tx:
        project, person = await tx.open(Project, command.project_id, "propose_project", by="proposer")
        _steps_may_change(project)
        section, progress = tx.law(project, PoolSection), progress_of(project, _begun_on(project))
        before = await last_entry(tx, project.id, command.step)
        if before is not None and command.reason is None:
            raise WrongField("reason", "reason_needed", "the step is recorded already: say why this entry replaces it")
        by = before.recorded_by if before else None
        days = (command.occurred_on, progress, section, tx.today)
        tx.decided(rules.take_step(command.step, *days, recorded_by=by, recorder=person))
        if not rules.possible(command.step, command.occurred_on, progress, tx.today):
            raise WrongField(
                "occurred_on", "out_of_order", "give a day between the steps before and after, up to today"
            )
        reason = command.reason if before else None
        entry = _entry(tx, project, before, command.step, person, reason)
        votes_for, votes_against = command.votes or (None, None)
        taken = replace(entry, occurred_on=command.occurred_on, votes_for=votes_for, votes_against=votes_against)
        return _answer(tx, await _record(tx, project, taken))


async def withdraw_step(call: Call, command: WithdrawStep) -> Answer:
    async with call.transaction() as tx:
        project, person = await tx.open(Project, command.project_id, "propose_project", by="proposer")
        _steps_may_change(project)
        before = await last_entry(tx, project.id, command.step)
        if before is None or before.occurred_on is None:
            raise WrongState(project.state, "step_recorded")
        if command.step == "deliberation" and project.voted_on is not None:
            raise WrongState(project.state, "vote_withdrawn_first")
        tx.decided(rules.withdraw_step(before.recorded_by, person, command.step, tx.law(project, PoolSection)))
        entry = _entry(tx, project, before, command.step, person, command.reason)
        return _answer(tx, await _record(tx, project, entry))


def _steps_may_change(project: Project) -> None:
    """Nobody has reviewed it. One that a vote ended stays open for the correction of that vote."""
    if not (project.state == ProjectState.DECLINED and project.reviewed_by is None):
        must_be(project, UNREVIEWED)


def _begun_on(project: Project) -> date:
    """No step was taken before the organisations proposed the project; where that day is not told, not before the
    text that orders the steps."""
    told = project.details.get("initiated_on")
    return date.fromisoformat(told) if told else rulebooks().get(project.rulebook).file.effective_from


def _entry(
    tx: Transaction, project: Project, before: ProjectStep | None, step: Step, person: UUID, reason: str | None
) -> ProjectStep:
    """The first entry of a step, or one that takes the place of `before`; as it is here, it withdraws it."""
    return ProjectStep(
        id=new_id(),
        key=project.key,
        version=1,
        **about(project),
        step=step,
        number=before.number + 1 if before else 1,
        occurred_on=None,
        votes_for=None,
        votes_against=None,
        recorded_by=person,
        recorded_on=tx.today,
        corrects=before.number if before else None,
        corrects_by=before.recorded_by if before else None,
        reason=reason,
    )


async def _record(tx: Transaction, before: Project, entry: ProjectStep) -> Project:
    """Keeps the entry, and the project as it stands by the entries that count. A lost vote ends the project."""
    entry = await tx.add(entry)
    if entry.step == "deliberation":
        stands = replace(before, deliberated_on=entry.occurred_on)
    else:
        votes_for, votes_against = entry.votes_for, entry.votes_against
        stands = replace(before, voted_on=entry.occurred_on, votes_for=votes_for, votes_against=votes_against)
    project = await tx.save(before, replace(stands, state=progress_of(stands).state))
    votes = None
    if entry.votes_for is not None and entry.votes_against is not None:
        votes = entry.votes_for, entry.votes_against
    entries = [TableEntry(number=entry.number, facts=STEP(entry))]
    if entry.number == 1:
        tx.emit(ProjectAdvanced(**told(project), step=entry.step, votes=votes, entries=entries))
    else:
        tx.emit(
            ProjectStepCorrected(
                **told(project),
                step=entry.step,
                number=entry.number,
                occurred_on=entry.occurred_on,
                votes=votes,
                state=project.state.value,
                entries=entries,
            )
        )
    if project.state == ProjectState.DECLINED != before.state:
        tx.emit(ProjectDeclined(**told(project), ground="vote"))
    return project


async def consent_project(call: Call, command: ConsentProject) -> Answer:
    async with call.transaction() as tx:
        proposed, person = await tx.open(Project, command.project_id, "review_project", states=(ProjectState.PROPOSED,))
        tx.decided(rules.consent(progress_of(proposed), tx.law(proposed, PoolSection)))
        project = await tx.save(proposed, replace(proposed, state=ProjectState.CONSENTED, consented_by=person))
        tx.emit(ProjectAdvanced(**told(project), step="consent"))
        return _answer(tx, project)


async def choose_project(call: Call, command: ChooseProject) -> Answer:
    async with call.transaction() as tx:
        offered, person = await tx.open(
            Project,
            command.project_id,
            "choose_project",
            by=command.community,
            states=(ProjectState.PROPOSED, ProjectState.CONSENTED),
        )
        choice = Choice(command.community, offered.organisation, offered.proposer)
        tx.decided(rules.choose(progress_of(offered), choice, tx.law(offered, PoolSection)))
        project = await tx.save(offered, replace(offered, state=ProjectState.CHOSEN, chosen_by=person))
        tx.emit(ProjectAdvanced(**told(project), step="choice"))
        return _answer(tx, project)


async def review_project(call: Call, command: ReviewProject) -> Answer:
    async with call.transaction() as tx:
        project, person = await tx.open(Project, command.project_id, "review_project", states=UNREVIEWED)
        declared_by = await negative_checks.declared_by(tx, project.id, "project")
        review = Review(declared_by, person, command.criteria, command.available_money)
        found = {"criteria": command.criteria, "reason": command.reason}
        reviewed = replace(project, reviewed_by=person, review=found)
        if command.approve:
            return _answer(tx, await _approve(tx, project, reviewed, review))
        return _answer(tx, await _decline(tx, project, reviewed, review, command))


async def _approve(tx: Transaction, before: Project, reviewed: Project, review: Review) -> Project:
    section, negative = tx.law(before, PoolSection), tx.law(before, NegativeSection)
    tx.decided(rules.approve(progress_of(before), review, section, negative))
    await negative_checks.confirm(tx, before.id, "project", review.reviewer)
    project = await tx.save(before, replace(reviewed, state=ProjectState.POOLED))
    tx.emit(ProjectApproved(**told(project)))
    return await clear_if_complete(tx, project)


async def _decline(
    tx: Transaction, before: Project, reviewed: Project, review: Review, command: ReviewProject
) -> Project:
    section, negative = tx.law(before, PoolSection), tx.law(before, NegativeSection)
    tx.decided(rules.decline(review, command.negative_item, command.reason, section, negative))
    project = await tx.save(before, replace(reviewed, state=ProjectState.DECLINED))
    tx.emit(ProjectDeclined(**told(project), ground="review", negative_item=command.negative_item))
    return project


def _answer(tx: Transaction, project: Project) -> Answer:
    return tx.answer(200, ProjectView.model_validate(project), version=project.version)
