"""How a project comes into the pool: by steps of its way, then by the purchaser's review.

ZH21-11.0, ZH21-11.6      the reviewer confirms the negative list; what is unsuited is kept out with a reason
ZH21-19.2b, 19.2c         way 2: proposal, deliberation, vote in this order, then review by the street
ZH21-19.3a, 19.3b         way 3: consent of the street, choice by a community and by nobody else, then review by the
                          street; `town_street` is what the text calls a purchaser that is a town or a street
IC12-12.1                 a step recorded before is corrected or withdrawn by another person than who recorded it
ZH21-20.1                 reviewed against the money at hand, the community's need and overall development
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.catalog.negative_lists.rules import confirmation_findings, items_to_declare
from services.catalog.pool.records import Step
from services.catalog.projects.records import ProjectState
from services.catalog.rulebook import NegativeSection, PoolSection
from shared.law.decision import Decision, Finding, decide, finding, note, of_person
from shared.law.rulebook import Value

STEPS: tuple[Step, ...] = ("deliberation", "vote")
"""What residents do outside the platform, in the order in which it comes."""
TOWN_STREET = ("town_government", "street_office")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a project has come on its way: whose it is by kind, `estimate` in CNY, votes as (for, against).
    `begun_on`: no step can have been taken before that day."""

    way: str
    purchaser_kind: str
    estimate: Decimal
    deliberated_on: date | None = None
    voted_on: date | None = None
    votes: tuple[int, int] | None = None
    consented: bool = False
    chosen: bool = False
    begun_on: date = date.min

    @property
    def state(self) -> ProjectState:
        """Where the project stands before the review, by what is recorded of it."""
        if self.chosen or self.consented:
            return ProjectState.CHOSEN if self.chosen else ProjectState.CONSENTED
        if self.votes is not None:
            return ProjectState.VOTED if self.carried else ProjectState.DECLINED
        return ProjectState.PROPOSED if self.deliberated_on is None else ProjectState.DELIBERATED

    @property
    def carried(self) -> bool:
        return self.votes is not None and self.votes[0] > self.votes[1]

    @property
    def reviewing_body(self) -> str:
        """The purchaser, by the name that the text gives to who consents and reviews."""
        return "town_street" if self.purchaser_kind in TOWN_STREET else self.purchaser_kind

    def done(self, step: str, by: date = date.max) -> bool:
        """Whether the step had been taken by that day."""
        match step:
            case "deliberation":
                return self.deliberated_on is not None and self.deliberated_on <= by
            case "vote":
                return self.carried
            case _:
                return True


@dataclass(frozen=True, slots=True)
class Choice:
    """Who chooses a project of the pool, whose project it is, and who planned it."""

    chooser: UUID
    purchaser: UUID
    planner: UUID

    @property
    def body(self) -> str:
        """The chooser, by the name that the text gives to who chooses."""
        others = {self.purchaser: "town_street", self.planner: "social_organisation"}
        return others.get(self.chooser, "community")


@dataclass(frozen=True, slots=True)
class Review:
    """What the reviewer found: a judgement by criterion, and the money at hand (CNY) for the budget criterion."""

    declared_by: UUID
    reviewer: UUID
    criteria: Mapping[str, str]
    available_money: Decimal | None


def take_step(
    step: Step,
    occurred_on: date,
    progress: Progress,
    section: PoolSection,
    today: date,
    *,
    recorded_by: UUID | None = None,
    recorder: UUID | None = None,
) -> Decision[Step]:
    """May the step be recorded for that day? It lies between its neighbours of the text's order, and who recorded it
    before (`recorded_by`) does not replace it."""
    steps = list(section.community_project_steps)
    findings = _corrector_findings(recorded_by, recorder, section)
    if step in steps:
        taken = all(progress.done(name, occurred_on) for name in steps[: steps.index(step)])
        in_order = taken and possible(step, occurred_on, progress, today)
        clause = section.community_project_steps.clause(step)
        findings.append(finding("step_out_of_order", clause, in_order, step=step, occurred_on=occurred_on))
    return decide(findings, step)


