"""Every route has its place, its name and its sentence, and every write goes through the one door."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from fastapi.routing import iter_route_contexts

from services.catalog import rulebook
from shared.events import SERVICES
from shared.routes import road_routers
from shared.web.http import _asked, _command, _query
from tests.abuse.surface import EVERY, Route, application, named

HEALTH = {"/livez", "/readyz"}
OPEN = HEALTH | {"/v1/openapi.json"}
"""What answers without a token."""

WITHOUT_COMMAND: dict[str, str] = {
    "upload_document": "it asks who calls before it reads the body, and becomes a command then (`with_body`)",
    "store_envelope": "as above: a post that bids is asked before the bytes of a bid are read",
}
"""Operations other than GET that are no commands, each with the reason."""


def door(function: Callable[..., object]) -> str:
    doors: dict[Callable[..., object], str] = {_command: "command", _query: "query", _asked: "query"}
    return doors.get(function, "")


def offences(route: Route) -> Iterator[str]:
    doors = {door(function) for function in route.dependencies} - {""}
    if not route.path.startswith("/v1/"):
        yield f"{route}: {route.path} is not under /v1"
    if not route.operation or not route.operation.isidentifier() or route.operation != route.operation.lower():
        yield f"{route}: give it an operation id in snake case"
    if not (getattr(route.endpoint, "__doc__", None) or "").strip():
        yield f"{route}: say in a docstring what it does"
    if route.method == "GET" and doors != {"query"}:
        yield f"{route}: a GET depends on Query (or Waiting) alone"
    if route.method != "GET" and doors != {"command"} and route.operation not in WITHOUT_COMMAND:
        yield f"{route}: a write depends on Command"
    if route.method not in ("GET", "POST"):
        yield f"{route}: a command is a POST"


@pytest.mark.parametrize("route", EVERY, ids=named)
def test_a_route_is_as_it_has_to_be(route: Route) -> None:
    assert list(offences(route)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/contracts"},
        {"operation": ""},
        {"operation": "SignContract"},
        {"endpoint": lambda: None},
        {"dependencies": frozenset()},
        {"method": "PUT"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_route_out_of_line_would_be_found(change: dict[str, object]) -> None:
    write = next(route for route in EVERY if route.operation == "replay_held_event")
    assert list(offences(write)) == []

    assert list(offences(replace(write, **change)))  # type: ignore[arg-type]


def test_a_query_that_writes_would_be_found() -> None:
    query = next(route for route in EVERY if route.operation == "list_notices")

    assert list(offences(replace(query, dependencies=frozenset({_command}))))


# --- names


def named_twice(routes: Iterable[Route], everywhere: frozenset[str]) -> dict[str, list[str]]:
    """Operation ids that two services use, or one uses twice; those that every service has by the road may be."""
    found: dict[str, list[str]] = defaultdict(list)
    for route in routes:
        found[route.operation].append(f"{route.service} {route.method} {route.path}")
    return {
        name: places
        for name, places in found.items()
        if len(places) > 1 and (name not in everywhere or len({p.partition(" ")[2] for p in places}) > 1)
    }


EVERYWHERE = frozenset({"list_tasks"})
"""Operations of a matter that every service has: each desk is asked in the same words."""


def of_the_road() -> frozenset[str]:
    contexts = (context for router in road_routers(law=rulebook) for context in iter_route_contexts(router.routes))
    return frozenset(str(context.operation_id) for context in contexts)


def test_an_operation_id_names_one_operation() -> None:
    assert named_twice(EVERY, of_the_road() | EVERYWHERE) == {}


def test_a_name_used_twice_would_be_found() -> None:
    one, other = Route("a", "GET", "/v1/x", "get_x"), Route("b", "GET", "/v1/y", "get_x")

    assert set(named_twice([one, other], frozenset())) == {"get_x"}
    assert set(named_twice([one, other], frozenset({"get_x"}))) == {"get_x"}
    assert named_twice([one, replace(other, path="/v1/x")], frozenset({"get_x"})) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_routes_of_the_road_and_its_tasks(service: str) -> None:
    assert of_the_road() | EVERYWHERE <= {route.operation for route in EVERY if route.service == service}


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_reached_outside_v1_but_health(service: str) -> None:
    paths = {str(context.path) for context in iter_route_contexts(application(service).routes)}

    assert {path for path in paths if not path.startswith("/v1/")} == HEALTH
    assert paths >= OPEN - HEALTH


def test_every_exception_is_needed() -> None:
    doorless = {route.operation for route in EVERY if route.writes and _command not in route.dependencies}

    assert set(WITHOUT_COMMAND) == doorless
