from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.tendering import AwardConfirmed
from tests.contracts.examples import (
    CHENGDU_FIELDS,
    a_draft,
    chengdu_award,
    chengdu_payments,
    written_as,
    zhuhai_award,
    zhuhai_payments,
)
from tests.support.world import Person, Reply, World


async def a_drafter(world: World, award: AwardConfirmed) -> Person:
    return await world.person(
        "drafts", duties={"draft_contract"}, organisation=award.organisation, jurisdiction=award.jurisdiction
    )


async def write(world: World, award: AwardConfirmed, body: dict[str, Any]) -> Reply:
    contract = await a_draft(world, award)
    return await (await a_drafter(world, award)).post("contracts", f"/v1/contracts/{contract}/write", body)


async def test_a_confirmed_award_drafts_the_contract_with_its_lines(world: World) -> None:
    award = zhuhai_award(world)

    contract = await a_draft(world, award)

    drafter = await a_drafter(world, award)
    seen = (await drafter.get("contracts", f"/v1/contracts/{contract}")).ok()
    assert (seen["state"], seen["price"]) == ("drafted", "200000.00")
    assert [(line["kind"], line["planned"]) for line in seen["lines"]] == [
        ("advance", "80000.00"),
        ("instalment", "60000.00"),
        ("final", "60000.00"),
    ]
    drafted = await world.rows("SELECT type FROM contracts.journal WHERE key = $1", award.project_id)
    assert [row["type"] for row in drafted] == ["goufu.contracts.contract_drafted.v1"]


async def test_references_count_up_by_city_and_year(world: World) -> None:
    first, second = [await a_draft(world, chengdu_award(world)) for _ in range(2)]

    rows = await world.rows(
        "SELECT reference FROM contracts.contracts WHERE id = ANY($1) ORDER BY reference", [first, second]
    )
    numbers = [int(row["reference"].removeprefix("CD-2022-")) for row in rows]
    assert numbers[1] == numbers[0] + 1
    assert len(rows[0]["reference"]) == len("CD-2022-000123")


async def test_an_award_whose_payments_do_not_add_up_is_parked(world: World) -> None:
    award = zhuhai_award(world, payments=zhuhai_payments()[:2])

    await world.emit("tendering", award)
    await world.pump()

    parked = [held for held in await world.parked() if held["state"] == "parked"]
    assert [held["reason"].split(":")[0] for held in parked] == ["TermsDoNotAddUp"]


@pytest.mark.clause("CD17-22.1", "accepts")
@pytest.mark.clause("CD17-22.2", "accepts")
@pytest.mark.clause("CD17-22.3", "accepts")
@pytest.mark.clause("CD17-22.4", "accepts")
@pytest.mark.clause("CD17-22.5", "accepts")
@pytest.mark.clause("CD17-27.3", "accepts")
@pytest.mark.clause("CD17-28.1", "accepts")
@pytest.mark.clause("CD17-23.2", "accepts")
@pytest.mark.clause("GPL-46.1", "accepts")
async def test_a_contract_that_says_everything_is_written(world: World) -> None:
    award = chengdu_award(world)

    written = (await write(world, award, written_as(award))).ok()

    assert set(written["contents"]) == set(CHENGDU_FIELDS)
    assert written["text_hash"]
    explained = {finding["clause"] for finding in written["explain"]}
    assert explained >= {"CD17-22.1", "CD17-22.2", "CD17-22.3", "CD17-22.4", "CD17-22.5", "CD17-27.3", "CD17-28.1"}
    assert explained >= {"CD17-23.2", "GPL-46.1"}


