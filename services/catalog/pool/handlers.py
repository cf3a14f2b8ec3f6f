"""Commands that take a project into the pool, or keep it out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.catalog.fields import WrongField
from services.catalog.negative_lists import store as negative_checks
from services.catalog.pool import rules
from services.catalog.pool.rules import Choice, Review
from services.catalog.pool.store import add_entry, last_entry, progress_of
from services.catalog.projects import store
from services.catalog.projects.handlers import about, clear_if_complete
from services.catalog.projects.views import project_view
from services.catalog.rulebook import NegativeSection, PoolSection
from shared.events.catalog import ProjectAdvanced, ProjectApproved, ProjectDeclined, ProjectStepCorrected
from shared.law.rulebook import Rulebook, rulebooks
from shared.work.database import Answer, Call, Row, Transaction, WrongState

UNREVIEWED = ("proposed", "deliberated", "voted", "consented", "chosen")


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Residents deliberated, or voted with so many for and against. `reason` why an entry is replaced."""

    project_id: UUID
    step: rules.Step
    occurred_on: date
    votes: tuple[int, int] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawStep:
    """A step that is recorded was never taken, or was another project's."""

    project_id: UUID
    step: rules.Step
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
        row, book, person = await _project_with_steps(tx, command.project_id)
        section, progress = book.section(PoolSection), progress_of(row, _begun_on(row, book))
        before = await last_entry(tx, row["id"], command.step)
        if before is not None and command.reason is None:
            raise WrongField("reason", "reason_needed", "the step is recorded already: say why this entry replaces it")
        by = before["recorded_by"] if before else None
        days = (command.occurred_on, progress, section, tx.today)
        tx.decided(rules.take_step(command.step, *days, recorded_by=by, recorder=person))
        if not rules.possible(command.step, command.occurred_on, progress, tx.today):
            raise WrongField(
                "occurred_on", "out_of_order", "give a day between the steps before and after, up to today"
            )
        reason = command.reason if before else None
        await _record(tx, row, before, command.step, person, command.occurred_on, command.votes, reason)
        return await _answer(tx, row["id"])


async def withdraw_step(call: Call, command: WithdrawStep) -> Answer:
    async with call.transaction() as tx:
        row, book, person = await _project_with_steps(tx, command.project_id)
        before = await last_entry(tx, row["id"], command.step)
        if before is None or before["occurred_on"] is None:
            raise WrongState(f"without a recorded {command.step}", f"one with a recorded {command.step}")
        if command.step == "deliberation" and row["voted_on"] is not None:
            raise WrongState("voted on", "one whose vote is withdrawn first")
        tx.decided(rules.withdraw_step(before["recorded_by"], person, command.step, book.section(PoolSection)))
        await _record(tx, row, before, command.step, person, None, None, command.reason)
        return await _answer(tx, row["id"])


async def _project_with_steps(tx: Transaction, project_id: UUID) -> tuple[Row, Rulebook, UUID]:
    """The project whose steps may still change: nobody has reviewed it. One that a vote ended stays open for the
    correction of that vote."""
    row = await store.lock_project(tx, project_id)
    person = tx.require("propose_project", row["proposer"], row["jurisdiction"])
    tx.expect(row["version"])
    if not (row["state"] == "declined" and row["reviewed_by"] is None):
        _must_be(row, *UNREVIEWED)
    return row, tx.under(rulebooks().get(row["rulebook"])), person


def _begun_on(row: Row, book: Rulebook) -> date:
    """No step was taken before the organisations proposed the project; where that day is not told, not before the
    text that orders the steps."""
    told = row["details"].get("initiated_on")
    return date.fromisoformat(told) if told else book.file.effective_from


