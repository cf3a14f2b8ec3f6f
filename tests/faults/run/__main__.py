"""`python -m tests.faults.run --minutes 5 --seed 7`: plays, strikes, heals, waits, checks. The last line is for
machines; the exit status is 0 only when nothing was lost, nothing doubled, nothing violated."""

import argparse
import asyncio
import contextlib
import logging
import os
import random
import sys
from datetime import datetime

import asyncpg
import httpx
import uvloop

from deploy.demo.cast import gather
from deploy.demo.needs import publish_directories
from deploy.demo.play import OVERLAYS
from shared.events import SERVICES
from tests.faults.run import checker, evidence
from tests.faults.run.clients import Client, played, with_providers
from tests.faults.run.history import History, Witness, answer_again
from tests.faults.run.rig import Rig
from tests.faults.run.schedule import ROWS, Row, strike_all
from tests.faults.run.stages import Calendar, ClientStage, Observer

CLIENTS = 16
PATIENCE = 120.0
DRAIN_SECONDS = 60.0
RESENT = 200


class Play:
    """Sixteen clients on one rig, with their history."""

    def __init__(self, rig: Rig, seed: int, minutes: float) -> None:
        self.rig = rig
        self.deployment = rig.deployment
        self.history = History(random.Random(f"{seed} history"))
        self.observer = Observer(rig.deployment.admin_url)
        self.calendar = Calendar(self._move, CLIENTS)
        self._seconds = minutes * 60
        self.ways: dict[str, httpx.AsyncClient] = {service: self._way(service) for service in SERVICES}
        self.clients: list[Client] = []

    def _way(self, service: str) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        way = Witness(service, self.history, httpx.AsyncHTTPTransport(limits=limits))
        return httpx.AsyncClient(transport=way, base_url=self.deployment.url(service), timeout=20)

    async def _move(self, moment: datetime) -> None:
        self.rig.tell(f"clock: {moment:%Y-%m-%d %H:%M}; {len(self.history.commands)} commands")
        # Asked again after an outage, it may have been moved already; it goes forward only, but for the first time.
        statement = (
            "UPDATE sandbox.clock SET ahead = CASE WHEN ahead = interval '0' THEN $1::timestamptz - clock_timestamp()"
            " ELSE greatest(ahead, $1::timestamptz - clock_timestamp()) END RETURNING 1"
        )
        await self.observer.ask(statement, moment)

    def _stage(self) -> ClientStage:
        return ClientStage(
            self.deployment,
            patience=PATIENCE,
            clients=self.ways,
            observer=self.observer,
            calendar=self.calendar,
            history=self.history,
        )

    def taken_back(self) -> None:
        """After a restore every client gives up what it has under way, and begins anew."""
        self.history.restores += 1
        self.calendar.wake()

    async def set_up(self) -> None:
        """Those whom all share: the offices of both cities, and their directories."""
        stage = self._stage()
        await self._move(datetime.fromisoformat("2022-03-01T08:00:00+08:00"))
        shared = await gather(stage)
        await publish_directories(shared)
        await stage.settled()
        kinds = {
            "poor": await with_providers(shared, stage, "zh", "poor", 20),
            "cd": await with_providers(shared, stage, "cd", "cd", 30),
            "zh": await with_providers(shared, stage, "zh", "zh", 40),
        }
        await stage.settled()
        for number in range(CLIENTS):
            client = Client(number, shared, self._stage(), self.history, self._left)
            client.shared = kinds["poor" if client.poor else client.city]
            self.clients.append(client)

    def _left(self) -> float:
        return self._seconds - self.rig.seconds

    async def close(self) -> None:
        for way in self.ways.values():
            await way.aclose()
        await self.observer.close()


