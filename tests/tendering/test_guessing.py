"""Who bids, and how many, cannot be guessed before the closing from anything that anybody can see.

Procurements that nobody, or up to four providers, bid for, with bids replaced, withdrawn and refused; an observer
looks at everything before and after. A guesser is taught by one half and guesses the other half: how many bids stand,
how much was done, and whose they are. The bound: no more right than always saying what is most frequent there, plus
three standard deviations of that.
"""

import random
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.tendering.bids.events import BidSubmitted
from shared.fields.ids import new_id
from shared.work import writes
from tests.support.tenders import a_tender, openers
from tests.support.world import Person, World
from tests.tendering.observers import Case, Observer, changes, guesses, named, observers, relayed

SEED = 20220301
BARRED = 5
"""The last of the six bidders is barred: what it tries is refused."""


class Game:
    """Procurements that take bids, and what was seen while they did."""

    def __init__(self, world: World, people: list[Person]) -> None:
        self.world, self.people = world, people
        self.random = random.Random(SEED)
        self.counts: list[Case] = []
        self.acts: list[Case] = []
        self.names: list[Case] = []

    async def play(self, observer: Observer, tenders: list[UUID]) -> None:
        before = await observer.look(tenders[0], uuid4())
        for tender in tenders:
            correlation = uuid4()
            bid, acts = await self._bids(tender, correlation)
            after = await observer.look(tender, correlation)
            seen = changes(before, after)
            self.counts.append((seen, len(bid)))
            self.acts.append((seen, min(acts, 7) // 2))
            for person in self.people[:BARRED]:
                self.names.append((named(after, [person.id, person.organisation]), person.id in bid))
            before = after

    async def _bids(self, tender: UUID, correlation: UUID) -> tuple[set[UUID], int]:
        """Somebody bids, or nobody; returns whose bids stand at the end, and how much was done on the way."""
        chance, standing, acts = self.random, set[UUID](), 0
        for person in chance.sample(self.people[:BARRED], chance.randint(0, 4)):
            standing.add(person.id)
            for _ in range(1 + (chance.random() < 0.3)):
                receipt = (await self._submits(tender, person, correlation)).ok()
                acts += 1
            if chance.random() < 0.3:
                (await person.post("tendering", f"/v1/bids/{receipt['id']}/withdraw")).ok()
                standing.discard(person.id)
                acts += 1
        for _ in range(chance.randint(0, 2)):
            (await self._submits(tender, self.people[BARRED], correlation)).refused(code="provider_barred")
        return standing, acts

    async def _submits(self, tender: UUID, person: Person, correlation: UUID) -> Any:
        envelope = {
            **{"id": new_id(), "procurement_id": tender, "provider_id": person.organisation, "envelope": b"sealed"},
            **{"hash": f"sha256:{'ab' * 32}", "suite": "goufu-1", "commitment": "sha256:x", "sealed_by": "bidder"},
            **{"stored_by": person.id, "stored_at": datetime.now(UTC)},
        }
        await self.world.insert("tendering", "envelopes", envelope)
        sent = {"idempotency-key": uuid4().hex, "goufu-correlation": str(correlation)}
        body = {"provider_id": str(person.organisation), "envelope_id": str(envelope["id"])}
        return await person.send("tendering", "POST", f"/v1/procurements/{tender}/bids", json=body, headers=sent)


async def a_bidder(world: World) -> Person:
    person = await world.person("bidder", duties={"submit_bid"}, organisation=uuid4(), jurisdiction="4404")
    provider = {"id": person.organisation, "title": "社会工作服务中心", "kind": "social_organisation"}
    await world.insert("tendering", "providers", {**provider, "source_version": 1})
    return person


async def played(world: World, monkeypatch: Any, count: int) -> Game:
    closes_at = await world.admin.fetchval("SELECT clock.now()") + timedelta(days=20)
    opening = await openers(world)  # type: ignore[arg-type]
    tenders = [(await a_tender(world, opening, closes_at)).id for _ in range(count)]  # type: ignore[arg-type]
    rival, *people = [await a_bidder(world) for _ in range(BARRED + 2)]
    bar = {
        **{"provider_id": people[BARRED].organisation, "cause": uuid4(), "kind": "barred", "jurisdiction": "4404"},
        **{"rulebook": "zhuhai-2021", "clause": "ZH21-27.6", "effect": "bar"},
        **{"from_day": datetime(2022, 1, 1).date(), "source_version": 1},  # noqa: DTZ001
    }
    await world.insert("tendering", "standings", bar)
    game = Game(world, people)
    async with relayed(world, monkeypatch) as wire:
        await game.play(Observer(world, wire, await observers(world, rival)), tenders)
    return game


def no_better_than_chance(cases: list[Case]) -> bool:
    right, usual = guesses(cases)
    asked = len(cases) - len(cases) // 2
    share = usual / asked
    return right <= usual + 3 * sqrt(asked * share * (1 - share))


@pytest.mark.parametrize("count", [30, pytest.param(200, marks=pytest.mark.long)])
async def test_neither_number_nor_names_of_bidders_can_be_guessed_before_the_closing(
    world: World, monkeypatch: Any, count: int
) -> None:
    game = await played(world, monkeypatch, count)

    assert {truth for _, truth in game.counts} >= {0, 1, 2, 3}
    for cases in (game.counts, game.acts, game.names):
        assert no_better_than_chance(cases), guesses(cases)


async def test_the_same_guesser_counts_and_names_what_is_told_at_once(world: World, monkeypatch: Any) -> None:
    without_seals(monkeypatch)
    monkeypatch.setattr(BidSubmitted, "audience", "services")

    game = await played(world, monkeypatch, 30)

    assert not no_better_than_chance(game.acts)
    assert not no_better_than_chance(game.names)


def without_seals(monkeypatch: Any) -> None:
    """As if whatever is entered went into the queue at once."""
    finish = writes.finish

    async def at_once(connection: Any, waiting: Any, entries: Any, answer: Any, seal: Any = None) -> None:
        await finish(connection, waiting, entries, answer)

    monkeypatch.setattr(writes, "finish", at_once)
