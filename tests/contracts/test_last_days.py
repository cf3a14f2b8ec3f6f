"""The last day to file a contract, when the schedule of the next year comes late."""

import json
from datetime import date
from pathlib import Path
from uuid import UUID

from tests.contracts.examples import a_cleared_contract, a_desk, zhuhai_award
from tests.support.schedules import a_folder, begins_on
from tests.support.world import World


async def test_the_last_day_to_file_is_counted_again_and_said(world: World, tmp_path: Path) -> None:
    await begins_on(world, date(2026, 12, 28))
    award = zhuhai_award(world)
    desk = await a_desk(world, award)

    async def to_file(contract: UUID) -> tuple[str, bool]:
        shown = (await desk.signs.get("contracts", f"/v1/contracts/{contract}")).ok()
        [due] = [due for due in shown["deadlines"] if due["kind"] == "contract_filing"]
        return due["last_day"], due["provisional"]

    with a_folder(tmp_path) as folder:
        contract = await a_cleared_contract(world, desk, award)
        (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
        (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()
        before = await to_file(contract)
        folder.holds(2027)
        await world.pump()

        assert before == ("2027-01-06", True)
        assert await to_file(contract) == ("2027-01-07", False)
    [row] = await world.rows(
        "SELECT entry FROM contracts.journal WHERE subject = $1 AND type LIKE '%last_day_moved%'", contract
    )
    moved = json.loads(row["entry"])["event"]
    assert (moved["kind"], moved["last_day"], moved["provisional"]) == ("contract_filing", "2027-01-07", False)