@pytest.mark.parametrize(
    ("field", "clause"),
    [
        pytest.param("scope", "CD17-22.1", marks=pytest.mark.clause("CD17-22.1", "refuses")),
        pytest.param("object", "CD17-22.1", marks=pytest.mark.clause("CD17-22.1", "refuses")),
        pytest.param("quantity", "CD17-22.1", marks=pytest.mark.clause("CD17-22.1", "refuses")),
        pytest.param("quality", "CD17-22.1", marks=pytest.mark.clause("CD17-22.1", "refuses")),
        pytest.param("period", "CD17-22.2", marks=pytest.mark.clause("CD17-22.2", "refuses")),
        pytest.param("payment_method", "CD17-22.2", marks=pytest.mark.clause("CD17-22.2", "refuses")),
        pytest.param("rights_and_duties", "CD17-22.4", marks=pytest.mark.clause("CD17-22.4", "refuses")),
        pytest.param("breach_liability", "CD17-22.4", marks=pytest.mark.clause("CD17-22.4", "refuses")),
        pytest.param("dispute_resolution", "CD17-22.5", marks=pytest.mark.clause("CD17-22.5", "refuses")),
    ],
)
async def test_a_contract_without_a_mandatory_part_is_refused(world: World, field: str, clause: str) -> None:
    award = chengdu_award(world)

    answer = await write(world, award, written_as(award, without=(field,)))

    assert answer.refused(clause)["facts"] == {"field": field}


@pytest.mark.clause("CD17-22.3", "refuses")
async def test_a_payment_whose_measure_the_contract_does_not_state_is_refused(world: World) -> None:
    award = chengdu_award(world)

    answer = await write(world, award, written_as(award, without=("assessment_method",)))

    assert answer.refused("CD17-22.3")["facts"] == {"line": "1", "gate": "assessment"}


def by_acceptance() -> dict[str, Any]:
    """Chengdu's home care as a delivery: paid when accepted, by the acceptance standard that the contract states."""
    contents = tuple("acceptance_standard" if f == "assessment_method" else f for f in CHENGDU_FIELDS)
    payments = [payment.model_copy(update={"bands": ()}) for payment in chengdu_payments(gate="acceptance")]
    return {"payments": payments, "contents": contents, "window": None}


@pytest.mark.clause("CD17-22.3", "accepts")
@pytest.mark.clause("CD17-28.1", "accepts")
async def test_a_payment_by_acceptance_hangs_on_the_acceptance_standard(world: World) -> None:
    award = chengdu_award(world, **by_acceptance())

    written = (await write(world, award, written_as(award))).ok()

    assert {"CD17-22.3", "CD17-28.1"} <= {finding["clause"] for finding in written["explain"]}


@pytest.mark.clause("CD17-22.3", "refuses")
async def test_a_payment_by_acceptance_without_its_standard_is_refused(world: World) -> None:
    award = chengdu_award(world, **by_acceptance())

    answer = await write(world, award, written_as(award, without=("acceptance_standard",)))

    assert answer.refused("CD17-22.3")["facts"] == {"line": "1", "gate": "acceptance"}


@pytest.mark.clause("CD17-28.1", "refuses")
async def test_an_assessment_that_says_nothing_on_how_much_is_paid_is_refused(world: World) -> None:
    award = chengdu_award(world, payments=[p.model_copy(update={"bands": ()}) for p in chengdu_payments()])

    answer = await write(world, award, written_as(award))

    assert answer.refused("CD17-28.1", "bands_missing")["facts"] == {"line": "1"}


@pytest.mark.clause("D102-23.1", "accepts")
@pytest.mark.clause("ZH21-22.1", "accepts")
@pytest.mark.clause("ZH21-23.1", "accepts")
@pytest.mark.clause("ZH21-27.5", "accepts")
async def test_a_zhuhai_contract_says_what_the_national_measures_ask(world: World) -> None:
    award = zhuhai_award(world)

    written = (await write(world, award, written_as(award))).ok()

    explained = {finding["clause"] for finding in written["explain"]}
    assert explained >= {"D102-23.1", "D102-24.1", "ZH21-22.1", "ZH21-23.1", "ZH21-27.5"}


