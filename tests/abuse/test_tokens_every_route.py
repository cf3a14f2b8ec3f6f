"""Who has no good token gets no further than 401, on every route of every service; who may not act gets 403."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import SERVICES
from shared.work.identity import MACHINES
from tests.abuse.conftest import CANARY, is_refused, nothing_changed
from tests.abuse.forgery import FORGERIES, Forger
from tests.abuse.surface import EVERY, WRITES, Route, a_body, every_duty, named
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.sampling import in_turn
from tests.support.world import Person, Reply, World

on_every_route = in_turn("route", EVERY, of=3, ids=named)
on_every_write = in_turn("route", WRITES, of=3, ids=named)


@pytest.fixture(scope="module")
async def forger(world: World, everybody: Person) -> Forger:
    """Forges tokens of somebody who may do everything, so that a hole would show."""
    return Forger(world, everybody.account)


@pytest.fixture(scope="module")
async def forged(forger: Forger) -> dict[str, str]:
    return {name: forge(forger) for name, forge in FORGERIES.items()}


@pytest.fixture(scope="module", autouse=True)
async def nothing_changes(world: World) -> AsyncIterator[None]:
    """Not one row of any table comes or goes while this file runs, but for the people it needs, the papers that
    bodies name, and the record of what was refused; and nothing happened."""
    async with nothing_changed(world, "accounts", "posts", "documents", "journal", "queue", "refusal_counts"):
        yield
    union = " UNION ALL ".join(f"SELECT type FROM {service}.journal WHERE kind = 'event'" for service in SERVICES)
    assert await world.rows(union) == []


async def sent(world: World, route: Route, headers: list[tuple[str, str]], *, query: str = "") -> Reply:
    """The request with a fitting body, its key and version, and these headers."""
    given = [("idempotency-key", uuid4().hex), ("if-match", "*"), *headers]
    rest: dict[str, Any] = {}
    if route.writes:
        rest = {"json": a_body(route)} if route.body is not None else {"content": b"some plain text"}
    answer = await world.clients[route.service].request(route.method, route.address() + query, headers=given, **rest)
    return Reply(answer.status_code, answer.headers, answer.content)


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


# --- 401


@pytest.mark.parametrize("route", EVERY, ids=named)
async def test_nobody_gets_in_without_a_token(world: World, route: Route) -> None:
    answer = await sent(world, route, [])

    assert is_refused(answer, 401)["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


@on_every_route
async def test_no_forged_token_gets_in(world: World, route: Route, forged: dict[str, str]) -> None:
    answers = {name: await sent(world, route, bearer(token)) for name, token in forged.items()}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(FORGERIES, 401)
    for answer in answers.values():
        is_refused(answer, 401)


@on_every_route
async def test_two_tokens_are_none(world: World, route: Route, everybody: Person, anybody: Person) -> None:
    answer = await sent(world, route, [*bearer(everybody.token), *bearer(anybody.token)])

    assert is_refused(answer, 401)["reason"] == "several_authorization_headers"


@on_every_route
async def test_a_token_in_the_address_is_none(world: World, route: Route, everybody: Person) -> None:
    answer = await sent(world, route, [], query=f"?access_token={everybody.token}")

    is_refused(answer, 401)
    assert everybody.token not in answer.body.decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        f"Token {CANARY}",
        f"Bearer {CANARY}",
        "Bearer a.b.c",
        "Bearer  x",
        "a" * 9000,
    ],
    ids=lambda value: value[:20] or "empty",
)
async def test_a_header_that_holds_no_token_is_none(world: World, header: str) -> None:
    is_refused(await sent(world, EVERY[0], [("authorization", header)]), 401)


async def test_a_list_of_audiences_with_ours_is_good(world: World, forger: Forger) -> None:
    token = forger.token(aud=["another-city", world.settings.audience])

    answer = await world.clients["registry"].get("/v1/rulebooks", headers=bearer(token))

    assert answer.status_code == 200


async def test_the_forgers_own_good_token_gets_in(world: World, forger: Forger) -> None:
    """Else every refusal above would prove nothing."""
    answer = await world.clients["registry"].get("/v1/rulebooks", headers=bearer(forger.token()))

    assert answer.status_code == 200


async def test_no_token_is_written_to_a_log(
    world: World, forger: Forger, forged: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    tokens = [forger.token(), *forged.values()]
    for token in tokens:
        await sent(world, EVERY[0], bearer(token))
        await sent(world, EVERY[0], [], query=f"?access_token={token[:9000]}")

    written = "".join(capfd.readouterr())
    assert "token_refused" in written
    assert [token for token in tokens if token[:200] in written] == []


# --- headers that claim to know better

_CLAIMS = [
    ("x-user-id", "00000000-0000-0000-0000-000000000001"),
    ("x-person-id", "00000000-0000-0000-0000-000000000001"),
    ("x-role", "administrator"),
    ("x-duties", "operate, approve_payment"),
    ("x-forwarded-user", "administrator"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("x-original-url", "/livez"),
    ("x-rewrite-url", "/livez"),
    ("x-http-method-override", "GET"),
    ("x-forwarded-client-cert", 'Subject="CN=registry"'),
    ("forwarded", "for=127.0.0.1;proto=https"),
]


@on_every_route
async def test_forged_headers_let_nobody_in(world: World, route: Route) -> None:
    is_refused(await sent(world, route, _CLAIMS), 401)


@on_every_route
async def test_forged_headers_change_no_answer(world: World, route: Route, anybody: Person) -> None:
    plain = await sent(world, route, bearer(anybody.token))
    forged = await sent(world, route, [*bearer(anybody.token), *_CLAIMS])

    assert forged.status == plain.status
    assert route.method == "GET" or not 200 <= plain.status < 300


# --- 403


@pytest.fixture(scope="module")
async def program(world: World) -> Person:
    """A program whose post names every duty there is, everywhere."""
    return await world.person("program", duties=every_duty(), jurisdiction="000000", machine=True)


@on_every_write
async def test_a_program_gives_no_command_but_those_of_programs(
    world: World, route: Route, program: Person, everybody: Person
) -> None:
    """Not one that is registered as a program, none that nobody registered, and none by a person's account."""
    audience = world.settings.audience
    strangers = [world.issuer.token(name, audience=audience, client=True) for name in ("job", everybody.account)]
    if route.operation not in MACHINES:
        for token in (program.token, *strangers):
            assert is_refused(await sent(world, route, bearer(token)), 403)["duty"] == "end_user"
    else:
        for token in strangers:
            is_refused(await sent(world, route, bearer(token)), 403, 404, 422)


