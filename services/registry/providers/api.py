"""Routes of providers, their evidence and their eligibility."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.registry.fields import Hash, OneOf
from services.registry.providers import store
from services.registry.providers.handlers import (
    AnnulEvidence,
    ConfirmProvider,
    Entered,
    EnterEvidence,
    RegisterProvider,
    SettleWithdrawal,
    VerifyProvider,
    WithdrawProvider,
    annul_evidence,
    confirm_provider,
    enter_evidence,
    register_provider,
    settle_withdrawal,
    verify_provider,
    withdraw_provider,
)
from services.registry.providers.rules import Candidate, eligible
from services.registry.providers.views import EvidenceView, ProviderFile, ProviderView, evidence_views
from services.registry.providers.vocabulary import EVIDENCE, FORMS, KINDS, LEVELS, REGISTERS, RESULTS
from services.registry.questions import CheckView, Question, book_of, check_view
from services.registry.rulebook import ProviderSection
from shared.fields.credit_code import CodeAsIssued
from shared.fields.places import Place
from shared.fields.text import Name, PlainDate, ShortText
from shared.web.errors import language_of
from shared.web.http import Body, Command, Id, Listed, Query, perform, router
from shared.web.paging import DEFAULT_LIMIT, Limit, Listing, Page, read_cursor, write_cursor

routes = router("providers")

Kind = Annotated[str, OneOf(KINDS)]


class ProviderBody(Body):
    """A body that asks to provide: what it is, where it is registered, and its credit code. `licence_hash`: SHA-256 of
    the licence, where it shows a code whose check character is not the standard's."""

    title: Name = Field(examples=["珠海晴朗社工服务中心"])
    jurisdiction: Place = Field(examples=["4404"])
    kind: Kind = Field(examples=["social_organisation"])
    form: Annotated[str, OneOf(FORMS)] | None = None
    credit_code: CodeAsIssued | None = None
    licence_hash: Hash | None = None
    registered_with: Annotated[str, OneOf(REGISTERS)] | None = Field(default=None, examples=["city_civil_affairs"])
    registration_number: Name | None = None
    founded_on: PlainDate

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.credit_code is None and self.kind != "community_social_organisation":
            raise PydanticCustomError("credit_code_needed", "give the unified social credit code")
        if (self.form is not None) != (self.kind == "social_organisation"):
            raise PydanticCustomError("form", "give the form of a social organisation, and of no other kind")
        return self


class PaperBody(Body):
    """A paper; `result` where its kind has one (grade 1A to 5A, inspection passed, failed or omitted, penalty)."""

    kind: Annotated[str, OneOf(EVIDENCE)] = Field(examples=["financial_system"])
    result: Annotated[str, Field(max_length=40)] | None = None
    issuer: Name = Field(examples=["珠海市民政局"])
    issuer_level: Annotated[str, OneOf(LEVELS)] | None = None
    issued_on: PlainDate
    valid_until: PlainDate | None = None
    document_hash: Hash

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.result not in RESULTS.get(self.kind, (None,)):
            raise PydanticCustomError("result", "give one of the results of this kind of paper, or none for others")
        if self.valid_until is not None and self.valid_until < self.issued_on:
            raise PydanticCustomError("valid_until", "give a last day that is not before the day of issue")
        return self

    def entered(self) -> Entered:
        return Entered(**self.model_dump())


class EvidenceBody(Body):
    """Papers entered together."""

    papers: list[PaperBody] = Field(min_length=1, max_length=50)


class VerificationBody(Body):
    """Papers seen: accepted or rejected, each once."""

    accepted: list[Id] = Field(default=[], max_length=100)
    rejected: list[Id] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [*self.accepted, *self.rejected]
        if not named or len(named) != len(set(named)):
            raise PydanticCustomError("each_once", "name at least one paper, and each one once")
        return self


class AnnulmentBody(Body):
    """Why an accepted paper does not count."""

    reason: ShortText = Field(examples=["处罚决定书所列单位为另一家同名机构。"])