@pytest.mark.clause("D102-23.1", "refuses")
async def test_a_zhuhai_contract_is_refused_for_each_part_that_it_leaves_out(world: World) -> None:
    award = zhuhai_award(world)

    answer = await write(world, award, written_as(award, contents={"dispute_resolution": "仲裁"}))

    missing = [f["facts"]["field"] for f in answer.problem(422)["findings"] if f["clause"] == "D102-23.1"]
    assert missing == [
        "object",
        "period",
        "quantity",
        "quality",
        "price",
        "payment_method",
        "rights_and_duties",
        "breach_liability",
    ]


@pytest.mark.clause("CD17-22.3", "refuses")
async def test_under_chengdu_no_line_waits_for_an_evaluation(world: World) -> None:
    award = chengdu_award(world, payments=chengdu_payments(gate="evaluation"))

    answer = await write(world, award, written_as(award))

    assert answer.refused("CD17-22.3")["facts"] == {"line": "1", "gate": "evaluation"}


@pytest.mark.parametrize("told", ["by the award", "by nothing"])
async def test_a_contract_keeps_what_its_file_promised_when_it_was_checked(world: World, told: str) -> None:
    award = chengdu_award(world, payments=chengdu_payments(gate="evaluation"))
    if told == "by the award":
        award = award.model_copy(update={"terms": award.terms.model_copy(update={"older": True})})
    contract = await a_draft(world, award)
    if told == "by nothing":  # as drafts are that were made before it was told
        change = "UPDATE contracts.contracts SET terms = terms - 'older' WHERE id = $1"
        await world.admin.execute(change, UUID(str(contract)))
    drafter = await a_drafter(world, award)

    written = await drafter.post("contracts", f"/v1/contracts/{contract}/write", written_as(award))

    assert written.ok()["state"] == "drafted"


CHANGCHUN, DONGGUAN, SHANGHAI = (
    "changchun-2014@1:2022-03-01",
    "dongguan-2011@1:2011-03-01",
    "shanghai-2015@1:2015-06-30",
)
FIELDS = {
    CHANGCHUN: (
        *("scope", "object", "quantity", "quality", "period", "payment_method", "rights_and_duties"),
        *("breach_liability", "price"),
    ),
    DONGGUAN: ("scope", "goals", "tasks", "requirements", "period", "payment_method", "breach_liability"),
    SHANGHAI: ("object", "price"),
}


def award_under(world: World, rulebook: str, gate: str = "acceptance", **changes: Any) -> AwardConfirmed:
    """456,000.00 in three instalments that wait for what the contract makes them wait for."""
    award = chengdu_award(world, payments=chengdu_payments(gate=gate), contents=FIELDS[rulebook], **changes)
    return award.model_copy(update={"rulebook": rulebook})


@pytest.mark.parametrize(
    ("rulebook", "gate", "stated"),
    [
        pytest.param(rulebook, gate, stated, marks=[pytest.mark.clause(clause, "accepts") for clause in stated])
        for rulebook, stated in ((CHANGCHUN, ("CC14-6.6a", "CC14-6.6b")), (DONGGUAN, ("DG11-8.5b",)))
        for gate in ("acceptance", "assessment")
    ],
)
async def test_a_contract_of_changchun_or_dongguan_pays_on_the_result_that_it_names(
    world: World, rulebook: str, gate: str, stated: tuple[str, ...]
) -> None:
    award = award_under(world, rulebook, gate)

    written = (await write(world, award, written_as(award))).ok()

    assert {*stated} <= {finding["clause"] for finding in written["explain"]}


@pytest.mark.parametrize(
    ("rulebook", "field", "clause"),
    [
        pytest.param(rulebook, field, clause, marks=pytest.mark.clause(clause, "refuses"))
        for rulebook, field, clause in (
            (CHANGCHUN, "scope", "CC14-6.6a"),
            (CHANGCHUN, "breach_liability", "CC14-6.6b"),
            (DONGGUAN, "goals", "DG11-8.5b"),
        )
    ],
)
async def test_it_is_refused_for_each_part_that_it_leaves_out(
    world: World, rulebook: str, field: str, clause: str
) -> None:
    award = award_under(world, rulebook)

    answer = await write(world, award, written_as(award, without=(field,)))

    missing = [f["facts"]["field"] for f in answer.problem(422)["findings"] if f["clause"] == clause]
    assert missing == [field]


