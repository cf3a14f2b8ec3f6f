"""No record of evaluation gets more rows of a kind than an answer shows: three are told beforehand, then two more."""

import pytest

from shared.work import bounds
from tests.evaluation.examples import ACCEPTOR, a_chengdu_contract, officer, opened_assessment
from tests.support.world import World


@pytest.mark.parametrize("most", [5, 4], ids=["room", "none"])
async def test_so_many_are_told_to_watch_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened_assessment(person, contract)
    told = [
        {"kind": "beneficiary", "channel": "phone", "name": f"住户{n}", "contact": f"1390000000{n}"} for n in range(2)
    ]
    monkeypatch.setattr(bounds, "MOST", most)

    answer = await person.post("evaluation", f"{path}/observers", {"observers": told})

    assert answer.status == (200 if most == 5 else 409), answer.body
