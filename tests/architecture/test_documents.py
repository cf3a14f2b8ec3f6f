"""Every service ties documents to its records by the same two calls, and every act whose body names some makes one."""

import ast
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from services.registry.persons.duties import DUTIES
from shared.errands.documents import Documented, Named
from shared.events import SERVICES
from tests.abuse.surface import WRITES, Route, application, named
from tests.architecture.source import ROOT, Source, read

PASSES = "documents.pass_on"
BY_ID = ("catalog", "tendering", "contracts")
"""Services whose acts name documents by id; registry and evaluation name them by hash, with `take`."""


def kinds_of(service: str) -> dict[str, Named]:
    module = "app" if service in ("registry", "evaluation") else "papers"
    found: dict[str, Named] = import_module(f"services.{service}.{module}").NAMED
    return found


def documented(route: Route) -> bool:
    body = application(route.service).openapi()["paths"][route.path][route.method.lower()].get("requestBody", {})
    schema: dict[str, Any] = body.get("content", {}).get("application/json", {}).get("schema", {})
    references = [schema.get("$ref", ""), *(each.get("$ref", "") for each in schema.get("anyOf", []))]
    schemas = application(route.service).openapi()["components"]["schemas"]
    return any("documents" in schemas[ref.rpartition("/")[2]].get("properties", {}) for ref in references if ref)


def named_kinds(source: Source) -> Iterator[tuple[str, str]]:
    """Each function of a file of routes that ends by naming documents, with the kinds of record."""
    for function in source.tree.body:
        if isinstance(function, ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "names":
                    texts = [n.value for n in ast.walk(function) if isinstance(n, ast.Constant)]
                    kind = node.args[2]
                    kinds = [kind.value] if isinstance(kind, ast.Constant) else texts
                    yield from ((function.name, str(each)) for each in kinds)


def passed_on(service: str) -> set[str]:
    """Kinds that what was named becomes, when it is confirmed or taken back."""
    calls = (node for source in read(f"services/{service}/*/*.py") for node, name in source.calls() if name == PASSES)
    return {ast.literal_eval(node.args[3]) for node in calls}


def names_of(service: str) -> list[tuple[str, str]]:
    return [found for source in read(f"services/{service}/*/api.py") for found in named_kinds(source)]


DOCUMENTED = [route for route in WRITES if route.service in BY_ID and documented(route)]


def test_there_are_acts_of_each_service_that_name_documents() -> None:
    assert {route.service for route in DOCUMENTED} == set(BY_ID)
    assert len(DOCUMENTED) > 25


@pytest.mark.parametrize("route", DOCUMENTED, ids=named)
def test_an_act_whose_body_names_documents_ties_them_to_a_record(route: Route) -> None:
    routes: list[Any] = list(application(route.service).routes)
    endpoint = next(each for each in routes if getattr(each, "operation_id", None) == route.operation).endpoint

    assert endpoint.__name__ in {function for function, _ in names_of(route.service)}, "the documents would be lost"


@pytest.mark.parametrize("service", BY_ID)
def test_a_kind_of_record_that_names_documents_is_read_by_a_rule_and_uploaded_for_by_duties(service: str) -> None:
    kinds = kinds_of(service)

    used = ({kind for _, kind in names_of(service)} | passed_on(service)) & kinds.keys()

    assert used == kinds.keys(), "a kind that no act names"
    assert all(kind.duties and kind.duties <= DUTIES.keys() for kind in kinds.values())


@pytest.mark.parametrize("service", BY_ID)
def test_no_act_names_a_kind_that_nobody_could_read(service: str) -> None:
    literal = [
        node.args[2].value
        for source in read(f"services/{service}/*/api.py")
        for node, name in source.calls()
        if name == "names" and isinstance(node.args[2], ast.Constant)
    ]

    assert literal
    assert set(literal) <= kinds_of(service).keys()


def test_documents_and_their_links_are_written_in_one_file() -> None:
    """Of services' files one each calls `take`, and none knows the tables."""
    files = [path for path in (ROOT / "services").rglob("*.py") if "migrations" not in path.parts]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}
    tables = [path for path, text in texts.items() if "document_links" in text]
    takes = [path for path, text in texts.items() for _ in range(text.count("documents.take("))]

    assert tables == []
    assert sorted(takes) == ["services/evaluation/statements/store.py", "services/registry/papers.py"]
    assert Documented.model_fields.keys() == {"documents"}
    assert set(SERVICES) == {*BY_ID, "registry", "evaluation"}


def test_an_act_that_forgot_its_documents_would_be_found() -> None:
    forgot = Source("services/x/y/api.py", "async def post(body, call):\n    return await perform(act, call, A())")
    ties = Source(
        "services/x/y/api.py", "async def post(body, call):\n    return perform(a, names(call, body, 'z'), A())"
    )

    assert (list(named_kinds(forgot)), list(named_kinds(ties))) == ([], [("post", "z")])
