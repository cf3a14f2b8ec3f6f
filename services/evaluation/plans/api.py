"""Routes of duties and targets."""

from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import Field, field_validator

from services.evaluation.fields import Quantity
from services.evaluation.plans import store
from services.evaluation.plans.handlers import ApproveTargets, Indicator, SetTargets, approve_targets, fix_targets
from services.evaluation.plans.records import TargetsState
from services.evaluation.plans.views import DutyView, TargetsDetails, TargetsView, duty_view, targets_details
from services.evaluation.statements.store import read_statement
from shared.fields.text import LongText, Name, ShortText, folded
from shared.web.http import Body, Command, Listed, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor
from shared.work.database import NotFound

routes = router("plans")


class IndicatorBody(Body):
    """One measurable indicator."""

    name: Name = Field(examples=["consultations"])
    unit: Name = Field(examples=["times"])
    target: Quantity


class TargetsBody(Body):
    """The performance goal and what it is measured by; names are different from each other. After the start of service,
    and in the place of targets that stand, with the reason for it."""

    performance_goal: ShortText | None = None
    indicators: list[IndicatorBody] = Field(default=[], max_length=100)
    reason: LongText | None = None

    @field_validator("indicators")
    @classmethod
    def names_differ(cls, indicators: list[IndicatorBody]) -> list[IndicatorBody]:
        if len({folded(indicator.name) for indicator in indicators}) != len(indicators):
            raise ValueError("give each indicator a name of its own")
        return indicators


@routes.get("/contracts/{contract_id}/duties", operation_id="list_duties_of_contract")
async def list_duties_of_contract(contract_id: UUID, query: Query, listed: Listed) -> list[DutyView]:
    """The duties of a contract, by day; for its parties and those who oversee them."""
    duties = await store.read_duties(query, contract_id, listed.by("due_on", "place", "id"), query.actor.scope())
    return [duty_view(duty, query.today) for duty in listed.page(duties, "due_on", "place", "id")]


@routes.get("/duties", operation_id="list_open_duties")
async def list_duties(
    request: Request,
    query: Query,
    overdue: bool = False,
    after: Annotated[str | None, Parameter(max_length=2000)] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DutyView]:
    """What the caller's organisations, and those they oversee, still owe; `overdue=true` keeps what is late."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    listing = Listing("duties", {"overdue": overdue}, str(query.actor.person_id))
    place = read_cursor(after, listing, key) if after is not None else None
    scope = query.actor.scope()
    duties = await store.open_duties(query, scope, query.today if overdue else None, place, limit + 1)
    shown = duties[:limit]
    further = write_cursor((shown[-1].due_on, shown[-1].id), listing, key) if len(duties) > limit else None
    return Page(items=[duty_view(duty, query.today) for duty in shown], next=further)


@routes.post(
    "/contracts/{contract_id}/targets", operation_id="set_targets", response_model=TargetsView, status_code=201
)
async def post_targets(contract_id: UUID, body: TargetsBody, call: Command) -> Response:
    """Fixes goal and indicators before the service starts. Later, or where others stand by which nothing has been
    evaluated, with a reason: another person then approves them. Duty: plan_evaluation."""
    indicators = tuple(Indicator(i.name, i.unit, i.target) for i in body.indicators)
    return await perform(fix_targets, call, SetTargets(contract_id, body.performance_goal, indicators, body.reason))


@routes.post("/targets/{targets_id}/approve", operation_id="approve_targets", response_model=TargetsView)
async def post_approval_of_targets(targets_id: UUID, call: Command) -> Response:
    """Approves proposed targets, as another person: they stand from now on. Duty: plan_evaluation."""
    return await perform(approve_targets, call, ApproveTargets(targets_id))


@routes.get("/contracts/{contract_id}/targets", operation_id="get_targets")
async def get_targets(contract_id: UUID, query: Query, response: Response, proposed: bool = False) -> TargetsDetails:
    """Goal and indicators of a contract: those that stand, or with `proposed=true` those that wait for approval."""
    await store.seen_contract(query, contract_id, query.actor.scope())
    state = TargetsState.PROPOSED if proposed else TargetsState.SET
    targets = await store.read_targets(query, contract_id, state)
    if targets is None:
        raise NotFound
    response.headers["etag"] = f'"{targets.version}"'
    return targets_details(targets, await read_statement(query, targets.id, "late_targets"))
