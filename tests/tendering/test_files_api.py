from typing import Any
from uuid import uuid4

import pytest

from tests.support.world import Reply, World
from tests.tendering.examples import (
    CAPABILITY,
    CHENGDU,
    CONDITIONS,
    LATEST_RESULT,
    PLAN,
    PRICE,
    RESPONSE,
    ZHUHAI,
    Purchase,
    a_drafted_file,
    a_tender_file,
    an_open_procurement,
    clear,
)


async def check_of(
    world: World, *, city: str = CHENGDU, method: str | None = None, budget: Any = None, **file: Any
) -> Reply:
    """What a colleague's check of the file answers."""
    more = {"budget": budget} if budget else {}
    purchase = await an_open_procurement(world, city=city, method=method, **more)
    file_id = await a_drafted_file(purchase, city, **file)
    return await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")


CHENGDU_ACCEPTS = ("17.2", "20.1", "20.2", "20.3", "20.4", "21.1", "21.2", "21.4", "21.5", "28.1")


@pytest.mark.clause("CD17-17.2", "accepts")
@pytest.mark.clause("CD17-20.1", "accepts")
@pytest.mark.clause("CD17-20.2", "accepts")
@pytest.mark.clause("CD17-20.3", "accepts")
@pytest.mark.clause("CD17-20.4", "accepts")
@pytest.mark.clause("CD17-21.1", "accepts")
@pytest.mark.clause("CD17-21.2", "accepts")
@pytest.mark.clause("CD17-21.4", "accepts")
@pytest.mark.clause("CD17-21.5", "accepts")
@pytest.mark.clause("CD17-28.1", "accepts")
@pytest.mark.clause("D87-55.1", "accepts")
async def test_a_colleague_checks_a_complete_file(world: World) -> None:
    purchase = await an_open_procurement(world, city=CHENGDU)
    file_id = await a_drafted_file(purchase, CHENGDU)

    checked = (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).ok()

    assert (checked["state"], checked["checked_by"]) == ("checked", str(purchase.colleague.id))
    assert {f"CD17-{number}" for number in CHENGDU_ACCEPTS} <= {f["clause"] for f in checked["explain"]}
    assert await purchase.state() == "checked"
    [event] = await purchase.events("file_checked")
    assert event["file_hash"] == checked["hash"]


async def due_in(world: World, days: int) -> Reply:
    """A Zhuhai file by which everything is paid within 15 days, and its first payment in so many."""
    first, *others = a_tender_file(ZHUHAI)["terms"]["payments"]
    terms = {
        **a_tender_file(ZHUHAI)["terms"],
        "pay_within_days": 15,
        "payments": [{**first, "due_days": days}, *others],
    }
    return await check_of(world, city=ZHUHAI, terms=terms)


@pytest.mark.clause("ZH21-23.4", "accepts")
async def test_a_payment_may_be_due_on_the_last_day_that_the_file_gives_all(world: World) -> None:
    (await due_in(world, 15)).ok()


@pytest.mark.clause("ZH21-23.4", "refuses")
async def test_no_payment_is_due_later_than_the_file_says_of_all(world: World) -> None:
    (await due_in(world, 16)).refused("ZH21-23.4", "due_later_than_file")


@pytest.mark.clause("CD17-17.2", "refuses")
async def test_the_author_may_not_check_even_a_later_version_of_a_colleague(world: World) -> None:
    purchase = await an_open_procurement(world, city=CHENGDU)
    await a_drafted_file(purchase, CHENGDU)
    second = await purchase.colleague.post("tendering", f"{purchase.path}/files", a_tender_file(CHENGDU))

    answer = await purchase.officer.post("tendering", f"/v1/files/{second.ok()['id']}/check")

    answer.refused("CD17-17.2", "checker_is_author")
    assert await purchase.state() == "drafted"


