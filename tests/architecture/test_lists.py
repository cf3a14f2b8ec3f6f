"""No list is cut off in silence: each goes on page by page, or is bounded by the record it belongs to."""

from typing import Any

import pytest

from tests.abuse.surface import EVERY, Route, application, named

BOUNDED = {
    "find_organisations": "those of one name",
    "list_duties": "the fixed vocabulary of duties",
    "list_rulebooks": "the texts of the deployment, which are files",
    "list_clauses": "the clauses of one text, which is a file",
    "list_negative_items": "what the texts exclude, which are files",
    "list_requirements": "of one project: each is written by two persons",
    "list_budgets": "of one project: each is decided by finance before the next",
    "list_steps": "of one project: a step is recorded once a body",
    "list_consultations": "of one requirement, opened by the purchaser",
    "list_project_results": "of one project",
    "list_evidence": "of one provider, whose papers another person verifies",
    "list_files": "the versions of one tender file",
    "list_awards": "of one procurement: a round a blocked provider",
    "list_own_bids": "one provider's in one procurement",
    "list_price_explanations": "of one procurement: one a bid",
    "list_payment_lines": "of one contract, 200 at most by the form of its text",
    "list_payments": "of one line",
    "list_receipts": "of one line",
    "list_line_reasons": "of one line: one a refusal or correction",
    "list_duties_of_contract": "of one contract: one a line and year",
    "list_mandates": "of one contract",
    "list_acceptances": "of one contract: an attempt a line",
    "list_assessments": "of one contract: one open at a time",
    "list_objections": "of one assessment: one stands at a time, and what was withdrawn",
    "list_surveys": "of one contract",
    "list_evaluations": "of one contract",
    "list_corrections": "of one evaluation: one open at a time",
    "list_bar_reversals": "of one bar: one waits at a time",
    "list_import_reversals": "of one result: one waits at a time",
}
"""Lists without pages, each with what bounds it."""


def schema_of(route: Route) -> dict[str, Any]:
    return application(route.service).openapi()["paths"][route.path]["get"]  # type: ignore[no-any-return]


def answers_a_list(operation: dict[str, Any]) -> bool:
    content = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    return content.get("type") == "array" or content.get("$ref", "").split("/")[-1].startswith(("Page_", "Feed"))


LISTS = [
    route for route in EVERY if route.method == "GET" and route.path.startswith("/v1/") and route.operation
    and answers_a_list(schema_of(route))
]  # fmt: skip


@pytest.mark.parametrize("route", LISTS, ids=named)
def test_a_list_has_pages_or_is_bounded_by_its_record(route: Route) -> None:
    parameters = {each["name"] for each in schema_of(route).get("parameters", [])}

    paged = {"after", "limit"} <= parameters

    assert paged != (route.operation in BOUNDED), route


def test_every_reason_is_about_a_list_that_is_there() -> None:
    assert set(BOUNDED) <= {route.operation for route in LISTS}
