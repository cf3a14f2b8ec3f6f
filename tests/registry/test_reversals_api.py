"""What two persons confirmed is taken back by two, what one proposed by one; both stay readable."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.registry.examples import HASH, a_provider, an_authority, an_award, happens, published
from tests.registry.test_bars_api import answered, proposed, two_of_finance
from tests.registry.test_imports_api import entered
from tests.registry.test_standing_api import a_termination
from tests.support.world import Person, Reply, World

WHY = {"ground": "revoked", "reason": "行政复议决定撤销原处理决定。", "document_hash": HASH}


async def a_bar_in_force(world: World, provider: UUID) -> tuple[Person, Person, dict[str, Any]]:
    one, other = await two_of_finance(world)
    bar = await proposed(one, provider)
    return one, other, dict((await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok())


async def reversal(person: Person, bar: dict[str, Any], **changes: Any) -> Reply:
    return await person.post("registry", f"/v1/bars/{bar['id']}/reversals", {**WHY, **changes})


async def settled(person: Person, reversal: dict[str, Any], how: str = "confirm") -> Reply:
    return await person.post("registry", f"/v1/reversals/{reversal['id']}/{how}")


async def test_a_bar_binds_until_another_person_confirms_that_it_is_lifted(world: World) -> None:
    provider = await a_provider(world)
    one, other, bar = await a_bar_in_force(world, provider)
    lifts = (await reversal(one, bar)).ok()
    assert await answered(world, provider) == "award_blocked"

    lifted = (await settled(other, lifts)).ok()

    assert (lifted["state"], lifted["confirmed_by"]) == ("confirmed", str(other.id))
    assert await answered(world, provider) == "award_cleared"
    first, last = await published(world, "provider_barred", about=provider)
    assert (first["ended"], last["ended"], last["until_day"]) == (None, "lifted", "2022-02-28")


async def test_a_lifted_bar_and_why_it_was_lifted_stay_readable(world: World) -> None:
    provider = await a_provider(world)
    one, other, bar = await a_bar_in_force(world, provider)
    (await settled(other, (await reversal(one, bar)).ok())).ok()

    kept = (await one.get("registry", f"/v1/bars/{bar['id']}")).ok()
    [lifts] = (await one.get("registry", f"/v1/bars/{bar['id']}/reversals")).ok()
    standing = (await one.get("registry", f"/v1/providers/{provider}/standing")).ok()

    assert (kept["state"], kept["until_day"], kept["reason"]) == ("lifted", bar["until_day"], bar["reason"])
    assert (lifts["ground"], lifts["reason"], lifts["document_hash"]) == tuple(WHY.values())
    assert standing["standings"] == []
    assert [each["ended_because"] for each in standing["history"]] == ["lifted"]
    stranger, _ = await two_of_finance(world, "5101")
    (await stranger.get("registry", f"/v1/reversals/{lifts['id']}")).problem(404)


async def test_who_proposed_to_lift_a_bar_does_not_confirm_it(world: World) -> None:
    provider = await a_provider(world)
    one, _other, bar = await a_bar_in_force(world, provider)
    lifts = (await reversal(one, bar)).ok()

    (await settled(one, lifts)).refused(code="confirmer_is_proposer")
    (await settled((await two_of_finance(world))[1], lifts)).problem(403, "not_allowed")

    assert await answered(world, provider) == "award_blocked"


async def test_a_reversal_that_is_taken_back_lifts_nothing_and_may_be_proposed_anew(world: World) -> None:
    provider = await a_provider(world)
    one, other, bar = await a_bar_in_force(world, provider)
    lifts = (await reversal(one, bar)).ok()
    (await reversal(other, bar)).problem(409, "wrong_state")

    (await settled(other, lifts, "withdraw")).ok()

    (await settled(other, lifts)).problem(409, "wrong_state")
    assert await answered(world, provider) == "award_blocked"
    (await settled(other, (await reversal(one, bar)).ok())).ok()
    assert await answered(world, provider) == "award_cleared"


@pytest.mark.parametrize("state", ["proposed", "withdrawn", "lifted"])
async def test_only_a_bar_in_force_is_lifted(world: World, state: str) -> None:
    provider = await a_provider(world)
    if state == "lifted":
        one, other, bar = await a_bar_in_force(world, provider)
        (await settled(other, (await reversal(one, bar)).ok())).ok()
    else:
        one, other = await two_of_finance(world)
        bar = await proposed(one, provider)
        if state == "withdrawn":
            (await other.post("registry", f"/v1/bars/{bar['id']}/withdraw")).ok()

    (await reversal(one, bar)).problem(409, "wrong_state")


async def test_a_bar_is_taken_back_while_it_is_proposed_and_then_binds_nobody(world: World) -> None:
    provider = await a_provider(world)
    one, other = await two_of_finance(world)
    bar = await proposed(one, provider)
    path = f"/v1/bars/{bar['id']}"

    withdrawn = (await one.post("registry", f"{path}/withdraw")).ok()

    assert (withdrawn["state"], withdrawn["until_day"], withdrawn["reason"]) == ("withdrawn", None, bar["reason"])
    (await other.post("registry", f"{path}/confirm")).problem(409, "wrong_state")
    assert [event["withdrawn"] for event in await published(world, "bar_proposed", about=provider)] == [False, True]
    assert await answered(world, provider) == "award_cleared"


async def test_an_open_clearance_of_a_barred_provider_is_answered_anew_once_the_bar_is_lifted(world: World) -> None:
    """The block of the first answer stays what it was; the next round is cleared."""
    provider = await a_provider(world)
    award = an_award(provider)
    await happens(world, award)
    one, other, bar = await a_bar_in_force(world, provider)
    (await settled(other, (await reversal(one, bar)).ok())).ok()

    await happens(world, award)

    told = await published(world, "award_cleared", "award_blocked", about=award.project_id)
    assert [event["name"] for event in told] == ["award_cleared", "award_blocked", "award_cleared"]


async def test_an_imported_result_is_taken_back_before_it_counts(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    imported = (await entered(authority.enters, provider, grade="poor")).ok()
    path = f"/v1/imported-results/{imported['id']}"

    withdrawn = (await authority.enters.post("registry", f"{path}/withdraw")).ok()

    assert (withdrawn["state"], withdrawn["grade"]) == ("withdrawn", "poor")
    (await authority.verifies.post("registry", f"{path}/confirm")).problem(409, "wrong_state")
    assert await published(world, "provider_watched", about=provider) == []


async def test_an_imported_result_that_is_annulled_moves_standing_back(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    good = (await entered(authority.enters, provider, concluded_on="2021-05-30")).ok()
    poor = (await entered(authority.enters, provider, grade="poor", score="40.00")).ok()
    for result in (good, poor):
        (await authority.verifies.post("registry", f"/v1/imported-results/{result['id']}/confirm")).ok()
    path = f"/v1/imported-results/{poor['id']}"
    wrongly = {**WHY, "ground": "entered_wrongly"}
    annuls = (await authority.enters.post("registry", f"{path}/reversals", wrongly)).ok()
    (await settled(authority.enters, annuls)).refused(code="confirmer_is_proposer")

    (await settled(authority.verifies, annuls)).ok()

    standing = (await authority.enters.get("registry", f"/v1/providers/{provider}/standing")).ok()
    assert [(each["kind"], each["cause"]) for each in standing["standings"]] == [("preferred", good["id"])]
    assert (await authority.enters.get("registry", path)).ok()["state"] == "annulled"
    (await authority.enters.post("registry", f"{path}/reversals", wrongly)).problem(409, "wrong_state")


async def test_a_bar_that_has_run_out_is_taken_back_from_the_record(world: World) -> None:
    """The last of the module: its clock only goes forward."""
    provider = await a_provider(world)
    one, other, bar = await a_bar_in_force(world, provider)
    await world.today_is(date(2024, 3, 1))
    await world.pump()
    lifts = (await reversal(one, bar)).ok()

    (await settled(other, lifts)).ok()

    assert (await one.get("registry", f"/v1/bars/{bar['id']}")).ok()["state"] == "lifted"
    told = await published(world, "provider_barred", about=provider)
    assert [event["ended"] for event in told] == [None, "expired"]


async def test_a_watch_for_a_breach_that_was_none_is_lifted_by_two_persons(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    await happens(world, a_termination(provider))
    at = f"/v1/providers/{provider}/standing"
    [watch] = (await authority.enters.get("registry", at)).ok()["standings"]
    path = f"/v1/standings/{watch['id']}/reversals"

    lifts = (await authority.enters.post("registry", path, WHY)).ok()
    (await authority.verifies.post("registry", path, WHY)).problem(409, "wrong_state")
    (await settled(authority.enters, lifts)).refused(code="confirmer_is_proposer")
    (await (await two_of_finance(world))[0].post("registry", path, WHY)).problem(403, "not_allowed")
    assert [one["kind"] for one in (await authority.enters.get("registry", at)).ok()["standings"]] == ["watched"]
    (await settled(authority.verifies, lifts)).ok()

    shown = (await authority.enters.get("registry", at)).ok()
    assert (shown["standings"], [one["ended_because"] for one in shown["history"]]) == ([], ["lifted"])
    assert [one["standing_id"] for one in (await authority.enters.get("registry", path)).ok()] == [watch["id"]]
    (await authority.enters.post("registry", path, WHY)).problem(409, "wrong_state")
    await world.pump()
    [copy] = await world.rows("SELECT until_day FROM tendering.standings WHERE provider_id = $1", provider)
    assert str(copy["until_day"]) < watch["from_day"]


async def test_a_standing_that_rests_on_a_bar_is_lifted_with_the_bar_alone(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    await a_bar_in_force(world, provider)
    [barred] = (await authority.enters.get("registry", f"/v1/providers/{provider}/standing")).ok()["standings"]

    (await authority.enters.post("registry", f"/v1/standings/{barred['id']}/reversals", WHY)).problem(404)
