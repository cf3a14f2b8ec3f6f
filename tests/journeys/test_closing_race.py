"""Bids that race with the closing, over real HTTP: the stamp of the database in receipt or refusal decides, and nothing
else. Every receipt's bid is in the frozen list, every bid of the frozen list has a receipt from before the closing."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from shared.fields.ids import new_id
from shared.fields.strict_json import canonical
from shared.sealing.suites import CURRENT
from tests.support.journey import Journey
from tests.support.tenders import Tender, a_tender, bidders, openers
from tests.support.world import Person

SUBMISSIONS = 50
AIMED = timedelta(milliseconds=50)
GATHERING = timedelta(milliseconds=400)
"""From the making of a procurement to its closing: all bidders are at its lock by then."""

SEED = 20220407


@dataclass
class Line:
    """A connection that is kept open; a request is a write of bytes made beforehand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self, request: bytes) -> tuple[int, Any]:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, _, headers = head.partition(b"\r\n")
        length = next(int(h.split(b":")[1]) for h in headers.lower().split(b"\r\n") if h.startswith(b"content-length"))
        return int(status.split()[1]), json.loads(await self.reader.readexactly(length))


def request_of(host: str, path: str, person: Person, body: Any) -> bytes:
    content = json.dumps(body).encode()
    lines = (
        f"POST {path} HTTP/1.1",
        f"host: {host}",
        f"authorization: Bearer {person.token}",
        f"idempotency-key: {new_id()}",
        "if-match: *",
        "content-type: application/json",
        f"content-length: {len(content)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class Seen:
    """What came of one procurement's race: receipts by bid, and the stamps of the refusals."""

    tender: Tender
    receipts: dict[UUID, tuple[datetime, str]] = field(default_factory=dict)
    refusals: list[datetime] = field(default_factory=list)

    def note(self, status: int, answer: Any) -> datetime:
        """Keeps the answer; returns its stamp."""
        if status == 201:
            stamp = datetime.fromisoformat(answer["submitted_at"])
            self.receipts[UUID(answer["id"])] = (stamp, answer["hash"])
        else:
            assert (status, answer["code"]) == (422, "bid_late"), (status, answer)
            [late] = [finding for finding in answer["findings"] if finding["code"] == "bid_late"]
            stamp = datetime.fromisoformat(late["facts"]["submitted_at"])
            self.refusals.append(stamp)
        return stamp

    def stamps(self) -> list[datetime]:
        return [*(stamp for stamp, _ in self.receipts.values()), *self.refusals]

    def close_ones(self) -> int:
        """Stamps that fell within the time aimed at."""
        return sum(abs(stamp - self.tender.closes_at) <= AIMED for stamp in self.stamps())


@dataclass
class Race:
    """One deployment and its lines to two APIs of tendering. All bidders of a procurement are held at its lock, as they
    are while a deadline moves, and let in together around the closing. From there to the stamp it takes `ahead`
    seconds; every race corrects that by what it showed."""

    journey: Journey
    opening: list[Person]
    people: list[Person]
    addresses: list[str]
    lines: list[Line]
    ahead: float = 0.02

    async def run(self, chance: random.Random) -> Seen:
        """A procurement that closes in a moment. At the closing itself an officer asks for the opening, which closes it
        then and there, whoever is still on the way."""
        before = time.time()
        now = await self.journey.admin.fetchval("SELECT clock.now()")
        offset = now.timestamp() - (before + time.time()) / 2
        seen = Seen(await a_tender(self.journey, self.opening, now + GATHERING))
        requests = await self._requests(seen.tender)
        closing = seen.tender.closes_at.timestamp() - offset
        let_in = closing - self.ahead + chance.uniform(-1, 1) * AIMED.total_seconds() / 2
        closes = asyncio.create_task(self._closes(seen.tender, closing))
        async with self._held(seen.tender):
            answers = [asyncio.create_task(one.answer(r)) for one, r in zip(self.lines, requests, strict=True)]
            await asyncio.sleep(max(0.0, let_in - time.time()))
        stamps = sorted([seen.note(*answer).timestamp() - offset for answer in await asyncio.gather(*answers)])
        await closes
        self.ahead = (self.ahead + max(0.0, min(stamps[len(stamps) // 2] - let_in, 0.5))) / 2
        return seen

    @asynccontextmanager
    async def _held(self, tender: Tender) -> AsyncIterator[None]:
        """Nobody gets in meanwhile."""
        async with self.journey.admin.transaction():
            await self.journey.admin.execute("SELECT FROM tendering.procurements WHERE id = $1 FOR UPDATE", tender.id)
            yield

    async def _requests(self, tender: Tender) -> list[bytes]:
        """A sealed bid of each bidder lies there already; what it holds plays no part, since nothing is opened."""
        rows, requests = [], []
        for number, person in enumerate(self.people):
            envelope_id, sealed = new_id(), f"{tender.id} {number}".encode()
            rows.append(
                (
                    *(envelope_id, tender.id, person.organisation, CURRENT.hash(sealed), "bidder", person.id),
                    *(tender.closes_at, sealed, CURRENT.id, "sha256:" + "00" * 32),
                )
            )
            body = {"provider_id": str(person.organisation), "envelope_id": str(envelope_id)}
            host = urlsplit(self.addresses[number % len(self.addresses)]).netloc
            requests.append(request_of(host, f"{tender.path}/bids", person, body))
        names = ("id", "procurement_id", "provider_id", "hash", "sealed_by", "stored_by", "stored_at")
        columns = [*names, "envelope", "suite", "commitment"]
        await self.journey.admin.copy_records_to_table(
            "envelopes", schema_name="tendering", records=rows, columns=columns
        )
        return requests

    async def _closes(self, tender: Tender, closing: float) -> None:
        await asyncio.sleep(max(0.0, closing - time.time()))
        await self.opening[0].post("tendering", f"{tender.path}/opening")


@pytest.fixture
async def race(journey: Journey) -> AsyncIterator[Race]:
    """Two APIs of tendering side by side, and a line of each bidder to one of them."""
    addresses = [await journey.deployment.add_api("tendering", GOUFU_POOL=str(SUBMISSIONS)) for _ in range(2)]
    async with AsyncExitStack() as stack:
        lines = []
        for number in range(SUBMISSIONS):
            address = urlsplit(addresses[number % len(addresses)])
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            stack.callback(writer.close)
            lines.append(Line(reader, writer))
        yield Race(journey, await openers(journey), await bidders(journey, SUBMISSIONS), addresses, lines)


async def judged(journey: Journey, seen: Seen) -> list[str]:
    """What is wrong with one procurement, if anything: the stamps are the oracle, the frozen list has to follow."""
    tender = seen.tender
    wrong = [f"{bid}: receipt of {at}" for bid, (at, _) in seen.receipts.items() if at >= tender.closes_at]
    wrong += [f"refused at {at}, before the closing" for at in seen.refusals if at < tender.closes_at]
    [frozen] = await journey.rows(
        "SELECT bids, receipts_hash, state FROM tendering.procurements WHERE id = $1", tender.id
    )
    kept = await journey.rows("SELECT id FROM tendering.bids WHERE procurement_id = $1", tender.id)
    wrong += [f"{row['id']}: a bid without receipt" for row in kept if row["id"] not in seen.receipts]
    listed = [[bid, at, digest] for bid, (at, digest) in sorted(seen.receipts.items(), key=lambda one: one[0])]
    if frozen["bids"] != len(listed) or frozen["receipts_hash"] != CURRENT.hash(canonical(listed)):
        wrong.append(f"{tender.id}: {len(listed)} receipts, frozen {dict(frozen)}")
    return wrong


async def raced(race: Race, count: int) -> tuple[int, int, list[str]]:
    """So many procurements, each with a closing of its own, one after another; stamps in all, stamps within the time
    aimed at, and what is wrong."""
    journey, chance = race.journey, random.Random(SEED)
    seen = [await race.run(chance) for _ in range(count)]
    tenders = [one.tender for one in seen]
    still_open = "SELECT id FROM tendering.procurements WHERE id = ANY($1) AND state = 'noticed'"
    await journey.eventually(lambda: journey.rows(still_open, [tender.id for tender in tenders]), [])
    wrong = [line for one in seen for line in await judged(journey, one)]
    stamps, close = sum(len(one.stamps()) for one in seen), sum(one.close_ones() for one in seen)
    receipts = sum(len(one.receipts) for one in seen)
    print(
        f"closings: procurements={count} submissions={stamps} receipts={receipts} refused={stamps - receipts}"
        f" within_50ms={close} wrong={len(wrong)}"
    )
    return stamps, close, wrong


async def test_eight_closings_are_decided_by_the_stamps(race: Race) -> None:
    """Where the machine is so busy that too few stamps fall within 50 ms, more procurements follow."""
    rounds = [await raced(race, 8)]
    while sum(close for _, close, _ in rounds) < SUBMISSIONS and len(rounds) < 4:
        rounds.append(await raced(race, 8))

    assert [wrong for _, _, wrong in rounds] == [[]] * len(rounds)
    assert sum(stamps for stamps, _, _ in rounds) == len(rounds) * 8 * SUBMISSIONS
    assert sum(close for _, close, _ in rounds) >= SUBMISSIONS


@pytest.mark.long
async def test_two_hundred_closings_are_decided_by_the_stamps(race: Race) -> None:
    """Where the machine is so busy that fewer than 5,000 stamps fall within 50 ms, more procurements follow."""
    rounds = [await raced(race, 100) for _ in range(2)]
    while sum(close for _, close, _ in rounds) < 5000 and len(rounds) < 5:
        rounds.append(await raced(race, 100))

    stamps, close = sum(one[0] for one in rounds), sum(one[1] for one in rounds)
    print(f"closings in all: procurements={len(rounds) * 100} submissions={stamps} within_50ms={close}")
    assert [line for _, _, wrong in rounds for line in wrong] == []
    assert stamps == len(rounds) * 100 * SUBMISSIONS
    assert close >= 5000
