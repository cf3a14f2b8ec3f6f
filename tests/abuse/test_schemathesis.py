"""Requests made from the OpenAPI documents, fitting or not: no error of ours, no answer that no document gives.

Schemathesis makes the cases in a thread of its own; each is sent to the application in this loop, on a real database.
"""

import asyncio
from collections.abc import Callable
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


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# A request that does not fit may also be refused unread, for its size.
REJECTED = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REJECTED}}})
Send = Callable[[Any], httpx.Response]


@lru_cache
def described(service: str) -> Any:
    """The service's OpenAPI document as schemathesis reads it."""
    return schemathesis.openapi.from_dict(application(service).openapi(), config=CONFIG)


def sender(world: World, person: Person, service: str) -> Send:
    """Sends a case from another thread, with what the document leaves to the caller: token, key, version."""
    loop, client = asyncio.get_running_loop(), world.clients[service]

    def send(case: Any) -> httpx.Response:
        if case.query.get("wait"):
            case.query["wait"] = 0  # waiting is tried out elsewhere
        ours = {"authorization": f"Bearer {person.token}", "idempotency-key": uuid4().hex, "if-match": "*"}
        prepared = requests.Request(**case.as_transport_kwargs(base_url=f"http://{service}")).prepare()
        headers = {**{name: str(value) for name, value in prepared.headers.items()}, **ours}
        content: Any = prepared.body or b""
        request = client.request(case.method, prepared.url or "", content=content, headers=headers)
        return asyncio.run_coroutine_threadsafe(request, loop).result(120)

    return send


def try_out(route: Route, send: Send, examples: int) -> None:
    """Sends so many requests, where some can fail to fit half of each; fails with the smallest answered wrongly."""
    if can_be_missed(route):
        half = examples // 2
        send_made(route, send, half, GenerationMode.POSITIVE)
        send_made(route, send, half, GenerationMode.NEGATIVE)
    else:
        send_made(route, send, examples, GenerationMode.POSITIVE)


def send_made(route: Route, send: Send, examples: int, mode: GenerationMode) -> None:
    """Makes requests that fit the document, or that do not, and checks each answer against it."""
    operation = described(route.service)[route.path][route.method]
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered_as_described(case: Any) -> None:
        response = send(case)
        case.validate_response(response, checks=checks)
        if response.status_code >= 400:
            is_refused(Reply(response.status_code, response.headers, response.content), response.status_code)

    answered_as_described()


@pytest.mark.parametrize("route", EVERY, ids=named)
async def test_twenty_requests_to_an_operation_are_answered_as_described(
    world: World, everybody: Person, route: Route
) -> None:
    send = sender(world, everybody, route.service)

    await asyncio.to_thread(try_out, route, send, 20)


@pytest.mark.long
@pytest.mark.parametrize("route", EVERY, ids=named)
async def test_a_hundred_requests_to_an_operation_are_answered_as_described(
    world: World, everybody: Person, route: Route
) -> None:
    send = sender(world, everybody, route.service)

    await asyncio.to_thread(try_out, route, send, 100)