@pytest.mark.clause("IC12-33.1", "refuses")
async def test_the_author_may_not_check_in_a_city_that_says_nothing_of_it(world: World) -> None:
    purchase = await an_open_procurement(world, city=ZHUHAI)
    file_id = await a_drafted_file(purchase)

    (await purchase.officer.post("tendering", f"/v1/files/{file_id}/check")).refused("IC12-33.1")


@pytest.mark.clause("CD17-20.1", "refuses")
async def test_a_file_without_qualification_conditions_is_refused(world: World) -> None:
    (await check_of(world, conditions=[])).refused("CD17-20.1", "file_field_missing")


@pytest.mark.clause("CD17-20.2", "refuses")
async def test_a_file_drafted_from_an_older_need_is_refused(world: World) -> None:
    project: dict[str, Any] = {"requirement_id": uuid4(), "project_id": uuid4()}
    purchase = await an_open_procurement(world, city=CHENGDU, **project)
    file_id = await a_drafted_file(purchase, CHENGDU)
    await clear_again(world, purchase, requirement_version=2, requirement_hash="cd" * 32)

    (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).refused("CD17-20.2")

    drafted_anew = await a_drafted_file(purchase, CHENGDU)
    (await purchase.colleague.post("tendering", f"/v1/files/{drafted_anew}/check")).ok()


async def clear_again(world: World, purchase: Purchase, **changed: Any) -> None:
    [entry] = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM catalog.journal WHERE key = $1", purchase.project_id
    )
    await clear(world, **{**entry["event"], **changed})


@pytest.mark.clause("CD17-20.3", "refuses")
async def test_a_file_without_method_or_criteria_is_refused(world: World) -> None:
    answer = await check_of(world, evaluation_method=None, factors=[])

    missing = [f["facts"]["field"] for f in answer.json["findings"] if f["clause"] == "CD17-20.3"]
    assert (answer.status, missing) == (422, ["evaluation_method", "evaluation_criteria"])


@pytest.mark.clause("CD17-20.4", "refuses")
async def test_a_file_without_draft_contract_is_refused(world: World) -> None:
    (await check_of(world, terms=None)).refused("CD17-20.4", "file_field_missing")


@pytest.mark.clause("CD17-20.5", "refuses")
async def test_a_consultation_file_that_lists_no_changes_is_refused(world: World) -> None:
    answer = await check_of(world, method="competitive_consultation", substantive_changes=[])

    answer.refused("CD17-20.5", "file_field_missing")


@pytest.mark.clause("CD17-20.5", "accepts")
@pytest.mark.clause("CD17-39.3", "accepts")
@pytest.mark.clause("CD17-39.4", "accepts")
async def test_another_purchase_in_chengdu_passes_with_changes_relief_and_unit(world: World) -> None:
    checked = (await check_of(world, method="competitive_consultation", budget="399999.99")).ok()

    assert {"CD17-20.5", "CD17-39.3", "CD17-39.4"} <= {f["clause"] for f in checked["explain"]}


@pytest.mark.clause("CD17-39.3", "refuses")
async def test_another_purchase_without_a_relief_channel_is_refused(world: World) -> None:
    answer = await check_of(world, method="competitive_consultation", budget="399999.99", relief_channel=None)

    answer.refused("CD17-39.3", "file_field_missing")


@pytest.mark.clause("CD17-39.4", "refuses")
async def test_another_purchase_without_a_responsible_unit_is_refused(world: World) -> None:
    answer = await check_of(world, method="competitive_consultation", budget="399999.99", responsible_unit=None)

    answer.refused("CD17-39.4", "file_field_missing")


@pytest.mark.clause("CD17-21.1", "refuses")
async def test_a_factor_without_link_to_quality_is_refused(world: World) -> None:
    rank = {**CAPABILITY, "code": "founders_rank", "kind": "other", "items": []}

    (await check_of(world, factors=[PRICE, PLAN, RESPONSE, rank])).refused("CD17-21.1", "factor_not_quality")


