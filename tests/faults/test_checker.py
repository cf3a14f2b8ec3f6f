"""The checker of the fault run must be able to fail: a purchase is played in one process, found sound, and then wronged
in one place at a time."""

import copy
import dataclasses
import random
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import pytest

from deploy.demo.cast import gather
from deploy.demo.needs import publish_directories
from shared.events import SERVICES
from shared.road.recovery import Finished, Lost
from tests.faults.run import checker, evidence
from tests.faults.run.clients import Client, with_providers
from tests.faults.run.evidence import Sent
from tests.faults.run.history import KEYS, Command, History, Witness
from tests.faults.run.stages import ClientStage
from tests.support.world import FIRST_DAY, World


class WorldStage(ClientStage):
    """A stage in one process: events are carried by hand, the clock is moved at once."""

    at: tuple[date, int] = (FIRST_DAY, 9)

    async def day(self, day: date, hour: int = 9) -> None:
        if (day, hour) > self.at:
            self.at = (day, hour)
            await self.world.today_is(day, hour)
        await self.world.pump()

    async def settled(self) -> None:
        await self.world.pump()

    @property
    def world(self) -> World:
        return self.deployment  # type: ignore[return-value]


@pytest.fixture(scope="module")
async def sound(world: World) -> checker.Run:
    """A purchase that went as written, and everything it left behind."""
    history = History(random.Random(7))
    ways = {
        service: httpx.AsyncClient(transport=Witness(service, history, way._transport), base_url=way.base_url)
        for service, way in world.clients.items()
    }
    stage = WorldStage(world, clients=ways)  # type: ignore[arg-type]
    shared = await gather(stage)
    await publish_directories(shared)
    kind = await with_providers(shared, stage, "zh", "zh", 40)
    await stage.settled()
    await Client(0, kind, stage, history, lambda: 0.0)._play(2022, 1)
    await world.pump()
    run = checker.Run(await evidence.tables(world.admin), history)
    run.evidence.topics = as_sent(run.evidence)
    return run


def as_sent(found: evidence.Evidence) -> dict[str, list[Sent]]:
    """What a broker would hold: the services' events once, and the public topic."""
    topics: dict[str, list[Sent]] = {"public": []}
    for service in SERVICES:
        topics[service] = []
        entries = {row["id"]: row for row in found.rows(service, "journal")}
        for place in sorted(found.rows(service, "ledger"), key=lambda row: row["position"]):
            row, position = entries[place["entry"]], place["position"]
            whole = row["entry"].encode()
            sealed = f'{{"position":{position},"hash":"{place["hash"].hex()}","service":"{service}"}}'.encode()
            if row["kind"] == "event":
                topics[service].append(Sent(row["id"], position, sealed if row["audience"] == "internal" else whole))
            shown = whole if row["audience"] == "public" else sealed
            topics["public"].append(Sent(row["id"], position, shown))
    return topics


def of_type(run: checker.Run, service: str, name: str) -> dict[str, Any]:
    return next(row for row in run.evidence.rows(service, "journal") if row["type"].split(".")[2] == name)


def without(rows: list[dict[str, Any]], **columns: Any) -> None:
    rows[:] = [row for row in rows if any(row[name] != value for name, value in columns.items())]


# --- one wrong at a time


def an_entry_deleted(run: checker.Run) -> None:
    without(run.evidence.rows("contracts", "journal"), id=of_type(run, "contracts", "payment_released")["id"])


def an_entry_changed(run: checker.Run) -> None:
    row = of_type(run, "contracts", "payment_released")
    row["entry"] = row["entry"].replace('"amount":"', '"amount":"9')


def a_column_changed(run: checker.Run) -> None:
    of_type(run, "contracts", "payment_released")["organisation"] = str(uuid4())


