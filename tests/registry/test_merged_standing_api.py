"""What stands against a provider stands against whoever takes its place: nothing is shed by merging."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.examples import (
    CHENGDU,
    Authority,
    a_paper,
    a_provider,
    an_authority,
    an_evaluation,
    happens,
    published,
    verified,
)
from tests.registry.test_bars_api import answered, barred, proposed, two_of_finance
from tests.registry.test_changes_api import change, confirmed
from tests.registry.test_interests_api import declared
from tests.support.world import World


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


async def merged(authority: Authority, old: UUID, new: UUID, manner: str = "merger") -> None:
    await confirmed(
        authority.verifies, (await change(authority.enters, new, successor_of=str(old), manner=manner)).ok()
    )


async def gone(authority: Authority, provider: UUID) -> None:
    await confirmed(authority.verifies, (await change(authority.enters, provider, departure="merged")).ok())


async def standing_of(authority: Authority, provider: UUID) -> list[tuple[str, str | None]]:
    shown = (await authority.enters.get("registry", f"/v1/providers/{provider}/standing")).ok()
    return [(each["kind"], each["until_day"]) for each in shown["standings"]]


@pytest.mark.parametrize("manner", ["merger", "division", "conversion"])
async def test_a_bar_holds_through_two_successions(world: World, authority: Authority, manner: str) -> None:
    old, new, newest = [await a_provider(world, authority) for _ in range(3)]
    bar = await barred(world, old)

    await merged(authority, old, new, manner)
    await gone(authority, old)
    await merged(authority, new, newest, manner)

    for provider in (new, newest):
        assert await standing_of(authority, provider) == [("barred", bar["until_day"])]
        assert await answered(world, provider) == "award_blocked"
        [event] = await published(world, "provider_barred", about=provider)
        assert (event["cause"], event["clause"]) == (bar["id"], "GPL-77.1")
    [copy] = await world.rows("SELECT kind, effect FROM tendering.standings WHERE provider_id = $1", newest)
    assert dict(copy) == {"kind": "barred", "effect": "bar"}


async def test_who_took_nobodys_place_is_not_barred(world: World, authority: Authority) -> None:
    await barred(world, await a_provider(world, authority))

    assert await answered(world, await a_provider(world, authority)) == "award_cleared"


async def test_a_bar_confirmed_after_the_merger_bars_the_successor_too(world: World, authority: Authority) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)
    one, other = await two_of_finance(world)
    bar = await proposed(one, old)
    await merged(authority, old, new)

    (await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok()

    assert await answered(world, new) == "award_blocked"


async def test_a_bar_that_is_lifted_is_lifted_for_the_successor(world: World, authority: Authority) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)
    one, other = await two_of_finance(world)
    bar = await proposed(one, old)
    (await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok()
    await merged(authority, old, new)
    body = {"ground": "entered_wrongly", "reason": "录入有误。", "document_hash": "ab" * 32}
    reversal = (await one.post("registry", f"/v1/bars/{bar['id']}/reversals", body)).ok()

    (await other.post("registry", f"/v1/reversals/{reversal['id']}/confirm")).ok()

    assert (await standing_of(authority, old), await standing_of(authority, new)) == ([], [])
    assert await answered(world, new) == "award_cleared"


@pytest.mark.parametrize("interested", [False, True])
async def test_who_belongs_to_a_successor_bars_nobody_in_whose_place_it_stands_and_lifts_no_bar(
    world: World, authority: Authority, interested: bool
) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)
    one, other = await two_of_finance(world)
    bar = await proposed(other, old)
    await merged(authority, old, new)
    if interested:
        (await declared(one, new)).ok()

    confirmed_bar = await one.post("registry", f"/v1/bars/{bar['id']}/confirm")
    if not interested:
        confirmed_bar.ok()
        return
    confirmed_bar.refused("GPR-9.1", "person_interested")
    third = await world.person("third", duties={"bar_provider"}, organisation=one.organisation, jurisdiction="4404")
    (await third.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok()
    body = {"ground": "entered_wrongly", "reason": "录入有误。", "document_hash": "ab" * 32}
    (await one.post("registry", f"/v1/bars/{bar['id']}/reversals", body)).refused("GPR-9.1", "person_interested")


async def test_a_good_result_of_before_covers_no_poor_one_of_whom_it_merged_with(
    world: World, authority: Authority
) -> None:
    place: dict[str, Any] = {"jurisdiction": "4419", "rulebook": "dongguan-2011@1"}
    old, new = [await a_provider(world, authority, founded_on="2020-03-01") for _ in range(2)]
    await happens(world, an_evaluation(old, "poor", **place, day=date(2021, 6, 1)))
    await happens(world, an_evaluation(new, "good", **place, day=date(2021, 9, 1)))
    alone = await answered(world, new, **place)

    await merged(authority, old, new)
    together = await answered(world, new, **place)
    await happens(world, an_evaluation(new, "good", **place, day=date(2022, 3, 1)))

    assert (alone, together) == ("award_cleared", "award_blocked")
    assert await answered(world, new, **place) == "award_cleared"


async def test_a_poor_result_is_shown_of_the_successor(world: World, authority: Authority) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)
    await happens(world, an_evaluation(old, "poor", organisation=uuid4()))

    await merged(authority, old, new)

    assert await standing_of(authority, new) == [("watched", None)]


async def test_a_penalty_stays_with_whoever_took_the_place(world: World, authority: Authority) -> None:
    old, new = await a_provider(world, authority), await a_provider(world, authority)
    where = {"jurisdiction": CHENGDU, "rulebook": "chengdu-2017@1"}
    await verified(authority, old, [a_paper("penalty", result="licence_revoked")])
    before = [await answered(world, provider, **where) for provider in (old, new)]

    await merged(authority, old, new)

    assert before == ["award_blocked", "award_cleared"]
    assert await answered(world, new, **where) == "award_blocked"


async def annulled(authority: Authority, old: UUID, new: UUID) -> None:
    await merged(authority, old, new, "annulled")


async def takers(world: World, old: UUID) -> dict[UUID, bool]:
    """Who is said to have taken that one's place, and whether it was taken back."""
    rows = await world.rows("SELECT successor, annulled FROM registry.successors WHERE predecessor = $1", old)
    return {row["successor"]: row["annulled"] for row in rows}