@pytest.mark.clause("SH15-2.4.9", "accepts")
@pytest.mark.clause("SH15-2.4.9", "refuses")
async def test_shanghai_lets_a_steady_need_be_bought_for_three_years_and_no_day_more(world: World) -> None:
    steady = ["fixed_need", "continuing", "small_price_change"]

    async def written(ends_on: date, traits: list[str]) -> Reply:
        award = award_under(world, SHANGHAI, ends_on=ends_on)
        return await write(world, award, written_as(award, term_conditions=traits))

    three = (await written(date(2025, 3, 31), steady)).ok()

    assert "SH15-2.4.9" in {finding["clause"] for finding in three["explain"]}
    (await written(date(2025, 4, 1), steady)).refused("SH15-2.4.9", "term_too_long")
    (await written(date(2025, 3, 31), steady[1:])).refused("SH15-2.4.9", "multi_year_condition_missing")


@pytest.mark.clause("CD17-27.3", "refuses")
async def test_an_assessment_without_days_to_object_is_refused(world: World) -> None:
    award = chengdu_award(world, window=None)

    answer = await write(world, award, written_as(award))

    answer.refused("CD17-27.3", "objection_window_missing")


async def test_the_purchaser_sets_the_days_to_object_that_the_file_left_open(world: World) -> None:
    award = chengdu_award(world, window=None)

    written = (await write(world, award, written_as(award, objection_window_working_days=7))).ok()

    assert written["objection_window_working_days"] == 7


@pytest.mark.clause("CD17-23.1", "accepts")
@pytest.mark.clause("CD17-23.2", "accepts")
async def test_three_years_exactly_are_written_when_the_need_is_steady(world: World) -> None:
    award = chengdu_award(world, ends_on=date(2025, 3, 31))
    steady = ["fixed_need", "continuing", "stable_funding", "small_price_change"]

    written = (await write(world, award, written_as(award, term_conditions=steady))).ok()

    assert "CD17-23.1" in {finding["clause"] for finding in written["explain"]}


@pytest.mark.clause("CD17-23.2", "refuses")
async def test_a_day_more_than_three_years_is_refused(world: World) -> None:
    award = chengdu_award(world, ends_on=date(2025, 4, 1))
    steady = ["fixed_need", "continuing", "small_price_change"]

    answer = await write(world, award, written_as(award, term_conditions=steady))

    assert answer.refused("CD17-23.2")["facts"] == {"last_day": "2025-03-31", "ends_on": "2025-04-01"}


@pytest.mark.clause("CD17-23.1", "refuses")
@pytest.mark.parametrize("missing", ["fixed_need", "continuing", "small_price_change"])
async def test_more_than_a_year_with_one_trait_missing_is_refused(world: World, missing: str) -> None:
    award = chengdu_award(world, ends_on=date(2023, 4, 1))
    traits = [trait for trait in ("fixed_need", "continuing", "small_price_change") if trait != missing]

    answer = await write(world, award, written_as(award, term_conditions=traits))

    assert answer.refused("CD17-23.1")["facts"] == {"condition": missing}


@pytest.mark.clause("ZH21-22.1", "accepts")
@pytest.mark.clause("ZH21-22.2", "accepts")
async def test_zhuhai_allows_three_years_with_all_four_traits(world: World) -> None:
    award = zhuhai_award(world, ends_on=date(2025, 3, 31))
    traits = ["fixed_need", "continuing", "stable_funding", "small_price_change"]

    written = (await write(world, award, written_as(award, term_conditions=traits))).ok()

    assert {f["clause"] for f in written["explain"]} >= {"ZH21-22.1", "ZH21-22.2", "D102-24.1"}