@pytest.mark.clause("CD17-21.2", "refuses")
async def test_a_scored_condition_is_refused_by_name(world: World) -> None:
    scored = {**CAPABILITY, "code": "financial_system"}

    found = (await check_of(world, factors=[PRICE, PLAN, RESPONSE, scored])).refused("CD17-21.2")

    assert found["facts"] == {"factor": "financial_system"}


@pytest.mark.clause("CD17-21.4", "refuses")
async def test_a_factor_in_words_alone_is_refused(world: World) -> None:
    words = {**PLAN, "levels": [{"text": "优"}, {"text": "良"}]}

    (await check_of(world, factors=[PRICE, words, RESPONSE, CAPABILITY])).refused("CD17-21.4", "factor_not_quantified")


@pytest.mark.clause("CD17-21.4", "refuses")
async def test_a_factor_that_answers_to_no_need_is_refused(world: World) -> None:
    loose = {**PLAN, "matches": None}

    (await check_of(world, factors=[PRICE, loose, RESPONSE, CAPABILITY])).refused("CD17-21.4", "factor_without_need")


@pytest.mark.clause("CD17-21.5", "refuses")
async def test_bands_with_the_same_points_are_refused(world: World) -> None:
    bands = [{"lowest": "0", "highest": "24", "points": "20"}, {"lowest": "24", "highest": "72", "points": "20"}]
    same = {**RESPONSE, "indicator": {"lowest": "0", "highest": "72", "bands": bands}}

    (await check_of(world, factors=[PRICE, PLAN, same, CAPABILITY])).refused("CD17-21.5", "bands_same_points")


@pytest.mark.clause("CD17-21.5", "refuses")
async def test_bands_with_a_gap_are_refused(world: World) -> None:
    bands = [{"lowest": "0", "highest": "24", "points": "20"}, {"lowest": "30", "highest": "72", "points": "0"}]
    gap = {**RESPONSE, "indicator": {"lowest": "0", "highest": "72", "bands": bands}}

    (await check_of(world, factors=[PRICE, PLAN, gap, CAPABILITY])).refused("CD17-21.5", "bands_leave_gap")


@pytest.mark.clause("CD17-21.4", "refuses")
async def test_weights_of_ninety_nine_are_refused(world: World) -> None:
    answer = await check_of(world, factors=[{**PRICE, "weight": "19"}, PLAN, RESPONSE, CAPABILITY])

    assert answer.refused("CD17-21.4", "weights_not_100")["facts"] == {"total": "99.00"}


@pytest.mark.clause("D87-55.1", "accepts")
async def test_a_price_of_ten_percent_is_enough_in_open_tender(world: World) -> None:
    factors = [{**PRICE, "weight": "10"}, PLAN, RESPONSE, CAPABILITY, heavier("10")]

    assert "D87-55.1" in {f["clause"] for f in (await check_of(world, factors=factors)).ok()["explain"]}


@pytest.mark.clause("C214-24.1", "accepts")
@pytest.mark.parametrize("price", ["10", "30"])
async def test_a_price_of_ten_to_thirty_percent_is_right_in_consultation(world: World, price: str) -> None:
    rest = {**PLAN, "weight": "30", "levels": [{"text": "方案覆盖全部内容", "points": "30"}]}
    more = [heavier("20")] if price == "10" else []

    checked = (
        await check_of(world, city=ZHUHAI, factors=[{**PRICE, "weight": price}, rest, RESPONSE, CAPABILITY, *more])
    ).ok()

    assert "C214-24.1" in {f["clause"] for f in checked["explain"]}


@pytest.mark.clause("C214-24.1", "refuses")
async def test_a_price_of_less_than_ten_percent_is_refused_in_consultation_too(world: World) -> None:
    price = {**PRICE, "weight": "9.99"}

    answer = await check_of(world, city=ZHUHAI, factors=[price, PLAN, RESPONSE, CAPABILITY])

    answer.refused("C214-24.1", "price_weight_low")


