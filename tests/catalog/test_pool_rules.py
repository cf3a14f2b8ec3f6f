"""Steps of the ways into the pool, and the review."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.catalog.pool.rules import Choice, Progress, Review, approve, choose, consent, decline, take_step
from services.catalog.rulebook import NegativeSection, PoolSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks

BOOK = rulebooks().get("zhuhai-2021")
POOL, NEGATIVE = BOOK.section(PoolSection), BOOK.section(NegativeSection)
DAY = date(2022, 3, 1)
PROPOSED = Progress("community_vote", "street_office", Decimal("220000.00"))
OFFERED = replace(PROPOSED, way="social_org_pool")
DELIBERATED = replace(PROPOSED, deliberated_on=date(2022, 2, 20))
VOTED = replace(DELIBERATED, voted_on=date(2022, 2, 27), votes=(87, 19))
CRITERIA = {"budget": "可承受", "community_need": "居民需要", "overall_development": "符合规划"}


def review(**changes: Any) -> Review:
    return replace(Review(uuid4(), uuid4(), CRITERIA, Decimal("220000.00")), **changes)


def failed(decision: Decision[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.clause.id) for finding in decision.findings if finding.refuses]


def test_deliberation_comes_first_and_the_vote_after_it() -> None:
    assert not take_step("deliberation", DAY, PROPOSED, POOL, DAY).refused
    assert not take_step("vote", date(2022, 2, 20), DELIBERATED, POOL, DAY).refused


def test_a_vote_without_deliberation_is_out_of_order() -> None:
    assert failed(take_step("vote", DAY, PROPOSED, POOL, DAY)) == [("step_out_of_order", "ZH21-19.2b")]


def test_a_vote_the_day_before_the_deliberation_is_out_of_order() -> None:
    decision = take_step("vote", date(2022, 2, 19), DELIBERATED, POOL, DAY)

    assert failed(decision) == [("step_out_of_order", "ZH21-19.2b")]


def test_a_step_that_lies_ahead_has_not_been_taken() -> None:
    assert not take_step("deliberation", DAY, PROPOSED, POOL, DAY).refused
    assert take_step("deliberation", date(2022, 3, 2), PROPOSED, POOL, DAY).refused


def test_a_text_without_steps_asks_for_none() -> None:
    silent = rulebooks().get("chengdu-2017").section(PoolSection)

    assert not take_step("vote", DAY, PROPOSED, silent, DAY).refused


@pytest.mark.parametrize(("votes", "carried"), [((87, 19), True), ((54, 53), True), ((53, 53), False), ((0, 0), False)])
def test_more_must_be_for_it_than_against(votes: tuple[int, int], carried: bool) -> None:
    assert replace(VOTED, votes=votes).carried is carried


def test_a_carried_project_is_approved_against_the_three_criteria() -> None:
    decision = approve(VOTED, review(), POOL, NEGATIVE)

    assert not decision.refused
    assert decision.clauses == ("ZH21-11.0", "ZH21-19.2b", "ZH21-19.2c", "ZH21-20.1")


@pytest.mark.parametrize("progress", [PROPOSED, DELIBERATED, replace(VOTED, votes=(19, 87))])
def test_what_was_not_voted_through_is_not_approved(progress: Progress) -> None:
    assert ("step_missing", "ZH21-19.2b") in failed(approve(progress, review(), POOL, NEGATIVE))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_no_judgement_may_be_missing(criterion: str) -> None:
    criteria = {name: text for name, text in CRITERIA.items() if name != criterion}

    decision = approve(VOTED, review(criteria=criteria), POOL, NEGATIVE)

    assert failed(decision) == [("criterion_missing", "ZH21-20.1")]


def test_the_money_at_hand_must_cover_the_estimate_to_the_fen() -> None:
    short = approve(VOTED, review(available_money=Decimal("219999.99")), POOL, NEGATIVE)

    assert failed(short) == [("over_available_money", "ZH21-20.1")]


def test_an_unstated_sum_at_hand_covers_nothing() -> None:
    decision = approve(VOTED, review(available_money=None), POOL, NEGATIVE)

    assert failed(decision) == [("over_available_money", "ZH21-20.1")]


def test_the_proposer_does_not_confirm_the_negative_list() -> None:
    person = uuid4()

    decision = approve(VOTED, review(declared_by=person, reviewer=person), POOL, NEGATIVE)

    assert failed(decision) == [("confirmed_by_declarer", "ZH21-11.0")]


def test_a_providers_plan_needs_consent_and_choice() -> None:
    chosen = replace(OFFERED, consented=True, chosen=True)

    bare = approve(OFFERED, review(), POOL, NEGATIVE)
    whole = approve(chosen, review(), POOL, NEGATIVE)

    assert failed(bare) == [("consent_missing", "ZH21-19.3a"), ("choice_missing", "ZH21-19.3b")]
    assert not whole.refused


def test_a_community_chooses_only_from_the_pool() -> None:
    choice = Choice(uuid4(), uuid4(), uuid4())

    assert failed(choose(OFFERED, choice, POOL)) == [("not_in_pool", "ZH21-19.3b")]
    assert not choose(replace(OFFERED, consented=True), choice, POOL).refused


def test_neither_the_street_nor_the_provider_chooses_in_a_communitys_place() -> None:
    street, provider = uuid4(), uuid4()
    consented = replace(OFFERED, consented=True)

    for chooser in (street, provider):
        decision = choose(consented, Choice(chooser, street, provider), POOL)
        assert failed(decision) == [("choice_by_another_body", "ZH21-19.3b")]


@pytest.mark.parametrize(("kind", "admitted"), [("town_government", True), ("street_office", True), ("bureau", False)])
def test_towns_and_streets_consent_and_review(kind: str, admitted: bool) -> None:
    voted, chosen = (
        replace(VOTED, purchaser_kind=kind),
        replace(OFFERED, purchaser_kind=kind, consented=True, chosen=True),
    )

    assert failed(consent(chosen, POOL)) == ([] if admitted else [("consent_by_another_body", "ZH21-19.3a")])
    for progress, clause in ((voted, "ZH21-19.2c"), (chosen, "ZH21-19.3b")):
        expected = [] if admitted else [("review_by_another_body", clause)]
        assert failed(approve(progress, review(), POOL, NEGATIVE)) == expected


def test_chengdu_approves_without_the_zhuhai_criteria() -> None:
    book = rulebooks().get("chengdu-2017")
    planned = Progress("planned_by_purchaser", "administrative_organ", Decimal("480000.00"))

    decision = approve(
        planned, review(criteria={}, available_money=None), book.section(PoolSection), book.section(NegativeSection)
    )

    assert decision.clauses == ("D102-10.0",)
    assert not decision.refused


def test_the_unsuited_is_kept_out_with_a_reason_only() -> None:
    assert failed(decline(review(), "unsuitable", None, POOL, NEGATIVE)) == [("reason_missing", "ZH21-11.6")]
    assert not decline(review(), "unsuitable", "专业性过强", POOL, NEGATIVE).refused


def test_a_decline_cites_the_negative_item_found() -> None:
    decision = decline(review(), "community_debt_repayment", None, POOL, NEGATIVE)

    assert not decision.refused
    assert "ZH21-11.2" in decision.clauses


def test_a_decline_for_other_grounds_cites_no_item() -> None:
    assert decline(review(), None, "资金不足", POOL, NEGATIVE).clauses == ("ZH21-11.0",)
