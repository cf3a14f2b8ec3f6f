"""Whatever of a played circle is altered behind the commands, column by column, the audit names."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.events import SERVICES
from tests.endings import plays
from tests.endings.house import House
from tests.endings.search import founded
from tests.support.altering import alter
from tests.support.servers import SECRET, clone, drop

SEEDED = ("accounts", "posts", "organisations")
"""What a House gives persons without a command, of which no entry tells."""


@pytest.fixture
async def house(database_url: str, template: str, tmp_path: Path) -> AsyncIterator[House]:
    name = f"a_{tmp_path.name[-8:].replace('-', '_')}"
    await drop(database_url, name)
    house = House(await clone(database_url, template, name), template, SECRET, tmp_path)
    await house.open()
    yield house
    await house.close()


@pytest.mark.long
@pytest.mark.parametrize("nth", range(len(plays.PLAYS)))
async def test_every_column_of_every_table_that_is_altered_is_found(
    house: House, database_url: str, template: str, nth: int
) -> None:
    cast, _ = await founded(database_url, template, house)
    await plays.PLAYS[nth].tell(cast)
    await house.pump()

    for service in SERVICES:
        found = await alter(house.admin_url, service, rows=2)
        print(f"altered: play={plays.PLAYS[nth].name} {service} {found.alterations} unseen={len(found.unseen)}")
        assert [each for each in found.before if each.split()[0] not in SEEDED] == []
        assert found.unseen == []
