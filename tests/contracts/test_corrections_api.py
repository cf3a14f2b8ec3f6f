"""Money that a result decides, and what a corrected result does to money already paid."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from shared.events.evaluation import AssessmentNotified
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    chengdu_award,
    line_state,
    lines_of,
    movements,
    receipt,
    returned,
    row_of,
    zhuhai_award,
)
from tests.support.examples import an_acceptance, an_assessment, an_evaluation
from tests.support.world import Person, World


async def in_chengdu(world: World) -> tuple[Desk, UUID, list[UUID]]:
    award = chengdu_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    return desk, contract, await lines_of(world, contract)


async def in_zhuhai(world: World) -> tuple[Desk, UUID, list[UUID]]:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    return desk, contract, await lines_of(world, contract)


async def notified(world: World, contract: UUID, line: UUID | None, score: str) -> UUID:
    """An assessment given to the provider in writing; it may still be objected to."""
    row, assessment = await row_of(world, contract), uuid4()
    event = AssessmentNotified(
        jurisdiction=row["jurisdiction"],
        organisation=row["organisation"],
        project_id=row["key"],
        contract_id=contract,
        provider_id=row["provider_id"],
        assessment_id=assessment,
        line_id=line,
        period=1,
        score=Decimal(score),
        objections_until=date(2022, 10, 11),
    )
    await world.emit("evaluation", event)
    await world.pump()
    return assessment


async def confirmed(world: World, contract: UUID, line: UUID, assessment: UUID, score: str, version: int = 1) -> None:
    row = await row_of(world, contract)
    event = an_assessment(row, line, score=score, version=version, assessment_id=assessment)
    await world.emit("evaluation", event)
    await world.pump()


async def paid_on(world: World, desk: Desk, contract: UUID, line: UUID, score: str) -> UUID:
    """A line asked for, approved and released by an assessment; returns the assessment."""
    assessment = await notified(world, contract, line, score)
    await ask_and_approve(desk, line, assessment)
    await confirmed(world, contract, line, assessment, score)
    return assessment


@pytest.mark.clause("CD17-28.2", "accepts")
@pytest.mark.clause("CD17-28.1", "accepts")
async def test_the_chengdu_story_pays_three_instalments_by_their_scores(world: World) -> None:
    desk, contract, [first, second, third] = await in_chengdu(world)
    assessment = await notified(world, contract, first, "84")
    asked = (await desk.asks.post("contracts", f"/v1/payment-lines/{first}/request", {"papers": str(assessment)})).ok()
    (await desk.approves.post("contracts", f"/v1/payment-lines/{first}/approve")).ok()
    assert await line_state(world, first) == ("approved", "0.00")

    await confirmed(world, contract, first, assessment, "91")
    await paid_on(world, desk, contract, second, "90")
    await paid_on(world, desk, contract, third, "95.5")

    assert "CD17-28.2" in {f["clause"] for f in asked["explain"]}
    assert [await line_state(world, line) for line in (first, second, third)] == [("released", "152000.00")] * 3
    assert str((await row_of(world, contract))["paid"]) == "456000.00"


async def test_an_objection_not_filed_leaves_the_reduced_amount(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)

    await paid_on(world, desk, contract, line, "84")

    assert await line_state(world, line) == ("reduced", "144400.00")


async def test_below_the_bands_the_payment_is_held_until_assessed_anew(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    await paid_on(world, desk, contract, line, "69.99")
    assert await line_state(world, line) == ("approved", "0.00")

    again = await notified(world, contract, line, "75")
    await confirmed(world, contract, line, again, "75")

    assert await line_state(world, line) == ("reduced", "136800.00")


@pytest.mark.clause("CD17-28.2", "refuses")
async def test_without_papers_nothing_is_asked_for(world: World) -> None:
    desk, _, [line, *_] = await in_chengdu(world)

    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).refused("CD17-28.2")


@pytest.mark.clause("CD17-28.2", "refuses")
async def test_the_papers_of_another_contract_do_not_count(world: World) -> None:
    desk, _, [line, *_] = await in_chengdu(world)
    _, other, [others_line, *_] = await in_chengdu(world)
    papers = await notified(world, other, others_line, "95")

    answer = await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {"papers": str(papers)})

    answer.refused("CD17-28.2", "papers_missing")


async def test_the_papers_of_another_contract_that_name_no_line_do_not_count(world: World) -> None:
    desk, _, [line, *_] = await in_chengdu(world)
    _, other, _ = await in_chengdu(world)
    papers = await notified(world, other, None, "95")

    answer = await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {"papers": str(papers)})

    answer.refused("CD17-28.2", "papers_missing")


async def test_the_papers_of_another_line_do_not_count(world: World) -> None:
    desk, contract, [first, second, _] = await in_chengdu(world)
    papers = await notified(world, contract, first, "95")

    answer = await desk.asks.post("contracts", f"/v1/payment-lines/{second}/request", {"papers": str(papers)})

    answer.refused("CD17-28.2", "papers_missing")


async def test_a_score_corrected_upwards_pays_the_difference_once(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    assessment = await paid_on(world, desk, contract, line, "84")

    await confirmed(world, contract, line, assessment, "91", version=2)
    await confirmed(world, contract, line, assessment, "91", version=2)

    assert await movements(world, line) == [("release", "144400.00"), ("supplement", "7600.00")]
    assert await line_state(world, line) == ("released", "152000.00")


async def test_a_score_corrected_downwards_is_demanded_back(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    assessment = await paid_on(world, desk, contract, line, "91")

    await confirmed(world, contract, line, assessment, "84", version=2)

    assert await movements(world, line) == [("release", "152000.00"), ("refund", "7600.00")]
    assert await line_state(world, line) == ("reduced", "144400.00")
    assert str((await row_of(world, contract))["paid"]) == "144400.00"
    notices = await world.rows("SELECT kind, facts FROM contracts.notices WHERE subject = $1", line)
    assert [n["facts"] for n in notices if n["kind"] == "refund_demanded"] == [{"amount": "7600.00"}]


async def test_an_older_version_that_comes_late_changes_nothing(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    assessment = await paid_on(world, desk, contract, line, "84")
    await confirmed(world, contract, line, assessment, "91", version=3)

    await confirmed(world, contract, line, assessment, "70", version=2)

    assert await line_state(world, line) == ("released", "152000.00")


async def test_a_corrected_evaluation_releases_what_was_withheld(world: World) -> None:
    desk, contract, [advance, middle, final] = await in_zhuhai(world)
    row, evaluation = await row_of(world, contract), uuid4()
    for line in (advance, middle, final):
        await ask_and_approve(desk, line)
    await world.emit("evaluation", an_evaluation(row, final, score="54.00", grade="poor", evaluation_id=evaluation))
    await world.pump()
    assert await line_state(world, final) == ("withheld", "0.00")
    [told] = await world.rows("SELECT recipient_organisation, facts FROM contracts.notices WHERE subject = $1", final)
    assert (told["recipient_organisation"], told["facts"]["clause"]) == (world.provider, "ZH21-27.5")

    corrected = an_evaluation(row, final, score="72", grade="fair", version=2, evaluation_id=evaluation)
    await world.emit("evaluation", corrected)
    await world.pump()

    assert await movements(world, final) == [("release", "60000.00")]


async def test_a_failed_acceptance_is_followed_by_a_new_one(world: World) -> None:
    desk, contract, [advance, middle, _] = await in_zhuhai(world)
    row = await row_of(world, contract)
    for line in (advance, middle):
        await ask_and_approve(desk, line)
    await world.emit("evaluation", an_acceptance(row, middle, passed=False))
    await world.pump()
    assert await line_state(world, middle) == ("withheld", "0.00")

    await world.emit("evaluation", an_acceptance(row, middle, passed=True))
    await world.pump()

    assert await line_state(world, middle) == ("released", "60000.00")


@pytest.mark.parametrize(("version", "asked_back"), [(2, [("refund", "60000.00")]), (1, [])])
async def test_an_acceptance_set_right_after_the_payment_is_demanded_back(
    world: World, version: int, asked_back: list[tuple[str, str]]
) -> None:
    desk, contract, [advance, middle, _] = await in_zhuhai(world)
    row = await row_of(world, contract)
    for line in (advance, middle):
        await ask_and_approve(desk, line)
    await world.emit("evaluation", an_acceptance(row, middle, passed=True))
    await world.pump()

    await world.emit("evaluation", an_acceptance(row, middle, passed=False, version=version))
    await world.pump()

    assert await movements(world, middle) == [("release", "60000.00"), *asked_back]


async def test_paid_taken_back_and_paid_again_each_source_is_exact(world: World) -> None:
    desk, contract, [advance, middle, final] = await in_zhuhai(world)
    row, evaluation = await row_of(world, contract), uuid4()
    for line in (advance, middle, final):
        await ask_and_approve(desk, line)
    await world.emit("evaluation", an_acceptance(row, middle, passed=True))
    for version, grade in enumerate(("good", "poor", "fair"), start=1):
        event = an_evaluation(row, final, score="70", grade=grade, version=version, evaluation_id=evaluation)
        await world.emit("evaluation", event)
    await world.pump()

    assert await movements(world, final) == [
        ("release", "60000.00"),
        ("refund", "60000.00"),
        ("supplement", "60000.00"),
    ]
    rows = await world.rows("SELECT kind, parts FROM contracts.payments WHERE contract_id = $1", contract)
    borne = {
        source: sum(Decimal(row["parts"][source]) * (-1 if row["kind"] == "refund" else 1) for row in rows)
        for source in ("fiscal", "charity")
    }
    assert borne == {"fiscal": Decimal("181818.18"), "charity": Decimal("18181.82")}
    assert str((await row_of(world, contract))["paid"]) == "200000.00"


async def test_approvals_by_many_at_once_release_once(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)
    (await desk.asks.post("contracts", f"/v1/payment-lines/{advance}/request", {})).ok()
    crowd = [await world.person("approves", duties={"approve_payment"}) for _ in range(6)]

    answers = await asyncio.gather(
        *(person.post("contracts", f"/v1/payment-lines/{advance}/approve") for person in crowd)
    )

    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert await movements(world, advance) == [("release", "80000.00")]


@pytest.mark.clause("ZH21-23.3", "refuses")
async def test_the_final_payment_is_not_asked_for_before_the_middle_one(world: World) -> None:
    desk, _, [advance, _, final] = await in_zhuhai(world)
    await ask_and_approve(desk, advance)

    answer = await desk.asks.post("contracts", f"/v1/payment-lines/{final}/request", {})

    assert answer.refused("ZH21-23.3", "out_of_order")["facts"] == {"earlier": "2"}


@pytest.mark.clause("ZH21-23.2", "accepts")
@pytest.mark.clause("ZH21-23.3", "accepts")
async def test_payments_asked_for_in_their_order_show_the_clause(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)

    asked = (await desk.asks.post("contracts", f"/v1/payment-lines/{advance}/request", {})).ok()

    assert {f["clause"] for f in asked["explain"]} >= {"ZH21-23.1", "ZH21-23.2", "ZH21-23.3"}


async def test_a_login_too_old_does_not_release(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)
    (await desk.asks.post("contracts", f"/v1/payment-lines/{advance}/request", {})).ok()
    stale = await world.person("stale", duties={"approve_payment"}, auth_age=timedelta(minutes=16))

    answer = await stale.post("contracts", f"/v1/payment-lines/{advance}/approve")

    answer.problem(401, "step_up")
    assert await line_state(world, advance) == ("requested", "0.00")


@pytest.mark.clause("CD17-29.2", "refuses")
async def test_nothing_is_settled_without_the_treasurys_reference(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    await paid_on(world, desk, contract, line, "91")

    (await receipt(desk, line, reference=None)).refused("CD17-29.2", "treasury_reference_missing")


@pytest.mark.clause("CD17-29.2", "accepts")
async def test_a_receipt_with_its_reference_settles_the_line(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    await paid_on(world, desk, contract, line, "91")

    settled = (await receipt(desk, line)).ok()

    assert settled["state"] == "settled"
    assert [f["clause"] for f in settled["explain"]] == ["CD17-29.2"]
    [entry] = (await desk.asks.get("contracts", f"/v1/payment-lines/{line}/payments")).ok()
    assert entry["settled"]
    assert entry["treasury_reference"].startswith("GK-2022-")


async def test_a_returned_order_is_reversed_and_may_be_asked_for_again(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)
    await ask_and_approve(desk, advance)

    await returned(world, desk, advance)
    assert await line_state(world, advance) == ("returned", "0.00")
    await ask_and_approve(desk, advance)
    (await receipt(desk, advance)).ok()

    assert await movements(world, advance) == [
        ("release", "80000.00"),
        ("return", "80000.00"),
        ("release", "80000.00"),
    ]
    assert await line_state(world, advance) == ("settled", "80000.00")
    sent = await world.rows(
        "SELECT business_key FROM contracts.dispatches WHERE business_key LIKE $1 ORDER BY 1", f"payment/{advance}/%"
    )
    assert [row["business_key"] for row in sent] == [f"payment/{advance}/1", f"payment/{advance}/3"]


async def test_a_receipt_for_nothing_is_refused(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)
    await ask_and_approve(desk, advance)
    (await receipt(desk, advance)).ok()

    (await receipt(desk, advance)).problem(409, "wrong_state")


async def test_release_and_supplement_have_each_their_receipt(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    assessment = await paid_on(world, desk, contract, line, "84")
    await confirmed(world, contract, line, assessment, "91", version=2)

    first = (await receipt(desk, line, reference="GK-1")).ok()
    second = (await receipt(desk, line, reference="GK-2")).ok()

    assert (first["state"], second["state"]) == ("released", "settled")
    seen = (await desk.asks.get("contracts", f"/v1/payment-lines/{line}/payments")).ok()
    assert [(p["kind"], p["amount"], p["treasury_reference"]) for p in seen] == [
        ("release", "144400.00", "GK-1"),
        ("supplement", "7600.00", "GK-2"),
    ]


async def test_a_payment_entry_cannot_be_changed_by_the_service(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)
    await ask_and_approve(desk, advance)

    async with world.services["contracts"].database.connection() as connection:
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute("UPDATE payments SET amount = 1")
        with pytest.raises(Exception, match="permission denied"):
            await connection.execute("DELETE FROM receipt_corrections")


async def test_a_released_payment_has_its_last_day(world: World) -> None:
    desk, _, [advance, *_] = await in_zhuhai(world)

    released = await ask_and_approve(desk, advance)

    [found] = [f for f in released["explain"] if f["clause"] == "ZH21-23.4"]
    assert (released["due_on"], found["facts"]) == ("2022-03-31", {"last_day": "2022-03-31"})


async def test_a_payment_that_waits_for_its_result_is_not_due(world: World) -> None:
    desk, _, [advance, middle, _] = await in_zhuhai(world)
    await ask_and_approve(desk, advance)

    assert (await ask_and_approve(desk, middle))["due_on"] is None


@pytest.mark.clause("CD17-28.1", "accepts")
@pytest.mark.clause("CD17-29.1", "accepts")
async def test_a_paid_line_shows_the_result_and_the_last_day_it_rests_on(world: World) -> None:
    desk, contract, [line, *_] = await in_chengdu(world)
    await paid_on(world, desk, contract, line, "91")

    shown = (await desk.asks.get("contracts", f"/v1/payment-lines/{line}")).ok()

    assert [(f["code"], f["clause"], f["facts"].get("last_day")) for f in shown["explain"]] == [
        ("result_releases", "CD17-28.1", None),
        ("payment_overdue", "CD17-29.1", "2022-03-31"),
    ]
    assert (shown["due_on"], shown["findings"]) == ("2022-03-31", [])


async def test_a_line_that_nobody_approved_rests_on_nothing_yet(world: World) -> None:
    desk, _, [line, *_] = await in_chengdu(world)

    shown = (await desk.asks.get("contracts", f"/v1/payment-lines/{line}")).ok()

    assert (shown["explain"], shown["findings"]) == ([], [])


@pytest.mark.clause("CD17-29.1", "refuses")
@pytest.mark.clause("ZH21-23.4", "refuses")
async def test_the_day_after_its_last_day_what_the_treasury_has_not_paid_is_overdue(world: World) -> None:
    desk, contract, [late, paid, _] = await in_chengdu(world)
    for line in (late, paid):
        await paid_on(world, desk, contract, line, "91")
    (await receipt(desk, paid)).ok()
    there, _, [advance, *_] = await in_zhuhai(world)
    await ask_and_approve(there, advance)

    async def overdue(person: Person, line: UUID) -> list[tuple[str, str]]:
        shown = (await person.get("contracts", f"/v1/payment-lines/{line}")).ok()
        return [(f["code"], f["clause"]) for f in shown["findings"]]

    await world.today_is(date(2022, 3, 31), 23, 55)
    assert [await overdue(desk.asks, late), await overdue(there.asks, advance)] == [[], []]
    await world.today_is(date(2022, 4, 1), 0)

    assert await overdue(desk.asks, late) == [("payment_overdue", "CD17-29.1")]
    assert await overdue(there.asks, advance) == [("payment_overdue", "ZH21-23.4")]
    assert await overdue(desk.asks, paid) == []


async def test_a_payment_past_its_last_day_is_reported_to_both_parties(world: World) -> None:
    desk, _, [unpaid, *_] = await in_zhuhai(world)
    await ask_and_approve(desk, unpaid)
    other_desk, _, [paid, *_] = await in_zhuhai(world)
    await ask_and_approve(other_desk, paid)
    (await receipt(other_desk, paid)).ok()

    await world.today_is(date(2022, 5, 2), hour=0)
    await world.pump()

    told = await world.rows(
        "SELECT recipient_organisation, subject, facts FROM contracts.notices"
        " WHERE kind = 'payment_overdue' AND subject = ANY($1)",
        [unpaid, paid],
    )
    assert {(row["subject"], row["recipient_organisation"]) for row in told} == {
        (unpaid, world.street),
        (unpaid, world.provider),
    }
    assert {row["facts"]["clause"] for row in told} == {"ZH21-23.4"}
