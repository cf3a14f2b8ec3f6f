"""A request that comes again, changed, from another, too late, or thirty-two times at once, has one effect."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.abuse.conftest import CANARY, is_refused
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import Person, Reply, World


@pytest.fixture
async def asks(world: World) -> Person:
    return await world.person("asks", duties={"request_payment"})


async def a_line(world: World) -> UUID:
    return await a_payment_line(world, await a_signed_contract(world))


async def request(person: Person, line: UUID, key: str, body: object = None) -> Reply:
    return await person.post("contracts", f"/v1/payment-lines/{line}/request", body or {}, key=key)


async def effects(world: World, line: UUID) -> int:
    [row] = await world.rows("SELECT count(*) AS n FROM contracts.journal WHERE subject = $1", line)
    return int(row["n"])


# --- the same request many times


async def test_thirty_two_copies_at_once_have_one_effect_and_one_answer(world: World, asks: Person) -> None:
    line = await a_line(world)

    answers = await asyncio.gather(*(request(asks, line, "once") for _ in range(32)))

    done = {answer.body for answer in answers if answer.status == 200}
    assert {answer.status for answer in answers} <= {200, 409}
    assert len(done) == 1
    assert {answer.json["code"] for answer in answers if answer.status == 409} <= {"busy"}
    assert await effects(world, line) == 1


async def test_thirty_two_requests_with_keys_of_their_own_have_one_effect(world: World, asks: Person) -> None:
    line = await a_line(world)

    answers = await asyncio.gather(*(request(asks, line, uuid4().hex) for _ in range(32)))

    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert [answer.status for answer in answers].count(200) == 1
    assert await effects(world, line) == 1


async def test_the_stored_answer_is_the_same_to_the_byte_and_the_header(world: World, asks: Person) -> None:
    line = await a_line(world)

    first, again = await request(asks, line, "once"), await request(asks, line, "once")

    assert (again.status, again.body) == (first.status, first.body)
    names = ("etag", "content-type", "goufu-position", "goufu-correlation")
    assert {n: again.headers.get(n) for n in names} == {n: first.headers.get(n) for n in names}


async def test_a_key_whose_request_still_runs_answers_409_and_then_what_it_became(world: World, asks: Person) -> None:
    line = await a_line(world)
    other = await asyncpg.connect(world.admin_url)
    await other.execute("BEGIN")
    await other.execute("SELECT 1 FROM contracts.payment_lines WHERE id = $1 FOR UPDATE", line)
    running = asyncio.create_task(request(asks, line, "once"))
    await _someone_waits_for_a_lock(world)

    meanwhile = await request(asks, line, "once")
    await other.close()
    first = await running

    assert is_refused(meanwhile, 409)["code"] == "busy"
    assert (await request(asks, line, "once")).body == first.body
    assert await effects(world, line) == 1


async def _someone_waits_for_a_lock(world: World) -> None:
    for _ in range(100):
        if await world.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits for the row")


# --- versions and keys of requests


async def test_a_key_with_another_body_is_refused(world: World, asks: Person) -> None:
    line = await a_line(world)
    (await request(asks, line, "once")).ok()

    answer = await request(asks, line, "once", {"papers": str(uuid4())})

    assert is_refused(answer, 422)["code"] == "key_reused"
    assert await effects(world, line) == 1


async def test_a_key_for_another_record_is_refused(world: World, asks: Person) -> None:
    line, other = await a_line(world), await a_line(world)
    (await request(asks, line, "once")).ok()

    answer = await request(asks, other, "once")

    assert is_refused(answer, 422)["code"] == "key_reused"
    assert await effects(world, other) == 0


async def test_a_key_with_another_version_is_refused(world: World, asks: Person) -> None:
    line = await a_line(world)
    (await request(asks, line, "once")).ok()

    answer = await asks.post("contracts", f"/v1/payment-lines/{line}/request", {}, key="once", etag='"1"')

    assert is_refused(answer, 422)["code"] == "key_reused"


async def test_another_persons_same_key_is_another_key(world: World, asks: Person) -> None:
    line = await a_line(world)
    first = await request(asks, line, "shared")
    other = await world.person("other", duties={"request_payment"})

    answer = await request(other, line, "shared")

    assert is_refused(answer, 409)["code"] == "wrong_state"
    assert first.headers["goufu-correlation"] not in answer.body.decode() + repr(dict(answer.headers))


async def test_a_stranger_learns_nothing_by_the_key_of_another(world: World, asks: Person) -> None:
    line = await a_line(world)
    (await request(asks, line, "shared")).ok()
    stranger = await world.person("stranger", duties={"report_service"}, organisation=uuid4())

    same_key, other_key = await request(stranger, line, "shared"), await request(stranger, line, "other")

    assert (same_key.status, same_key.body) == (other_key.status, other_key.body)
    is_refused(same_key, 403, 404)


async def test_the_same_key_for_another_operation_is_another_key(world: World, asks: Person) -> None:
    line = await a_line(world)
    approves = await world.person("approves", duties={"approve_payment", "request_payment"})
    (await request(asks, line, "asks")).ok()

    (await request(approves, await a_line(world), "same")).ok()
    (await approves.post("contracts", f"/v1/payment-lines/{line}/approve", key="same")).ok()


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "键", "\x7f", "a\tb", "x" * 201, "x" * 10_000], ids=lambda k: ascii(k[:8])
)
async def test_a_key_that_is_none_is_refused(world: World, asks: Person, key: str) -> None:
    line = await a_line(world)
    headers = {b"idempotency-key": key.encode(), b"if-match": b"*", b"authorization": f"Bearer {asks.token}".encode()}

    answer = await world.clients["contracts"].post(f"/v1/payment-lines/{line}/request", json={}, headers=headers)

    assert is_refused(Reply(answer.status_code, answer.headers, answer.content), 400)["code"] == "key_needed"
    assert await effects(world, line) == 0


async def test_two_keys_are_none(world: World, asks: Person) -> None:
    line = await a_line(world)
    keys = [("idempotency-key", CANARY), ("idempotency-key", "b")]
    headers = [*keys, ("if-match", "*"), ("authorization", f"Bearer {asks.token}")]

    answer = await world.clients["contracts"].post(f"/v1/payment-lines/{line}/request", json={}, headers=headers)

    assert is_refused(Reply(answer.status_code, answer.headers, answer.content), 400)["code"] == "key_needed"


async def test_a_key_that_was_forgotten_still_has_one_effect(world: World, asks: Person) -> None:
    """Keys are kept for a time; what stops a late copy then is the state of the record itself."""
    line = await a_line(world)
    (await request(asks, line, "once")).ok()
    await world.rows("DELETE FROM contracts.idempotency")

    answer = await request(asks, line, "once")

    assert is_refused(answer, 409)["code"] == "wrong_state"
    assert await effects(world, line) == 1


async def test_a_refusal_by_rule_is_final_for_its_key(world: World, asks: Person) -> None:
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract, kind="advance", planned="80000.01", gate="contract")

    first, again = await request(asks, line, "once"), await request(asks, line, "once")

    assert first.refused("ZH21-23.1")
    assert (again.status, again.body) == (422, first.body)
    assert await effects(world, line) == 1


async def test_an_outage_is_not_final(world: World, asks: Person) -> None:
    line = await a_line(world)
    other = await asyncpg.connect(world.admin_url)
    await other.execute("BEGIN")
    await other.execute("SELECT 1 FROM contracts.payment_lines WHERE id = $1 FOR UPDATE", line)
    running = asyncio.create_task(request(asks, line, "once"))
    await _someone_waits_for_a_lock(world)
    await world.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    cut = await running
    await other.close()

    again = await request(asks, line, "once")

    assert is_refused(cut, 503)["code"] == "unavailable"
    assert int(cut.headers["retry-after"]) > 0
    assert again.ok()["state"] == "requested"
    assert await effects(world, line) == 1


async def test_who_waits_too_long_for_a_lock_may_come_again(world: World, asks: Person) -> None:
    line = await a_line(world)
    other = await asyncpg.connect(world.admin_url)
    await other.execute("BEGIN")
    await other.execute("SELECT 1 FROM contracts.payment_lines WHERE id = $1 FOR UPDATE", line)

    late = await request(asks, line, "once")
    await other.close()

    assert is_refused(late, 503)["code"] == "unavailable"
    assert (await request(asks, line, "once")).ok()["state"] == "requested"
