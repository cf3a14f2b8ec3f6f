"""Routes of payment lines."""

from uuid import UUID

from fastapi import Request, Response

from services.contracts.contracts.store import find_contract
from services.contracts.payments import store
from services.contracts.payments.handlers import (
    ApprovePayment,
    RefusePayment,
    RequestPayment,
    WithdrawRequest,
    approve_payment,
    refuse_payment,
    request_payment,
    withdraw_request,
)
from services.contracts.payments.records import DECIDED_BY_RESULT, NOT_ORDERED, ORDERED, PaymentLine
from services.contracts.payments.rules import why_it_is_due, why_it_stands
from services.contracts.payments.views import LineView, PaymentView, ReasonView, decided_view
from services.contracts.rulebook import PaymentSection
from shared.errands.documents import Documented, names
from shared.fields.text import LongText
from shared.law.decision import Finding
from shared.law.rulebook import rulebooks
from shared.web.errors import language_of
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("payments")


class RequestBody(Documented):
    """What the request rests on: the acceptance or assessment whose papers the law asks for."""

    papers: Id | None = None


class ReasonBody(Body):
    """Why; it stays with the files of the contract."""

    reason: LongText


@routes.get("/contracts/{contract_id}/payment-lines", operation_id="list_payment_lines")
async def list_payment_lines(contract_id: UUID, query: Query, listed: Listed) -> list[LineView]:
    """The payment lines of a contract, in order; for its two parties and those who oversee them."""
    lines = await store.list_lines(query, contract_id, listed.by("number"), query.actor.scope())
    return [LineView.model_validate(line) for line in listed.page(lines, "number")]


@routes.get("/payment-lines/{line_id}", operation_id="get_payment_line")
async def get_payment_line(line_id: UUID, request: Request, query: Query, response: Response) -> LineView:
    """One payment line, and what its decision rests on; its ETag is needed to change it."""
    line = await store.read_line(query, line_id, query.actor.scope())
    response.headers["etag"] = f'"{line.version}"'
    return decided_view(line, await _why(query, line), language_of(request))


async def _why(query: Query, line: PaymentLine) -> list[Finding]:
    """As long as request and approval do not both stand, its last day alone, where its result has come."""
    contract = await find_contract(query, line.contract_id)
    section, small = rulebooks().get(contract.rulebook).section(PaymentSection), contract.small_or_medium
    unpaid = line.state in (*ORDERED, *NOT_ORDERED)
    if line.state not in DECIDED_BY_RESULT:
        return list(why_it_is_due(line.due_on, unpaid, section, query.today, small=small)) if unpaid else []
    decided, result = line.terms, store.result_of(line)
    return list(why_it_stands(decided, result, line.due_on, unpaid, section, query.today, small=small))


@routes.get("/payment-lines/{line_id}/payments", operation_id="list_payments")
async def list_payments(line_id: UUID, query: Query, listed: Listed) -> list[PaymentView]:
    """Every movement of money for the line, in order; none is ever changed."""
    await store.read_line(query, line_id, query.actor.scope())
    movements = await store.list_entries(query, line_id, listed.by("number"))
    return [PaymentView.model_validate(one) for one in listed.page(movements, "number")]


@routes.post("/payment-lines/{line_id}/request", operation_id="request_payment", response_model=LineView)
async def post_request(line_id: UUID, body: RequestBody, call: Command) -> Response:
    """Asks for the line to be paid. Duty: request_payment."""
    return await perform(
        request_payment,
        names(call, body, "payment", line_id),
        RequestPayment(line_id, body.papers, len(body.documents)),
    )


@routes.post("/payment-lines/{line_id}/refuse", operation_id="refuse_payment", response_model=LineView)
async def post_refusal(line_id: UUID, body: ReasonBody, call: Command) -> Response:
    """Refuses what was asked for, for a reason; it may be asked for anew. Duty: approve_payment."""
    return await perform(refuse_payment, call, RefusePayment(line_id, body.reason))


@routes.post("/payment-lines/{line_id}/withdraw", operation_id="withdraw_request", response_model=LineView)
async def post_withdrawal(line_id: UUID, call: Command) -> Response:
    """Takes back what the caller asked for, before it is approved. Duty: request_payment."""
    return await perform(withdraw_request, call, WithdrawRequest(line_id))


@routes.get("/payment-lines/{line_id}/reasons", operation_id="list_line_reasons")
async def list_reasons(line_id: UUID, query: Query, listed: Listed) -> list[ReasonView]:
    """Why a payment was refused or a receipt corrected, the oldest first; for who sees the line."""
    await store.read_line(query, line_id, query.actor.scope())
    reasons = await store.reasons(query, line_id, listed.by("given_at", "id"))
    return [ReasonView.model_validate(reason) for reason in listed.page(reasons, "given_at", "id")]


@routes.post("/payment-lines/{line_id}/approve", operation_id="approve_payment", response_model=LineView)
async def post_approval(line_id: UUID, call: Command) -> Response:
    """Approves it, as another person. Duty: approve_payment, on a login of the last 15 minutes. With the
    result it waits for, this releases."""
    return await perform(approve_payment, call, ApprovePayment(line_id))
