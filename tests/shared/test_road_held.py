"""What a consumer cannot do rests, and only what depends on it rests with it; operators replay it or leave it out."""

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.bus import Record
from shared.events import Event
from tests.support.probe import Probe, acceptance, assessment, evaluation, record, resent
from tests.support.world import Person, World

CANARY = "canary-7f3a-13812345678"


@pytest.fixture
async def probe(world: World) -> Probe:
    return await Probe(world).open()


@pytest.fixture
async def operator(world: World) -> Person:
    return await world.person("operator", duties={"operate"}, jurisdiction="000000")


def failing_for(key: UUID, *numbers: int) -> Any:
    """A bug that shows in these events only."""

    def fail(event: Event) -> None:
        if event.key == key and event.result_version in numbers:  # type: ignore[attr-defined]
            raise ValueError(f"cannot do this with {CANARY}")

    return fail


def id_of(sent: Record) -> UUID:
    return UUID(dict(sent.headers)["ce_id"].decode())


def an_unknown_grade(document: dict[str, Any]) -> None:
    document["event"]["grade"] = CANARY


# --- parked


async def test_an_unknown_enum_value_parks_its_event(probe: Probe, world: World) -> None:
    key = uuid4()

    await probe.poll(record(evaluation(key, 1), 1, change=an_unknown_grade))

    assert await probe.held(key) == [(1, "parked")]
    assert await probe.copied(key) is None


async def test_an_unknown_field_parks_nothing(probe: Probe) -> None:
    key = uuid4()

    await probe.poll(record(evaluation(key, 1), 1, change=lambda document: document["event"].update(colour="red")))

    assert await probe.copied(key) == (1, 1)


async def test_an_unknown_type_is_passed_over(probe: Probe) -> None:
    key = uuid4()
    of_tomorrow = resent(record(evaluation(key, 1), 1), ce_type=b"goufu.evaluation.of_tomorrow.v1")

    await probe.poll(of_tomorrow, record(evaluation(key, 2), 2))

    assert await probe.copied(key) == (2, 2)


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"event": 1}', b"[" * 100_000, b'{"event": {}, "correlation": "x"}'],
    ids=["empty", "cut", "null", "list", "not-text", "no-event", "deep", "bare"],
)
async def test_a_record_that_cannot_be_read_is_parked_and_others_go_on(probe: Probe, value: bytes) -> None:
    broken, other = uuid4(), uuid4()
    sent = record(acceptance(broken, 1), 1)

    await probe.poll(
        record(acceptance(other, 1), 1),
        resent(sent, value=value),
        record(acceptance(other, 2), 2),
    )

    assert await probe.held(broken) == [(1, "parked")]
    assert await probe.effects(other) == {other: [1, 2]}


async def test_a_record_without_headers_is_parked_under_its_own_place(probe: Probe, world: World) -> None:
    other = uuid4()
    sent = record(acceptance(uuid4(), 1), 1)
    bare = Record(sent.topic, 3, 4_000_000, sent.key, sent.value, ())

    await probe.poll(bare, record(acceptance(other, 1), 1), bare)

    assert await probe.effects(other) == {other: [1]}
    statement = "SELECT state FROM contracts.held WHERE reason LIKE 'the header ce_id is missing%'"
    assert await world.rows(statement) == [{"state": "parked"}]


async def test_an_exception_parks_its_event_and_holds_what_follows_of_its_key(probe: Probe) -> None:
    broken, other = uuid4(), uuid4()
    probe.breaks = failing_for(broken, 2)

    await probe.poll(*(record(acceptance(key, n), n) for n in (1, 2, 3) for key in (broken, other)))
    await probe.poll(record(acceptance(broken, 4), 4))

    assert await probe.effects(broken, other) == {broken: [1], other: [1, 2, 3]}
    assert await probe.held(broken) == [(2, "parked"), (3, "behind"), (4, "behind")]


async def test_what_a_failing_handler_wrote_is_undone(probe: Probe, world: World) -> None:
    broken = uuid4()

    def write_and_fail(event: Event) -> None:
        if event.key == broken:
            raise RuntimeError

    probe.breaks = write_and_fail
    await probe.poll(record(acceptance(broken, 1), 1))

    assert await probe.effects(broken) == {broken: []}
    assert await world.rows("SELECT 1 FROM contracts.inbox JOIN contracts.held USING (event)") == []