def an_accepted_command_missing(run: checker.Run) -> None:
    """Its rows, entries, positions and events are all gone, as if the commit had been lost."""
    row = of_type(run, "contracts", "payment_requested")
    for service in SERVICES:
        run.evidence.topics[service] = [record for record in run.evidence.topics[service] if record.id != row["id"]]
    without(run.evidence.rows("contracts", "journal"), id=row["id"])
    without(run.evidence.rows("contracts", "ledger"), entry=row["id"])


def a_command_done_twice(run: checker.Run) -> None:
    row = of_type(run, "catalog", "project_proposed")
    again = {**row, "id": str(uuid4()), "key": str(uuid4()), "recorded_at": "2022-03-01T01:00:00.5+00:00"}
    run.evidence.rows("catalog", "journal").append(again)


def a_refused_command_done(run: checker.Run) -> None:
    refused = next(one for one in run.history.commands.values() if one.status == 409 and one.service == "contracts")
    of_type(run, "contracts", "payment_requested")["correlation"] = str(refused.correlation)


def a_stored_answer_that_nobody_got(run: checker.Run) -> None:
    row = next(row for row in run.evidence.rows("contracts", "idempotency") if row["status"] == 200)
    row["body"] = b"{}"


def an_answer_never_found(run: checker.Run) -> None:
    next(iter(run.history.commands.values())).status = None


def a_forked_position(run: checker.Run) -> None:
    rows = run.evidence.rows("contracts", "ledger")
    rows[3]["position"] = rows[2]["position"]


def a_version_given_twice(run: checker.Run) -> None:
    rows = [row for row in run.evidence.rows("contracts", "journal") if row["version"] == 2]
    rows[0]["version"] = 1


def an_event_not_sent(run: checker.Run) -> None:
    run.evidence.topics["evaluation"].pop()


def an_event_sent_otherwise(run: checker.Run) -> None:
    records = run.evidence.topics["evaluation"]
    records[0] = records[0]._replace(value=records[0].value.replace(b"4404", b"4405"))


def a_forged_record(run: checker.Run) -> None:
    run.evidence.topics["registry"].append(Sent(str(uuid4()), 1, b'{"type":"x","id":"y"}'))


def a_public_position_missing(run: checker.Run) -> None:
    run.evidence.topics["public"].pop(5)


def an_event_not_heard(run: checker.Run) -> None:
    run.evidence.rows("contracts", "seen")[0]["version"] -= 1


def a_reaction_missing(run: checker.Run) -> None:
    run.evidence.rows("contracts", "inbox").pop()


def a_reaction_to_nothing(run: checker.Run) -> None:
    run.evidence.rows("contracts", "inbox").append({"event": str(uuid4()), "applied_at": ""})


def a_reaction_twice(run: checker.Run) -> None:
    row = of_type(run, "contracts", "contract_drafted")
    assert row["cause"] is not None
    again = {**row, "id": str(uuid4()), "version": 99, "recorded_at": "2022-04-12T01:00:00.5+00:00"}
    run.evidence.rows("contracts", "journal").append(again)


def a_copy_changed(run: checker.Run) -> None:
    run.evidence.rows("contracts", "posts")[0]["duties"] = ["approve_payment"]


def a_copy_too_many(run: checker.Run) -> None:
    rows = run.evidence.rows("contracts", "accounts")
    rows.append({**rows[0], "subject": "mole"})


def an_event_parked(run: checker.Run) -> None:
    row = of_type(run, "registry", "post_given")
    parked = {"event": row["id"], "type": row["type"], "state": "parked", "reason": "KeyError"}
    run.evidence.rows("contracts", "held").append(parked)


def a_payment_doubled(run: checker.Run) -> None:
    rows = run.evidence.rows("contracts", "payments")
    rows.append({**rows[0], "id": str(uuid4()), "number": 2})


def a_payment_over_the_price(run: checker.Run) -> None:
    run.evidence.rows("contracts", "payments")[0]["amount"] += 1_000_000


