"""Who may do what on a broker that asks who they are: every user at every topic, asked of the broker itself."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import (
    CreateAclsRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteAclsRequest,
    DeleteTopicsRequest,
)
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from pydantic import SecretStr

from deploy.road import RightsMissing, lay
from services.contracts.worker import WORKER as CONTRACTS
from shared.bus import Bus, BusUnavailable, Message, NotAdmitted, TopicMismatch, connect
from shared.bus.access import INTEGRATOR, TOPICS, USERS, rights, user_of
from shared.bus.login import NO_LOGIN, Login
from shared.events import SERVICES, topic_of
from shared.process.settings import Settings
from tests.support.roads import a_road
from tests.support.servers import Broker

pytestmark = pytest.mark.kafka

SECRET = "only-for-this-test"
NO_RIGHT = {29, 30, 31}
"""Kafka's codes for what a login may not do with a topic, a group, the cluster."""
Act = Callable[[Any, str], Awaitable[int]]


@dataclass(frozen=True)
class Laid:
    """A road with users of its own on the session's broker, and beside it another's."""

    broker: Broker
    prefix: str
    other: str
    passwords: dict[str, str]

    def login(self, who: str) -> Login:
        user = user_of(who, self.prefix)
        return replace(self.broker.login, mechanism="SCRAM-SHA-512", user=user, password=self.passwords[who])

    def bus(self, who: str) -> Bus:
        return connect(self.broker.url, self.login(who))

    def topic(self, name: str) -> str:
        return topic_of(name, self.prefix)


def settings(broker: Broker, prefix: str, **more: Any) -> Settings:
    login: dict[str, Any] = {"bus_security": broker.login.security, "bus_mechanism": broker.login.mechanism}
    login |= {"bus_user": broker.login.user, "bus_password": broker.login.password}
    return Settings(**{"bus": broker.url, "topic_prefix": prefix, **login, **more})


@pytest.fixture(scope="module")
async def laid(kafka: Broker) -> Laid:
    if not kafka.login.by_password:
        pytest.skip("the broker given asks nobody who they are")
    prefix = f"t{secrets.token_hex(4)}"
    passwords = await lay(settings(kafka, prefix), "", SECRET)
    await lay(settings(kafka, f"{prefix}-other"), "", SECRET)
    stranger = secrets.token_hex(16)
    await connect(kafka.url, kafka.login).admit([], {user_of("stranger", prefix): stranger})
    return Laid(kafka, prefix, f"{prefix}-other", passwords | {"stranger": stranger})


async def _read(client: Any, topic: str) -> int:
    answer = await client._send_request(FetchRequest(0, 0, 1 << 20, 0, [(topic, [(0, 0, 1 << 20)])]))
    return int(answer.topics[0][1][0][1])


async def _write(client: Any, topic: str) -> int:
    batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1 << 14)
    batch.append(0, None, b"k", b"v", [])
    answer = await client._send_request(ProduceRequest(None, -1, 5000, [(topic, [(0, bytes(batch.build()))])]))
    return int(answer.topics[0][1][0][1])


async def _create(client: Any, topic: str) -> int:
    answer = await client._send_request(CreateTopicsRequest([(f"{topic}.new", 1, 1, [], [])], 5000, True))
    return int(answer.topic_errors[0][1])


async def _alter(client: Any, topic: str) -> int:
    answer = await client._send_request(CreatePartitionsRequest([(topic, (13, None))], 5000, True))
    return int(answer.topic_errors[0][1])


async def _delete(client: Any, topic: str) -> int:
    answer = await client._send_request(DeleteTopicsRequest([topic], 5000))
    return int(answer.topic_error_codes[0][1])


async def _join(client: Any, group: str) -> int:
    return int((await client._send_request(FindCoordinatorRequest(group, 0))).error_code)


ACTS: dict[str, Act] = {"read": _read, "write": _write, "create": _create, "alter": _alter, "delete": _delete}


def may(who: str, act: str, topic: str) -> bool:
    """What must hold of the topics of one's own prefix."""
    if act == "read":
        return who in SERVICES or (who == INTEGRATOR and (topic == "public" or topic.endswith(".checkpoints")))
    if act == "write":
        return who in SERVICES and topic in (who, f"{who}.heartbeats", f"{who}.checkpoints", "public")
    return False


async def client_of(broker: Broker, login: Login) -> Any:
    client = AIOKafkaAdminClient(**Broker(broker.bootstrap, login).client)
    await client.start()
    return client


