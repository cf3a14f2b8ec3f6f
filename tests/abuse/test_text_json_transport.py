"""Bad bodies, texts, addresses and headers are refused on every route in the one form, and nothing comes of them."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.abuse.bodies import (
    NOT_AN_OBJECT,
    STRANGE,
    UNSEEN,
    WRONG_TYPES,
    expensive,
    too_large,
    unreadable,
    with_each_text,
    with_unknown_field,
)
from tests.abuse.conftest import CANARY, is_refused, nothing_changed
from tests.abuse.surface import EVERY, JSON, Route, a_body, as_json, named
from tests.support.sampling import in_turn
from tests.support.world import Person, Reply, World

on_every_route = in_turn("route", EVERY, of=3, ids=named)
on_every_json_route = in_turn("route", JSON, of=3, ids=named)
on_every_query = in_turn("route", [r for r in EVERY if r.method == "GET"], of=3, ids=named)

LONGEST = 5.0


@pytest.fixture(scope="module", autouse=True)
async def nothing_changes(world: World, everybody: Person) -> AsyncIterator[None]:
    """Not one row comes or goes while this file runs, but for refusals that are on record."""
    async with nothing_changed(world, "journal", "queue", "idempotency"):
        yield


async def sent(
    person: Person,
    route: Route,
    content: bytes,
    *,
    content_type: str | None = "application/json",
    path: str = "",
    **h: str,
) -> Reply:
    """A write with these bytes; fails when the answer takes longer than five seconds."""
    headers = {"idempotency-key": uuid4().hex, "if-match": "*", **h}
    if content_type is not None:
        headers["content-type"] = content_type
    began = time.monotonic()
    answer = await person.send(route.service, route.method, path or route.address(), content=content, headers=headers)
    assert time.monotonic() - began < LONGEST
    return answer


async def asked(person: Person, route: Route, query: str) -> Reply:
    began = time.monotonic()
    answer = await person.get(route.service, f"{route.address()}?{query}")
    assert time.monotonic() - began < LONGEST
    return answer


def safe(reply: Reply) -> None:
    """Refused in the one form, or answered; never an error of ours and never the canary."""
    if reply.status >= 300:
        is_refused(reply, 400, 401, 403, 404, 405, 409, 412, 415, 422, 428)
    assert CANARY not in reply.body.decode()


# --- bodies


@on_every_json_route
async def test_what_cannot_be_read_is_refused(everybody: Person, route: Route) -> None:
    bodies = unreadable(a_body(route))

    answers = {name: await sent(everybody, route, content) for name, content in bodies.items()}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(bodies, 400)
    for answer in answers.values():
        assert is_refused(answer, 400)["code"] == "unreadable"


@pytest.mark.parametrize("route", JSON[::7], ids=named)
async def test_what_is_made_to_cost_is_refused(everybody: Person, route: Route) -> None:
    for content in expensive().values():
        assert is_refused(await sent(everybody, route, content), 400)["code"] == "unreadable"


@pytest.mark.parametrize("route", JSON[::7], ids=named)
async def test_what_is_too_large_is_refused(everybody: Person, route: Route) -> None:
    for content in too_large().values():
        is_refused(await sent(everybody, route, content), 413)


@pytest.mark.parametrize("route", JSON[::7], ids=named)
async def test_a_body_without_a_length_has_the_same_limit(world: World, everybody: Person, route: Route) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    headers = {"authorization": f"Bearer {everybody.token}", "content-type": "application/json"}
    answer = await world.clients[route.service].post(route.address(), content=chunks(), headers=headers)

    is_refused(Reply(answer.status_code, answer.headers, answer.content), 413)


@on_every_json_route
async def test_a_body_that_is_no_object_is_refused(everybody: Person, route: Route) -> None:
    """One that may be left out is left out as null and as nothing, too."""
    may_lack = {"type": "null"} in (route.body or {}).get("anyOf", [])
    for name, content in NOT_AN_OBJECT.items():
        if may_lack and name in ("empty", "null"):
            continue
        document = is_refused(await sent(everybody, route, content), 422)
        assert document["code"] == "field", name


@on_every_json_route
async def test_a_body_of_another_type_is_refused(everybody: Person, route: Route) -> None:
    content = as_json(a_body(route))

    answers = {name: await sent(everybody, route, content, content_type=kind) for name, kind in WRONG_TYPES.items()}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(WRONG_TYPES, 415)


@on_every_json_route
async def test_an_unknown_field_is_refused_and_not_repeated(everybody: Person, route: Route) -> None:
    answer = await sent(everybody, route, as_json(with_unknown_field(a_body(route))))

    document = is_refused(answer, 422)
    assert document["code"] == "field"
    assert "extra_forbidden" in {error["code"] for error in document["errors"]}


@on_every_json_route
async def test_a_text_that_cannot_be_seen_is_refused(everybody: Person, route: Route) -> None:
    """Every free text of the body in turn: 422 for the field, before anything else is looked at."""
    body, schema = a_body(route), route.body or {}
    for kind, text in UNSEEN.items():
        for field, changed in with_each_text(body, schema, text):
            answer = await sent(everybody, route, as_json(changed))
            if kind == "newline" and answer.status in (403, 404, 409):
                continue  # a description may have lines
            document = is_refused(answer, 422)
            assert document["code"] == "field", (field, kind)


@on_every_json_route
async def test_a_strange_text_is_a_text(everybody: Person, route: Route) -> None:
    body, schema = a_body(route), route.body or {}
    for text in STRANGE.values():
        for _, changed in with_each_text(body, schema, text):
            answer = await sent(everybody, route, as_json({**changed, CANARY: 1}))
            is_refused(answer, 422)


@on_every_json_route
async def test_a_value_of_another_kind_is_refused_and_not_repeated(everybody: Person, route: Route) -> None:
    body, schema = a_body(route), route.body or {}
    for name in schema.get("properties", {}):
        for value in (CANARY, [CANARY], {CANARY: CANARY}, 10**29, -1, True, 0.1):
            answer = await sent(everybody, route, as_json({**body, name: value, "zz": 1}))
            assert is_refused(answer, 422)["code"] == "field", (name, value)


# --- addresses


@on_every_route
async def test_no_spelling_of_an_address_gets_round_the_token(world: World, route: Route) -> None:
    address = route.address()
    for path in (
        f"/{address}",
        f"{address}/",
        f"{address}//",
        f"{address}/..",
        f"{address}/%2e%2e/livez",
        f"/livez/..{address}",
        f"/%2e{address}",
        f"{address}%00",
        f"{address};v=1",
        f"{address}%2f",
        f"/@localhost/..{address}",
        address.replace("/v1", "/V1"),
        address.replace("/v1", "/v1/."),
        address.replace("/v1", "/v1/%2e%2e/v1"),
    ):
        answer = await world.clients[route.service].request(route.method, path)
        reply = Reply(answer.status_code, answer.headers, answer.content)
        if reply.status == 307:  # a slash too many: the address proper asks for the token
            assert reply.headers["location"].removeprefix(f"http://{route.service}") in (address, f"{address}/")
        else:
            is_refused(reply, 401, 404, 405, 415)


@in_turn("route", [r for r in EVERY if "{" in r.path], of=3, ids=named)
async def test_an_id_that_is_none_finds_nothing(everybody: Person, route: Route) -> None:
    for value in ("%00", f"a%00{CANARY}", "..%2f..", "' OR 1=1", "1", "%F0%9F%98%80", "-1", "9" * 300, "NaN", CANARY):
        answer = await sent(everybody, route, as_json(a_body(route)), path=route.address(value))
        is_refused(answer, 404, 422)


@on_every_route
async def test_other_methods_are_told_so(everybody: Person, route: Route) -> None:
    known = {other.method for other in EVERY if (other.service, other.path) == (route.service, route.path)}
    for method in {"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "GET", "POST"} - known:
        answer = await everybody.send(route.service, method, route.address(), headers={"x-http-method-override": "GET"})
        is_refused(answer, 404, 405)


# --- queries


@on_every_query
async def test_a_parameter_named_twice_is_refused(everybody: Person, route: Route) -> None:
    is_refused(await asked(everybody, route, "limit=1&limit=2"), 400)
    is_refused(await asked(everybody, route, f"x={CANARY}&x={CANARY}"), 400)


@on_every_query
async def test_no_value_of_a_parameter_breaks_a_route(everybody: Person, route: Route) -> None:
    values = [*STRANGE.values(), *UNSEEN.values(), "-1", "0", str(10**9), "1e3", "１２", " 12 ", "NaN", "a" * 1999]
    values = [value for value in values if len(value) < 2000]
    for parameter in route.query:
        for value in values:
            safe(await everybody.get(route.service, route.address(), **{parameter["name"]: value}))


@pytest.mark.parametrize("route", [r for r in EVERY if any(p["name"] == "limit" for p in r.query)], ids=named)
async def test_a_limit_out_of_range_is_refused(everybody: Person, route: Route) -> None:
    for limit in ("-1", "0", "201", str(10**9), "1.5", "1_0", "１２", "", "true"):
        reply = await asked(everybody, route, f"limit={limit}")
        is_refused(reply, 400, 404, 422)


@pytest.mark.parametrize("route", [r for r in EVERY if any(p["name"] == "after" for p in r.query)], ids=named)
async def test_a_cursor_that_we_did_not_write_is_refused(everybody: Person, route: Route) -> None:
    for cursor in ("x", ".", "a.b", f"{CANARY}.x", "W10.x", "0" * 1999, "%F0%9F%98%80", "a" * 2001):
        reply = await asked(everybody, route, f"after={cursor}")
        is_refused(reply, 400, 404, 422)


@on_every_query
async def test_ten_thousand_parameters_are_no_burden(everybody: Person, route: Route) -> None:
    safe(await asked(everybody, route, "&".join(f"p{n}=1" for n in range(6000))))


@on_every_query
async def test_nul_in_a_query_is_refused(everybody: Person, route: Route) -> None:
    is_refused(await asked(everybody, route, f"x=a%00{CANARY}"), 400)
    is_refused(await asked(everybody, route, "a%00b=x"), 400)


# --- headers


@on_every_json_route
async def test_a_header_is_taken_for_what_it_is_or_not_at_all(everybody: Person, route: Route) -> None:
    body = as_json({**a_body(route), "unknown": 1})
    strange: dict[str, Any] = {
        "goufu-correlation": CANARY,
        "traceparent": f"00-{CANARY}",
        "tracestate": CANARY,
        "accept-language": f"{CANARY}, *;q=0",
        "accept": CANARY,
        "if-match": CANARY,
        "cookie": f"session={CANARY}",
        "user-agent": CANARY,
        "range": f"bytes={CANARY}",
        "expect": CANARY,
        "content-encoding": "gzip",
        "goufu-fault": CANARY,
    }
    for name, value in strange.items():
        is_refused(await sent(everybody, route, body, **{"idempotency-key": uuid4().hex, name: value}), 422)


@on_every_json_route
async def test_a_bad_key_is_refused(everybody: Person, route: Route) -> None:
    body = as_json(a_body(route))
    for key in ("", " ", "a b", "x" * 201, "x" * 10_000, "a\tb"):
        answer = await sent(everybody, route, body, **{"idempotency-key": key})
        assert is_refused(answer, 400)["code"] == "key_needed"
