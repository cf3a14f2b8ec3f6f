from uuid import uuid4

import pytest

from tests.evaluation.examples import CHENGDU, EVALUATOR, a_chengdu_contract, a_third_party, a_zhuhai_contract, officer
from tests.support.world import World


def a_mandate(**changes: object) -> dict[str, object]:
    given = {
        "third_party": str(uuid4()),
        "valid_from": "2022-03-01",
        "valid_until": "2022-12-31",
        "independent": True,
    }
    return {**given, **changes}


@pytest.mark.parametrize(("last", "status"), [("2022-03-01", 201), ("2022-02-28", 422)])
async def test_a_mandate_ends_today_at_the_earliest(world: World, last: str, status: int) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)

    asked = a_mandate(valid_from="2022-02-01", valid_until=last)
    answer = await planner.post("evaluation", f"/v1/contracts/{contract.contract_id}/mandates", asked)

    assert answer.status == status


@pytest.mark.clause("CD17-26.5", "accepts")
async def test_a_third_party_without_ties_is_entrusted_and_sees_the_contract(world: World) -> None:
    contract = await a_chengdu_contract(world)
    planner = await officer(world, contract, EVALUATOR)

    organisation = uuid4()
    third_party = await world.person(duties=EVALUATOR, organisation=organisation, jurisdiction=CHENGDU)
    path = f"/v1/contracts/{contract.contract_id}/mandates"

    given = (await planner.post("evaluation", path, a_mandate(third_party=str(organisation)))).ok()

    assert {"CD17-25.1", "CD17-26.5"} <= {f["clause"] for f in given["explain"]}
    mandates = (await third_party.get("evaluation", path)).ok()
    assert [(m["third_party"], m["state"]) for m in mandates] == [(str(organisation), "live")]


@pytest.mark.clause("CD17-26.5", "refuses")
async def test_a_third_party_with_ties_is_not_entrusted(world: World) -> None:
    contract = await a_chengdu_contract(world)
    planner = await officer(world, contract, EVALUATOR)

    answer = await planner.post(
        "evaluation", f"/v1/contracts/{contract.contract_id}/mandates", a_mandate(independent=False)
    )

    answer.refused("CD17-26.5", "third_party_not_independent")


@pytest.mark.clause("ZH21-27.1", "refuses")
@pytest.mark.parametrize("party", ["provider_id", "organisation"])
async def test_neither_party_of_the_contract_is_a_third_party(world: World, party: str) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)

    answer = await planner.post(
        "evaluation",
        f"/v1/contracts/{contract.contract_id}/mandates",
        a_mandate(third_party=str(getattr(contract, party))),
    )

    answer.refused("ZH21-27.1", "third_party_is_a_party")


async def test_who_took_a_partys_place_is_a_party_too(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)
    third_party = await a_third_party(world, planner, contract)
    path = f"/v1/contracts/{contract.contract_id}/mandates"
    (await third_party.get("evaluation", path)).ok()
    await world.admin.execute(
        "INSERT INTO evaluation.successors VALUES ($1, $2, '2022-03-01', 1)",
        *(third_party.organisation, contract.provider_id),
    )

    again = await planner.post("evaluation", path, a_mandate(third_party=str(third_party.organisation)))

    again.refused("ZH21-27.1", "third_party_is_a_party")
    (await third_party.get("evaluation", path)).problem(404)


async def test_a_withdrawn_mandate_no_longer_opens_the_contract(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    planner = await officer(world, contract, EVALUATOR)
    third_party = await a_third_party(world, planner, contract)
    path = f"/v1/contracts/{contract.contract_id}/mandates"
    [mandate] = (await planner.get("evaluation", path)).ok()

    ended = (await planner.post("evaluation", f"/v1/mandates/{mandate['id']}/end", etag='"1"')).ok()

    assert (ended["state"], ended["valid_until"]) == ("ended", "2022-03-01")
    (await third_party.get("evaluation", path)).problem(404)
    (await planner.post("evaluation", f"/v1/mandates/{mandate['id']}/end")).problem(409, "wrong_state")