async def _record(
    tx: Transaction,
    row: Row,
    before: Row | None,
    step: rules.Step,
    person: UUID,
    occurred_on: date | None,
    votes: tuple[int, int] | None,
    reason: str | None,
) -> None:
    """The entry, and the project as it stands by the entries that count. A lost vote ends the project."""
    counted: dict[str, Any] = {"votes_for": votes[0] if votes else None, "votes_against": votes[1] if votes else None}
    entry = {"step": step, "occurred_on": occurred_on, **counted, "recorded_by": person, "reason": reason}
    number = await add_entry(tx, row, before, **entry)
    stands: dict[str, Any] = (
        {"deliberated_on": occurred_on} if step == "deliberation" else {"voted_on": occurred_on, **counted}
    )
    progress = progress_of({**row, **stands})
    await store.change(tx, row["id"], state=progress.state, **stands)
    if number == 1:
        tx.emit(ProjectAdvanced(**about(row), step=step, votes=votes))
    else:
        stand: dict[str, Any] = {"occurred_on": occurred_on, "votes": votes, "state": progress.state}
        tx.emit(ProjectStepCorrected(**about(row), step=step, number=number, **stand))
    if progress.state == "declined" != row["state"]:
        tx.emit(ProjectDeclined(**about(row), ground="vote"))


async def consent_project(call: Call, command: ConsentProject) -> Answer:
    async with call.transaction() as tx:
        row = await store.lock_project(tx, command.project_id)
        person = tx.require("review_project", row["organisation"], row["jurisdiction"])
        tx.expect(row["version"])
        _must_be(row, "proposed")
        section = tx.under(rulebooks().get(row["rulebook"])).section(PoolSection)
        tx.decided(rules.consent(progress_of(row), section))
        await store.change(tx, row["id"], state="consented", consented_by=person)
        tx.emit(ProjectAdvanced(**about(row), step="consent"))
        return await _answer(tx, row["id"])


async def choose_project(call: Call, command: ChooseProject) -> Answer:
    async with call.transaction() as tx:
        row = await store.lock_project(tx, command.project_id)
        person = tx.require("choose_project", command.community, row["jurisdiction"], begins=True)
        tx.expect(row["version"])
        _must_be(row, "proposed", "consented")
        section = tx.under(rulebooks().get(row["rulebook"])).section(PoolSection)
        choice = Choice(command.community, row["organisation"], row["proposer"])
        tx.decided(rules.choose(progress_of(row), choice, section))
        await store.change(tx, row["id"], state="chosen", chosen_by=person)
        tx.emit(ProjectAdvanced(**about(row), step="choice"))
        return await _answer(tx, row["id"])


async def review_project(call: Call, command: ReviewProject) -> Answer:
    async with call.transaction() as tx:
        row = await store.lock_project(tx, command.project_id)
        person = tx.require("review_project", row["organisation"], row["jurisdiction"])
        tx.expect(row["version"])
        _must_be(row, *UNREVIEWED)
        declared_by = await negative_checks.declared_by(tx, row["id"], "project")
        review = Review(declared_by, person, command.criteria, command.available_money)
        decided = {"reviewed_by": person, "review": {"criteria": command.criteria, "reason": command.reason}}
        if command.approve:
            await _approve(tx, row, review, decided)
        else:
            await _decline(tx, row, review, decided, command)
        return await _answer(tx, row["id"])


async def _approve(tx: Transaction, row: Row, review: Review, decided: dict[str, Any]) -> None:
    book = tx.under(rulebooks().get(row["rulebook"]))
    progress, section = progress_of(row), book.section(PoolSection)
    tx.decided(rules.approve(progress, review, section, book.section(NegativeSection)))
    await negative_checks.confirm(tx, row["id"], "project", review.reviewer)
    await store.change(tx, row["id"], state="pooled", **decided)
    tx.emit(ProjectApproved(**about(row)))
    await clear_if_complete(tx, row["id"])


async def _decline(tx: Transaction, row: Row, review: Review, decided: dict[str, Any], command: ReviewProject) -> None:
    book = tx.under(rulebooks().get(row["rulebook"]))
    section, negative = book.section(PoolSection), book.section(NegativeSection)
    tx.decided(rules.decline(review, command.negative_item, command.reason, section, negative))
    await store.change(tx, row["id"], state="declined", **decided)
    tx.emit(ProjectDeclined(**about(row), ground="review", negative_item=command.negative_item))


def _must_be(row: Row, *states: str) -> None:
    if row["state"] not in states:
        raise WrongState(row["state"], " or ".join(states))


async def _answer(tx: Transaction, project_id: UUID) -> Answer:
    row = await store.lock_project(tx, project_id)
    return tx.answer(200, project_view(row), version=row["version"])
