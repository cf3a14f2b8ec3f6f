"""Every route of every service, read from the applications themselves, and requests that fit them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from hypothesis import Phase, find, settings
from hypothesis.strategies import characters, from_regex

from shared.events import SERVICES
from shared.process.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Route:
    """One operation. `body` is the JSON schema of its body, None where it reads no JSON; `query` and `ids` are its
    parameters in query and path."""

    service: str
    method: str
    path: str
    operation: str
    body: dict[str, Any] | None = None
    query: tuple[dict[str, Any], ...] = ()
    ids: tuple[dict[str, Any], ...] = ()
    endpoint: Any = field(default=None, compare=False, repr=False)
    dependencies: frozenset[Any] = field(default=frozenset(), compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.service}-{self.operation}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def address(self, value: str | None = None) -> str:
        """The path with every parameter filled: by a new id, unless a value is given."""
        return re.sub(r"{[^}]+}", lambda _: value or str(uuid4()), self.path)


@lru_cache
def application(service: str) -> FastAPI:
    """The application as it is served, without a database behind it."""
    urls: dict[str, Any] = {f"{name}_url": "postgresql://nobody@nowhere/none" for name in SERVICES}
    given = Settings(**urls, sandbox=True, jwks="none.json")
    found: FastAPI = import_module(f"services.{service}.app").create_app(given)
    return found


@lru_cache
def every_route() -> tuple[Route, ...]:
    """All operations of all services, but health and the OpenAPI document."""
    return tuple(route for service in SERVICES for route in _routes(service))


def _routes(service: str) -> Iterator[Route]:
    app = application(service)
    document = app.openapi()
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            for method in sorted(context.methods or ()):
                operation = document["paths"][context.path_format][method.lower()]
                yield Route(
                    service=service,
                    method=method,
                    path=str(context.path_format),
                    operation=context.operation_id or "",
                    body=_json_body(operation, document),
                    query=_parameters(operation, "query", document),
                    ids=_parameters(operation, "path", document),
                    endpoint=context.endpoint,
                    dependencies=frozenset(each.call for each in context.dependant.dependencies),
                )


def _parameters(operation: Mapping[str, Any], place: str, document: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(_resolved(each, document) for each in operation.get("parameters", ()) if each["in"] == place)


def _json_body(operation: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return None
    return dict(_resolved(content["application/json"]["schema"], document))


def _resolved(schema: Any, document: Mapping[str, Any]) -> Any:
    """The schema with every reference replaced by what it refers to."""
    if isinstance(schema, list):
        return [_resolved(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return _resolved(document["components"]["schemas"][name], document)
    return {name: _resolved(value, document) for name, value in schema.items()}


def named(route: Route) -> str:
    """Id of a parametrised test."""
    return str(route)


EVERY = every_route()
WRITES = tuple(route for route in EVERY if route.writes)
JSON = tuple(route for route in EVERY if route.body is not None)


# --- a body that a route accepts, as far as its schema tells


def a_body(route: Route) -> Any:
    """A body with every required field; what only the handler knows (another record's id) may still be wrong."""
    return None if route.body is None else sample(route.body)


def sample(schema: Mapping[str, Any]) -> Any:
    """A value that fits the schema: its example if it has one, else the smallest."""
    if schema.get("examples"):
        return schema["examples"][0]
    for name in ("const", "default", "example"):
        if schema.get(name) is not None:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return sample(next((each for each in schema[name] if each.get("type") != "null"), schema[name][0]))
    if "allOf" in schema:
        return sample({name: value for each in schema["allOf"] for name, value in each.items()})
    return _of_type(schema)


def _of_type(schema: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {name: sample(schema["properties"][name]) for name in required if name in schema["properties"]}
        case "array":
            return [sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        case "boolean":
            return False
        case "string":
            return _text(schema)
        case _:
            return None


def _text(schema: Mapping[str, Any]) -> str:
    match schema.get("format"):
        case "uuid":
            return str(uuid4())
        case "date":
            return "2022-04-01"
        case "date-time":
            return datetime(2022, 4, 1, 9, tzinfo=UTC).isoformat()
    if "pattern" in schema and schema["pattern"] != r"\S":
        return _matching(schema["pattern"])
    return "a" * int(schema.get("minLength") or 1)


@lru_cache
def _matching(pattern: str) -> str:
    unshrunk = settings(phases=[Phase.generate], database=None, derandomize=True)
    fitting = from_regex(pattern, fullmatch=True, alphabet=characters(max_codepoint=126))
    return str(find(fitting, lambda _: True, settings=unshrunk))


# --- who may do everything


def every_duty() -> frozenset[str]:
    """Duties that any route may ask for, as its documentation and the handlers' sources name them."""
    found: set[str] = set()
    for source in (ROOT / "services").rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        found.update(re.findall(r"require\(\s*\"([a-z_]+)\"", text))
        found.update(re.findall(r"\bDut(?:y|ies): ([a-z_]+)", text))
    return frozenset(found | {"operate", "audit", "supervise", "review_budget"})


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