def an_order_missing(run: checker.Run) -> None:
    run.evidence.rows("contracts", "dispatches").pop()


def one_person_asked_and_approved(run: checker.Run) -> None:
    row = next(row for row in run.evidence.rows("contracts", "payment_lines") if row["approved_by"])
    row["requested_by"] = row["approved_by"]


def an_error_answered(run: checker.Run) -> None:
    run.history.count("contracts", httpx.Response(500, text="internal"), "/v1/contracts")


def an_outage_without_retry_after(run: checker.Run) -> None:
    run.history.count("contracts", httpx.Response(503, text="unavailable"), "/v1/contracts")


def a_worker_ended(run: checker.Run) -> None:
    run.exits.append("contracts-worker ended by itself with status 1")


def restored(run: checker.Run) -> Sent:
    """Contracts was put back to before an event that is on its topic still: the last of a timeline that has ended."""
    lost = Sent(str(uuid4()), 900, b'{"type":"x"}', timeline=str(uuid4()))
    before, after = evidence.Evidence(), evidence.Evidence()
    for at in (before, after):
        for service in SERVICES:
            at.tables[service] = {name: list(run.evidence.rows(service, name)) for name in ("journal", "idempotency")}
    before.tables["contracts"]["journal"].append({"id": lost.id, "correlation": str(uuid4()), "cause": None})
    before.topics = {"contracts": [lost]}
    run.evidence.topics["contracts"].append(lost)
    ended = {"source": "contracts", "id": lost.timeline, "number": 1, "last": 899}
    run.evidence.rows("contracts", "timelines").append(ended)
    told = Finished(lost=[Lost("contracts", UUID(lost.id), "x", uuid4(), 1, 900)])
    run.restores.append(evidence.Restore(("contracts",), before, after, told))
    return lost


def a_loss_not_told(run: checker.Run) -> None:
    restored(run)
    run.restores[0].told.lost.clear()


def a_loss_told_and_not_lost(run: checker.Run) -> None:
    restored(run)
    there = of_type(run, "contracts", "payment_released")
    run.restores[0].told.lost.append(Lost("contracts", UUID(there["id"]), "x", uuid4(), 1, 900))


def an_effect_not_told(run: checker.Run) -> None:
    lost = restored(run)
    stands = {**of_type(run, "evaluation", "targets_set"), "id": str(uuid4()), "cause": lost.id}
    run.restores[0].after.rows("evaluation", "journal").append(stands)


def a_command_missing_that_no_restore_took(run: checker.Run) -> None:
    restored(run)
    an_accepted_command_missing(run)


def a_lost_record_that_counts(run: checker.Run) -> None:
    """Its timeline is said to have ended later."""
    restored(run)
    run.evidence.rows("contracts", "timelines")[-1]["last"] = 900


WRONGS: dict[Callable[[checker.Run], None], str] = {
    an_entry_deleted: "every entry has one position",
    an_entry_changed: "the chain holds, recomputed",
    a_column_changed: "columns repeat the entry",
    an_accepted_command_missing: "every accepted command is in its journal",
    a_command_done_twice: "every command happened at most once",
    a_refused_command_done: "every refused command changed nothing",
    a_stored_answer_that_nobody_got: "every accepted command's answer is stored as it was given",
    an_answer_never_found: "every lost answer was found by its key",
    a_forked_position: "positions are 1..n",
    a_version_given_twice: "versions of a key are 1..n",
    an_event_not_sent: "every event is on its topic, byte for byte",
    an_event_sent_otherwise: "every event is on its topic, byte for byte",
    a_forged_record: "no record on a topic is of another's making",
    a_public_position_missing: "the public topic has every position",
    an_event_not_heard: "every listener saw every version",
    a_reaction_missing: "every event that asks for a reaction had it",
    a_reaction_to_nothing: "no reaction without its event",
    a_reaction_twice: "every reaction happened once",
    a_copy_changed: "copies are what the topics give",
    a_copy_too_many: "copies are what the topics give",
    an_event_parked: "nothing is held back",
    a_payment_doubled: "a line is paid once",
    a_payment_over_the_price: "paid is what was moved, and never more than the price",
    an_order_missing: "a payment is one order to the treasury",
    one_person_asked_and_approved: "who asks does not approve",
    an_error_answered: "no answer is an error, every story went as written",
    an_outage_without_retry_after: "no answer is an error, every story went as written",
    a_loss_not_told: "what a restore took away is told",
    a_loss_told_and_not_lost: "what a restore took away is told",
    an_effect_not_told: "what a restore took away is told",
    a_command_missing_that_no_restore_took: "every accepted command is in its journal",
    a_lost_record_that_counts: "no record on a topic is of another's making",
    a_worker_ended: "no process ended by itself",
}