async def test_the_reason_shown_holds_nothing_of_the_event(probe: Probe, operator: Person) -> None:
    enum, bug = uuid4(), uuid4()
    probe.breaks = failing_for(bug, 1)
    await probe.poll(record(evaluation(enum, 1), 1, change=an_unknown_grade), record(acceptance(bug, 1), 1))

    answer = await operator.get("contracts", "/v1/held-events")

    reasons = {UUID(held["key"]): held["reason"] for held in answer.ok()}
    assert reasons[enum] == "ValidationError: grade literal_error"
    assert reasons[bug].startswith("ValueError")
    assert CANARY not in answer.body.decode()


# --- replayed


async def test_an_operator_replays_and_everything_follows_in_order(probe: Probe, operator: Person) -> None:
    key = uuid4()
    sent = [record(acceptance(key, n), n) for n in (1, 2, 3, 4)]
    probe.breaks = failing_for(key, 2)
    await probe.poll(*sent)
    probe.breaks = failing_for(key)

    (await operator.post("contracts", f"/v1/held-events/{id_of(sent[1])}/replay")).ok()
    await probe.tick()

    assert await probe.effects(key) == {key: [1, 2, 3, 4]}
    assert await probe.held(key) == []


async def test_a_replay_that_fails_again_parks_again(probe: Probe, operator: Person) -> None:
    key = uuid4()
    sent = [record(acceptance(key, n), n) for n in (1, 2)]
    probe.breaks = failing_for(key, 1)
    await probe.poll(*sent)

    (await operator.post("contracts", f"/v1/held-events/{id_of(sent[0])}/replay")).ok()
    await probe.tick()

    assert await probe.effects(key) == {key: []}
    assert await probe.held(key) == [(1, "parked"), (2, "behind")]


async def test_a_replay_stops_before_a_version_that_has_not_come(probe: Probe, operator: Person) -> None:
    """Events rest for two reasons at once: one is parked, another came too early. Replaying the first must not carry
    the second past the version between them, which would then count as seen and be lost."""
    key = uuid4()
    sent = [record(acceptance(key, n), n) for n in (1, 2, 3, 4)]
    probe.breaks = failing_for(key, 1)
    await probe.poll(sent[0], sent[1], sent[3])
    probe.breaks = failing_for(key)

    (await operator.post("contracts", f"/v1/held-events/{id_of(sent[0])}/replay")).ok()
    await probe.tick()
    assert await probe.effects(key) == {key: [1, 2]}
    await probe.poll(sent[2])

    assert await probe.effects(key) == {key: [1, 2, 3, 4]}


async def test_only_what_is_parked_is_replayed(probe: Probe, operator: Person) -> None:
    waiting = record(assessment(uuid4(), 1, needs=uuid4()), 1)
    await probe.poll(waiting)

    answer = await operator.post("contracts", f"/v1/held-events/{id_of(waiting)}/replay")

    answer.problem(404, "not_found")


# --- left out


async def test_one_person_alone_leaves_nothing_out(probe: Probe, operator: Person) -> None:
    key = uuid4()
    sent = record(acceptance(key, 1), 1)
    probe.breaks = failing_for(key, 1)
    await probe.poll(sent)
    path, reason = f"/v1/held-events/{id_of(sent)}/skip", {"reason": "sent in error by a test release"}

    first = await operator.post("contracts", path, reason)
    second = await operator.post("contracts", path, reason)

    assert first.ok()["state"] == second.ok()["state"] == "skip_asked"
    assert await probe.held(key) == [(1, "parked")]


async def test_a_second_person_leaves_it_out_and_the_rest_follows(probe: Probe, operator: Person, world: World) -> None:
    key = uuid4()
    sent = [record(acceptance(key, n), n) for n in (1, 2, 3)]
    probe.breaks = failing_for(key, 1)
    await probe.poll(*sent)
    other = await world.person("other", duties={"operate"}, jurisdiction="000000")
    path, reason = f"/v1/held-events/{id_of(sent[0])}/skip", {"reason": "sent in error by a test release"}

    (await operator.post("contracts", path, reason)).ok()
    assert (await other.post("contracts", path, reason)).ok()["state"] == "skipped"
    await probe.tick()

    assert await probe.effects(key) == {key: [2, 3]}
    assert await probe.held(key) == []


