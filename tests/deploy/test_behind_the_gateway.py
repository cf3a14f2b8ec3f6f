"""Where a service sends its callers they find it behind the gateway: by the address that they use."""

from collections.abc import AsyncIterator
from importlib import import_module
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from shared.events import SERVICES
from tests.registry.examples import a_paper, a_provider, a_provider_body, an_authority
from tests.support.world import Person, World


class Gateway(httpx.AsyncBaseTransport):
    """As deploy/compose/gateway.conf: /registry/v1/... goes to registry as /v1/..., and all else nowhere."""

    def __init__(self, world: World, public_url: str) -> None:
        settings = world.settings.model_copy(update={"public_url": public_url})
        self._services: dict[str, httpx.ASGITransport] = {}
        for name in SERVICES:
            app: FastAPI = import_module(f"services.{name}.app").create_app(settings)
            app.state.database = world.services[name].database
            self._services[name] = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name, _, rest = request.url.path.lstrip("/").partition("/")
        if name not in self._services or not rest.startswith("v1/"):
            return httpx.Response(404)
        inside = httpx.URL(f"http://{name}:8000/{rest}", query=request.url.query)
        passed = httpx.Request(request.method, inside, headers=request.headers, stream=request.stream)
        return await self._services[name].handle_async_request(passed)


@pytest.fixture(params=["/{service}", "https://buy.city.example/{service}/"])
async def outside(world: World, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    transport = Gateway(world, request.param)
    async with httpx.AsyncClient(transport=transport, base_url="https://buy.city.example") as client:
        yield client


def sent(person: Person, key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {person.token}", "idempotency-key": key, "if-match": "*"}


async def test_a_new_record_is_found_where_its_location_says_also_when_the_answer_is_repeated(
    world: World, outside: httpx.AsyncClient
) -> None:
    person = (await an_authority(world)).enters
    body, headers = a_provider_body(), sent(person, uuid4().hex)

    answers = [await outside.post("/registry/v1/providers", json=body, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    [there] = {answer.url.join(answer.headers["location"]) for answer in answers}
    assert (await outside.get(there, headers=headers)).json()["id"] == answers[0].json()["id"]


async def test_a_task_names_the_address_of_its_record(world: World, outside: httpx.AsyncClient) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    (
        await authority.enters.post(
            "registry", f"/v1/providers/{provider}/evidence", {"papers": [a_paper("facilities")]}
        )
    ).ok()
    headers = sent(authority.verifies, uuid4().hex)

    tasks = (await outside.get("/registry/v1/tasks", headers=headers)).json()

    [path] = {task["path"] for task in tasks if str(provider) in task["path"]}
    assert (await outside.get(httpx.URL("https://buy.city.example/").join(path), headers=headers)).status_code == 200