def wronged(run: checker.Run) -> checker.Run:
    """A copy that can be spoilt."""
    commands = {key: dataclasses.replace(command) for key, command in run.history.commands.items()}
    history = dataclasses.replace(run.history, commands=commands, wrong=list(run.history.wrong))
    return checker.Run(copy.deepcopy(run.evidence), history, [])


async def test_a_purchase_that_went_as_written_is_found_sound(sound: checker.Run) -> None:
    results = checker.check(sound)

    assert [result for result in results if result.wrong] == [], checker.report(results)
    looked = {result.name: result.looked for result in results}
    assert looked["every accepted command is in its journal"] > 120
    assert looked["copies are what the topics give"] > 100
    assert looked["a payment is one order to the treasury"] == 3
    assert looked["every reaction happened once"] > 5


@pytest.mark.long
async def test_what_a_restore_took_away_and_told_is_no_wrong(sound: checker.Run) -> None:
    run = wronged(sound)
    lost = restored(run)
    row = of_type(run, "contracts", "payment_requested")
    command = next(one for one in run.history.commands.values() if str(one.correlation) == row["correlation"])
    taken = run.restores[0].before.rows("contracts", "journal")[-1]
    taken["correlation"] = str(uuid5(KEYS, "taken"))
    history = run.history
    history.commands["taken"] = dataclasses.replace(command, key="taken", correlation=UUID(taken["correlation"]))

    assert [result for result in checker.check(run) if result.wrong] == []
    run.restores.clear()
    wrong = {result.name for result in checker.check(wronged(run)) if result.wrong}
    assert "every accepted command is in its journal" in wrong, lost


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: wrong.__name__)
async def test_one_wrong_is_found(sound: checker.Run, wrong: Callable[[checker.Run], None]) -> None:
    run = wronged(sound)

    wrong(run)

    found = {result.name: len(result.wrong) for result in checker.check(run) if result.wrong}
    assert WRONGS[wrong] in found, found


async def test_every_invariant_is_wronged_by_some_test() -> None:
    one_fails_with_others = {"a payment is one event of the same amount"}

    assert {name for name, _, _ in checker.INVARIANTS} - set(WRONGS.values()) == one_fails_with_others


async def test_a_lost_answer_is_asked_for_again_with_the_same_key() -> None:
    """The first answer is lost, the second says `not now`, the third is the answer; the client hears that alone."""
    keys: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ReadError("cut")
        return httpx.Response(503, headers={"retry-after": "1"}) if len(keys) == 2 else httpx.Response(201, json={})

    history = History(random.Random(1))
    async with httpx.AsyncClient(
        transport=Witness("contracts", history, httpx.MockTransport(serve)), base_url="http://contracts"
    ) as way:
        answer = await way.post("/v1/x", headers={"idempotency-key": "k"})

    command: Command = history.commands["k"]
    assert (answer.status_code, keys, command.lost, command.unavailable) == (201, ["k"] * 3, 1, 1)
    assert command.accepted
    assert history.wrong == []
