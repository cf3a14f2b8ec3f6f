"""From every state that a purchase reaches, whatever happens next, people can bring it to an end; and while a fit
bidder is left, to a contract.

A play is told once. Before each command at which the records stand otherwise than ever before, its database is copied.
From each copy one thing happens, and then people try what the APIs offer: the play's own acts (`GIVE_UP`, for the
register `TAKE_BACK`) until nothing waits any more, and from the scored bids on `GO_ON` until a contract is signed. A
state from which neither leads anywhere has no end.
"""

import contextlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from deploy.demo import needs
from deploy.demo.cast import Cast, gather
from deploy.demo.providers import register_providers
from shared.events import SERVICES
from tests.endings import plays, states
from tests.endings.acts import GO_ON, Act, People
from tests.endings.house import House, Moment, Theatre
from tests.endings.plays import Event, Told

_BEFORE_SCORES = ("drafted", "checked", "noticed", "closed", "opened", "reviewed")


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment of a play: before which step, whose records are looked at, and whether there are scored bids and no
    contract that is signed."""

    step: str
    moment: Moment
    keys: list[UUID]
    scored: bool


Branch = tuple[Stop, Event]


@dataclass
class Report:
    """What the search saw: records by table and state, the branches it tried, and those without an end."""

    seen: dict[str, set[str]] = field(default_factory=dict)
    moments: int = 0
    branches: int = 0
    texts: set[str] = field(default_factory=set)
    stuck: list[str] = field(default_factory=list)

    def note(self, found: plays.Found) -> None:
        for table, rows in found.items():
            self.seen.setdefault(table, set()).update(rows.values())

    def never(self) -> list[str]:
        """States that a constraint allows and no play reached."""
        listed = states.listed()
        return sorted(
            f"{table}.{state}" for table in listed for state in set(listed[table]) - self.seen.get(table, set())
        )

    def add(self, other: "Report") -> None:
        """What one branch came to."""
        for table, found in other.seen.items():
            self.seen.setdefault(table, set()).update(found)
        self.branches += other.branches
        self.stuck += other.stuck

    def line(self) -> str:
        reached = sum(len(found) for found in self.seen.values())
        return (
            f"endings: texts={len(self.texts)} records={len(self.seen)} states={reached} moments={self.moments}"
            f" branches={self.branches} stuck={len(self.stuck)} never={len(self.never())}"
        )


@dataclass(frozen=True)
class Some:
    """Which branches are tried: those named by step (`at`), so many of all by chance (`number`), or the nth part of
    them; all, when nothing is said."""

    at: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    number: int | None = None
    part: tuple[int, int] = (1, 1)
    seed: int = 7

    def events(self, step: str, play: Told) -> Sequence[Event]:
        return self.at[step] if self.at else play.events

    def of(self, branches: list[Branch]) -> list[Branch]:
        """In an order that chance gave, so that a part holds every event."""
        mixed = random.Random(self.seed).sample(branches, len(branches))
        nth, parts = self.part
        return mixed[nth - 1 :: parts][: self.number]


@dataclass
class Search:
    """A search on one server, in databases of its own."""

    server: str
    template: str
    house: House
    report: Report = field(default_factory=Report)
    kept: Path | None = None
    """Where each branch is noted as soon as it was tried, so that a search which was broken off goes on from there."""

    async def explore(self, play: Told, first: Moment, cast: Cast, some: "Some") -> None:
        """Tells the play from its first moment and tries every branch, or some of them."""
        stops = await self._tell(play, first, cast, some.at)
        self.report.texts.add(play.text)
        self.report.moments += len(stops)
        branches = [(stop, event) for stop in stops for event in some.events(stop.step, play)]
        done = self._done()
        for stop, event in some.of(branches):
            name = f"{play.name} before {stop.step} ({stops.index(stop)}), {event.__name__}"
            tried = done.get(name)
            if tried is None:
                whole, self.report = self.report, Report()
                await self._try(play, name, stop, event, cast)
                tried, self.report = self.report, whole
                self._keep(name, tried)
            self.report.add(tried)

    def _done(self) -> dict[str, Report]:
        """What was tried before."""
        if self.kept is None or not self.kept.exists():
            return {}
        lines = [json.loads(line) for line in self.kept.read_text().splitlines() if line.endswith("}")]
        return {
            line["branch"]: Report({t: set(s) for t, s in line["seen"].items()}, branches=1, stuck=line["stuck"])
            for line in lines
        }

    def _keep(self, name: str, tried: Report) -> None:
        if self.kept is not None:
            seen = {table: sorted(found) for table, found in tried.seen.items()}
            with self.kept.open("a") as lines:
                lines.write(json.dumps({"branch": name, "seen": seen, "stuck": tried.stuck}) + "\n")

    async def _tell(self, play: Told, first: Moment, cast: Cast, at: Mapping[str, Sequence[Event]]) -> list[Stop]:
        """The moments of the play at which its records stand as never before; only those of the steps in `at`, where
        there are any, and no further than the last of them."""
        told, stops = await self.house.branch(self.server, first), list[Stop]()
        self.house.branched.remove(told)
        known: set[str] = set()
        left = set(at)

        async def before(service: str, path: str) -> None:
            await self.house.pump()
            keys = await play.keys(self.house, cast)
            found = await standing(self.house, keys)
            self.report.note(found)
            as_text = str(sorted((t, sorted(r.values())) for t, r in found.items()))
            step = f"{service} {'/'.join(part for part in path.split('/') if part and not _is_id(part))}"
            if not keys or as_text in known or (at and step not in left):
                return
            known.add(as_text)
            left.discard(step)
            scored = await self._has_scores(keys[0])
            stops.append(Stop(step, await self.house.moment(self.server, told), keys, scored))
            if at and not left:
                raise _Enough

        player_of(cast, Theatre(self.house, before))
        with contextlib.suppress(_Enough):
            await play.tell(cast)
            await before("", "the end")
        assert not left, f"the play has no step {left}"
        player_of(cast, Theatre(self.house, _nothing))
        return stops

    async def _try(self, play: Told, name: str, stop: Stop, event: Event, cast: Cast) -> None:
        self.report.branches += 1
        await self._begin(play, stop, event, cast)
        self.report.note(await standing(self.house, stop.keys))
        if why := await self._ends(play, stop.keys):
            self._stuck(f"{name}: {why}")
        if event in plays.LEAVES_A_FIT_ONE and stop.scored:
            await self._begin(play, stop, event, cast)
            if why := await self._goes_on(stop.keys[0]):
                self._stuck(f"{name}: {why}")

    async def _begin(self, play: Told, stop: Stop, event: Event, cast: Cast) -> None:
        await self.house.branch(self.server, stop.moment)
        await event(self.house, cast, play)
        await self.house.pump()

    def _stuck(self, why: str) -> None:
        print("stuck:", why, flush=True)
        self.report.stuck.append(why)

    async def _has_scores(self, key: UUID) -> bool:
        rows = await self.house.rows("SELECT state FROM tendering.procurements WHERE key = $1", key)
        drafts = await self.house.rows("SELECT state FROM contracts.contracts WHERE key = $1", key)
        scored = any(row["state"] not in (*_BEFORE_SCORES, "failed") for row in rows)
        return scored and all(row["state"] == "drafted" for row in drafts)

    async def _ends(self, play: Told, keys: list[UUID]) -> str:
        """What still waits when everything was tried; nothing when all has ended."""
        people = await self._people(keys[0])
        rounds = [await self._until_nothing_moves(people, key, play.acts) for key in keys]
        found = await standing(self.house, keys)
        self.report.note(found)
        waits = [*filter(None, rounds), *waiting(found, play.ends)]
        for service in SERVICES:
            for person in people.purchaser:
                tasks = (await person.get(service, "/v1/tasks")).ok()
                tasks = tasks["items"] if isinstance(tasks, dict) else tasks
                waits += [f"task {one['task']}" for one in tasks if UUID(one["about"]) in keys]
        parked = [f"parked {row['type']}: {row['reason']}" for row in await self.house.parked()]
        return ", ".join(dict.fromkeys((*waits, *parked)))

    async def _goes_on(self, key: UUID) -> str:
        people = await self._people(key)
        for _ in range(3):
            if rounds := await self._until_nothing_moves(people, key, GO_ON):
                return rounds
            rows = await self.house.rows("SELECT state FROM contracts.contracts WHERE key = $1", key)
            if any(row["state"] in ("signed", "filed", "running") for row in rows):
                return ""
            [now] = await self.house.rows("SELECT clock.now() AS now")
            await self.house.today_is(now["now"].date() + timedelta(days=3))
        found = await standing(self.house, [key])
        return f"no contract can be signed: { ({t: sorted(r.values()) for t, r in found.items()}) }"

    async def _people(self, key: UUID) -> People:
        [row] = await self.house.rows(
            "SELECT organisation, jurisdiction FROM catalog.projects WHERE id = $1"
            " UNION ALL SELECT id, jurisdiction FROM registry.providers WHERE id = $1",
            key,
        )
        carries_on = await self.house.rows(
            "SELECT successor FROM registry.successors WHERE predecessor = $1", row["organisation"]
        )
        organisation = carries_on[0]["successor"] if carries_on else row["organisation"]
        return await People.of(self.house, organisation, row["jurisdiction"])

    async def _until_nothing_moves(self, people: People, key: UUID, acts: tuple[Act, ...]) -> str:
        """What was still done in the twelfth round; nothing when all came to rest."""
        moved: list[str] = []
        for _ in range(12):
            moved.clear()
            for act in acts:
                if await act(people, key):
                    moved.append(act.__name__)
                    await self.house.pump()
            await self.house.pump()  # what half an act left behind
            if not moved:
                return ""
        return f"they go round and round by {', '.join(moved)}"


_OF = {"tendering.bids": "procurement_id IN (SELECT id FROM tendering.procurements WHERE key = ANY($1))"}
"""Where a record's key is not the purchase's: that of a bid tells nobody how many there are."""


async def standing(house: House, keys: list[UUID]) -> plays.Found:
    """The state of every record of the purchase, or of those in the register."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' AS name, id, state FROM {table} WHERE {_OF.get(table, 'key = ANY($1)')}"
        for table in states.listed()
        if _keyed(table)
    )
    found: plays.Found = {}
    for row in await house.rows(asked, keys):
        found.setdefault(row["name"], {})[row["id"]] = row["state"]
    return found