async def test_every_user_may_do_with_every_topic_and_group_what_it_must_and_nothing_else(laid: Laid) -> None:
    wrong, cells = [], 0
    for who in (*USERS, "stranger"):
        client = await client_of(laid.broker, laid.login(who))
        wanted = [(prefix, name, act) for prefix in (laid.prefix, laid.other) for name in TOPICS for act in ACTS]
        for prefix, name, act in wanted:
            code, allowed = (
                await ACTS[act](client, topic_of(name, prefix)),
                prefix == laid.prefix and may(who, act, name),
            )
            cells += 1
            if (code in NO_RIGHT) is allowed or (allowed and code):
                wrong.append(f"{who} {act} {prefix} {name}: {for_code(code).__name__}")
        for prefix in (laid.prefix, laid.other):
            for owner in USERS:
                code = await _join(client, f"{prefix}.{owner}.of-its-own")
                cells += 1
                if (code not in NO_RIGHT) is not (owner == who and prefix == laid.prefix):
                    wrong.append(f"{who} joins {prefix} {owner}: {for_code(code).__name__}")
        await client.close()

    assert wrong == []
    assert cells == 7 * (2 * 16 * 5 + 2 * 6)


async def test_the_administrator_may_do_everything(laid: Laid) -> None:
    client = await client_of(laid.broker, laid.broker.login)

    codes = {(act, name): await ACTS[act](client, laid.topic(name)) for act in ("read", "write") for name in TOPICS}
    codes |= {(act, ""): await ACTS[act](client, laid.topic("public")) for act in ("create", "alter")}
    await client.close()

    assert set(codes.values()) == {0}


async def test_a_service_sends_what_is_its_own_and_is_told_what_it_lacks_for_the_rest(laid: Laid) -> None:
    bus = laid.bus("catalog")
    publisher = await bus.publisher("test")
    own = ("catalog", "catalog.heartbeats", "public")
    await (await publisher.send([Message(laid.topic(name), b"k", b"v", ()) for name in own]))
    await publisher.close()

    for name in ("registry", "registry.heartbeats"):
        publisher = await bus.publisher("test")
        with pytest.raises(BusUnavailable, match=f"{user_of('catalog', laid.prefix)} has no right to it") as refused:
            await (await publisher.send([Message(laid.topic(name), b"k", b"v", ())]))
        assert laid.topic(name) in str(refused.value)
    await bus.close()


async def test_an_integrator_reads_the_public_topic_alone_and_writes_nothing(laid: Laid) -> None:
    bus, group = laid.bus(INTEGRATOR), f"{laid.prefix}.{INTEGRATOR}.{secrets.token_hex(4)}"
    sent = await laid.bus("catalog").publisher("test")
    await (await sent.send([Message(laid.topic("public"), b"k", b"v", ())]))
    await sent.close()

    reader = await bus.subscriber(group, [laid.topic("public")])
    assert await reader.poll(10)
    with pytest.raises(TopicMismatch, match=f"{laid.topic('contracts')}, or this login no right to it"):
        await bus.subscriber(group, [laid.topic("contracts")])
    with pytest.raises(BusUnavailable, match="may write to no topic"):
        await bus.publisher("test")
    with pytest.raises(BusUnavailable, match="has no right to it"):
        await bus.subscriber(f"{laid.prefix}.contracts", [laid.topic("public")])
    await bus.close()


def attempts(bus: Bus, topic: str) -> list[Callable[[], Awaitable[Any]]]:
    return [
        lambda: bus.publisher("test"),
        lambda: bus.subscriber("test", [topic]),
        lambda: bus.last_records(topic),
        lambda: bus.ensure_topics([topic]),
        lambda: bus.admit([], {"somebody": "x"}),
    ]


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ({"password": "not-this-one"}, r"the login of \S+ is refused\): check GOUFU_BUS_USER and GOUFU_BUS_PASSWORD"),
        ({"user": "nobody"}, r"the login of nobody is refused\): check GOUFU_BUS_USER and GOUFU_BUS_PASSWORD"),
        ({"mechanism": "SCRAM-SHA-256"}, "check GOUFU_BUS_SECURITY, GOUFU_BUS_MECHANISM"),
        ({"security": "SASL_SSL"}, "check GOUFU_BUS_SECURITY, the brokers hang up on SASL_SSL"),
        (None, "check GOUFU_BUS_SECURITY, the brokers hang up on PLAINTEXT"),
    ],
)
async def test_who_is_not_let_in_is_told_why_in_one_sentence_by_every_call(
    laid: Laid, login: dict[str, Any] | None, told: str
) -> None:
    wrong = replace(laid.login("catalog"), **login) if login else NO_LOGIN
    bus = connect(laid.broker.url, wrong)

    tries = attempts(bus, laid.topic("catalog"))
    for attempt in tries if login == {"password": "not-this-one"} else tries[:1]:
        with pytest.raises(BusUnavailable, match=told) as refused:
            await asyncio.wait_for(attempt(), 10)
        assert laid.passwords["catalog"] not in str(refused.value)
        assert "not-this-one" not in str(refused.value)