@on_every_write
async def test_a_stranger_with_a_good_token_writes_nothing(world: World, route: Route) -> None:
    token = world.issuer.token("unknown-to-the-registry", audience=world.settings.audience)

    is_refused(await sent(world, route, bearer(token)), 403, 404, 422)


@pytest.fixture(scope="module")
async def disabled(world: World) -> Person:
    """A person with every duty whose account was disabled a moment ago."""
    person = await world.person("disabled", duties={"request_payment", "approve_payment", "operate"})
    for service in world.services:
        await world.rows(f"UPDATE {service}.accounts SET enabled = false WHERE person_id = $1", person.id)
    return person


@pytest.fixture(scope="module")
async def dismissed(world: World) -> Person:
    """A person whose post ended yesterday."""
    person = await world.person("dismissed", duties={"request_payment", "approve_payment", "operate"})
    for service in world.services:
        await world.rows(f"UPDATE {service}.posts SET valid_until = '2022-02-28' WHERE person_id = $1", person.id)
    return person


@on_every_write
async def test_a_disabled_account_writes_nothing(world: World, route: Route, disabled: Person) -> None:
    is_refused(await sent(world, route, bearer(disabled.token)), 403, 404, 422)


@on_every_write
async def test_a_post_that_ended_writes_nothing(world: World, route: Route, dismissed: Person) -> None:
    is_refused(await sent(world, route, bearer(dismissed.token)), 403, 404, 422)


@pytest.mark.parametrize("who", ["disabled", "dismissed"])
async def test_on_a_record_that_is_there_it_is_the_post_that_lacks(
    world: World, who: str, request: pytest.FixtureRequest
) -> None:
    line = await _a_line(world)
    person: Person = request.getfixturevalue(who)

    answer = await person.post("contracts", f"/v1/payment-lines/{line}/request", {})

    assert is_refused(answer, 403)["duty"] == "request_payment"
    await _remove(world, line)


async def test_a_login_of_this_morning_does_not_approve_money(world: World) -> None:
    line = await _a_line(world)
    await world.rows("UPDATE contracts.payment_lines SET state = 'requested', requested_by = $1", uuid4())
    late = await world.person("late", duties={"approve_payment"}, auth_age=timedelta(minutes=20))

    answer = await late.post("contracts", f"/v1/payment-lines/{line}/approve")

    said = is_refused(answer, 401)
    assert (said["code"], said["reason"]) == ("step_up", "login_too_old")
    await _remove(world, line)


async def test_a_token_without_its_login_time_does_everything_but_what_needs_a_fresh_login(
    world: World, forger: Forger
) -> None:
    line = await _a_line(world)
    await world.rows("UPDATE contracts.payment_lines SET state = 'requested', requested_by = $1", uuid4())
    person = await world.person("ordinary", duties={"approve_payment"})
    person.token = forger.token(sub=person.account, auth_time=None)

    (await person.get("contracts", f"/v1/payment-lines/{line}")).ok()
    answer = await person.post("contracts", f"/v1/payment-lines/{line}/approve")

    said = is_refused(answer, 401)
    assert (said["code"], said["reason"]) == ("step_up", "login_age_unknown")
    challenge = answer.headers["www-authenticate"]
    assert challenge == 'Bearer error="insufficient_user_authentication", max_age="900"'  # RFC 9470, 3
    await _remove(world, line)


async def test_a_refused_token_is_told_why_in_the_readers_language(world: World, forger: Forger) -> None:
    late = [*bearer(forger.token(exp=int(time.time()) - 60)), ("accept-language", "zh")]

    answer = await sent(world, EVERY[0], late)

    said = is_refused(answer, 401)
    assert (said["reason"], said["detail"]) == ("expired", "令牌已过期，请重新登录或刷新令牌。")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_an_account_disabled_between_two_requests_is_refused_at_once(world: World) -> None:
    """The token was verified a moment ago and is remembered; the account is looked up each time."""
    line = await _a_line(world)
    person = await world.person("just-left", duties={"request_payment"})
    (await person.get("contracts", f"/v1/payment-lines/{line}")).ok()

    await world.rows("UPDATE contracts.accounts SET enabled = false WHERE person_id = $1", person.id)

    is_refused(await person.get("contracts", f"/v1/payment-lines/{line}"), 404)
    is_refused(await person.post("contracts", f"/v1/payment-lines/{line}/request", {}), 403)
    await _remove(world, line)


async def _a_line(world: World) -> UUID:
    return await a_payment_line(world, await a_signed_contract(world))


async def _remove(world: World, line: UUID) -> None:
    [row] = await world.rows("DELETE FROM contracts.payment_lines WHERE id = $1 RETURNING contract_id, key", line)
    await world.rows("DELETE FROM contracts.contracts WHERE id = $1", row["contract_id"])
    await world.rows("DELETE FROM contracts.keys WHERE key = $1", row["key"])