async def acts_on(world: World, event: UUID) -> list[dict[str, Any]]:
    """What the journal says was done with an event that rested, in order; what the ledger has taken up."""
    await world.pump()
    rows = await world.rows(
        "SELECT j.type, j.version, j.actor, j.entry FROM contracts.journal j JOIN contracts.ledger l ON l.entry = j.id"
        " WHERE j.key = $1 ORDER BY j.version",
        event,
    )
    return [{**row, **json.loads(row["entry"])["event"]} for row in rows]


async def test_a_skip_is_on_record_with_both_persons_and_both_reasons(
    probe: Probe, operator: Person, world: World
) -> None:
    key = uuid4()
    sent = record(acceptance(key, 1), 1)
    probe.breaks = failing_for(key, 1)
    await probe.poll(sent)
    other = await world.person("other", duties={"operate"}, jurisdiction="000000")
    path = f"/v1/held-events/{id_of(sent)}"

    (await operator.post("contracts", f"{path}/replay")).ok()
    await probe.tick()
    (await operator.post("contracts", f"{path}/skip", {"reason": "a test release sent it"})).ok()
    (await other.post("contracts", f"{path}/skip", {"reason": "seen by the vendor too"})).ok()

    replayed, asked, skipped = await acts_on(world, id_of(sent))
    assert [each["type"].split(".")[2] for each in (replayed, asked, skipped)] == [
        "event_replay_asked",
        "event_skip_asked",
        "event_skipped",
    ]
    assert (asked["actor"], asked["asked_because"]) == (operator.id, "a test release sent it")
    assert (skipped["asked_by"], skipped["asked_because"]) == (str(operator.id), "a test release sent it")
    assert (skipped["actor"], skipped["confirmed_because"]) == (other.id, "seen by the vendor too")
    assert (skipped["source"], skipped["of_key"], skipped["of_version"]) == ("evaluation", str(key), 1)
    assert skipped["sha256"] == hashlib.sha256(sent.value).hexdigest()


async def test_what_was_skipped_is_kept_and_stays(probe: Probe, operator: Person, world: World) -> None:
    key = uuid4()
    sent = record(acceptance(key, 1), 1)
    probe.breaks = failing_for(key, 1)
    await probe.poll(sent)
    other = await world.person("other", duties={"operate"}, jurisdiction="000000")
    for person in (operator, other):
        path = f"/v1/held-events/{id_of(sent)}/skip"
        (await person.post("contracts", path, {"reason": "sent in error"})).ok()

    [row] = await world.rows("SELECT * FROM contracts.skipped WHERE event = $1", id_of(sent))

    assert (row["value"], row["type"], row["failed"][:10]) == (sent.value, acceptance(key, 1).type_name(), "ValueError")
    async with world.services["contracts"].database.connection() as connection:
        for statement in ("DELETE FROM skipped", "UPDATE skipped SET value = ''", "TRUNCATE skipped"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_leaving_one_out_carries_nothing_past_a_gap(probe: Probe, operator: Person, world: World) -> None:
    key = uuid4()
    sent = [record(acceptance(key, n), n) for n in (1, 2, 3)]
    probe.breaks = failing_for(key, 1)
    await probe.poll(sent[0], sent[2])
    other = await world.person("other", duties={"operate"}, jurisdiction="000000")
    path, reason = f"/v1/held-events/{id_of(sent[0])}/skip", {"reason": "sent in error by a test release"}

    await operator.post("contracts", path, reason)
    await other.post("contracts", path, reason)
    await probe.tick()
    assert await probe.effects(key) == {key: []}
    await probe.poll(sent[1])
    await probe.tick()

    assert await probe.effects(key) == {key: [2, 3]}


async def test_operating_takes_the_duty(probe: Probe, world: World) -> None:
    nobody = await world.person("nobody", duties={"request_payment"}, jurisdiction="000000")
    path = f"/v1/held-events/{uuid4()}"

    assert (await nobody.get("contracts", "/v1/held-events")).problem(403)["duty"] == "operate"
    assert (await nobody.post("contracts", f"{path}/replay")).problem(403)["duty"] == "operate"
    assert (await nobody.post("contracts", f"{path}/skip", {"reason": "why"})).problem(403)["duty"] == "operate"
