"""A list at a million rows beside the same list at ten thousand: the first page, and one that lies deep."""

import contextlib
from collections.abc import Mapping
from typing import ClassVar

from shared.web.paging import Listing, write_cursor
from tests.bench import load, seeds
from tests.bench.house import House
from tests.bench.load import Requests
from tests.bench.rounds import Comparison, Figures, Measurement, Side, at_most, require

PAGE = 50
DEEP = 0.9
"""How far down the list the deep page lies."""
_STEP = 100_000


class Pages(Measurement):
    """`GET /v1/contracts?limit=50` for somebody who oversees all of them, one request at a time."""

    name: ClassVar[str] = "pages"
    about: ClassVar[str] = "list page of 50 at 1,000,000 rows, first and deep"
    load = "tests.bench.generator"
    comparisons: ClassVar[tuple[Comparison, ...]] = (
        Comparison("list page, first, 1,000,000 rows", "first", "ms", at_most(1.2)),
        Comparison("list page, deep, 1,000,000 rows", "deep", "ms", at_most(1.2)),
    )

    async def open(self) -> None:
        self._exit = contextlib.AsyncExitStack()
        short = await self._exit.enter_async_context(House(self.house.server_url))
        self._lists = {
            "ours": await self._opened(self.house, self.scale.rows),
            "reference": await self._opened(short, self.scale.few),
        }

    async def close(self) -> None:
        await self._exit.aclose()

    async def _opened(self, house: House, rows: int) -> dict[str, Requests]:
        for first in range(0, rows, _STEP):
            await seeds.contracts(house.admin, first, min(first + _STEP, rows) - 1)
        await house.settle()
        officer = await house.officer()
        address = f"{await self._exit.enter_async_context(house.api('contracts'))}/v1/contracts?limit={PAGE}"
        key = house.settings.cursor_key.get_secret_value().encode()
        last = seeds.numbered(seeds.CONTRACT, round(rows * DEEP))
        cursor = write_cursor([last], Listing("id", {}, str(officer.person)), key)
        first_page = Requests(address, tokens=(officer.token,))
        return {"first": first_page, "deep": Requests(f"{address}&after={cursor}", tokens=(officer.token,))}

    def sides(self) -> Mapping[str, Side]:
        return {"ours": lambda: self._asked("ours"), "reference": lambda: self._asked("reference")}

    async def _asked(self, side: str) -> Figures:
        return {name: await self._median(requests) for name, requests in self._lists[side].items()}

    async def _median(self, requests: Requests) -> float:
        found = await load.one_by_one(requests, self.scale.seconds / 3)
        require(found.answers > 0, "no page was answered")
        return found.p50
