"""What a consumer cannot do rests, and only what depends on it rests with it; operators replay it or leave it out."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.bus import Record
from shared.events import Event
from shared.events.registry import OrganisationSucceeded
from tests.support.examples import a_signed_contract
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


async def test_what_waits_may_be_replayed_and_what_stands_behind_it_follows_by_itself(
    probe: Probe, operator: Person
) -> None:
    key = uuid4()
    waiting, behind = (record(assessment(key, n, needs=uuid4()), n) for n in (1, 2))
    await probe.poll(waiting, behind)

    (await operator.post("contracts", f"/v1/held-events/{id_of(waiting)}/replay")).ok()
    await probe.tick()
    second = await operator.post("contracts", f"/v1/held-events/{id_of(behind)}/replay")

    second.problem(409, "wrong_state")
    (await operator.post("contracts", f"/v1/held-events/{uuid4()}/replay")).problem(404, "not_found")
    assert await probe.held(key) == [(1, "waits"), (2, "behind")]


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


@pytest.mark.parametrize("place", [0, 1])
async def test_two_persons_leave_out_what_waits_for_what_never_comes_but_not_what_stands_behind_it(
    probe: Probe, operator: Person, world: World, place: int
) -> None:
    """What stands behind is genuine as a rule; it follows by itself."""
    key = uuid4()
    sent = [record(assessment(key, 1, needs=uuid4()), 1), record(acceptance(key, 2), 2)]
    await probe.poll(*sent)
    other = await world.person("other", duties={"operate"}, jurisdiction="000000")
    path, reason = f"/v1/held-events/{id_of(sent[place])}/skip", {"reason": "about a line that was never planned"}

    answers = [await person.post("contracts", path, reason) for person in (operator, other)]
    await probe.tick()

    assert [answer.status for answer in answers] == ([200, 200] if place == 0 else [409, 409])
    assert await probe.effects(key) == {key: [2] if place == 0 else []}


@pytest.mark.parametrize("tied", [True, False])
async def test_who_is_with_the_supplier_of_an_event_leaves_it_not_out(probe: Probe, world: World, tied: bool) -> None:
    """It may be the result that keeps the supplier from its next purchase."""
    key = uuid4()
    sent = record(acceptance(key, 1), 1)
    probe.breaks = failing_for(key, 1)
    await probe.poll(sent)
    one, two = [await world.person("operator", duties={"operate"}, jurisdiction="000000") for _ in range(2)]
    await world.post_for(two, {"submit_bid"}, key if tied else uuid4())
    path, reason = f"/v1/held-events/{id_of(sent)}/skip", {"reason": "sent in error by a test release"}

    (await one.post("contracts", path, reason)).ok()
    answer = await two.post("contracts", path, reason)

    if tied:
        answer.refused("GPR-9.1", "person_interested")
    else:
        assert answer.ok()["state"] == "skipped"


@pytest.mark.parametrize(("field", "tied"), [("organisation", True), ("predecessor", True), ("predecessor", False)])
async def test_who_is_with_a_supplier_that_an_event_names_otherwise_leaves_it_not_out_either(
    world: World, field: str, tied: bool
) -> None:
    """A succession carries what stands against one supplier over to another."""
    named = {"organisation": uuid4(), "predecessor": uuid4()}
    told = OrganisationSucceeded(jurisdiction="4404", from_day=date(2022, 3, 1), manner="merger", **named)
    one = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    await world.post_for(one, {"submit_bid"}, named[field] if tied else uuid4())
    event = await a_parked_event(world, named["organisation"], told.model_dump(mode="json"))

    answer = await one.post("contracts", f"/v1/held-events/{event}/skip", {"reason": "sent in error"})

    if tied:
        answer.refused("GPR-9.1", "person_interested")
    else:
        assert answer.ok()["state"] == "skip_asked"


@pytest.mark.parametrize("named", ["contract_id", "project_id", "another contract"])
async def test_who_is_with_the_provider_of_a_contract_that_an_event_names_leaves_it_not_out(
    world: World, named: str
) -> None:
    """An acceptance or a result says whose contract it is by the contract's id alone."""
    contract = await a_signed_contract(world)
    ids = {"contract_id": contract["id"], "project_id": contract["key"], "another contract": uuid4()}
    one = await world.person("operator", duties={"operate"}, jurisdiction="000000")
    await world.post_for(one, {"submit_bid"}, contract["provider_id"])
    event = await a_parked_event(world, uuid4(), {named.replace(" ", "_"): str(ids[named])})

    answer = await one.post("contracts", f"/v1/held-events/{event}/skip", {"reason": "sent in error"})

    if named == "another contract":
        assert answer.ok()["state"] == "skip_asked"
    else:
        answer.refused("GPR-9.1", "person_interested")


async def a_parked_event(world: World, key: UUID, event: dict[str, Any]) -> UUID:
    """An event of the registry that contracts could not apply."""
    parked = uuid4()
    await world.insert(
        "contracts",
        "held",
        {
            "event": parked,
            "source": "registry",
            "key": key,
            "version": 1,
            "type": OrganisationSucceeded.type_name(),
            "state": "parked",
            "reason": "a fault",
            "value": json.dumps({"event": event}).encode(),
            "held_at": datetime.now(UTC),
        },
    )
    return parked


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
