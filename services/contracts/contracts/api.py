"""Routes of contracts: writing, reading, listing."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as Parameters
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.accounts.api import AccountBody
from services.contracts.contracts import store
from services.contracts.contracts.handlers import WriteContract, write_contract
from services.contracts.contracts.rules import Terms
from services.contracts.contracts.views import (
    ContractDetail,
    ContractItem,
    ContractView,
    contract_detail,
)
from services.contracts.payments.store import lines_of
from shared.errands.documents import Documented, names
from shared.fields.money import Points, PositiveMoney, Ratio
from shared.fields.payment_terms import PaymentTerms
from shared.fields.text import LongText, PlainDate, WorkDate
from shared.reading.sheets import write_sheet
from shared.web.http import Body, Command, Id, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("contracts")

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Band = Annotated[tuple[Points, Ratio], Field(strict=False)]
State = Literal["drafted", "signed", "filed", "running", "completed", "terminated", "withdrawn"]


class PaymentBody(PaymentTerms, Body):
    """A payment line: its amount in CNY, what it waits for, within how many days it is then paid. `bands` are pairs
    of a score from which on, and the share then paid; highest score first."""

    number: int = Field(ge=1, le=200)
    amount: PositiveMoney
    period: int | None = Field(default=None, ge=1, le=200)
    due_days: int = Field(default=30, ge=1, le=365)
    bands: tuple[Band, ...] = Field(default=(), max_length=20, strict=False)


class WriteBody(Documented):
    """The contract in full. `contents` says by field what the parties agree; fields that the law or the file names must
    all be there. `term_conditions` declares the traits that a term beyond the ordinary one needs. `account` is the
    provider's, to which the contract is paid: without it nobody signs. `small_or_medium`: the provider tells that it is
    a small or medium enterprise, which is paid within the days that the law then allows at most."""

    price: PositiveMoney
    starts_on: WorkDate
    ends_on: WorkDate
    contents: dict[FieldName, LongText] = Field(min_length=1, max_length=60)
    payments: list[PaymentBody] = Field(min_length=1, max_length=200)
    objection_window_working_days: int | None = Field(default=None, ge=1, le=60)
    term_conditions: list[FieldName] = Field(default=[], max_length=20)
    account: AccountBody | None = None
    small_or_medium: bool = False


class Narrowed(BaseModel):
    """Filters and page of the list of contracts."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    provider_id: Id | None = None
    organisation: Id | None = None
    signed_from: PlainDate | None = None
    signed_until: PlainDate | None = None
    after: str | None = None
    limit: Limit = DEFAULT_LIMIT
    format: Literal["json", "csv"] = "json"


@routes.get(
    "/contracts",
    operation_id="list_contracts",
    response_model=Page[ContractItem],
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def list_contracts(request: Request, query: Query, narrowed: Annotated[Narrowed, Parameters()]) -> Response:
    """Contracts of the caller's organisations, on either side, and of jurisdictions they oversee; in the order in which
    they were drafted, as JSON or CSV. `next` (CSV: the header Goufu-Next) goes into `after`."""
    filters = narrowed.model_dump(exclude={"after", "limit", "format"}, exclude_none=True)
    listing = Listing("id", filters, str(query.actor.person_id))
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    after = read_cursor(narrowed.after, listing, key) if narrowed.after else None
    rows = await store.list_contracts(query, query.actor.scope(), filters, after, narrowed.limit)
    items = [ContractItem.model_validate(row) for row in rows[: narrowed.limit]]
    following = write_cursor([items[-1].id], listing, key) if len(rows) > narrowed.limit else None
    if narrowed.format == "csv":
        headers = {"goufu-next": following} if following else {}
        sheet = write_sheet(list(ContractItem.model_fields), (item.model_dump(mode="json") for item in items))
        return Response(sheet, headers=headers, media_type="text/csv; charset=utf-8")
    return Response(Page[ContractItem](items=items, next=following).model_dump_json(), media_type="application/json")


@routes.get("/contracts/{contract_id}", operation_id="get_contract")
async def get_contract(contract_id: UUID, query: Query, response: Response) -> ContractDetail:
    """A contract with its payment lines and what is due; its ETag is needed to change it."""
    contract = await store.read_contract(query, contract_id, query.actor.scope())
    lines, deadlines = await lines_of(query, contract_id), await store.read_deadlines(query, contract_id)
    response.headers["etag"] = f'"{contract.version}"'
    left_on = await store.read_departure(query, contract.provider_id)
    return contract_detail(contract, lines, deadlines, left_on, query.now)


@routes.get("/contracts/{contract_id}/contents", operation_id="get_contract_contents")
async def get_contents(contract_id: UUID, query: Query) -> dict[str, str]:
    """What the written contract says, by field: what the parties read before they sign."""
    return await store.read_contents(query, contract_id, query.actor.scope())


@routes.post("/contracts/{contract_id}/write", operation_id="write_contract", response_model=ContractView)
async def post_write(contract_id: UUID, body: WriteBody, call: Command) -> Response:
    """Writes the contract in full, as it is to be signed; again until somebody signs. Duty: draft_contract."""
    payments = tuple(PaymentTerms.of(payment) for payment in body.payments)
    terms = Terms(
        body.price,
        body.starts_on,
        body.ends_on,
        frozenset(body.contents),
        payments,
        body.objection_window_working_days,
    )
    account = body.account.account() if body.account else None
    conditions = frozenset(body.term_conditions)
    command = WriteContract(contract_id, terms, body.contents, conditions, account, body.small_or_medium)
    return await perform(write_contract, names(call, body, "contract", contract_id), command)
