"""From every state that a purchase reaches, whatever happens next, people can bring it to an end; and while a fit
bidder is left, to a contract.

A play is told once. Before each command at which the records stand otherwise than ever before, its database is copied.
From each copy one thing happens, and then people try what the APIs offer: `GIVE_UP` until nothing waits any more, and
from the scored bids on `GO_ON` until a contract is signed. A state from which neither leads anywhere has no end.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from deploy.demo import needs
from deploy.demo.cast import Cast, gather
from deploy.demo.providers import register_providers
from tests.endings import plays, states
from tests.endings.acts import GIVE_UP, GO_ON, Act, People
from tests.endings.house import House, Moment, Theatre
from tests.endings.plays import Event, Play

_BEFORE_SCORES = ("drafted", "checked", "noticed", "closed", "opened", "reviewed")


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

    def line(self) -> str:
        reached = sum(len(found) for found in self.seen.values())
        return (
            f"endings: texts={len(self.texts)} records={len(self.seen)} states={reached} moments={self.moments}"
            f" branches={self.branches} stuck={len(self.stuck)} never={len(self.never())}"
        )


@dataclass
class Search:
    """A search on one server, in databases of its own."""

    server: str
    template: str
    house: House
    events: tuple[Event, ...] = plays.EVENTS
    report: Report = field(default_factory=Report)

    async def explore(self, play: Play, first: Moment, cast: Cast, sample: int | None, seed: int) -> None:
        """Tells the play from its first moment and tries every branch, or a sample of them."""
        moments = await self._tell(play, first, cast)
        self.report.texts.add(play.text)
        self.report.moments += len(moments)
        branches = [(moment, event) for moment in moments for event in self.events]
        if sample is not None:
            branches = random.Random(seed).sample(branches, min(sample, len(branches)))
        for (step, moment, key), event in branches:
            await self._try(play, f"{play.name} before {step}, {event.__name__}", moment, key, event, cast)

    async def _tell(self, play: Play, first: Moment, cast: Cast) -> list[tuple[str, Moment, UUID]]:
        """The moments of the play at which its records stand as never before."""
        told, moments = await self.house.branch(self.server, first), []
        known: set[str] = set()

        async def before(service: str, path: str) -> None:
            await self.house.pump()
            key = await self._project()
            if key is None:
                return
            found = await standing(self.house, key)
            self.report.note(found)
            if (as_text := str(sorted((t, sorted(r.values())) for t, r in found.items()))) not in known:
                known.add(as_text)
                steps = [part for part in path.split("/") if part and not _is_id(part)]
                moments.append((f"{service} {'/'.join(steps)}", await self.house.moment(self.server, told), key))

        theatre = Theatre(self.house, before)
        player_of(cast, theatre)
        await play.tell(cast)
        await before("", "the end")
        return moments

    async def _project(self) -> UUID | None:
        rows = await self.house.rows("SELECT id FROM catalog.projects ORDER BY number DESC LIMIT 1")
        return rows[0]["id"] if rows else None

    async def _try(self, play: Play, name: str, moment: Moment, key: UUID, event: Event, cast: Cast) -> None:
        self.report.branches += 1
        await self.house.branch(self.server, moment)
        await event(self.house, cast, play)
        self.report.note(await standing(self.house, key))
        if why := await self._ends(key):
            self.report.stuck.append(f"{name}: {why}")
        if event in plays.LEAVES_A_FIT_ONE and await self._has_scores(moment, key):
            await event(self.house, cast, play)
            if why := await self._goes_on(key):
                self.report.stuck.append(f"{name}: {why}")

    async def _has_scores(self, moment: Moment, key: UUID) -> bool:
        """Goes back to the moment; says whether there are scored bids, and no contract that is signed."""
        await self.house.branch(self.server, moment)
        rows = await self.house.rows("SELECT state FROM tendering.procurements WHERE key = $1", key)
        drafts = await self.house.rows("SELECT state FROM contracts.contracts WHERE key = $1", key)
        scored = any(row["state"] not in (*_BEFORE_SCORES, "failed") for row in rows)
        return scored and all(row["state"] == "drafted" for row in drafts)

    async def _ends(self, key: UUID) -> str:
        """What still waits when everything was tried; nothing when all has ended."""
        people = await self._people(key)
        await self._until_nothing_moves(people, key, GIVE_UP)
        found = await standing(self.house, key)
        self.report.note(found)
        waits = [*waiting(found)]
        for service in ("catalog", "tendering", "contracts", "evaluation"):
            for person in people.purchaser:
                tasks = (await person.get(service, "/v1/tasks")).ok()
                tasks = tasks["items"] if isinstance(tasks, dict) else tasks
                waits += [f"task {one['task']}" for one in tasks if one["about"] == str(key)]
        parked = [f"parked {row['type']}: {row['reason']}" for row in await self.house.parked()]
        return ", ".join(dict.fromkeys((*waits, *parked)))

    async def _goes_on(self, key: UUID) -> str:
        people = await self._people(key)
        for _ in range(3):
            await self._until_nothing_moves(people, key, GO_ON)
            rows = await self.house.rows("SELECT state FROM contracts.contracts WHERE key = $1", key)
            if any(row["state"] in ("signed", "filed", "running") for row in rows):
                return ""
            [now] = await self.house.rows("SELECT clock.now() AS now")
            await self.house.today_is(now["now"].date() + timedelta(days=3))
        found = await standing(self.house, key)
        return f"no contract can be signed: { ({t: sorted(r.values()) for t, r in found.items()}) }"

    async def _people(self, key: UUID) -> People:
        [row] = await self.house.rows("SELECT organisation, jurisdiction FROM catalog.projects WHERE id = $1", key)
        return await People.of(self.house, row["organisation"], row["jurisdiction"])

    async def _until_nothing_moves(self, people: People, key: UUID, acts: tuple[Act, ...]) -> None:
        for _ in range(12):
            moved = False
            for act in acts:
                moved |= await act(people, key)
                await self.house.pump()
            if not moved:
                return
        raise AssertionError("they go round and round")


async def standing(house: House, key: UUID) -> plays.Found:
    """The state of every record of the purchase."""
    found: plays.Found = {}
    for table in states.listed():
        rows = await house.rows(f"SELECT id, state FROM {table} WHERE key = $1", key) if _keyed(table) else []
        if rows:
            found[table] = {row["id"]: row["state"] for row in rows}
    return found


def _keyed(table: str) -> bool:
    return table in states.ENDS or table in states.PARTS


def waiting(found: plays.Found) -> Iterator[str]:
    """Records in no end state, whose whole has not ended either."""
    for table, rows in found.items():
        ends = states.ENDS.get(table)
        if ends is None:
            continue
        for state in rows.values():
            if state not in ends:
                yield f"{table} {state}"
    for row, state in found.get("tendering.procurements", {}).items():
        if state == "confirmed" and not found.get("contracts.contracts"):
            yield f"tendering.procurements confirmed without a contract ({row})"


def _is_id(part: str) -> bool:
    return len(part) == 36 and part.count("-") == 4


def player_of(cast: Cast, theatre: Theatre) -> None:
    """Everybody of the cast plays on this stage from now on."""
    for player in (cast.administrator, cast.second, *cast.players.values()):
        object.__setattr__(player, "stage", theatre)
    cast.stage = theatre


async def founded(server: str, template: str, house: House) -> tuple[Cast, Moment]:
    """Both cities with their people, providers and directories, and the moment at which a purchase may begin."""

    async def nothing(service: str, path: str) -> None:
        pass

    theatre = Theatre(house, nothing)
    cast = await gather(theatre)
    await register_providers(cast)
    await needs.publish_directories(cast)
    await theatre.settled()
    here = house.admin_url.rpartition("/")[2]
    return cast, await house.moment(server, here)