def heavier(points: str) -> dict[str, Any]:
    """A further factor of service level that carries so many points."""
    levels = [{"text": "有专人回访", "points": points}, {"text": "无", "points": "0"}]
    return {**PLAN, "code": "follow_up", "weight": points, "levels": levels}


@pytest.mark.parametrize(
    ("method", "clause"),
    [
        pytest.param("open_tender", "GPR-34.1", marks=pytest.mark.clause("GPR-34.1", "refuses")),
        pytest.param("competitive_consultation", "C214-24.1", marks=pytest.mark.clause("C214-24.1", "refuses")),
    ],
)
async def test_where_the_city_is_silent_a_factor_in_words_is_refused_by_the_law(
    world: World, method: str, clause: str
) -> None:
    words = {**PLAN, "levels": [{"text": "优"}, {"text": "良"}]}

    answer = await check_of(world, city=ZHUHAI, method=method, factors=[PRICE, words, RESPONSE, CAPABILITY])

    answer.refused(clause, "factor_not_quantified")


@pytest.mark.clause("GPR-34.1", "accepts")
@pytest.mark.clause("D87-17.1", "accepts")
async def test_a_tender_in_zhuhai_is_checked_by_the_law_on_tenders(world: World) -> None:
    checked = (await check_of(world, city=ZHUHAI, method="open_tender")).ok()

    cited = {f["clause"] for f in checked["explain"]}
    assert "GPR-34.1" in cited
    assert not [clause for clause in cited if clause.startswith("C214")]


UNREASONABLE = {
    *("unequal_information", "foreign_condition", "pointing", "regional_award_score", "unequal_review", "named_brand"),
    "ownership_form_place",
}
SIZES = {"registered_capital", "assets", "turnover", "staff_number", "profit", "tax_paid"}


@pytest.mark.parametrize(
    ("codes", "method", "clause"),
    [
        pytest.param(UNREASONABLE, None, "GPR-20.1", marks=pytest.mark.clause("GPR-20.1", "refuses")),
        pytest.param(SIZES, "open_tender", "D87-17.1", marks=pytest.mark.clause("D87-17.1", "refuses")),
        pytest.param(SIZES, None, "SME46-5.1", marks=pytest.mark.clause("SME46-5.1", "refuses")),
    ],
)
async def test_what_the_law_forbids_is_neither_condition_nor_factor(
    world: World, codes: set[str], method: str | None, clause: str
) -> None:
    conditions = [{"code": code, "text": "……", "reason": "有此需要"} for code in sorted(codes)]
    factors = [{**CAPABILITY, "code": code, "items": []} for code in sorted(codes)]

    answer = await check_of(world, city=ZHUHAI, method=method, conditions=conditions, factors=[PRICE, *factors])

    found = [f for f in answer.json["findings"] if f["clause"] == clause]
    assert {f["facts"]["condition"] for f in found if f["code"] == "condition_forbidden"} == codes
    assert {f["facts"]["factor"] for f in found if f["code"] == "factor_forbidden"} == codes


@pytest.mark.clause("CD17-21.4", "refuses")
async def test_items_beyond_their_factor_are_refused(world: World) -> None:
    more = {**CAPABILITY, "items": [{"code": "quality_control", "points": "20.01"}]}

    (await check_of(world, factors=[PRICE, PLAN, RESPONSE, more])).refused("CD17-21.4", "items_over_factor")


@pytest.mark.clause("D87-55.1", "refuses")
async def test_a_price_of_less_than_ten_percent_is_refused_in_open_tender(world: World) -> None:
    price = {**PRICE, "weight": "9.99"}

    (await check_of(world, factors=[price, PLAN, RESPONSE, CAPABILITY])).refused("D87-55.1", "price_weight_low")


