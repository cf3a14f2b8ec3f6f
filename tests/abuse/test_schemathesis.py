"""Requests made from the OpenAPI documents, fitting or not: no error of ours, no answer that no document gives.

Schemathesis makes all cases of an operation first; then each is sent to the application, on a real database.
"""

from functools import lru_cache
from typing import Any
from uuid import uuid4

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.abuse.conftest import is_refused
from tests.abuse.surface import EVERY, Route, application, named
from tests.support.world import Person, Reply, World


def can_be_missed(route: Route) -> bool:
    """Whether a request can fail to fit: any text fits a path parameter that is only a string."""
    formed = any(parameter["schema"].keys() & {"format", "pattern", "enum"} for parameter in route.ids)
    return formed or bool(route.query) or route.body is not None


def once(routes: tuple[Route, ...]) -> list[Route]:
    """Of the routes that every service has, one service's each, by turns."""
    alike: dict[tuple[str, str, str], list[Route]] = {}
    for route in routes:
        alike.setdefault((route.method, route.path, route.endpoint.__module__), []).append(route)
    return [found[number % len(found)] for number, found in enumerate(alike.values())]


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# A request that does not fit may also be refused unread, for its size.
REJECTED = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REJECTED}}})


@lru_cache
def described(service: str) -> Any:
    """The service's OpenAPI document as schemathesis reads it."""
    return schemathesis.openapi.from_dict(application(service).openapi(), config=CONFIG)


def cases(route: Route, wanted: int, mode: GenerationMode) -> list[Any]:
    """So many requests that fit the operation's description, or that do not; the same in every run."""
    made: list[Any] = []

    @settings(
        max_examples=wanted,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=described(route.service)[route.path][route.method].as_strategy(generation_mode=mode))
    def keep(case: Any) -> None:
        made.append(case)

    keep()
    return made


async def send(world: World, person: Person, service: str, case: Any) -> httpx.Response:
    """Sends a case with what the document leaves to the caller: token, key, version."""
    if case.query.get("wait"):
        case.query["wait"] = 0  # waiting is tried out elsewhere
    ours = {"authorization": f"Bearer {person.token}", "idempotency-key": uuid4().hex, "if-match": "*"}
    prepared = requests.Request(**case.as_transport_kwargs(base_url=f"http://{service}")).prepare()
    headers = {**{name: str(value) for name, value in prepared.headers.items()}, **ours}
    content: Any = prepared.body or b""
    return await world.clients[service].request(case.method, prepared.url or "", content=content, headers=headers)


async def try_out(world: World, person: Person, route: Route, examples: int) -> None:
    """Sends so many requests, where some can fail to fit half of each, and checks each answer against the document."""
    modes = list(GenerationMode) if can_be_missed(route) else [GenerationMode.POSITIVE]
    for mode in modes:
        checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS
        for case in cases(route, examples // len(modes), mode):
            response = await send(world, person, route.service, case)
            case.validate_response(response, checks=checks)
            if response.status_code >= 400:
                is_refused(Reply(response.status_code, response.headers, response.content), response.status_code)


@pytest.mark.parametrize("route", once(EVERY)[::12], ids=named)
async def test_ten_requests_to_an_operation_are_answered_as_described(
    world: World, everybody: Person, route: Route
) -> None:
    await try_out(world, everybody, route, 10)


def test_a_road_of_all_services_is_tried_at_one_and_what_differs_at_each() -> None:
    tried = [(route.method, route.path) for route in once(EVERY)]

    assert len(tried) == len({(route.method, route.path, route.endpoint.__module__) for route in EVERY})
    assert {(route.method, route.path) for route in EVERY} == set(tried)


@pytest.mark.long
@pytest.mark.parametrize("route", EVERY, ids=named)
async def test_a_hundred_requests_to_an_operation_are_answered_as_described(
    world: World, everybody: Person, route: Route
) -> None:
    await try_out(world, everybody, route, 100)
