"""Routes of mandates."""

from uuid import UUID

from fastapi import Response

from services.evaluation.mandates import store
from services.evaluation.mandates.handlers import EndMandate, GiveMandate, end_mandate, give_mandate
from services.evaluation.mandates.views import MandateView
from shared.fields.text import WorkDate
from shared.web.http import Body, Command, Id, Listed, Query, perform, router

routes = router("mandates")


class MandateBody(Body):
    """Who is entrusted, from which to which day (both included); `independent`: it has no ties to either party."""

    third_party: Id
    valid_from: WorkDate
    valid_until: WorkDate
    independent: bool


@routes.post(
    "/contracts/{contract_id}/mandates", operation_id="give_mandate", response_model=MandateView, status_code=201
)
async def post_mandate(contract_id: UUID, body: MandateBody, call: Command) -> Response:
    """Entrusts a third party. Duty: plan_evaluation."""
    command = GiveMandate(contract_id, body.third_party, body.valid_from, body.valid_until, body.independent)
    return await perform(give_mandate, call, command)


@routes.post("/mandates/{mandate_id}/end", operation_id="end_mandate", response_model=MandateView)
async def post_end(mandate_id: UUID, call: Command) -> Response:
    """Withdraws the mandate from now on. Duty: plan_evaluation."""
    return await perform(end_mandate, call, EndMandate(mandate_id))


@routes.get("/contracts/{contract_id}/mandates", operation_id="list_mandates")
async def list_mandates(contract_id: UUID, query: Query, listed: Listed) -> list[MandateView]:
    """The mandates of a contract, in order of their making."""
    mandates = await store.read_mandates(query, contract_id, listed.by("id"), query.actor.scope())
    return [MandateView.model_validate(mandate) for mandate in listed.page(mandates, "id")]
