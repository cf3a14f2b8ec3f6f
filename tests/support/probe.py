"""A consumer with tables of its own on a service's real database, fed record by record: the road without its traffic.

`copies` keeps the latest score of an evaluation (COPIES), `effects` one row for each acceptance and assessment that was
acted on (REACTIONS). An assessment waits until the evaluation copied under its line's id is there. `breaks` makes the
handler fail, as a bug in it would.
"""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Self
from uuid import UUID, uuid4

import sqlalchemy as sa

from shared.bus import Message, Record
from shared.bus.records import Sender, Tags
from shared.events import Event
from shared.events.evaluation import AcceptanceConcluded, AssessmentConfirmed, EvaluationConcluded
from shared.process.settings import SANDBOX_ROAD_SECRET
from shared.road.consumer import Consumer, Copy, Reaction, Waits
from shared.work.database import Transaction
from shared.work.journal import Context, event_entry
from tests.support.servers import timeline_of
from tests.support.world import World

_offsets = count(1)
TAGS = Tags(SANDBOX_ROAD_SECRET)


def _about(key: UUID) -> dict[str, Any]:
    ids = {"project_id": key, "contract_id": key, "provider_id": key, "organisation": key}
    return {**ids, "jurisdiction": "4404/440402"}


def acceptance(key: UUID, number: int) -> AcceptanceConcluded:
    """An event that is acted on; `number` tells it from the others of its key."""
    return AcceptanceConcluded(**_about(key), acceptance_id=key, line_id=None, passed=True, result_version=number)


def assessment(key: UUID, number: int, *, needs: UUID) -> AssessmentConfirmed:
    """An event that waits until the evaluation of the key `needs` has come."""
    score = Decimal("80.00")
    return AssessmentConfirmed(
        **_about(key), assessment_id=key, line_id=needs, period=1, score=score, result_version=number
    )


def evaluation(key: UUID, number: int) -> EvaluationConcluded:
    """An event that is copied under its key; its score is its number."""
    return EvaluationConcluded(
        **_about(key),
        evaluation_id=key,
        rulebook="zhuhai-2021@1",
        kind="final",
        score=Decimal(number),
        grade="fair",
        result_version=number,
        concluded_on=date(2022, 12, 1),
    )


def record(
    event: Event, version: int, *, change: Callable[[dict[str, Any]], object] | None = None, position: int = 1
) -> Record:
    """The event as the relay sends it; `change` alters the entry first, as only a faulty or later release would."""
    context = Context(event.service, None, uuid4(), None, None, datetime.now(UTC))
    entry = event_entry(event, version, context, [], None)
    text = entry.text
    if change is not None:
        document = json.loads(text)
        change(document)
        text = json.dumps(document)
    row = {
        "entry": text,
        "audience": "services",
        "id": entry.id,
        "type": entry.type,
        "key": entry.key,
        "version": version,
        "recorded_at": context.recorded_at,
        "correlation": context.correlation,
        "cause": None,
        "traceparent": None,
    }
    return received(Sender(event.service, timeline_of(event.service), TAGS).event(position, row))


def resent(sent: Record, *, value: bytes | None = None, **headers: bytes) -> Record:
    """The record with another value or other headers, and a tag over them: as only its source itself could send it."""
    source = sent.topic.split(".")[1]
    given = dict(sent.headers) | headers
    value = sent.value if value is None else value
    parts = [given[name] for name in ("ce_id", "ce_type", "ce_position", "ce_key", "ce_keyversion", "ce_timeline")]
    given["goufu-tag"] = TAGS.of(source, sent.topic.encode(), *parts, value)
    return sent._replace(value=value, key=given["ce_key"], headers=tuple(given.items()), offset=next(_offsets))


def received(message: Message) -> Record:
    """The message as a consumer gets it."""
    return Record(message.topic, 0, next(_offsets), message.key, message.value, message.headers)


