"""`python -m tests.containers`: the last line is for machines; the exit status is 0 when everything held."""

import asyncio
import os
import signal
import sys
import tempfile
import time
import traceback
from datetime import date
from pathlib import Path
from types import FrameType

from rich.console import Console

from deploy.demo.cast import gather
from deploy.demo.play import EXPECTED
from deploy.demo.providers import register_providers
from deploy.demo.stage import StoryError, heard_by
from deploy.demo.story import (
    Plot,
    advance,
    first_round,
    five_cities,
    home_care,
    later_payments,
    next_round,
    outcome,
    poor_result,
    trouble,
)
from shared.events import SERVICES
from tests.containers.city import TREASURY_TOKEN, City
from tests.containers.commands import CommandFailed, Commands
from tests.containers.debian import Debian, cache
from tests.containers.drills import Broken, Drills
from tests.containers.engine import Engine, EngineUnavailable
from tests.containers.images import provide
from tests.containers.stage import ADMINISTRATORS, Composed

LOG = Path(__file__).resolve().parents[2] / "build" / "containers.log"


class Play:
    """One run of the check."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def say(self, what: str) -> None:
        self.console.print(f"[{self.seconds:4.0f} s] {what}", markup=False)

    def play(self) -> str:
        """The whole check; returns the last line. Raises EngineUnavailable where no engine can be had."""
        for service in SERVICES:
            heard_by(service)  # what is to be imported is, before somebody changes it
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_text("")
        commands = Commands(LOG)
        debian = Debian(commands, cache())
        with Engine(commands, debian) as engine, tempfile.TemporaryDirectory(prefix="goufu-city-") as folder:
            self.say("the engine runs")
            city = City(engine, commands, Path(folder))
            city.prepare()
            official = provide(engine, debian, city.images())
            self.say("images are there" if official else "no registry of images: stand-ins are there")
            try:
                services, healthy, drills, paid = self._in(city)
            except BaseException:
                city.tell_logs()
                raise
        return (
            f"containers: services={services} healthy={healthy} paid={paid} restarts={drills.restarts}"
            f" seconds={self.seconds:.0f}"
        )

    def _in(self, city: City) -> tuple[int, int, Drills, int]:
        city.bring_up()
        services = [each for each in city.containers().values() if each.service not in ("migrate", "outside")]
        healthy = sum(each.well for each in services)
        self.say(f"{healthy} of {len(services)} services are healthy")
        if shown := city.shown():
            raise Broken(f"a secret can be seen of {shown}")
        self.say("no container shows a secret")
        drills = Drills(city, self.say)
        paid = asyncio.run(self._inside(city, drills))
        city.take_down()
        if left := city.left():
            raise Broken(f"taken down, and still there: {left}")
        self.say("taken down with its volumes: nothing is left")
        return len(services), healthy, drills, paid

    async def _ordered(self, city: City, stage: Composed) -> None:
        """Payment orders have reached the treasury with its token, and none that nobody gave; one may come again with
        its business key when a worker dies. Raises Broken."""
        [row] = await stage.watcher.ask("SELECT count(*) AS n FROM contracts.dispatches")
        orders = set(await asyncio.to_thread(city.orders))
        if not 1 <= len(orders) <= row["n"] or not all(f"Bearer {TREASURY_TOKEN} " in order for order in orders):
            raise Broken(f"of {row['n']} payment orders the treasury has {len(orders)}, or not its token with them")
        self.say(f"the story has ended as it should; {len(orders)} of {row['n']} payment orders are at the treasury")

    async def _inside(self, city: City, drills: Drills) -> int:
        await drills.nothing_changes()
        await drills.one_is_not_ready("registry-api")
        async with Composed(city, self.console) as stage:
            await stage.day(date(2022, 3, 1))
            await asyncio.to_thread(city.goufu, "administrator", "add", *ADMINISTRATORS)
            self.say("the first two administrators are made")
            async with asyncio.TaskGroup() as both:
                told = both.create_task(story(stage))
                both.create_task(drills.storm())
            paid = told.result()
            await self._ordered(city, stage)
            await drills.with_writers(stage, drills.power_cut)
            await drills.with_writers(stage, drills.upgrade)
            await drills.lose_the_broker(stage)
            await asyncio.to_thread(city.goufu, "audit", "verify")
            self.say("the record verifies")
        return paid


async def story(stage: Composed) -> int:
    """The demonstration's whole story; returns how many purchases are paid. Raises Broken when it ends otherwise."""
    plot = Plot(await gather(stage, await stage.administrators()))
    await register_providers(plot.cast)
    for act in (first_round, advance, home_care, trouble, poor_result, next_round, later_payments, five_cities):
        await act(plot)
    found = await outcome(plot.cast)
    if found != EXPECTED:
        raise Broken(f"the story ends with {found}, not {EXPECTED}")
    return found.paid


def ended(number: int, _: FrameType | None) -> None:
    """Told to end, it cleans up as when it fails."""
    raise SystemExit(128 + number)


def main() -> int:
    signal.signal(signal.SIGTERM, ended)
    check = Play()
    try:
        line = check.play()
    except EngineUnavailable as error:
        print(f"no container engine can be had here, so nothing was checked: {error}")
        return 1 if os.environ.get("GOUFU_REQUIRE_CONTAINERS") == "1" else 0
    except (CommandFailed, StoryError, Broken, ExceptionGroup) as error:
        for each in error.exceptions if isinstance(error, ExceptionGroup) else (error,):
            print(f"the containers did not hold: {each!r}", file=sys.stderr)
        with LOG.open("a") as log:
            traceback.print_exception(error, file=log)
        print(f"what was run, and what it said: {LOG}", file=sys.stderr)
        return 1
    print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