@pytest.mark.clause("ZH21-22.1", "refuses")
async def test_zhuhai_refuses_three_years_and_a_day(world: World) -> None:
    award = zhuhai_award(world, ends_on=date(2025, 4, 1))
    traits = ["fixed_need", "continuing", "stable_funding", "small_price_change"]

    (await write(world, award, written_as(award, term_conditions=traits))).refused("ZH21-22.1", "term_too_long")


FOUR_TRAITS = ("fixed_need", "continuing", "stable_funding", "small_price_change")


@pytest.mark.clause("ZH21-22.2", "refuses")
@pytest.mark.parametrize("missing", FOUR_TRAITS)
async def test_zhuhai_keeps_the_ordinary_year_when_one_of_the_four_is_missing(world: World, missing: str) -> None:
    award = zhuhai_award(world, ends_on=date(2023, 4, 1))

    answer = await write(
        world, award, written_as(award, term_conditions=[trait for trait in FOUR_TRAITS if trait != missing])
    )

    assert answer.refused("ZH21-22.2")["facts"] == {"condition": missing}
    answer.refused("D102-24.1", "term_over_ordinary")


def national(award: AwardConfirmed) -> AwardConfirmed:
    """The same award where no city speaks."""
    return award.model_copy(update={"rulebook": "national-procurement@1", "jurisdiction": "6501"})


@pytest.mark.clause("D102-24.1", "accepts")
@pytest.mark.parametrize(("ends_on", "traits"), [(date(2023, 3, 31), ()), (date(2025, 3, 31), FOUR_TRAITS)])
async def test_where_no_city_speaks_a_contract_runs_a_year_or_with_four_traits_three(
    world: World, ends_on: date, traits: tuple[str, ...]
) -> None:
    award = national(zhuhai_award(world, ends_on=ends_on))

    written = (await write(world, award, written_as(award, term_conditions=list(traits)))).ok()

    assert "D102-24.1" in {finding["clause"] for finding in written["explain"]}


@pytest.mark.clause("D102-24.1", "refuses")
async def test_nor_a_day_longer_and_for_each_trait_that_is_missing_not_beyond_a_year(world: World) -> None:
    long = national(zhuhai_award(world, ends_on=date(2025, 4, 1)))
    over = national(zhuhai_award(world, ends_on=date(2023, 4, 1)))

    too_long = await write(world, long, written_as(long, term_conditions=list(FOUR_TRAITS)))
    bare = await write(world, over, written_as(over))

    too_long.refused("D102-24.1", "term_too_long")
    refused = bare.problem(422)["findings"]
    assert [f["facts"]["condition"] for f in refused if f["code"] == "multi_year_condition_missing"] == [*FOUR_TRAITS]
    bare.refused("D102-24.1", "term_over_ordinary")


@pytest.mark.clause("ZH21-23.1", "refuses")
@pytest.mark.clause("GPL-46.1", "refuses")
async def test_an_advance_written_a_fen_over_forty_percent_is_refused(world: World) -> None:
    award = zhuhai_award(world)
    greedy = [payment.model_dump(mode="json") for payment in zhuhai_payments("80000.01")]

    answer = await write(world, award, written_as(award, payments=greedy))

    assert answer.refused("ZH21-23.1")["facts"] == {"cap": "80000.0000", "asked": "80000.01", "ratio": "0.40"}
    assert answer.refused("GPL-46.1")["facts"] == {"field": "payments", "lines": "1, 2"}


@pytest.mark.clause("GPL-46.1", "refuses")
async def test_a_price_other_than_awarded_is_refused(world: World) -> None:
    award = chengdu_award(world)

    answer = await write(world, award, written_as(award, price="456000.01"))

    assert answer.refused("GPL-46.1")["facts"] == {
        "field": "price",
        "awarded": "456000.00",
        "written": "456000.01",
    }


