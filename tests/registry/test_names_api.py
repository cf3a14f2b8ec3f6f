"""The name of a person is set right by another administrator; both are read by those who may, and by nobody else."""

import pytest

from tests.registry.test_persons_api import a_person, an_administrator, logged_in
from tests.support.world import World

NAME = {"text": "张小明", "keep_until": "2030-12-31"}
MEANT = {"display_name": {"text": "章小明", "keep_until": "2030-12-31"}, "reason": "姓氏录错"}


@pytest.mark.clause("IC12-12.1", "refuses")
async def test_a_name_is_set_right_by_another_administrator_and_both_are_read(world: World) -> None:
    admin, other = await an_administrator(world), await an_administrator(world)
    person = await a_person(admin, display_name=NAME)
    path = f"/v1/persons/{person['id']}"

    (await admin.post("registry", f"{path}/name", MEANT)).refused("IC12-12.1", "giver_corrects")
    assert (await other.post("registry", f"{path}/name", MEANT)).ok()["display_name"] == "章小明"

    known = (await admin.get("registry", f"{path}/names")).ok()
    assert [(each["display_name"], each["reason"]) for each in known] == [("张小明", None), ("章小明", "姓氏录错")]
    assert len((await (await logged_in(world, person)).get("registry", f"{path}/names")).ok()) == 2
    elsewhere = await an_administrator(world, "5101")
    (await elsewhere.get("registry", f"{path}/names")).problem(404)
    told = await world.rows("SELECT entry FROM registry.journal WHERE type LIKE '%person_named%'")
    assert told
    assert not [each for each in told if "小明" in each["entry"]]


async def test_the_same_name_is_no_correction_and_a_person_without_one_gets_one(world: World) -> None:
    admin, other = await an_administrator(world), await an_administrator(world)
    named, nameless = await a_person(admin, display_name=NAME), await a_person(admin)

    same = {**MEANT, "display_name": NAME}
    (await other.post("registry", f"/v1/persons/{named['id']}/name", same)).problem(422)
    assert (await admin.post("registry", f"/v1/persons/{nameless['id']}/name", same)).ok()["display_name"] == "张小明"
