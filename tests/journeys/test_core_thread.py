"""An evaluation is concluded; over Kafka the payment is released or withheld, whoever dies on the way."""

from tests.support.examples import a_payment_line, a_signed_contract, an_evaluation
from tests.support.journey import Journey, persistent
from tests.support.paying import an_approved_line, payments_of, state_of
from tests.support.sampling import in_turn
from tests.support.world import Person, Reply

CONSUMER_POINTS = ("consumer.effect", "consumer.applied", "consumer.committed", "consumer.offset")
RELAY_POINTS = ("relay.moved", "relay.sent", "relay.marked")
COMMAND_POINTS = ("command.begun", "command.effect", "command.flushed", "command.committed")


async def test_a_good_result_crosses_kafka_and_pays(journey: Journey) -> None:
    contract, line = await an_approved_line(journey)

    await journey.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))

    await journey.eventually(lambda: payments_of(journey, line), ["60000.00"])


async def test_a_poor_result_crosses_kafka_and_withholds(journey: Journey) -> None:
    contract, line = await an_approved_line(journey)

    await journey.emit("evaluation", an_evaluation(contract, line, score="54", grade="poor"))

    await journey.eventually(lambda: state_of(journey, line), "withheld")
    assert await payments_of(journey, line) == []


@in_turn("point", CONSUMER_POINTS, of=4)
async def test_a_consumer_killed_at_a_point_pays_once(journey: Journey, point: str) -> None:
    contract, line = await an_approved_line(journey)
    await journey.deployment.kill("contracts-worker")
    await journey.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))

    journey.deployment.start_worker("contracts", GOUFU_FAULT=f"{point}:1")
    assert await journey.deployment.died("contracts-worker") == -9
    journey.deployment.start_worker("contracts")

    await journey.eventually(lambda: payments_of(journey, line), ["60000.00"])


@in_turn("point", RELAY_POINTS, of=3)
async def test_a_relay_killed_at_a_point_loses_nothing(journey: Journey, point: str) -> None:
    contract, line = await an_approved_line(journey)
    await journey.deployment.kill("evaluation-worker")
    await journey.emit("evaluation", an_evaluation(contract, line, score="85", grade="fair"))

    journey.deployment.start_worker("evaluation", GOUFU_FAULT=f"{point}:1")
    assert await journey.deployment.died("evaluation-worker") == -9
    journey.deployment.start_worker("evaluation")

    await journey.eventually(lambda: payments_of(journey, line), ["60000.00"])
    positions = await journey.rows("SELECT position FROM evaluation.ledger ORDER BY position")
    assert [row["position"] for row in positions] == list(range(1, len(positions) + 1))


@in_turn("point", COMMAND_POINTS, of=4)
async def test_a_command_killed_at_a_point_happens_once(journey: Journey, point: str) -> None:
    contract = await a_signed_contract(journey)
    line = await a_payment_line(journey, contract)
    asks = await journey.person("asks", duties={"request_payment"})
    await contracts_dies_at(journey, point)

    reply = await answered(journey, asks, f"/v1/payment-lines/{line}/request")
    again = await answered(journey, asks, f"/v1/payment-lines/{line}/request")

    assert reply.ok()["state"] == "requested"
    assert again.body == reply.body
    entries = await journey.rows("SELECT version FROM contracts.journal WHERE subject = $1", line)
    assert len(entries) == 1


async def test_a_refusal_killed_before_its_commit_is_recorded_once(journey: Journey) -> None:
    contract = await a_signed_contract(journey)
    line = await a_payment_line(journey, contract)
    both = await journey.person("both", duties={"request_payment", "approve_payment"})
    (await answered(journey, both, f"/v1/payment-lines/{line}/request")).ok()
    await contracts_dies_at(journey, "command.refused")

    reply = await answered(journey, both, f"/v1/payment-lines/{line}/approve")
    again = await answered(journey, both, f"/v1/payment-lines/{line}/approve")

    reply.refused("IC12-29.1", "approver_is_requester")
    assert again.body == reply.body
    entries = await journey.rows("SELECT 1 FROM contracts.journal WHERE subject = $1 AND kind = 'refusal'", line)
    assert len(entries) == 1


async def contracts_dies_at(journey: Journey, point: str) -> None:
    """The API is started again, to die at its first pass of the point."""
    await journey.deployment.kill("contracts-api")
    journey.deployment.start_api("contracts", GOUFU_FAULT=f"{point}:1")
    await journey.deployment.ready("contracts")


async def answered(journey: Journey, person: Person, path: str) -> Reply:
    """The answer of a command sent again with the same key until there is one; an API that died is started again."""

    async def send() -> Reply:
        if not journey.deployment.running("contracts-api"):
            journey.deployment.start_api("contracts")
            await journey.deployment.ready("contracts")
        return await person.post("contracts", path, {}, key=path)

    return await persistent(send)


async def test_a_worker_started_twice_in_a_breath_runs_once(journey: Journey) -> None:
    deployment = journey.deployment
    await deployment.kill("registry-worker")

    deployment.start_worker("registry")
    started = deployment._processes["registry-worker"]
    deployment.start_worker("registry")

    assert deployment._processes["registry-worker"] is started
