"""Routes of results of before Goufu."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import Field

from services.registry.fields import Hash
from services.registry.imports.handlers import (
    ConfirmImport,
    ImportResult,
    WithdrawImport,
    confirm_import,
    import_result,
    withdraw_import,
)
from services.registry.imports.views import ImportedView
from services.registry.standing import store
from shared.events.evaluation import Grade
from shared.fields.places import Place
from shared.fields.text import PlainDate
from shared.web.http import Body, Command, Id, Query, perform, router

routes = router("imports")

Points = Annotated[str, Field(pattern=r"^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?)$", examples=["91.50"])]
"""A score of 0 to 100 points, as text with at most two decimals."""


class ImportBody(Body):
    """A result of before Goufu: the authority that enters it, the purchaser whose result it is, and the SHA-256 of
    the paper that shows it. `rulebook`: the id of the text by which was bought, as GET /v1/rulebooks lists it; needed
    where several held there that day and the purchaser is not registered."""

    organisation: Id
    jurisdiction: Place = Field(examples=["4404"])
    purchaser: Id | None = None
    grade: Grade
    score: Points | None = None
    concluded_on: PlainDate
    evidence_hash: Hash
    rulebook: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$", examples=["zhuhai-2021"])] | None = None


@routes.post(
    "/providers/{provider_id}/imported-results",
    operation_id="import_result",
    response_model=ImportedView,
    status_code=201,
)
async def post_import(provider_id: UUID, body: ImportBody, call: Command) -> Response:
    """Enters a result of before Goufu; it counts once confirmed. Duty: import_result."""
    score = Decimal(body.score) if body.score is not None else None
    command = ImportResult(
        provider_id,
        body.organisation,
        body.jurisdiction,
        body.purchaser,
        body.grade,
        score,
        body.concluded_on,
        body.evidence_hash,
        body.rulebook,
    )
    return await perform(import_result, call, command)


@routes.get("/imported-results/{result_id}", operation_id="get_import")
async def get_import(result_id: UUID, query: Query, response: Response) -> ImportedView:
    """An imported result, for the provider, those who may confirm it and those who oversee it."""
    result = await store.read_import(query, result_id, query.actor.scope())
    response.headers["etag"] = f'"{result.version}"'
    return ImportedView.model_validate(result)


@routes.post("/imported-results/{result_id}/confirm", operation_id="confirm_import", response_model=ImportedView)
async def post_confirmation(result_id: UUID, call: Command) -> Response:
    """Confirms an imported result, as another person. Duty: import_result."""
    return await perform(confirm_import, call, ConfirmImport(result_id))


@routes.post("/imported-results/{result_id}/withdraw", operation_id="withdraw_import", response_model=ImportedView)
async def post_withdrawal(result_id: UUID, call: Command) -> Response:
    """Takes back an imported result that nobody has confirmed, or refuses it. Duty: import_result."""
    return await perform(withdraw_import, call, WithdrawImport(result_id))