async def test_writing_again_changes_what_is_to_be_signed(world: World) -> None:
    award = zhuhai_award(world)
    contract, drafter = await a_draft(world, award), await a_drafter(world, award)
    body = written_as(award)
    first = (await drafter.post("contracts", f"/v1/contracts/{contract}/write", body)).ok()
    body["contents"]["quality"] = "每季度满意率不低于百分之八十五"

    second = (await drafter.post("contracts", f"/v1/contracts/{contract}/write", body, etag='"2"')).ok()

    assert second["text_hash"] != first["text_hash"]
    contents = (await drafter.get("contracts", f"/v1/contracts/{contract}/contents")).ok()
    assert contents["quality"] == "每季度满意率不低于百分之八十五"


async def test_what_the_contract_says_is_in_no_event(world: World) -> None:
    award = zhuhai_award(world)
    contract, drafter = await a_draft(world, award), await a_drafter(world, award)
    body = written_as(award)
    body["contents"]["object"] = "联系人陈小姐"

    (await drafter.post("contracts", f"/v1/contracts/{contract}/write", body)).ok()

    entries = await world.rows("SELECT entry FROM contracts.journal WHERE key = $1", award.project_id)
    assert all("陈小姐" not in row["entry"] for row in entries)


async def test_who_lacks_the_duty_does_not_write(world: World) -> None:
    award = zhuhai_award(world)
    contract = await a_draft(world, award)
    signer = await world.person("signs", duties={"sign_contract"})

    answer = await signer.post("contracts", f"/v1/contracts/{contract}/write", written_as(award))

    answer.problem(403, "not_allowed")


async def test_a_draft_is_not_there_for_those_it_does_not_concern(world: World) -> None:
    award = zhuhai_award(world)
    contract = await a_draft(world, award)
    stranger = await world.person("stranger", duties={"draft_contract"}, organisation=world.office)

    (await stranger.get("contracts", f"/v1/contracts/{contract}")).problem(404, "not_found")
    (await stranger.get("contracts", f"/v1/contracts/{contract}/contents")).problem(404, "not_found")


async def test_the_list_goes_on_after_its_cursor_and_ends(world: World) -> None:
    office = UUID(int=77)
    awards = [chengdu_award(world).model_copy(update={"organisation": office}) for _ in range(3)]
    drafted = [str(await a_draft(world, award)) for award in awards]
    reader = await world.person("reads", duties={"sign_contract"}, organisation=office, jurisdiction="5101")

    first = (await reader.get("contracts", "/v1/contracts", limit=2)).ok()
    second = (await reader.get("contracts", "/v1/contracts", limit=2, after=first["next"])).ok()

    assert [item["id"] for item in first["items"] + second["items"]] == drafted
    assert second["next"] is None


async def test_a_cursor_of_another_filter_is_refused(world: World) -> None:
    office = UUID(int=78)
    for _ in range(2):
        await a_draft(world, chengdu_award(world).model_copy(update={"organisation": office}))
    reader = await world.person("reads", duties={"sign_contract"}, organisation=office, jurisdiction="5101")
    first = (await reader.get("contracts", "/v1/contracts", limit=1)).ok()

    answer = await reader.get("contracts", "/v1/contracts", limit=1, state="signed", after=first["next"])

    answer.problem(400, "bad_cursor")


@pytest.mark.parametrize("formula", ["=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", " =1+1", "\u3000＝1"])
async def test_the_list_comes_as_csv_too_and_no_program_runs_it(world: World, formula: str) -> None:
    office = uuid4()
    await a_draft(world, chengdu_award(world).model_copy(update={"organisation": office, "provider_title": formula}))
    reader = await world.person("reads", duties={"sign_contract"}, organisation=office, jurisdiction="5101")

    answer = await reader.get("contracts", "/v1/contracts", format="csv")

    head, row = answer.body.decode("utf-8-sig").splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.body.startswith(b"\xef\xbb\xbf")
    assert (cells["price"], cells["provider_title"]) == ("456000.00", f"'{formula}")


async def test_an_unknown_filter_is_a_field_error(world: World) -> None:
    reader = await world.person("reads", duties={"sign_contract"})

    (await reader.get("contracts", "/v1/contracts", colour="red")).problem(422, "field")