@pytest.mark.clause("C214-24.1", "refuses")
async def test_a_price_of_more_than_thirty_percent_is_refused_in_consultation(world: World) -> None:
    price = {**PRICE, "weight": "30.01"}

    answer = await check_of(world, city=ZHUHAI, factors=[price, PLAN, RESPONSE, CAPABILITY])

    answer.refused("C214-24.1", "price_weight_high")


@pytest.mark.parametrize(
    ("code", "clause"),
    [
        pytest.param("founding_years", "ZH21-16.1", marks=pytest.mark.clause("ZH21-16.1", "refuses")),
        pytest.param("registered_place", "ZH21-16.2", marks=pytest.mark.clause("ZH21-16.2", "refuses")),
        pytest.param("size", "ZH21-16.3", marks=pytest.mark.clause("ZH21-16.3", "refuses")),
        pytest.param("assessment_grade", "ZH21-16.4", marks=pytest.mark.clause("ZH21-16.4", "refuses")),
    ],
)
async def test_zhuhai_refuses_a_forbidden_condition(world: World, code: str, clause: str) -> None:
    condition = {"code": code, "text": "……", "reason": "有此需要"}

    answer = await check_of(world, city=ZHUHAI, conditions=[*CONDITIONS, condition])

    assert answer.refused(clause)["facts"] == {"condition": code}


@pytest.mark.clause("ZH21-16.5", "refuses")
async def test_zhuhai_refuses_an_own_condition_without_reason(world: World) -> None:
    own = {"code": "stable_team", "text": "团队稳定"}

    answer = await check_of(world, city=ZHUHAI, conditions=[*CONDITIONS, own])

    answer.refused("ZH21-16.5", "own_condition_needs_reason")


@pytest.mark.clause("ZH21-16.1", "accepts")
@pytest.mark.clause("ZH21-16.2", "accepts")
@pytest.mark.clause("ZH21-16.3", "accepts")
@pytest.mark.clause("ZH21-16.4", "accepts")
@pytest.mark.clause("ZH21-16.5", "accepts")
@pytest.mark.clause("ZH21-27.5", "accepts")
@pytest.mark.clause("C214-20.1", "accepts")
@pytest.mark.clause("C214-24.1", "accepts")
@pytest.mark.clause("IC12-33.1", "accepts")
@pytest.mark.clause("GPR-20.1", "accepts")
@pytest.mark.clause("SME46-5.1", "accepts")
async def test_zhuhai_accepts_an_own_condition_with_its_reason(world: World) -> None:
    own = {"code": "counsellors_licensed", "text": "咨询师持证", "reason": "心理咨询由持证人员提供"}
    changes = [{"kind": kind, "text": "可以协商"} for kind in ("technical", "service", "contract_terms")]

    checked = (await check_of(world, city=ZHUHAI, conditions=[*CONDITIONS, own], substantive_changes=changes)).ok()

    cited = {f["clause"] for f in checked["explain"]}
    assert {*(f"ZH21-16.{n}" for n in range(1, 6)), "ZH21-27.5", "C214-20.1", "C214-24.1", "IC12-33.1"} <= cited


@pytest.mark.clause("ZH21-27.6", "accepts")
async def test_a_published_factor_for_the_latest_result_is_allowed(world: World) -> None:
    factors = [{**PRICE, "weight": "15"}, PLAN, RESPONSE, CAPABILITY, LATEST_RESULT]

    checked = (await check_of(world, city=ZHUHAI, factors=factors)).ok()

    assert "ZH21-27.6" in {f["clause"] for f in checked["explain"]}


@pytest.mark.clause("CD17-23.3", "refuses")
@pytest.mark.clause("CD17-23.5", "refuses")
@pytest.mark.clause("CD17-23.5", "accepts")
async def test_in_chengdu_a_service_signed_each_year_lasts_three_and_says_by_what_each_is_assessed(
    world: World,
) -> None:
    terms = a_tender_file(CHENGDU)["terms"]
    whole = {**terms, "contents": [*terms["contents"], "assessment_method"], "service_years": 3}

    (await check_of(world, city=CHENGDU, terms={**whole, "service_years": 4})).refused(
        "CD17-23.3", "service_period_too_long"
    )
    (await check_of(world, city=CHENGDU, terms={**terms, "service_years": 3})).refused(
        "CD17-23.5", "yearly_standard_missing"
    )
    assert "CD17-23.5" in {f["clause"] for f in (await check_of(world, city=CHENGDU, terms=whole)).ok()["explain"]}


