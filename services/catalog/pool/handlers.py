"""Commands that take a project into the pool, or keep it out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.catalog.negative_lists import store as negative_checks
from services.catalog.pool import rules
from services.catalog.pool.rules import Choice, Review
from services.catalog.pool.store import progress_of
from services.catalog.projects import store
from services.catalog.projects.handlers import about, clear_if_complete
from services.catalog.projects.views import project_view
from services.catalog.rulebook import NegativeSection, PoolSection
from shared.database import Answer, Call, Row, Transaction, WrongState
from shared.events.catalog import ProjectAdvanced, ProjectApproved, ProjectDeclined
from shared.rulebook import rulebooks

UNREVIEWED = ("proposed", "deliberated", "voted", "consented", "chosen")


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Residents deliberated, or voted with so many for and against."""

    project_id: UUID
    step: rules.Step
    occurred_on: date
    votes: tuple[int, int] | None = None


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
        row = await store.lock_project(tx, command.project_id)
        tx.require("propose_project", row["proposer"], row["jurisdiction"])
        tx.expect(row["version"])
        _must_be(row, *UNREVIEWED)
        section = tx.under(rulebooks().get(row["rulebook"])).section(PoolSection)
        progress = progress_of(row)
        tx.decided(rules.take_step(command.step, command.occurred_on, progress, section, tx.today))
        if command.votes is None:
            await store.change(tx, row["id"], state="deliberated", deliberated_on=command.occurred_on)
        else:
            await _record_vote(tx, row, command.occurred_on, command.votes)
        tx.emit(ProjectAdvanced(**about(row), step=command.step, votes=command.votes))
        return await _answer(tx, row["id"])


async def _record_vote(tx: Transaction, row: Row, occurred_on: date, votes: tuple[int, int]) -> None:
    """A lost vote ends the project."""
    carried = votes[0] > votes[1]
    state = "voted" if carried else "declined"
    await store.change(tx, row["id"], state=state, voted_on=occurred_on, votes_for=votes[0], votes_against=votes[1])
    if not carried:
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
        person = tx.require("choose_project", command.community, row["jurisdiction"])
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
