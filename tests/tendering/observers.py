"""Those who would like to know before its time: what they can see of a World, and how well they guess from it."""

import asyncio
import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from prometheus_client import generate_latest

from shared.bus import Message, Record
from shared.events import SERVICES
from shared.road import relay
from shared.road.checkpoints import Checkpoints
from shared.road.relay import Relay
from tests.support.probe import TAGS
from tests.support.world import Person, World

Sight = dict[str, Any]
"""What was seen in one look: figures by what they are of, and under `text` everything new that was read."""


class Wire:
    """A bus that keeps what is sent: what reads all topics sees."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def publisher(self, name: str) -> "Wire":
        return self

    async def last_records(self, topic: str) -> list[Record]:
        return []

    async def send(self, messages: Sequence[Message]) -> "asyncio.Future[None]":
        self.messages += messages
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def close(self) -> None:
        return None


@contextlib.asynccontextmanager
async def relayed(world: World, monkeypatch: Any) -> AsyncIterator[Wire]:
    """Tendering's own relay at work, its heart beating fast."""
    monkeypatch.setattr(relay, "HEARTBEAT_SECONDS", 0.01)
    wire = Wire()
    task = asyncio.create_task(Relay(world.services["tendering"].database, wire, TAGS).run())  # type: ignore[arg-type]
    try:
        yield wire
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass
class Observer:
    """Everybody who is not the bidder, looking together: a stranger, the purchaser, a rival, those who oversee and
    operate, and one who reads every topic, the checkpoints, the metrics and the health pages."""

    world: World
    wire: Wire
    people: Mapping[str, Person]
    cursors: dict[tuple[str, str], str] = field(default_factory=dict)
    read: int = 0

    async def look(self, procurement: UUID, correlation: UUID) -> Sight:
        """One look at everything, about this procurement and this correlation in particular."""
        await self._settled()
        seen: Sight = {"text": []}
        await self._topics(seen)
        for who, person in self.people.items():
            await self._feeds(seen, who, person)
            await self._pages(seen, who, person, procurement, correlation)
        for service in SERVICES:
            ready = await self.world.clients[service].get("/readyz")
            seen[f"ready {service}"] = ready.text
        for line in generate_latest().decode().splitlines():
            if line.startswith("goufu_") and not line.startswith("goufu_request_seconds"):  # times are of the machine
                name, _, value = line.rpartition(" ")
                seen[name] = float(value)
        return seen

    async def _settled(self) -> None:
        """The relay has moved and sent what there is, and told so."""
        admin, end = self.world.admin, asyncio.get_running_loop().time() + 10
        while await admin.fetchval("SELECT EXISTS (SELECT FROM tendering.queue)"):
            assert asyncio.get_running_loop().time() < end
            await asyncio.sleep(0.005)
        last = await admin.fetchval("SELECT coalesce(max(position), 0) FROM tendering.ledger")
        while self._beat()["position"] < last:
            assert asyncio.get_running_loop().time() < end
            await asyncio.sleep(0.005)

    def _beat(self) -> dict[str, Any]:
        beats = [message.value for message in self.wire.messages if message.topic.endswith("heartbeats.v1")]
        return dict(json.loads(beats[-1])) if beats else {"position": -1}

    async def _topics(self, seen: Sight) -> None:
        new, self.read = self.wire.messages[self.read :], len(self.wire.messages)
        told = [message for message in new if not message.topic.endswith("heartbeats.v1")]
        for topic in ("goufu.tendering.v1", "goufu.public.v1"):
            seen[f"messages {topic}"] = sum(message.topic == topic for message in told)
        seen |= {f"heartbeat {name}": float(self._beat()[name]) for name in ("position", "events")}
        seen["text"] += [(message.key + message.value + repr(message.headers).encode()).decode() for message in told]
        await self._checkpoint(seen)

    async def _checkpoint(self, seen: Sight) -> None:
        """The line that tendering's worker signs next."""
        state = self.world.services["tendering"]
        line = await Checkpoints(state.database, self.world.settings).due(state.writer)
        said = json.loads(line) if line is not None else {}
        seen["checkpoint size"], seen["checkpoint position"] = len(line or b""), float(said.get("position", 0))
        seen |= {f"checkpoint {name}": said[name] for name in said.keys() & {"hash", "sealed", "timeline"}}
        seen["text"].append((line or b"").decode())

    async def _feeds(self, seen: Sight, who: str, person: Person) -> None:
        for service in SERVICES if who == "stranger" else ("tendering",):
            after = self.cursors.get((who, service))
            page = (await person.get(service, "/v1/events", limit=200, **({"after": after} if after else {}))).ok()
            self.cursors[who, service] = page["next"]
            seen[f"{who} feed {service}"] = len(page["items"])
            seen["text"] += [item["entry"] or "" for item in page["items"]]

    async def _pages(self, seen: Sight, who: str, person: Person, procurement: UUID, correlation: UUID) -> None:
        path = f"/v1/procurements/{procurement}"
        pages = [path, f"{path}/bids", f"{path}/opening", f"/v1/trace/{correlation}"]
        pages += [f"/v1/{page}" for page in ("procurements", "tasks", "notices", "refusals")]
        for page in ("/v1/road", "/v1/held-events") if who == "operator" else pages:
            answer = await person.get("tendering", page)
            name = page.replace(str(procurement), "").replace(str(correlation), "")
            seen[f"{who} {name}"] = answer.status, answer.headers.get("etag"), len(answer.body)
            seen["text"].append(answer.body.decode())