@pytest.mark.clause("CD17-22.3", "refuses")
async def test_in_chengdu_a_payment_hangs_on_no_evaluation_nor_on_nothing(world: World) -> None:
    line = {"number": 1, "kind": "final", "amount": "480000.00", "gate": "evaluation"}
    terms = a_tender_file(CHENGDU)["terms"]

    for named in (line, {**line, "kind": "advance", "gate": "contract"}):
        answer = await check_of(world, terms={**terms, "payments": [named]})
        answer.refused("CD17-22.3", "payment_not_linked")


@pytest.mark.clause("ZH21-23.1", "refuses")
@pytest.mark.clause("ZH21-23.1", "accepts")
async def test_in_zhuhai_an_instalment_that_waits_for_nothing_counts_as_an_advance(world: World) -> None:
    terms = a_tender_file()["terms"]
    over, within = (
        [
            {"number": 1, "kind": "instalment", "amount": first, "gate": "contract"},
            {"number": 2, "kind": "final", "amount": rest, "gate": "evaluation"},
        ]
        for first, rest in (("88000.01", "131999.99"), ("88000.00", "132000.00"))
    )

    refused = await check_of(world, city=ZHUHAI, terms={**terms, "payments": over})
    (await check_of(world, city=ZHUHAI, terms={**terms, "payments": within})).ok()

    refused.refused("ZH21-23.1", "advance_over_cap")


@pytest.mark.clause("ZH21-27.5", "refuses")
async def test_in_zhuhai_a_payment_may_wait_for_an_assessment_that_says_how_much_it_pays(world: World) -> None:
    line = {"number": 1, "kind": "final", "amount": "220000.00", "gate": "assessment"}
    terms = {**a_tender_file()["terms"], "payments": [line]}
    whole = {**line, "bands": [{"from_points": "60", "share": "1"}]}

    silent = await check_of(world, city=ZHUHAI, terms=terms)
    told = await check_of(world, city=ZHUHAI, terms={**terms, "payments": [whole]})

    silent.refused("ZH21-27.5", "bands_missing")
    told.ok()


@pytest.mark.clause("C214-20.1", "refuses")
async def test_in_a_consultation_the_price_is_no_matter_for_change(world: World) -> None:
    answer = await check_of(world, city=ZHUHAI, substantive_changes=[{"kind": "price", "text": "可以议价"}])

    answer.refused("C214-20.1", "change_not_allowed")


@pytest.mark.clause("CD17-33.3", "accepts")
async def test_in_chengdu_the_latest_result_may_be_a_published_factor(world: World) -> None:
    checked = (
        await check_of(world, factors=[{**PRICE, "weight": "15"}, PLAN, RESPONSE, CAPABILITY, LATEST_RESULT])
    ).ok()

    assert "CD17-33.3" in {f["clause"] for f in checked["explain"]}


async def test_a_new_version_takes_the_check_away_and_the_old_one_stays_as_it_was(world: World) -> None:
    purchase = await an_open_procurement(world)
    first = await a_drafted_file(purchase)
    (await purchase.colleague.post("tendering", f"/v1/files/{first}/check")).ok()
    before = (await purchase.officer.get("tendering", f"/v1/files/{first}")).ok()

    second = await a_drafted_file(purchase, relief_channel="另一渠道")

    after = (await purchase.officer.get("tendering", f"/v1/files/{first}")).ok()
    assert after == before
    assert await purchase.state() == "drafted"
    (await purchase.colleague.post("tendering", f"/v1/files/{first}/check")).problem(409, "wrong_state")
    (await purchase.colleague.post("tendering", f"/v1/files/{second}/check")).ok()