async def run(minutes: float, seed: int, only: str) -> int:
    os.environ["GOUFU_RULEBOOKS"], os.environ["GOUFU_SANDBOX"] = str(OVERLAYS), "1"
    rows = [row for row in ROWS if only in str(row)]
    print(f"faults: seed={seed} minutes={minutes:g} rows={len(rows)} clients={CLIENTS}", flush=True)
    async with Rig(OVERLAYS, random.Random(seed)) as rig:
        play = Play(rig, seed, minutes)
        try:
            await play.set_up()
            rig.tell(f"everybody has their post; {len(play.history.commands)} commands")
            done = await strike_while_playing(rig, play, minutes * 60, rows, seed)
            drained = await drain(play)
            async with httpx.AsyncClient(timeout=30) as way:
                taken = checker.taken_back(rig.restores)
                again = await answer_again(play.history, way, RESENT, taken)
            await drain(play)
            rig.tell(f"{'drained' if drained else 'NOT DRAINED'}; {again} keys sent again; checking")
            found = await gather_evidence(rig)
        finally:
            await play.close()
    results = checker.check(checker.Run(found, play.history, rig.deployment.exits, rig.restores))
    print(checker.report(results))
    print(told(rig, play))
    counts: dict[checker.Verdict, int] = {
        verdict: checker.total(results, verdict) for verdict in ("lost", "doubled", "violations")
    }
    print(
        f"faults: rows={len(set(done))} kills={rig.kills} commands={len(play.history.commands)}"
        f" lost={counts['lost']} doubled={counts['doubled']} violations={counts['violations']}"
        f" seconds={rig.seconds:.0f}",
        flush=True,
    )
    return 1 if any(counts.values()) else 0


async def strike_while_playing(rig: Rig, play: Play, seconds: float, rows: list[Row], seed: int) -> list[Row]:
    """Clients and faults side by side until so many seconds have passed since the run began; then what was begun is
    brought to its answer."""
    clients = [asyncio.create_task(played(client)) for client in play.clients]
    rig.under_way, rig.taken_back = play.history.under_way, play.taken_back
    rig.part = lambda: rig.seconds / seconds
    striking = asyncio.create_task(strike_all(rig, rows, seed))
    await asyncio.wait([striking, *clients], timeout=seconds - rig.seconds, return_when=asyncio.FIRST_EXCEPTION)
    rig.over.set()
    play.history.over = True
    play.calendar.end()
    done = await striking
    rig.tell(f"healed; {len(done)} faults, {rig.kills} kills, {len(play.history.commands)} commands")
    _, late = await asyncio.wait(clients, timeout=DRAIN_SECONDS)
    play.history.ended = True
    for client in late:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return done


async def drain(play: Play) -> bool:
    """Waits until everything written was sent and heard; a while at most."""
    statement = "SELECT " + " + ".join(
        f"(SELECT count(*) FROM {s}.queue) + (SELECT count(*) FROM {s}.ledger l WHERE l.position >"
        f" (SELECT coalesce(max(least(m.position, m.public)), 0) FROM {s}.relay_mark m))"
        for s in SERVICES
    )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while True:
                [unsent] = await play.observer.ask(statement)
                if not unsent[0] and not await play.observer.late(await play.observer.tide()):
                    return True
                await asyncio.sleep(0.3)
    return False


async def gather_evidence(rig: Rig) -> evidence.Evidence:
    admin = await asyncpg.connect(rig.deployment.admin_url)
    try:
        found = await evidence.tables(admin)
    finally:
        await admin.close()
    found.topics = await evidence.topics(rig.deployment.settings)
    return found


def told(rig: Rig, play: Play) -> str:
    """How it went, in figures that are no verdict."""
    commands = play.history.commands.values()
    kinds = {
        "accepted": sum(command.accepted for command in commands),
        "refused": sum(command.status is not None and not command.accepted for command in commands),
        "lost answers": sum(command.lost for command in commands),
        "sent again": sum(command.unavailable for command in commands),
        "purchases played to the end": sum(client.concluded for client in play.clients),
    }
    answers = ", ".join(f"{status}: {n}" for status, n in sorted(play.history.answers.items()))
    return f"  {', '.join(f'{name} {n}' for name, n in kinds.items())}; answers {answers}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", default="", help="only faults with this in their name; `none`: only play")
    given = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    sys.exit(uvloop.run(run(given.minutes, given.seed, given.rows)))


if __name__ == "__main__":
    main()
