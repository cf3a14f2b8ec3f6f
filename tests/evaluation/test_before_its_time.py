"""A result is before the public when it is published: neither its score nor what follows from it shows before."""

from tests.evaluation.examples import a_zhuhai_contract
from tests.evaluation.test_conclusions_api import ATTAINED, ready_in_zhuhai
from tests.support.stranger import a_stranger
from tests.support.world import World


async def test_an_evaluation_before_its_publication_is_nowhere(world: World) -> None:
    stranger, contract = await a_stranger(world), await a_zhuhai_contract(world)
    person, path, survey = await ready_in_zhuhai(world, contract)
    concluded = (
        await person.post("evaluation", f"{path}/conclusion", {"attained": ATTAINED, "survey_id": survey})
    ).ok()
    public = path.replace("/evaluations/", "/published-evaluations/")
    pages = [
        ("evaluation", path),
        ("evaluation", public),
        ("registry", f"/v1/providers/{contract.provider_id}/standing"),
    ]
    hidden = await stranger.reads(*pages)

    (await person.post("evaluation", f"{path}/publication")).ok()
    shown = await stranger.entries()

    assert concluded["grade"] == "poor"
    for secret in (concluded["id"], '"54.00"', '"poor"', "provider_watched"):
        assert secret not in hidden
    [entry] = [entry for entry in shown if concluded["id"] in entry]
    assert '"score":"54.00"' in entry
    assert str(person.id) not in entry