async def test_the_application_cannot_change_a_files_contents(world: World) -> None:
    purchase = await an_open_procurement(world)
    await a_drafted_file(purchase)
    database = world.services["tendering"].app.state.database

    async with database.connection() as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute("UPDATE tender_file_contents SET hash = ''")


async def test_fields_that_we_do_not_know_are_refused(world: World) -> None:
    purchase = await an_open_procurement(world)

    answer = await purchase.officer.post("tendering", f"{purchase.path}/files", a_tender_file(lowest_price="1.00"))

    answer.problem(422, "field")


async def test_a_draft_is_not_shown_to_providers(world: World) -> None:
    purchase = await an_open_procurement(world)
    file_id = await a_drafted_file(purchase)
    stranger = await world.person("stranger", duties={"submit_bid"}, organisation=uuid4())

    (await stranger.get("tendering", f"/v1/files/{file_id}")).problem(404)
    (await stranger.get("tendering", f"{purchase.path}/files")).problem(404)
    (await stranger.get("tendering", f"{purchase.path}/check-file")).problem(404)


@pytest.mark.clause("DG11-7.1b", "accepts")
async def test_the_check_under_dongguan_requires_what_zhuhai_refuses_and_changes_nothing(world: World) -> None:
    grade = {"code": "assessment_grade", "text": "评估等级3A以上", "least": "3A"}
    purchase = await an_open_procurement(world)
    file_id = await a_drafted_file(purchase, conditions=[*CONDITIONS, grade])
    (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).refused("ZH21-16.4")
    under = {"rulebook": "dongguan-2011", "as_of": "2012-03-01", "hypothetical": "true"}

    there = (await purchase.officer.get("tendering", f"{purchase.path}/check-file", **under)).ok()
    here = (await purchase.officer.get("tendering", f"{purchase.path}/check-file")).ok()

    assert (there["hypothetical"], there["as_of"]) == (True, "2012-03-01")
    assert there["rulebook"] == "dongguan-2011@1:2012-01-01"
    assert "GAP-D18" in {found["clause"] for found in there["explain"]}
    [grade_asked] = [f for f in there["explain"] if f["clause"] == "DG11-7.1b"]
    assert grade_asked["satisfied"] is True
    assert (here["hypothetical"], here["allowed"], here["rulebook"]) == (False, False, "zhuhai-2021@1")
    assert [f["clause"] for f in here["findings"]] == ["ZH21-16.4"]
    assert await purchase.state() == "drafted"
    assert await purchase.events("file_checked") == []


async def test_a_check_under_another_rulebook_must_be_called_hypothetical(world: World) -> None:
    purchase = await an_open_procurement(world)
    await a_drafted_file(purchase)

    answer = await purchase.officer.get("tendering", f"{purchase.path}/check-file", rulebook="dongguan-2011")

    answer.problem(422, "field")


@pytest.mark.parametrize("name", ["atlantis-1", "zhuhai-2021@9", "zhuhai-2021@x", "internal-control-2012"])
async def test_a_check_under_a_rulebook_without_tender_files_finds_nothing(world: World, name: str) -> None:
    purchase = await an_open_procurement(world)
    await a_drafted_file(purchase)
    asked = {"rulebook": name, "hypothetical": "true"}

    (await purchase.officer.get("tendering", f"{purchase.path}/check-file", **asked)).problem(404, "not_found")


async def test_lacking_the_post_is_another_matter(world: World) -> None:
    purchase = await an_open_procurement(world)
    file_id = await a_drafted_file(purchase)
    clerk = await world.person("clerk", duties={"draft_file"}, organisation=purchase.organisation)

    (await clerk.post("tendering", f"/v1/files/{file_id}/check")).problem(403, "not_allowed")