class ProviderFilters(BaseModel):
    """What the list of providers can be narrowed to."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    jurisdiction: Place | None = None
    after: Annotated[str, Field(max_length=2000)] | None = None
    limit: Limit = DEFAULT_LIMIT


@routes.post("/providers", operation_id="register_provider", response_model=ProviderFile, status_code=201)
async def post_provider(body: ProviderBody, call: Command) -> Response:
    """Registers a provider under the text in force in its jurisdiction; one that had left comes back as the same
    record, where it lay and as what it left; with other facts it comes back by a change of it. A code that misses its
    check character is registered with its licence, and once another person has confirmed it. Duty:
    register_provider."""
    candidate = Candidate(body.kind, body.founded_on, body.registered_with, body.registration_number, body.form)
    command = RegisterProvider(body.jurisdiction, body.title, body.credit_code, candidate, body.licence_hash)
    return await perform(register_provider, call, command)


@routes.post("/providers/{provider_id}/confirm", operation_id="confirm_provider", response_model=ProviderFile)
async def post_provider_confirmation(provider_id: UUID, call: Command) -> Response:
    """Confirms that the licence shows this code, as another person than who entered it. Duty: register_provider."""
    return await perform(confirm_provider, call, ConfirmProvider(provider_id))


@routes.get("/providers", operation_id="list_providers")
async def list_providers(
    request: Request, query: Query, filters: Annotated[ProviderFilters, Parameter()]
) -> Page[ProviderView]:
    """The register of providers, page by page."""
    key = request.app.state.settings.cursor_key.get_secret_value().encode()
    asked = filters.model_dump(exclude={"after", "limit"})
    listing = Listing("providers", asked, str(query.actor.person_id))
    after = UUID(str(read_cursor(filters.after, listing, key)[0])) if filters.after else None
    scope = query.actor.scope()
    rows = await store.read_providers(query, filters.kind, filters.jurisdiction, after, filters.limit, scope)
    full = len(rows) == filters.limit
    following = write_cursor([rows[-1].id], listing, key) if full else None
    return Page(items=[ProviderView.model_validate(row) for row in rows], next=following)


@routes.get("/providers/{provider_id}", operation_id="get_provider")
async def get_provider(provider_id: UUID, query: Query, response: Response) -> ProviderView:
    """One provider of the public register."""
    provider = await store.read_provider(query, provider_id, query.actor.scope())
    response.headers["etag"] = f'"{provider.version}"'
    return ProviderView.model_validate(provider)


@routes.get("/providers/{provider_id}/evidence", operation_id="list_evidence")
async def list_evidence(provider_id: UUID, query: Query, listed: Listed) -> list[EvidenceView]:
    """The provider's papers; for itself, the registration authority and those who oversee it."""
    rows = await store.list_evidence(query, provider_id, listed.by("id"), query.actor.scope())
    return evidence_views(listed.page(rows, "id"))


@routes.post(
    "/providers/{provider_id}/evidence", operation_id="enter_evidence", response_model=ProviderFile, status_code=201
)
async def post_evidence(provider_id: UUID, body: EvidenceBody, call: Command) -> Response:
    """Enters papers. Duty: maintain_provider of the provider, or register_provider of the authority."""
    papers = tuple(paper.entered() for paper in body.papers)
    return await perform(enter_evidence, call, EnterEvidence(provider_id, papers))


@routes.post("/providers/{provider_id}/verify", operation_id="verify_provider", response_model=ProviderFile)
async def post_verification(provider_id: UUID, body: VerificationBody, call: Command) -> Response:
    """Accepts or rejects papers that another person entered. Duty: verify_provider."""
    command = VerifyProvider(provider_id, tuple(body.accepted), tuple(body.rejected))
    return await perform(verify_provider, call, command)


@routes.post(
    "/providers/{provider_id}/evidence/{evidence_id}/annul", operation_id="annul_evidence", response_model=ProviderFile
)
async def post_annulment(provider_id: UUID, evidence_id: UUID, body: AnnulmentBody, call: Command) -> Response:
    """Annuls a paper that was accepted by mistake, as another person than who accepted it; it stays readable. Duty:
    verify_provider."""
    return await perform(annul_evidence, call, AnnulEvidence(provider_id, evidence_id, body.reason))


@routes.post("/providers/{provider_id}/withdraw", operation_id="withdraw_provider", response_model=ProviderFile)
async def post_withdrawal(provider_id: UUID, call: Command) -> Response:
    """Ends a provider's own registration or filing; open clearances are blocked at once. By the registration authority
    it is only proposed: another of its persons confirms. Duty: maintain_provider, or register_provider."""
    return await perform(withdraw_provider, call, WithdrawProvider(provider_id))


@routes.post(
    "/providers/{provider_id}/withdraw/confirm", operation_id="confirm_provider_withdrawal", response_model=ProviderFile
)
async def post_withdrawal_confirmation(provider_id: UUID, call: Command) -> Response:
    """Confirms as another person that a provider is taken off the register; open clearances are blocked at once. Duty:
    register_provider."""
    return await perform(settle_withdrawal, call, SettleWithdrawal(provider_id, True))


@routes.post(
    "/providers/{provider_id}/withdraw/revoke", operation_id="revoke_provider_withdrawal", response_model=ProviderFile
)
async def post_withdrawal_revocation(provider_id: UUID, call: Command) -> Response:
    """Takes back, or refuses, what was proposed and not confirmed. Duty: register_provider."""
    return await perform(settle_withdrawal, call, SettleWithdrawal(provider_id, False))


@routes.get("/providers/{provider_id}/eligibility", operation_id="check_eligibility")
async def check_eligibility(
    provider_id: UUID, request: Request, query: Query, question: Annotated[Question, Parameter()]
) -> CheckView:
    """Every condition of a rulebook and whether the provider meets it; no effect."""
    provider = await store.read_provider(query, provider_id, query.actor.scope())
    book, day = book_of(question, query.today)
    decision = eligible(await store.candidate(query, provider), book.section(ProviderSection), day)
    return check_view(book, day, question, decision.findings, language_of(request))