def _keyed(table: str) -> bool:
    return table in states.ENDS or table in states.PARTS


def waiting(found: plays.Found, all_ends: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Records in no end state, whose whole has not ended either."""
    for table, rows in found.items():
        ends = all_ends.get(table)
        if ends is None:
            continue
        for state in rows.values():
            if state not in ends:
                yield f"{table} {state}"
    for row, state in found.get("tendering.procurements", {}).items():
        if state == "confirmed" and not found.get("contracts.contracts"):
            yield f"tendering.procurements confirmed without a contract ({row})"


async def _nothing(service: str, path: str) -> None:
    pass


class _Enough(Exception):
    """Every moment that is wanted was copied."""


def _is_id(part: str) -> bool:
    return len(part) == 36 and part.count("-") == 4


def player_of(cast: Cast, theatre: Theatre) -> None:
    """Everybody of the cast plays on this stage from now on."""
    for player in (cast.administrator, cast.second, *cast.players.values()):
        object.__setattr__(player, "stage", theatre)
    cast.stage = theatre


async def founded(server: str, template: str, house: House) -> tuple[Cast, Moment]:
    """Both cities with their people, providers and directories, and the moment at which a purchase may begin."""

    theatre = Theatre(house, _nothing)
    cast = await gather(theatre)
    await register_providers(cast)
    await needs.publish_directories(cast)
    await theatre.settled()
    here = house.admin_url.rpartition("/")[2]
    return cast, await house.moment(server, here)