async def test_a_right_that_is_taken_away_pauses_and_comes_back_with_it(laid: Laid) -> None:
    who, own = "evaluation", laid.topic("evaluation")
    user, bus = user_of(who, laid.prefix), laid.bus(who)
    publisher, reader = await bus.publisher("test"), await bus.subscriber(f"{laid.prefix}.{who}", [own])
    await (await publisher.send([Message(own, b"k", b"1", ())]))
    assert await reader.poll(10)

    administrator = await client_of(laid.broker, laid.broker.login)
    await administrator._send_request(DeleteAclsRequest(2, own, 3, f"User:{user}", None, 1, 3))
    with pytest.raises((BusUnavailable, TopicMismatch), match="no right to it"):
        await until_refused(lambda: sending(publisher, own))
    with pytest.raises((BusUnavailable, TopicMismatch), match="no right to it"):
        await until_refused(lambda: reader.poll(0.2))
    with pytest.raises((BusUnavailable, TopicMismatch), match="no right to it"):
        await bus.subscriber(f"{laid.prefix}.{who}", [own])

    await connect(laid.broker.url, laid.broker.login).admit(rights(laid.prefix), {user: laid.passwords[who]})
    again = await bus.publisher("test")
    await (await again.send([Message(own, b"k", b"2", ())]))
    assert b"2" in {record.value for record in await bus.last_records(own)}
    await administrator.close()
    await bus.close()


async def sending(publisher: Any, topic: str) -> None:
    await (await publisher.send([Message(topic, b"k", b"?", ())]))


async def until_refused(attempt: Callable[[], Awaitable[Any]]) -> None:
    """A broker learns of it a little later."""
    async with asyncio.timeout(20):
        while True:
            await attempt()


async def test_a_worker_waits_until_it_is_let_in_and_through_the_loss_of_a_right(
    database_url: str, template: str, kafka: Broker
) -> None:
    if not kafka.login.by_password:
        pytest.skip("the broker given asks nobody who they are")
    async with a_road(database_url, template, kafka.url, kafka.login) as road:
        await road.rest()
        prefix = road.settings.topic_prefix
        user = user_of("contracts", prefix)
        login = {"bus_mechanism": "SCRAM-SHA-512", "bus_user": user, "bus_password": SecretStr("of-later")}
        worker = road.contracts_worker = asyncio.create_task(CONTRACTS.run(road.settings.model_copy(update=login)))
        administrator = await client_of(kafka, kafka.login)

        first, _ = await road.a_person()
        await asyncio.sleep(1)
        assert not worker.done()
        await connect(kafka.url, kafka.login).admit(rights(prefix), {user: "of-later"})
        await road.arrived(first)

        await administrator._send_request(
            DeleteAclsRequest(2, topic_of("registry", prefix), 3, f"User:{user}", None, 1, 3)
        )
        await asyncio.sleep(1)  # what it had asked for before is still answered
        second, _ = await road.a_person()
        await asyncio.sleep(1)
        assert not worker.done()
        assert await road.admin.fetchval("SELECT count(*) FROM contracts.seen WHERE key = $1", second) == 0
        await connect(kafka.url, kafka.login).admit(rights(prefix), {})
        await road.arrived(second)
        assert not worker.done()
        await administrator.close()


async def test_laying_the_road_again_changes_nothing_and_locks_nobody_out(laid: Laid) -> None:
    bus = laid.bus("registry")
    publisher = await bus.publisher("test")

    again = await lay(settings(laid.broker, laid.prefix), "", SECRET)

    assert again == {who: laid.passwords[who] for who in USERS}
    await sending(publisher, laid.topic("registry"))
    await sending(await laid.bus("registry").publisher("test"), laid.topic("registry"))
    await bus.close()


async def test_users_of_other_names_get_the_rights_of_their_services(laid: Laid) -> None:
    prefix = f"{laid.prefix}-named"
    named = {who: f"sa-{who}-{prefix}" for who in USERS}

    passwords = await lay(settings(laid.broker, prefix, bus_users=named), "", SECRET)

    login = replace(laid.login("catalog"), user=named["catalog"], password=passwords["catalog"])
    publisher = await connect(laid.broker.url, login).publisher("test")
    await sending(publisher, topic_of("catalog", prefix))
    await publisher.close()


async def test_who_may_not_give_rights_learns_which_somebody_else_must_give(laid: Laid) -> None:
    user = user_of("half", laid.prefix)
    await connect(laid.broker.url, laid.broker.login).admit([], {user: "x"})
    administrator = await client_of(laid.broker, laid.broker.login)
    everything_with_topics = CreateAclsRequest(2, laid.prefix, 4, f"User:{user}", "*", 2, 3)
    await administrator._send_request(everything_with_topics)
    await administrator.close()
    half = Broker(laid.broker.bootstrap, replace(laid.login("catalog"), user=user, password="x"))

    with pytest.raises(RightsMissing, match="GOUFU_BUS_ADMIT") as missing:
        await lay(settings(half, laid.prefix), "", SECRET)

    assert (
        f"kafka-acls.sh --add --allow-principal 'User:{user_of('catalog', laid.prefix)}'"
        f" --operation Write --topic '{laid.topic('catalog')}'"
    ) in missing.value.lines
    assert len(missing.value.lines) == len(rights(laid.prefix))


async def test_no_service_lets_another_user_in(laid: Laid) -> None:
    with pytest.raises(NotAdmitted):
        await laid.bus("catalog").admit(rights(laid.prefix), {})
    with pytest.raises(NotAdmitted):
        await laid.bus("catalog").admit([], {user_of("registry", laid.prefix): "taken over"})
