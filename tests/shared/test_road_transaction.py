"""A command commits its rows, entry, key and answer together; a refusal commits its entry, key and answer alone."""

import asyncio
import json
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import Person, Reply, World

CANARY = "canary-5d1e-13812345678"


@pytest.fixture
async def asks(world: World) -> Person:
    """Somebody of an organisation of their own, so that counts of one test are not another's."""
    return await world.person("asks", duties={"request_payment"}, organisation=uuid4())


async def a_line(world: World, person: Person) -> UUID:
    return await a_payment_line(world, await a_signed_contract(world, organisation=person.organisation))


async def a_line_over_the_cap(world: World, person: Person) -> UUID:
    """An advance beyond 40 % of the price, which ZH21-23.1 refuses."""
    contract = await a_signed_contract(world, organisation=person.organisation)
    return await a_payment_line(world, contract, kind="advance", planned="80000.01", gate="contract")


async def request(person: Person, line: UUID, **extra: object) -> Reply:
    return await person.post("contracts", f"/v1/payment-lines/{line}/request", {}, **extra)  # type: ignore[arg-type]


async def entries_about(world: World, line: UUID) -> list[dict[str, object]]:
    return await world.rows("SELECT kind, version, actor, entry FROM contracts.journal WHERE subject = $1", line)


async def keys_kept(world: World) -> int:
    [row] = await world.rows("SELECT count(*) AS n FROM contracts.idempotency")
    return int(row["n"])


# --- accepted


async def test_rows_entry_queue_and_answer_are_one_transaction(world: World, asks: Person) -> None:
    line = await a_line(world, asks)

    (await request(asks, line)).ok()

    [one] = await world.rows(
        "SELECT count(DISTINCT x) AS n FROM ("
        "SELECT xmin::text AS x FROM contracts.payment_lines WHERE id = $1 UNION ALL"
        " SELECT j.xmin::text FROM contracts.journal j WHERE subject = $1 UNION ALL"
        " SELECT q.xmin::text FROM contracts.queue q JOIN contracts.journal j ON j.id = q.entry WHERE subject = $1"
        " UNION ALL (SELECT xmin::text FROM contracts.idempotency ORDER BY created_at DESC LIMIT 1)) t",
        line,
    )
    assert one["n"] == 1


async def test_an_entry_names_its_actor_and_takes_the_next_version(world: World, asks: Person) -> None:
    line = await a_line(world, asks)
    [before] = await world.rows(
        "SELECT k.version FROM contracts.keys k JOIN contracts.payment_lines l ON l.key = k.key WHERE l.id = $1", line
    )

    answer = await request(asks, line)

    [entry] = await entries_about(world, line)
    assert (entry["kind"], entry["actor"], entry["version"]) == ("event", asks.id, before["version"] + 1)
    assert answer.headers["goufu-position"].endswith(f"/{entry['version']}")


async def test_a_command_that_fails_late_leaves_nothing(world: World, asks: Person) -> None:
    """The last statement writes the entry; when it cannot, neither the row nor the key remain."""
    line = await a_line(world, asks)
    kept = await keys_kept(world)
    role = f"{world.roles_of}_contracts"
    await world.rows(f'REVOKE INSERT ON contracts.journal FROM "{role}"')
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await request(asks, line)
    finally:
        await world.rows(f'GRANT INSERT ON contracts.journal TO "{role}"')

    [row] = await world.rows("SELECT state FROM contracts.payment_lines WHERE id = $1", line)
    assert row["state"] == "planned"
    assert await entries_about(world, line) == []
    assert await keys_kept(world) == kept


# --- refused by rule


async def test_a_refusal_is_recorded_once_with_codes_and_without_input(world: World, asks: Person) -> None:
    line = await a_line_over_the_cap(world, asks)

    (await request(asks, line, key=CANARY)).refused("ZH21-23.1", "advance_over_cap")

    [row] = await entries_about(world, line)
    entry = json.loads(str(row["entry"]))
    assert (row["kind"], row["version"], entry["audience"]) == ("refusal", None, "internal")
    assert entry["event"] == {"operation": "request_payment", "codes": ["advance_over_cap"]}
    assert entry["clauses"] == ["ZH21-23.1"]
    assert (entry["actor"], entry["organisation"]) == (str(asks.id), str(asks.organisation))
    assert CANARY not in str(row["entry"])
    assert "80000.01" not in str(row["entry"])


