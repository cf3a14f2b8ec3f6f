"""The broker's data lost, a database restored, both: in the end every service knows what its sources know, and what was
lost is told."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.contracts.worker import WORKER as CONTRACTS
from services.registry.worker import WORKER as REGISTRY
from shared import bus
from shared.events import topic_of
from shared.events.registry import PostGiven
from shared.road.audit import verify
from shared.road.checkpoints import Checkpoint, everything
from shared.road.followed import Followed, follow
from shared.road.recovery import Finished, StillAtWork, finish, refill
from shared.worker import ensure_topics
from tests.support.backups import Backup
from tests.support.roads import ABOUT, FIRST, Road, a_road
from tests.support.sampling import in_turn
from tests.support.servers import Broker

COPIES = {"contracts": CONTRACTS.copies, "registry": REGISTRY.copies}


@dataclass
class Drill:
    """A road whose servers lose what they hold. The registry publishes people, contracts copies them."""

    road: Road
    broker: Broker

    async def lose_topics(self) -> None:
        """As when the broker comes back with an empty disk; the offsets of the groups stay, which is worse."""
        admin = AIOKafkaAdminClient(**self.broker.client)
        await admin.start()
        names = [topic_of(name, self.road.settings.topic_prefix) for name in ("registry", "public")]
        await admin.delete_topics(names)
        while set(names) & set(await admin.list_topics()):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await admin.close()

    async def backup(self) -> Backup:
        return await Backup.taken(self.road.admin_url, list(COPIES))

    async def restore(self, backup: Backup, *services: str) -> None:
        await backup.restore(self.road.admin_url, services)

    async def finish(self, *services: str) -> Finished:
        settings = self.road.settings
        connection = bus.connect(settings.bus_url("registry"), self.broker.login)
        try:
            await ensure_topics(settings, "registry")
            url, prefix = self.road.admin_url, settings.topic_prefix
            return await finish(url, connection, settings.tags, COPIES, services, prefix=prefix)
        finally:
            await connection.close()

    async def a_post(self, person: UUID) -> UUID:
        """The registry gives the person a post more."""
        post = uuid4()
        given = PostGiven(**ABOUT, post_id=post, person_id=person, duties=["approve_payment"], valid_from=FIRST)
        await self.road.emit(given)
        return post

    async def agree(self, *people: UUID) -> None:
        """Waits until contracts has of every person what the registry has, and is fresh again; then compares."""
        statement = (
            "SELECT s.version = k.version AND s.event = j.id FROM registry.keys k"
            " JOIN registry.journal j ON j.key = k.key AND j.version = k.version"
            " JOIN contracts.seen s ON s.key = k.key AND s.source = 'registry' WHERE k.key = $1"
        )
        for person in people:
            await self.until(statement, person)
        fresh = "SELECT fresh_at > clock_timestamp() - interval '4 seconds' FROM contracts.sources WHERE source = $1"
        await self.until(fresh, "registry")
        given = "SELECT (entry::json -> 'event' ->> 'post_id')::uuid FROM registry.journal WHERE type LIKE '%.post_%'"
        assert await self.posts() == {row[0] for row in await self.road.admin.fetch(given)}
        assert await self.road.admin.fetch("SELECT type, state, reason FROM contracts.held") == []
        await self.road.admin.execute("SET search_path = registry")
        await verify(self.road.admin)

    async def followed(self) -> Followed:
        """What a reader of the public topic alone can prove of the registry, by a checkpoint that is signed now."""
        tip = await self.road.admin.fetchrow(
            "SELECT position, hash FROM registry.ledger ORDER BY position DESC LIMIT 1"
        )
        timeline = await self.road.admin.fetchval(
            "SELECT id FROM registry.timelines WHERE source = 'registry' AND last IS NULL"
        )
        await self.until("SELECT public >= $1 FROM registry.relay_mark", tip["position"])
        connection = bus.connect(self.road.settings.bus_url("registry"), self.broker.login)
        try:
            prefix = self.road.settings.topic_prefix
            records = [each async for each in everything(connection, [topic_of("public", prefix)], prefix)]
        finally:
            await connection.close()
        signed = Checkpoint("registry", str(timeline), tip["position"], tip["hash"].hex(), "now")
        return follow(records, [signed])["registry"]

    async def posts(self) -> set[UUID]:
        return {row["id"] for row in await self.road.admin.fetch("SELECT id FROM contracts.posts")}

    async def until(self, statement: str, *arguments: Any) -> None:
        async with asyncio.timeout(90):
            while not await self.road.admin.fetchval(statement, *arguments):  # noqa: ASYNC110
                await asyncio.sleep(0.1)


LOSSES = {
    "the topics": ((), True),
    "the source's database": (("registry",), False),
    "the consumer's database": (("contracts",), False),
    "all of PostgreSQL": (("registry", "contracts"), False),
    "the source's database and the topics": (("registry",), True),
    "all of PostgreSQL and the topics": (("registry", "contracts"), True),
}
SHORT = {"the topics", "the source's database"}


@pytest.mark.parametrize(
    ("restored", "topics_lost"),
    [pytest.param(*loss, id=name, marks=() if name in SHORT else pytest.mark.long) for name, loss in LOSSES.items()],
)
async def test_after_a_loss_every_service_knows_what_its_sources_know(
    database_url: str, template: str, kafka: Broker, restored: tuple[str, ...], topics_lost: bool
) -> None:
    async with a_road(database_url, template, kafka.url, kafka.login) as road:
        drill = Drill(road, kafka)
        early, _ = await road.a_person()
        await drill.agree(early)
        await road.stop()
        backup = await drill.backup()
        await road.start()
        later, _ = await road.a_person()
        lost_post = await drill.a_post(early)
        await drill.agree(early, later)
        await road.stop()

        if topics_lost:
            await drill.lose_topics()
        await drill.restore(backup, *restored)
        # Whoever forgets to finish the restore: the registry goes on, and gives positions a second time.
        await road.start()
        new_post = await drill.a_post(early)
        newcomer, _ = await road.a_person()
        if "registry" in restored and not topics_lost:
            await asyncio.sleep(2)
            assert new_post not in await drill.posts(), "sent in a timeline that has these positions already"
        if restored:
            with pytest.raises(StillAtWork):
                await drill.finish(*restored)
            await road.stop()
            done = await drill.finish(*restored)
            await road.start()
        else:
            await ensure_topics(road.settings, "registry")
            await refill(road.admin_url, "registry")

        await drill.agree(early, newcomer)
        assert new_post in await drill.posts()
        assert (lost_post in await drill.posts()) is ("registry" not in restored)
        if "registry" in restored and not topics_lost:
            assert {event.key for event in done.lost} == {early, later}
            assert len(done.lost) == 4
            began = (
                "SELECT entry::json -> 'event' -> 'lost' FROM registry.journal WHERE type LIKE '%.timeline_began.v1'"
            )
            assert set(json.loads(await road.admin.fetchval(began))) == {str(event.event) for event in done.lost}
            followed = await drill.followed()
            assert (followed.findings, len(followed.lost)) == ([], 1)
        elif restored:
            assert done.lost == []


@in_turn("restored", [("registry",), ("registry", "contracts")], of=2, ids=" ".join)
async def test_a_backup_may_be_older_than_the_restore_before(
    database_url: str, template: str, kafka: Broker, restored: tuple[str, ...]
) -> None:
    """The timeline that began with the first restore is on the topic, and its source does not know it any more."""
    async with a_road(database_url, template, kafka.url, kafka.login) as road:
        drill = Drill(road, kafka)
        early, _ = await road.a_person()
        await drill.agree(early)
        await road.stop()
        first, second = await drill.backup(), await drill.backup()
        await drill.restore(first, *restored)
        await drill.finish(*restored)
        await road.start()
        between, _ = await road.a_person()
        await drill.agree(early, between)
        await road.stop()

        await drill.restore(second, *restored)
        done = await drill.finish(*restored)
        await road.start()
        newcomer, _ = await road.a_person()

        await drill.agree(early, newcomer)
        assert {event.key for event in done.lost} > {between}
