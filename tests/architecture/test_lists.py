"""No list is cut off in silence, and none is of any length: whatever is read from tables goes on page by page."""

import inspect
import re
from typing import Any

import pytest

from tests.abuse.surface import EVERY, Route, application, named

BOUNDED = {
    "list_duties": "the fixed vocabulary of duties",
    "list_rulebooks": "the texts of the deployment, which are files",
    "list_clauses": "the clauses of one text, which is a file",
    "list_vocabulary": "the values of the law, which are a file",
    "list_negative_items": "what the texts exclude, which are files",
}
"""Lists without pages: what they show is part of the program. That a record has few rows is no reason: somebody can add
one more."""


def schema_of(route: Route) -> dict[str, Any]:
    return application(route.service).openapi()["paths"][route.path]["get"]  # type: ignore[no-any-return]


def answers_a_list(operation: dict[str, Any]) -> bool:
    content = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    name: str = content.get("$ref", "").split("/")[-1]
    return bool(content.get("type") == "array") or name.startswith(("Page_", "Feed"))


LISTS = [
    route for route in EVERY if route.method == "GET" and route.path.startswith("/v1/") and route.operation
    and answers_a_list(schema_of(route))
]  # fmt: skip


@pytest.mark.parametrize("route", LISTS, ids=named)
def test_a_list_has_pages_or_is_part_of_the_program(route: Route) -> None:
    parameters = {each["name"] for each in schema_of(route).get("parameters", [])}

    paged = {"after", "limit"} <= parameters

    assert paged != (route.operation in BOUNDED), route


@pytest.mark.parametrize("route", [route for route in LISTS if route.operation in BOUNDED], ids=named)
def test_a_list_without_pages_reads_no_table(route: Route) -> None:
    source = inspect.getsource(route.endpoint)

    assert not re.search(r"\bawait\b", source), source


def test_every_reason_is_about_a_list_that_is_there() -> None:
    assert set(BOUNDED) <= {route.operation for route in LISTS}