async def test_a_refusal_changes_no_row_and_takes_no_version(world: World, asks: Person) -> None:
    line = await a_line_over_the_cap(world, asks)
    state = (
        "SELECT l.*, k.version AS at FROM contracts.payment_lines l JOIN contracts.keys k USING (key) WHERE l.id = $1"
    )
    before = await world.rows(state, line)

    (await request(asks, line)).refused()

    assert await world.rows(state, line) == before


async def test_a_refusal_is_answered_again_with_the_same_bytes_and_recorded_once(world: World, asks: Person) -> None:
    line = await a_line_over_the_cap(world, asks)

    first = await request(asks, line, key="once")
    again = await request(asks, line, key="once")

    assert (first.status, again.status) == (422, 422)
    assert again.body == first.body
    assert len(await entries_about(world, line)) == 1


async def test_a_refusal_stays_a_refusal_for_its_key_when_the_case_has_changed(world: World, asks: Person) -> None:
    line = await a_line_over_the_cap(world, asks)
    (await request(asks, line, key="once")).refused()
    await world.rows("UPDATE contracts.payment_lines SET planned = 80000.00 WHERE id = $1", line)

    (await request(asks, line, key="once")).refused("ZH21-23.1")
    (await request(asks, line, key="another")).ok()


# --- versions


async def test_a_change_names_the_version_it_changes(world: World, asks: Person) -> None:
    line = await a_line(world, asks)
    path, headers = f"/v1/payment-lines/{line}/request", {"idempotency-key": "a"}

    without = await asks.send("contracts", "POST", path, json={}, headers=headers)
    stale = await request(asks, line, etag='"7"')
    right = await request(asks, line, etag=(await asks.get("contracts", f"/v1/payment-lines/{line}")).headers["etag"])

    without.problem(428, "version_needed")
    stale.problem(412, "changed")
    right.ok()


async def test_of_two_who_read_the_same_version_one_changes_it(world: World, asks: Person) -> None:
    line = await a_line(world, asks)
    etag = (await asks.get("contracts", f"/v1/payment-lines/{line}")).headers["etag"]

    answers = await asyncio.gather(*(request(asks, line, etag=etag) for _ in range(4)))

    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]


async def test_an_answer_carries_the_version_that_it_left(world: World, asks: Person) -> None:
    line = await a_line(world, asks)

    answer = await request(asks, line)

    assert answer.headers["etag"] == (await asks.get("contracts", f"/v1/payment-lines/{line}")).headers["etag"]
    (await request(asks, line, etag="anything else")).problem(412, "changed")


# --- what stores no key


async def test_who_could_not_act_yesterday_may_repeat_the_request_today(world: World, asks: Person) -> None:
    nobody = await world.person("nobody", duties={"report_service"}, organisation=asks.organisation)
    line = await a_line(world, asks)
    (await request(nobody, line, key="once")).problem(403, "not_allowed")

    await world.post_for(nobody, {"request_payment"}, asks.organisation)

    (await request(nobody, line, key="once")).ok()


async def test_a_wrong_state_stores_no_key(world: World, asks: Person) -> None:
    line = await a_line(world, asks)
    await world.rows("UPDATE contracts.payment_lines SET state = 'requested' WHERE id = $1", line)
    (await request(asks, line, key="once")).problem(409, "wrong_state")

    await world.rows("UPDATE contracts.payment_lines SET state = 'planned' WHERE id = $1", line)

    (await request(asks, line, key="once")).ok()


async def test_anothers_record_looks_like_none(world: World, asks: Person) -> None:
    line = await a_line(world, asks)
    stranger = await world.person("stranger", duties={"request_payment"}, organisation=uuid4())

    theirs = await stranger.get("contracts", f"/v1/payment-lines/{line}")
    none = await stranger.get("contracts", f"/v1/payment-lines/{uuid4()}")

    assert theirs.problem(404, "not_found") == none.problem(404, "not_found")


# --- what a request brings with it


async def test_a_callers_trace_is_kept_when_it_is_one(world: World, asks: Person) -> None:
    """The header goes into the journal and onto the bus; free text from outside belongs in neither."""
    junk, good = f"00-{CANARY}", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    lines = {trace: await a_line(world, asks) for trace in (junk, good)}

    for trace, line in lines.items():
        headers = {"idempotency-key": uuid4().hex, "if-match": "*", "traceparent": trace}
        (await asks.send("contracts", "POST", f"/v1/payment-lines/{line}/request", json={}, headers=headers)).ok()

    rows = await world.rows("SELECT subject, traceparent FROM contracts.journal WHERE actor = $1", asks.id)
    assert {row["subject"]: row["traceparent"] for row in rows} == {lines[junk]: None, lines[good]: good}
