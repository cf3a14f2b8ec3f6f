"""Routes of projects."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.catalog.fields import CSV, NegativeDeclaration, Slug
from services.catalog.projects import store
from services.catalog.projects.handlers import ProposeProject, propose_project, standing
from services.catalog.projects.rules import clear
from services.catalog.projects.views import (
    EXPORT_COLUMNS,
    ClearanceView,
    ProjectView,
    ResultView,
)
from services.catalog.rulebook import ClearanceSection
from shared.errands.documents import Documented, names
from shared.fields.money import PositiveMoney
from shared.fields.places import LocalPlace
from shared.fields.text import LongText, Name, PlainDate, ShortText
from shared.law.decision import explain
from shared.law.rulebook import NAME, rulebooks
from shared.reading.sheets import write_sheet
from shared.web.errors import language_of
from shared.web.http import Body, Command, FindingView, Id, Listed, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("projects")

EXPORT_LIMIT = 10_000

State = Literal[
    "proposed",
    "deliberated",
    "voted",
    "consented",
    "chosen",
    "pooled",
    "cleared",
    "in_procurement",
    "contracted",
    "closed",
    "declined",
]


class Details(Body):
    """What a rulebook may ask a project to state: the department's duty, beneficiaries and field of a class 3 service,
    reasoned marks, the policy and the needs it is planned from, who leads a community's project, and on which day its
    organisations proposed it (`initiated_on`)."""

    duty_ref: ShortText | None = None
    beneficiaries: ShortText | None = None
    field: Slug | None = None
    field_reason: ShortText | None = None
    marks: dict[Slug, ShortText] = Field(default={}, max_length=20)
    policy_ref: ShortText | None = None
    need_refs: list[ShortText] = Field(default=[], max_length=100)
    leads: list[Slug] = Field(default=[], max_length=10)
    content: LongText | None = None
    initiated_on: PlainDate | None = None


class ProposalBody(Documented):
    """A project to propose. `estimate` in CNY; `item` is a code of the directory in force; `proposer` is who proposes
    where that is not the purchaser; `follows` the project whose service this one continues."""

    jurisdiction: LocalPlace
    organisation: Id
    proposer: Id | None = None
    title: Name
    way: Literal["planned_by_purchaser", "planned_by_town_street", "community_vote", "social_org_pool"]
    item: Annotated[str, Field(pattern=r"^[0-9A-Za-z.]{1,20}$", examples=["2.04"])]
    nature: Literal["continuous", "deliverable"]
    estimate: PositiveMoney
    need_origin: Slug | None = Field(default=None, examples=["public_service"])
    service_class: int | None = Field(default=None, ge=0, le=99)
    in_central_directory: bool = False
    follows: Id | None = None
    details: Details = Details()
    negative_declaration: NegativeDeclaration


class ProjectFilter(BaseModel):
    """Which projects: `jurisdiction` and below, `organisation` is the purchaser."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    jurisdiction: LocalPlace | None = None
    organisation: UUID | None = None
    rulebook: Annotated[str, Field(pattern=rf"^{NAME}$")] | None = None

    def given(self) -> dict[str, object]:
        return self.model_dump(include=set(ProjectFilter.model_fields), exclude_none=True)


class ProjectPage(ProjectFilter):
    """The filter, and the page of the list."""

    after: Annotated[str, Field(max_length=2_000)] | None = None
    limit: Limit = DEFAULT_LIMIT


@routes.get("/projects", operation_id="list_projects")
async def list_projects(page: Annotated[ProjectPage, Parameter()], query: Query, request: Request) -> Page[ProjectView]:
    """Projects of the caller's organisations and of the jurisdictions they oversee, newest first."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    listing = Listing("newest", page.model_dump(mode="json", exclude={"after", "limit"}), str(query.actor.person_id))
    after = read_cursor(page.after, listing, key) if page.after else None
    rows = await store.list_projects(query, page.given(), query.actor.scope(), after, page.limit + 1)
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    following = write_cursor([shown[-1].proposed_on, shown[-1].id], listing, key) if more else None
    return Page(items=[ProjectView.model_validate(row) for row in shown], next=following)


@routes.get("/projects.csv", operation_id="export_projects", response_class=Response, responses=CSV)
async def export_projects(wanted: Annotated[ProjectFilter, Parameter()], query: Query) -> Response:
    """The same list as a CSV file, at most 10,000 lines; cells that a program might run are made harmless."""
    rows = await store.list_projects(query, wanted.given(), query.actor.scope(), None, EXPORT_LIMIT)
    return Response(write_sheet(EXPORT_COLUMNS, rows), media_type="text/csv; charset=utf-8")


@routes.get("/projects/{project_id}", operation_id="get_project")
async def get_project(project_id: UUID, query: Query, response: Response) -> ProjectView:
    """One project; its ETag is needed to change it."""
    row = await store.read_project(query, project_id, query.actor.scope())
    response.headers["etag"] = f'"{row.version}"'
    return ProjectView.model_validate(row)


@routes.get("/projects/{project_id}/clearance", operation_id="get_clearance")
async def get_clearance(project_id: UUID, query: Query, request: Request) -> ClearanceView:
    """Whether a procurement may be opened, and what does not stand yet, by which clause. Without effect."""
    row = await store.read_project(query, project_id, query.actor.scope())
    found = await standing(query, row)
    decision = clear(found, rulebooks().get(row.rulebook).section(ClearanceSection))
    shown = [FindingView(**each) for each in explain(decision.findings, language_of(request))]
    return ClearanceView(
        complete=not found.missing,
        missing=found.missing,
        findings=[each for each in shown if not each.satisfied],
        explain=[each for each in shown if each.satisfied],
    )


@routes.get("/projects/{project_id}/results", operation_id="list_project_results")
async def list_project_results(project_id: UUID, query: Query, listed: Listed) -> list[ResultView]:
    """Evaluations of the project and of the one it follows: the basis for the next budget."""
    row = await store.read_project(query, project_id, query.actor.scope())
    shown = listed.by("concluded_on", "id", descending=True)
    rows = await store.list_results(query, row, shown)
    return [ResultView.model_validate(result) for result in listed.page(rows, "concluded_on", "id")]


@routes.post("/projects", operation_id="propose_project", response_model=ProjectView, status_code=201)
async def post_project(body: ProposalBody, call: Command) -> Response:
    """Proposes a project under the rulebook in force today in its jurisdiction. Duty: propose_project, in the
    proposing organisation."""
    named = {name: getattr(body, name) for name in ProposalBody.model_fields if name in _SAME}
    command = ProposeProject(
        proposer=body.proposer or body.organisation,
        details=body.details.model_dump(mode="json", exclude_none=True),
        declaration=body.negative_declaration,
        **named,
    )
    return await perform(propose_project, names(call, body, "project"), command)


_SAME = set(ProposeProject.__dataclass_fields__) - {"proposer", "details", "declaration"}