def changes(before: Sight, after: Sight) -> dict[str, Hashable]:
    """What was seen, of figures that go on for ever how far they went."""
    found: dict[str, Hashable] = {"new": tuple(map(len, after["text"]))}
    for name in after.keys() - {"text"}:
        one, other = before.get(name, 0.0), after[name]
        moved = isinstance(one, float) and isinstance(other, float)
        found[name] = other - one if moved else other
    return found


def named(after: Sight, ids: Sequence[UUID]) -> dict[str, Hashable]:
    """How often somebody is named in what is new, by an id or by the digest that stands for a person."""
    text = "\n".join(after["text"])
    found: dict[str, Hashable] = {str(number): text.count(str(each)) for number, each in enumerate(ids)}
    found["digest"] = sum(_stands_for(entry, ids) for entry in after["text"] if '"actor":"' in entry)
    return found


def _stands_for(entry: str, ids: Sequence[UUID]) -> bool:
    with contextlib.suppress(ValueError):
        document = json.loads(entry)
        digests = {hashlib.sha256(UUID(document["id"]).bytes + each.bytes).hexdigest() for each in ids}
        return document["actor"] in digests
    return False


Case = tuple[Mapping[str, Hashable], Hashable]
"""What was seen, and what was true."""


def guesses(cases: Sequence[Case]) -> tuple[int, int]:
    """How many of the second half one gets right who was taught by the first half, and how many one who always says
    what is most frequent there. The guesser takes whichever one observation told most, and says for each value of it
    what it, or the figure nearest to it, most often meant."""
    taught, asked = cases[: len(cases) // 2], cases[len(cases) // 2 :]
    usual = Counter(truth for _, truth in taught).most_common(1)[0][0]
    names = sorted({name for seen, _ in taught for name in seen})
    tells = max(names, key=lambda name: _trusted(taught, name, usual))
    return _right(asked, _told(taught, tells, usual)), max(Counter(truth for _, truth in asked).values())


def _trusted(taught: Sequence[Case], name: str, usual: Hashable) -> int:
    """How many of each half of what is taught are right by the other half: a value seen once proves nothing."""
    halves = taught[::2], taught[1::2]
    return sum(_right(one, _told(other, name, usual)) for one, other in (halves, halves[::-1]))


def _told(taught: Sequence[Case], name: str, usual: Hashable) -> Callable[[Mapping[str, Hashable]], Hashable]:
    by_value: dict[Hashable, Counter[Hashable]] = {}
    for seen, truth in taught:
        by_value.setdefault(seen.get(name), Counter())[truth] += 1
    meant = {value: counts.most_common(1)[0][0] for value, counts in by_value.items()}
    figures = [value for value in meant if isinstance(value, int | float)]

    def guess(seen: Mapping[str, Hashable]) -> Hashable:
        value = seen.get(name)
        if value not in meant and figures and isinstance(value, int | float):
            near = float(value)
            value = min(figures, key=lambda known: abs(known - near))
        return meant.get(value, usual)

    return guess


def _right(cases: Sequence[Case], guess: Callable[[Mapping[str, Hashable]], Hashable]) -> int:
    return sum(guess(seen) == truth for seen, truth in cases)


async def observers(world: World, rival: Person) -> dict[str, Person]:
    """The people who look."""
    purchaser = {"open_procurement", "draft_file", "check_file", "publish_notice", "open_bids", "review_qualification"}
    overseer = {"audit", "supervise", "review_budget"}
    return {
        "stranger": await world.person("stranger", duties={"request_payment"}, organisation=uuid4()),
        "purchaser": await world.person("purchaser", duties=purchaser),
        "rival": rival,
        "overseer": await world.person("overseer", duties=overseer, organisation=uuid4(), jurisdiction="4404"),
        "operator": await world.person("operator", duties={"operate"}, organisation=uuid4(), jurisdiction="000000"),
    }