async def test_what_came_with_a_place_that_was_never_taken_goes_with_it(world: World, authority: Authority) -> None:
    old, new, newest = [await a_provider(world, authority) for _ in range(3)]
    bar = await barred(world, old)
    await merged(authority, old, new)
    await merged(authority, new, newest)
    own = await barred(world, newest)

    await annulled(authority, old, new)

    assert await standing_of(authority, old) == [("barred", bar["until_day"])]
    assert await answered(world, new) == "award_cleared"
    assert await answered(world, newest) == "award_blocked"
    held = await world.rows(
        "SELECT cause FROM registry.standings WHERE provider_id = $1 AND state = 'standing'", newest
    )
    assert [str(row["cause"]) for row in held] == [own["id"]]
    [copy] = await world.rows(
        "SELECT annulled FROM tendering.successors WHERE successor = $1 AND predecessor = $2", new, old
    )
    assert copy["annulled"]
    [was, _] = (await authority.enters.get("registry", f"/v1/organisations/{new}")).ok()["successions"]
    assert (was["predecessor"], was["annulled"]) == (str(old), True)


async def test_a_bar_that_comes_by_another_way_too_stays(world: World, authority: Authority) -> None:
    first, second, new = [await a_provider(world, authority) for _ in range(3)]
    bar = await barred(world, first)
    for old, successor in ((first, second), (second, new), (first, new)):
        await merged(authority, old, successor)

    await annulled(authority, second, new)

    assert await standing_of(authority, new) == [("barred", bar["until_day"])]


async def test_a_place_is_taken_by_the_right_one_after_the_wrong_one(world: World, authority: Authority) -> None:
    old, wrong, right = [await a_provider(world, authority) for _ in range(3)]
    await merged(authority, old, wrong)
    await gone(authority, old)
    proposal = (await change(authority.enters, wrong, successor_of=str(old), manner="annulled")).ok()
    alone = await authority.enters.post("registry", f"/v1/changes/{proposal['id']}/confirm")
    alone.refused("IC12-12.1", "confirmer_proposed_change")
    await confirmed(authority.verifies, proposal)

    await merged(authority, old, right)

    assert await takers(world, old) == {wrong: True, right: False}
    await merged(authority, old, wrong)
    assert await takers(world, old) == {wrong: False, right: False}


async def conditions_told(world: World, provider: UUID) -> bool:
    """Whether tendering knows that no major violation stands against it."""
    await world.pump()
    rows = await world.rows("SELECT conditions FROM tendering.verifications WHERE provider_id = $1", provider)
    return bool(rows) and "no_major_violation" in rows[0]["conditions"]


async def test_every_one_that_took_the_place_is_told_of_a_penalty_and_of_its_end(
    world: World, authority: Authority
) -> None:
    old, new, newest = [await a_provider(world, authority) for _ in range(3)]
    await verified(authority, old, [a_paper("penalty", result="licence_revoked")])
    await merged(authority, new, newest)
    before = await conditions_told(world, newest)

    await merged(authority, old, new)
    merged_with = [await conditions_told(world, provider) for provider in (new, newest)]
    await annulled(authority, old, new)

    assert (before, merged_with) == (True, [False, False])
    assert [await conditions_told(world, provider) for provider in (new, newest)] == [True, True]


async def test_a_wrong_succession_of_one_that_has_left_is_taken_back_and_no_other_is_entered(
    world: World, authority: Authority
) -> None:
    old, other, wrong = [await a_provider(world, authority) for _ in range(3)]
    await merged(authority, old, wrong)
    await gone(authority, wrong)

    entered = await change(authority.enters, wrong, successor_of=str(other))
    await annulled(authority, old, wrong)

    entered.problem(409, "wrong_state")
    assert await takers(world, old) == {wrong: True}


async def test_a_place_that_was_never_said_to_be_taken_is_not_taken_back(world: World, authority: Authority) -> None:
    old, new = [await a_provider(world, authority) for _ in range(2)]

    answer = await change(authority.enters, new, successor_of=str(old), manner="annulled")

    assert answer.status == 422