@dataclass
class Probe:
    """The consumer, and what it has done."""

    world: World
    service: str = "contracts"
    breaks: Callable[[Event], None] = field(default=lambda event: None)

    async def open(self) -> Self:
        role, schema = f"{self.world.roles_of}_{self.service}", self.service
        await self.world.admin.execute(
            f"CREATE TABLE IF NOT EXISTS {schema}.probe_copies (id uuid PRIMARY KEY, score numeric NOT NULL,"
            f" source_version bigint NOT NULL);"
            f"CREATE TABLE IF NOT EXISTS {schema}.probe_effects (n bigint GENERATED ALWAYS AS IDENTITY,"
            f" key uuid NOT NULL, number bigint NOT NULL, type text NOT NULL);"
            f'GRANT SELECT, INSERT, UPDATE ON {schema}.probe_copies, {schema}.probe_effects TO "{role}"'
        )
        table = sa.Table(
            "probe_copies",
            sa.MetaData(),
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column("score", sa.Numeric),
            sa.Column("source_version", sa.BigInteger),
        )
        copies = (Copy(EvaluationConcluded, table, lambda event: {"id": event.evaluation_id, "score": event.score}),)
        reactions = (Reaction(AcceptanceConcluded, self._act), Reaction(AssessmentConfirmed, self._act_on_copy))
        state = self.world.services[self.service]
        self.consumer = Consumer(state.database, None, copies, reactions, TAGS)  # type: ignore[arg-type]
        self.connection = state.writer
        return self

    async def _act(self, tx: Transaction, event: Any) -> Waits | None:
        self.breaks(event)
        await tx.connection.execute(
            "INSERT INTO probe_effects (key, number, type) VALUES ($1, $2, $3)",
            event.key,
            event.result_version,
            event.name,
        )
        return None

    async def _act_on_copy(self, tx: Transaction, event: AssessmentConfirmed) -> Waits | None:
        await tx.flush()  # what is read past the transaction sends nothing first
        if not await tx.connection.fetchval("SELECT EXISTS (SELECT FROM probe_copies WHERE id = $1)", event.line_id):
            assert event.line_id is not None
            return Waits(event.line_id)
        return await self._act(tx, event)

    async def poll(self, *records: Record) -> None:
        """The consumer handles these in one transaction."""
        await self.consumer.handle(self.connection, records)

    async def tick(self) -> None:
        """What the consumer does once a second: it tries again what waits."""
        await self.consumer.retry_waiting(self.connection)

    async def effects(self, *keys: UUID) -> dict[UUID, list[int]]:
        """What was acted on of these keys, in the order in which it was done."""
        rows = await self.world.rows(f"SELECT key, number FROM {self.service}.probe_effects ORDER BY n")
        return {key: [row["number"] for row in rows if row["key"] == key] for key in keys}

    async def copied(self, key: UUID) -> tuple[int, int] | None:
        """Score and version of the copy."""
        rows = await self.world.rows(
            f"SELECT score, source_version FROM {self.service}.probe_copies WHERE id = $1", key
        )
        return (int(rows[0]["score"]), rows[0]["source_version"]) if rows else None

    async def held(self, key: UUID) -> list[tuple[int, str]]:
        """What rests of this key: version and state."""
        statement = f"SELECT version, state FROM {self.service}.held WHERE key = $1 ORDER BY version"
        return [(row["version"], row["state"]) for row in await self.world.rows(statement, key)]

    async def received(self, source: str = "evaluation") -> int:
        """How many events of that service count as arrived."""
        statement = f"SELECT received FROM {self.service}.sources WHERE source = $1"
        return sum(row["received"] for row in await self.world.rows(statement, source))


def shuffled(records: Sequence[Record], seed: int, times: int = 3) -> Iterable[list[Record]]:
    """Every record `times` over, in any order, cut into polls of any size."""
    chance = random.Random(seed)
    deck = list(records) * times
    chance.shuffle(deck)
    while deck:
        size = chance.randint(1, 12)
        yield deck[:size]
        deck = deck[size:]