def possible(step: Step, occurred_on: date, progress: Progress, today: date) -> bool:
    """Whether the day lies after the begin and the steps before, and neither after today nor after the steps that
    follow, as far as these are recorded."""
    days = {"deliberation": progress.deliberated_on, "vote": progress.voted_on}
    before = [days[name] for name in STEPS[: STEPS.index(step)]]
    after = [days[name] for name in STEPS[STEPS.index(step) + 1 :]]
    first = max(day for day in (progress.begun_on, *before) if day is not None)
    last = min(day for day in (today, *after) if day is not None)
    return first <= occurred_on <= last


def withdraw_step(recorded_by: UUID, person: UUID, step: Step, section: PoolSection) -> Decision[Step]:
    """A step that was never taken, or not of this project, is withdrawn by another person."""
    return decide(_corrector_findings(recorded_by, person, section), step)


def _corrector_findings(recorded_by: UUID | None, corrector: UUID | None, section: PoolSection) -> list[Finding]:
    if recorded_by is None:
        return []
    clause = section.incompatible_posts_separated.clause
    return [of_person("corrector_recorded_step", clause, corrector != recorded_by)]


def consent(progress: Progress, section: PoolSection) -> Decision[bool]:
    """The street lets a provider's plan into the pool."""
    rule, body = section.pool_consent_by, progress.reviewing_body
    return decide(
        [finding("consent_by_another_body", rule.clause, body == rule.value, body=body)] if rule else [], True
    )


def choose(progress: Progress, choice: Choice, section: PoolSection) -> Decision[bool]:
    """A community chooses, and only what the pool holds."""
    rule, findings = section.pool_choice_by, []
    if rule is not None:
        chosen_by = finding("choice_by_another_body", rule.clause, choice.body == rule.value, body=choice.body)
        findings = [chosen_by, finding("not_in_pool", rule.clause, progress.consented)]
    return decide(findings, True)


def approve(progress: Progress, review: Review, section: PoolSection, negative: NegativeSection) -> Decision[Progress]:
    """May the purchaser fix the project? With the approval the negative list is confirmed."""
    findings = [
        *confirmation_findings("project", review.declared_by, review.reviewer, negative),
        *_way_done_findings(progress, section),
        *_criteria_findings(progress, review, section),
    ]
    return decide(findings, progress)


def _way_done_findings(progress: Progress, section: PoolSection) -> Iterator[Finding]:
    if progress.way == "community_vote":
        for step in section.community_project_steps:
            clause = section.community_project_steps.clause(step)
            in_time = progress.done(step, progress.voted_on or date.max)
            yield finding("step_missing", clause, in_time, step=step)
        yield from _reviewer_findings(progress, section.community_project_reviewed_by)
    if progress.way == "social_org_pool":
        if section.pool_consent_by is not None:
            yield finding("consent_missing", section.pool_consent_by.clause, progress.consented)
        if section.pool_choice_reviewed_by is not None:
            yield finding("choice_missing", section.pool_choice_reviewed_by.clause, progress.chosen)
        yield from _reviewer_findings(progress, section.pool_choice_reviewed_by)


def _reviewer_findings(progress: Progress, rule: Value[str] | None) -> Iterator[Finding]:
    if rule is not None:
        body = progress.reviewing_body
        yield finding("review_by_another_body", rule.clause, body == rule.value, body=body)


def _criteria_findings(progress: Progress, review: Review, section: PoolSection) -> Iterator[Finding]:
    for name in section.project_review_criteria:
        clause = section.project_review_criteria.clause(name)
        yield finding("criterion_missing", clause, name in review.criteria, criterion=name)
    if "budget" in section.project_review_criteria:
        clause = section.project_review_criteria.clause("budget")
        available = review.available_money or Decimal("0.00")
        covered = progress.estimate <= available
        yield finding("over_available_money", clause, covered, estimate=progress.estimate, available=available)


def decline(
    review: Review, negative_item: str | None, reason: str | None, section: PoolSection, negative: NegativeSection
) -> Decision[bool]:
    """May the project be kept out? A negative item is cited; what is merely unsuited needs a reason."""
    findings = [*confirmation_findings("project", review.declared_by, review.reviewer, negative)]
    listed = items_to_declare(negative)
    if negative_item in listed:
        findings.append(note("negative_item_found", listed[negative_item], item=negative_item))
    if negative_item == "unsuitable" and section.unsuitable_needs_reason is not None:
        findings.append(finding("reason_missing", section.unsuitable_needs_reason.clause, bool(reason)))
    return decide(findings, True)
